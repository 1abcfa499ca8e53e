/* SPDX-License-Identifier: MIT */
/* fuzz.c: see fuzz.h. */
#include "fuzz.h"
#include "basic/io.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char fuzz_home[64];
struct fuzz_text fuzz_out, fuzz_err;

static struct fuzz_text standard_input;
static jmp_buf way_out;
static bool inside;
static int ended_with, first_free;

void fuzz_fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("FOUND: ", stderr);
	vfprintf(stderr, fmt, ap);
	fprintf(stderr, "\nits stderr: %.2000s\nits stdout: %.2000s\n", fuzz_err.text, fuzz_out.text);
	va_end(ap);
	abort();
}

void fuzz_add(struct fuzz_text *to, const char *bytes, size_t len)
{
	if (to->len + len + 1 > to->room) {
		to->room = 2 * (to->len + len + 1);
		to->text = realloc(to->text, to->room);
	}
	if (len)
		memcpy(to->text + to->len, bytes, len);
	to->len += len;
	to->text[to->len] = '\0';
}

static void clear(struct fuzz_text *t)
{
	t->len = 0;
	fuzz_add(t, "", 0);
}

const char *fuzz_path(const char *name)
{
	static char path[4096];

	snprintf(path, sizeof path, "%s/%s", fuzz_home, name);
	return path;
}

void fuzz_file(const char *name, const char *text)
{
	FILE *f = fopen(fuzz_path(name), "we");

	if (!f || fputs(text, f) < 0 || fclose(f) || chmod(fuzz_path(name), 0700))
		fuzz_fail("cannot write %s", fuzz_path(name));
}

/* --- our memory: whatever base.c takes is given back behind its back --- */

static struct {
	void **block;
	size_t n, room, bytes;
} taken;

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t each);
void __real_free(void *p);

static void *note(void *p, size_t bytes)
{
	if (!inside || !p)
		return p;
	if (taken.n == taken.room) {
		taken.room = taken.room ? 2 * taken.room : 1024;
		taken.block = realloc(taken.block, taken.room * sizeof *taken.block);
	}
	taken.block[taken.n++] = p;
	taken.bytes += bytes;
	if (taken.bytes > MEMORY)
		fuzz_fail("it took more than %d MiB of memory", MEMORY >> 20);
	return p;
}

void *__wrap_malloc(size_t n)
{
	return note(__real_malloc(n), n);
}

void *__wrap_calloc(size_t n, size_t each)
{
	return note(__real_calloc(n, each), n * each);
}

void __wrap_free(void *p)
{
	for (size_t i = taken.n; p && i-- > 0; )
		if (taken.block[i] == p)
			taken.block[i] = taken.block[--taken.n];
	__real_free(p);
}

/* --- our variables --- */

extern char __start_bb_data[], __stop_bb_data[], __start_bb_bss[], __stop_bb_bss[];
static char *before;

/* Byte by byte and unseen by the sanitizer: between our variables is its own red. */
__attribute__((no_sanitize("address", "undefined"))) static void copy(volatile char *to, const volatile char *from, size_t n)
{
	while (n--)
		*to++ = *from++;
}

static void restore(void)
{
	size_t data = (size_t)(__stop_bb_data - __start_bb_data), bss = (size_t)(__stop_bb_bss - __start_bb_bss);

	if (!before) {
		before = malloc(data + bss);
		copy(before, __start_bb_data, data);
		copy(before + data, __start_bb_bss, bss);
	}
	copy(__start_bb_data, before, data);
	copy(__start_bb_bss, before + data, bss);
	while (taken.n)
		__real_free(taken.block[--taken.n]);
	taken.bytes = 0;
	close_range((unsigned)first_free, ~0u, 0);
	clear(&fuzz_out);
	clear(&fuzz_err);
}

/* --- what a call may end with --- */

static void check_message(void)
{
	const char *hint = strstr(fuzz_err.text, "\n  ");

	if (!fuzz_err.len || !hint || !hint[3])
		fuzz_fail("it died by %d without a message and advice", ended_with);
	for (const char *c = fuzz_err.text; *c; c++)
		if (((unsigned char)*c < ' ' && *c != '\n') || *c == 0x7f)
			fuzz_fail("a control character (%02x) in its message", (unsigned char)*c);
}

static void check_end(bool died)
{
	static const int closed_set[] = { BB_OK, BB_NO, BB_USAGE, BB_PLAN, BB_TOOL, BB_IO, BB_BUSY, BB_REFUSED };
	bool known = false;

	for (size_t i = 0; i < COUNT(closed_set); i++)
		known = known || ended_with == closed_set[i];
	if (!known)
		fuzz_fail("status %d", ended_with);
	if (died && ended_with)
		check_message();
}

