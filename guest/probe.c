/* SPDX-License-Identifier: MIT */
/* probe.c: the probing helper: find out what the network lets through. bb-probe sends it into a guest, where it runs
 * once.
 *
 * A static Linux program, so that it needs no curl, nc or libc of the image. Its orders follow its own end in the
 * same file, because a reader of standard input cannot be trusted to stop in time: lines "ID KIND ARGUMENT...", then
 * their length as eight digits and a newline. The first line is "limit MS". It removes itself, looks at the guest,
 * then tries everything else at once, with one process for each order. It prints one line of JSON for each:
 *
 *	{"id":"t1","got":"refused","errno":111,"ms":3,"data":"..."}
 *
 * and at the end {"id":"end","got":"N"}. If an id has no line, that attempt was killed. "cut" means that the data
 * was longer. The output may be a lie, because the guest is not trusted (wall W17): bb-probe compares it with what
 * it sees from outside. */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ORDERS = 512, WORDS = 8, TRAILER = 9 };

int limit_ms = 5000;

static const struct { int error; const char *got; } classes[] = {
	{ ECONNREFUSED, "refused" },   { ECONNRESET, "reset" },        { EPIPE, "reset" },
	{ ENETUNREACH, "unreachable" }, { EHOSTUNREACH, "unreachable" }, { EADDRNOTAVAIL, "unreachable" },
	{ EACCES, "denied" },          { EPERM, "denied" },            { ETIMEDOUT, "silent" },
	{ ENOENT, "absent" },          { EAFNOSUPPORT, "absent" },     { EPROTONOSUPPORT, "absent" },
	{ ESOCKTNOSUPPORT, "absent" }, { ENODEV, "absent" },
};

void failed(struct outcome *o, int error)
{
	o->error = error;
	o->got = "failed";
	for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
		if (classes[i].error == error)
			o->got = classes[i].got;
}

void tell(struct outcome *o, const char *text, const char *behind)
{
	struct text t = { o->data, o->len, sizeof o->data };

	add(&t, text);
	add(&t, behind);
	o->len = t.len;
}

long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* --- orders in, lines out --- */

/* One write, shorter than PIPE_BUF, so that lines of parallel processes do not mix. */
static void say(const char *id, const struct outcome *o, long ms)
{
	char line[4096];
	struct text t = { line, 0, sizeof line - 16 };

	add(&t, "{\"id\":\"");
	add(&t, id);
	add(&t, "\",\"got\":\"");
	add(&t, o->got);
	add(&t, "\",\"errno\":");
	add_number(&t, o->error);
	add(&t, ",\"ms\":");
	add_number(&t, ms);
	add(&t, ",\"data\":\"");
	for (size_t i = 0; i < o->len && t.len < t.room; i++) {
		static const char hex[] = "0123456789abcdef";
		unsigned char c = (unsigned char)o->data[i];
		char plain[2] = { (char)c, 0 }, escaped[7] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15], 0 };

		if (c < 0x20 || c >= 0x7f || c == '"' || c == '\\') {
			if (t.len + 6 > t.room)
				break;
			add(&t, escaped);
		} else {
			add(&t, plain);
		}
	}
	t.room = sizeof line;
	add(&t, "\"}\n");
	if (write(STDOUT_FILENO, line, t.len) < 0)
		_exit(1);
}

/* Carry out `order` if its kind is in the table; else return 0. */
static int obey(const char *order, const struct kind *table)
{
	struct outcome o = { .got = "failed" };
	char copy[512] = "", *word[WORDS] = { 0 }, *save = NULL;
	struct text t = { copy, 0, sizeof copy - 1 };
	long began = now_ms();
	int n = 0;

	add(&t, order);
	for (char *w = strtok_r(copy, " ", &save); w && n < WORDS; w = strtok_r(NULL, " ", &save))
		word[n++] = w;
	for (const struct kind *k = table; n > 1 && k->name; k++) {
		if (strcmp(k->name, word[1]) || n != k->words + 2)
			continue;
		k->try(&o, word + 2);
		say(word[0], &o, now_ms() - began);
		return 1;
	}
	return 0;
}

/* Read the orders that follow our own end, and remove the file. NULL if there are none. */
static char *orders(const char *self)
{
	int fd = open(self, O_RDONLY);
	char trailer[TRAILER + 1] = "", *text;
	off_t size = fd < 0 ? -1 : lseek(fd, -TRAILER, SEEK_END);
	long len;

	unlink(self);
	if (size < 0 || read(fd, trailer, TRAILER) != TRAILER)
		return NULL;
	len = atol(trailer);
	if (len <= 0 || len > size || !(text = calloc(1, (size_t)len + 1)))
		return NULL;
	lseek(fd, size - len, SEEK_SET);
	return read(fd, text, (size_t)len) == len ? text : NULL;
}

int main(int argc, char **argv)
{
	char *text = argc > 0 ? orders(argv[0]) : NULL, *save = NULL, *line[ORDERS], count[24] = "";
	struct outcome end = { .got = count };
	struct text t = { count, 0, sizeof count - 1 };
	int n = 0;

	if (!text)
		return 65;
	signal(SIGPIPE, SIG_IGN);
	/* Look at the guest first, in this process, so that our children are not part of what is seen. */
	for (char *l = strtok_r(text, "\n", &save); l && n < ORDERS; l = strtok_r(NULL, "\n", &save)) {
		if (!strncmp(l, "limit ", 6))
			limit_ms = atoi(l + 6);
		else if (!obey(l, look_kinds))
			line[n++] = l;
	}
	for (int i = 0; i < n; i++)
		if (fork() == 0) {
			alarm((unsigned)limit_ms / 1000 * 2 + 5);
			obey(line[i], dial_kinds);
			_exit(0);
		}
	while (wait(NULL) > 0)
		;
	add_number(&t, n);
	say("end", &end, 0);
	return 0;
}
