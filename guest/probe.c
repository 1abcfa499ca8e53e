/* probe.c: what does the network here let through? Runs once inside a guest, as bb-probe sent it.
 *
 * A static Linux program, so that nothing depends on curl, nc or a libc in the image. Its orders stand behind
 * its own end in the same file (the reader of standard input cannot be trusted to stop in time): lines
 * "ID KIND ARGUMENT...", then their length as eight digits and a newline. The first line is "limit MS".
 * It removes itself, tries all orders at once, one process each, and prints one JSON line for each:
 *
 *	{"id":"t1","got":"refused","errno":111,"ms":3,"data":"..."}
 *
 * then {"id":"end","got":"N"}. A line that is missing was killed. What is printed may be a lie: the guest is not
 * trusted (wall W17); bb-probe holds it against what it can see from outside. */
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
	{ ESOCKTNOSUPPORT, "absent" }, { ENODEV, "absent" },           { EINVAL, "absent" },
};

void failed(struct outcome *o, int error)
{
	o->error = error;
	o->got = "failed";
	for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
		if (classes[i].error == error)
			o->got = classes[i].got;
}

void add(struct text *t, const char *text)
{
	while (*text && t->len < t->room)
		t->bytes[t->len++] = *text++;
}

void add_number(struct text *t, long n)
{
	char digits[24], *d = digits + sizeof digits - 1;
	unsigned long rest = n < 0 ? 0 - (unsigned long)n : (unsigned long)n;

	*d = '\0';
	do
		*--d = (char)('0' + rest % 10);
	while (rest /= 10);
	if (n < 0)
		*--d = '-';
	add(t, d);
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

/* One write, so that the lines of parallel processes do not mix: shorter than PIPE_BUF. */
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

static void obey(char *order)
{
	struct outcome o = { .got = "failed" };
	const struct kind *const tables[] = { dial_kinds, look_kinds };
	char *word[WORDS] = { 0 }, *save = NULL;
	int n = 0;
	long began = now_ms();

	for (char *w = strtok_r(order, " ", &save); w && n < WORDS; w = strtok_r(NULL, " ", &save))
		word[n++] = w;
	if (n < 2)
		return;
	o.got = "unknown";
	for (size_t t = 0; t < sizeof tables / sizeof *tables; t++)
		for (const struct kind *k = tables[t]; k->name; k++)
			if (!strcmp(k->name, word[1]) && n == k->words + 2)
				k->try(&o, word + 2);
	say(word[0], &o, now_ms() - began);
}

/* The orders behind our own end; the file is gone afterwards. NULL if there are none. */
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
	char *text = argc > 0 ? orders(argv[0]) : NULL, *save = NULL, count[24] = "";
	struct outcome end = { .got = count };
	struct text t = { count, 0, sizeof count - 1 };
	int n = 0;

	if (!text)
		return 65;
	signal(SIGPIPE, SIG_IGN);
	for (char *l = strtok_r(text, "\n", &save); l && n < ORDERS; l = strtok_r(NULL, "\n", &save)) {
		if (!strncmp(l, "limit ", 6)) {
			limit_ms = atoi(l + 6);
		} else if (fork() == 0) {
			alarm((unsigned)limit_ms / 1000 * 2 + 5);
			obey(l);
			_exit(0);
		} else {
			n++;
		}
	}
	while (wait(NULL) > 0)
		;
	add_number(&t, n);
	say("end", &end, 0);
	return 0;
}
