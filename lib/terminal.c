/* terminal.c: see terminal.h. */
#include "terminal.h"
#include "base.h"
#include "undo.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static struct termios before;
static bool kept;

/* In this order: mouse (1000, 1002, 1003, 1006), focus (1004) and paste (2004) reports off; the usual screen (1047: 1049
 * would move the cursor to where it was never saved); cursor keys and keypad as usual; cursor shown; colours off. */
static const char usual[] =
	"\033[?1000l\033[?1002l\033[?1003l\033[?1006l\033[?1004l\033[?2004l\033[?1047l\033[?1l\033>\033[?25h\033[m";

static void restore(void *unused)
{
	int tty = open("/dev/tty", O_WRONLY | O_NOCTTY | O_CLOEXEC);

	(void)unused;
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
	if (tty < 0)
		return;
	/* A terminal that is gone needs nothing. */
	if (write(tty, usual, sizeof usual - 1) < 0)
		tcflush(tty, TCIFLUSH);
	close(tty);
}

void terminal_keep(void)
{
	kept = tcgetattr(STDIN_FILENO, &before) == 0;
	if (kept)
		undo_push(restore, NULL);
}

void terminal_restore(void)
{
	if (!kept)
		return;
	undo_pop();
	restore(NULL);
	kept = false;
}

const char *terminal_type(void)
{
	const char *type = getenv("TERM");
	static const char inside[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+-";

	return type && strlen(type) < 64 && strspn(type, inside) == strlen(type) ? type : "";
}
