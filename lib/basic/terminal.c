/* SPDX-License-Identifier: MIT */
/* terminal.c: remember the modes of the terminal, and send what restores it. */
#include "basic/terminal.h"
#include "basic/base.h"
#include "basic/undo.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { REPLIES_MS = 300 };

static struct termios before;
static bool kept;

static const char usual[] =
	"\033[?1000l\033[?1002l\033[?1003l\033[?1006l\033[?1015l\033[?1016l"      /* no reports of the mouse */
	"\033[?1004l\033[?2004l\033[?2026l"                                     /* of focus; paste marks; held output */
	"\033[<u\033[>4m\033[?1l\033>"                                          /* keys: kitty's, xterm's, cursor, keypad */
	"\033[?1047l"                             /* the usual screen; 1049 would move the cursor where none was saved */
	"\0337\033[r\033[?6l\0338\033[4l\033[?7h"      /* scroll region, which moves the cursor; insert; wrap */
	"\033(B\017\033[?25h\033[m";                   /* letters, cursor, colours */

static void restore(void *unused)
{
	int tty = open("/dev/tty", O_WRONLY | O_NOCTTY | O_CLOEXEC);

	(void)unused;
	/* The terminal may still be sending reports, or answers to what the guest asked. Wait for them and drop
	 * them, or they appear as typed text at the next prompt. */
	if (tty >= 0 && write(tty, usual, sizeof usual - 1) > 0)
		nanosleep(&(struct timespec){ .tv_nsec = REPLIES_MS * 1000000L }, NULL);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
	if (tty >= 0)
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
