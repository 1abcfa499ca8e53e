/* SPDX-License-Identifier: MIT */
/* secret.c: read a secret that a manifest refers to: from a variable, a file or the terminal. Declared in
 * manifest.h. */
#include "plan/manifest.h"
#include "basic/io.h"
#include "basic/undo.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum { MAX_SECRET = 64 * 1024, MAX_LINE = 4095 };     /* termios(3): a line of a terminal */

/* --- a question --- */

static struct termios before;

static void echo_again(void *tty)
{
	tcsetattr(*(int *)tty, TCSAFLUSH, &before);
}

/* Asked on the terminal: standard input holds the plan. */
static void ask(struct str *out, const char *question, const char *what)
{
	static int tty;
	struct termios quiet;
	bool whole = false;
	char c;

	if (!question)
		bug("%s: not a reference", what);
	tty = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (tty < 0 || tcgetattr(tty, &before) < 0)
		die(BB_USAGE, "use from_env or from_file", "%s: there is no terminal to ask on", what);
	quiet = before;
	quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
	/* Disable suspend: after `fg` the shell would turn echo on again. Disable quit: it would leave a core dump. */
	quiet.c_cc[VSUSP] = quiet.c_cc[VQUIT] = _POSIX_VDISABLE;
	undo_push(echo_again, &tty);
	if (tcsetattr(tty, TCSAFLUSH, &quiet) < 0)
		die(BB_USAGE, "use from_env or from_file", "%s: the terminal cannot be kept from showing it", what);
	dprintf(tty, "%s (%s): ", *question ? question : "value", what);
	for (;;) {
		ssize_t n = read(tty, &c, 1);

		if (n < 0 && errno == EINTR) {
			signals_obey();
			continue;
		}
		whole = n == 1 && c == '\n';
		if (n <= 0 || c == '\n')
			break;
		str_add_bytes(out, &c, 1);
	}
	echo_again(&tty);
	undo_pop();
	dprintf(tty, "\n");
	close(tty);
	if (!out->len)
		die(BB_PLAN, "type it, or start again when you have it", "%s: no answer", what);
	if (!whole || strlen(out->text) != out->len || out->len >= MAX_LINE)
		die(BB_PLAN, "end it with Enter; what is longer than a line of a terminal goes into a file",
		    "%s: the answer did not come whole", what);
}

/* --- a file --- */

static int open_secret(const char *file, const char *base, const char *what)
{
	struct stat st;
	int fd;

	if (io_leaves(base, file))
		die(BB_REFUSED, "name the file itself", "%s: %s leads out of its folder by a link", what, file);
	if (file[0] != '/')
		file = mem_printf("%s/%s", base, file);
	fd = io_open_file(file, &st);
	if (fd < 0)
		die(BB_PLAN, "make the file, or name another", "%s: %s %s", what, file, io_open_why(errno));
	if (st.st_uid != geteuid() || (st.st_mode & 077))
		die(BB_REFUSED, mem_printf("chmod 600 %s", file),
		    "%s: %s can be read by others than you", what, file);
	return fd;
}

static const char *variable(const char *name, const char *what)
{
	const char *value = getenv(name);

	if (!value)
		die(BB_PLAN, mem_printf("export %s before the start", name),
		    "%s: the variable %s is not set", what, name);
	return value;
}

void reference_check(struct jv reference, const char *base, const char *what)
{
	const char *name = jv_text(jv_get(reference, "from_env"));
	const char *file = jv_text(jv_get(reference, "from_file"));
	int tty;

	if (name) {
		variable(name, what);
	} else if (file) {
		close(open_secret(file, base, what));
	} else {
		tty = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
		if (tty < 0)
			die(BB_USAGE, "use from_env or from_file", "%s: there is no terminal to ask on", what);
		close(tty);
	}
}

void reference_read(struct str *out, struct jv reference, const char *base, const char *what)
{
	const char *name = jv_text(jv_get(reference, "from_env"));
	const char *file = jv_text(jv_get(reference, "from_file"));
	int fd;

	if (name) {
		str_add(out, variable(name, what));
		return;
	}
	if (!file) {
		ask(out, jv_text(jv_get(reference, "ask")), what);
		return;
	}
	fd = open_secret(file, base, what);
	if (!io_read_fd(fd, out, MAX_SECRET))
		die(BB_PLAN, "name a smaller file", "%s: %s is larger than 64 KiB", what, file);
	close(fd);
	str_chomp(out);
	if (strlen(out->text) != out->len)
		die(BB_PLAN, "put text into it", "%s: %s has a NUL character in it", what, file);
}