void __wrap_exit(int status) __attribute__((noreturn));
void __real_exit(int status) __attribute__((noreturn));

void __wrap_exit(int status)
{
	if (!inside)
		__real_exit(status);
	ended_with = status;
	longjmp(way_out, 1);
}

int fuzz_call(void (*fn)(void *arg), void *arg)
{
	bool died;

	restore();
	inside = true;
	ended_with = 0;
	died = setjmp(way_out) != 0;
	if (!died)
		fn(arg);
	inside = false;
	check_end(died);
	return ended_with;
}

/* --- by a command line --- */

/* Which command lines ended how: a command that never ends with 0 on the seeds is not tested at all. */
static struct {
	const char *line;
	bool ended[256];
} seen[32];

static void tell_seen(void)
{
	for (size_t i = 0; i < COUNT(seen) && seen[i].line; i++) {
		printf("seen: %s:", seen[i].line);
		for (int k = 0; k < 256; k++)
			if (seen[i].ended[k])
				printf(" %d", k);
		printf("\n");
	}
}

static void note_seen(const char *line, int status)
{
	size_t i = 0;

	while (i < COUNT(seen) && seen[i].line && seen[i].line != line)
		i++;
	if (i == COUNT(seen))
		return;
	seen[i].line = line;
	seen[i].ended[status & 0xff] = true;
}

static void run_line(void *line)
{
	char words[512], *argv[16] = { NULL }, *save = NULL;
	const struct applet *const *a = applets;
	struct cmd cmd;
	int n = 0;

	snprintf(words, sizeof words, "%s", (const char *)line);
	for (char *w = strtok_r(words, " ", &save); w && n < 15; w = strtok_r(NULL, " ", &save))
		argv[n++] = w;
	while (*a && strcmp((*a)->name, argv[0]))
		a++;
	if (!*a)
		fuzz_fail("no applet %s", argv[0]);
	program_name = (*a)->name;
	cmd = cmd_parse(*a, n, argv);
	ended_with = cmd.verb->run(&cmd);
}

int fuzz_run(const char *line, const char *input, size_t len)
{
	clear(&standard_input);
	fuzz_add(&standard_input, input, len);
	fuzz_call(run_line, (void *)(uintptr_t)line);
	note_seen(line, ended_with);
	return ended_with;
}

/* --- our standard streams --- */

bool __real_io_read_fd(int fd, struct str *out, size_t max);
ssize_t __real_write(int fd, const void *bytes, size_t len);

bool __wrap_io_read_fd(int fd, struct str *out, size_t max)
{
	if (fd != 0)
		return __real_io_read_fd(fd, out, max);
	if (standard_input.len > max)
		return false;
	str_add_bytes(out, standard_input.text, standard_input.len);
	return true;
}

int __wrap_isatty(int fd)
{
	(void)fd;
	errno = ENOTTY;
	return 0;
}

void __wrap_out_all(const char *bytes, size_t len)
{
	fuzz_add(&fuzz_out, bytes, len);
}

ssize_t __wrap_write(int fd, const void *bytes, size_t len)
{
	if (fd != STDERR_FILENO || !inside)
		return __real_write(fd, bytes, len);
	fuzz_add(&fuzz_err, bytes, len);
	return (ssize_t)len;
}

/* --- libFuzzer's --- */

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	char path[8192];

	(void)argc;
	(void)argv;
	first_free = dup(0);
	close(first_free);
	restore();
	snprintf(fuzz_home, sizeof fuzz_home, "%s/bb-fuzz.XXXXXX", getenv("FUZZ_HOME") ? getenv("FUZZ_HOME") : "/tmp");
	if (!mkdtemp(fuzz_home))
		fuzz_fail("no folder %s", fuzz_home);
	umask(077);
	setenv("HOME", fuzz_home, 1);
	setenv("BOT_BOTTLE_HOME", fuzz_path("state"), 1);
	setenv("XDG_DATA_HOME", fuzz_path("data"), 1);
	setenv("XDG_CACHE_HOME", fuzz_path("cache"), 1);
	setenv("BOT_BOTTLE_SMOLVM", fuzz_path("smolvm"), 1);
	setenv("FUZZ_SECRET", "sesame", 1);
	unsetenv("DOCKER_HOST");
	unsetenv("DOCKER_CONTEXT");
	fuzz_file("smolvm", "");
	fuzz_file("docker", "");
	snprintf(path, sizeof path, "%s:%s", fuzz_home, getenv("PATH"));
	setenv("PATH", path, 1);
	fuzz_setup();
	if (getenv("FUZZ_TELL"))
		atexit(tell_seen);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	fuzz_one((const char *)data, len);
	return 0;
}
