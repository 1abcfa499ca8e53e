/* SPDX-License-Identifier: MIT */
/* procs.c: the subprocess runner as a command line. */
#include "testtool.h"
#include "basic/io.h"
#include "basic/proc.h"
#include "basic/undo.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *journal;

static void note(void *word)
{
	int fd = open(journal, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);

	if (fd >= 0 && dprintf(fd, "%s\n", (const char *)word) > 0)
		close(fd);
}

static void save(const char *path, const struct str *s)
{
	FILE *f = path ? fopen(path, "we") : NULL;
	bool written = f && fwrite(s->text, 1, s->len, f) == s->len;

	if (f && fclose(f))
		written = false;
	if (path && !written)
		die(BB_IO, "check the folder", "write %s:", path);
}

/* proc [WORD=VALUE]... -- COMMAND...: run it, print how it ended.
 *   timeout=MS grace=MS max=BYTES input=FILE out=FILE err=FILE   (out, err: captured and saved)
 *   interactive=1   undo=FILE (an entry that writes "undone" there)   env=NAME=VALUE (only these) */
static int run_proc(int argc, char **argv)
{
	static const char *const words[] = {
		"timeout", "grace", "max", "input", "out", "err", "interactive", "undo", "env",
	};
	enum { TIMEOUT, GRACE, MAX, INPUT, OUT, ERR, INTERACTIVE, UNDO, ENV };
	struct str input = STR_EMPTY, out = STR_EMPTY, err = STR_EMPTY;
	const char *value[COUNT(words)] = { NULL };
	struct list env = { 0 };
	struct proc p = { 0 };
	struct proc_end end;
	int i = 1;

	for (; i < argc && strcmp(argv[i], "--"); i++) {
		size_t n = strcspn(argv[i], "=");
		int k = word_index(mem_text(argv[i], n), words, COUNT(words));

		if (k < 0 || !argv[i][n])
			die(BB_USAGE, "see procs.c", "what is %s?", argv[i]);
		value[k] = argv[i] + n + 1;
		if (k == ENV)
			list_add(&env, value[k]);
	}
	if (i + 1 >= argc)
		die(BB_USAGE, "-- COMMAND", "which command?");
	p.argv = (const char *const *)argv + i + 1;
	p.env = env.item;
	p.timeout_ms = value[TIMEOUT] ? (int)number_arg(value[TIMEOUT]) : 0;
	p.grace_ms = value[GRACE] ? (int)number_arg(value[GRACE]) : 0;
	p.max_bytes = value[MAX] ? (size_t)number_arg(value[MAX]) : 0;
	p.flags = value[INTERACTIVE] ? PROC_INTERACTIVE : 0;
	if (value[INPUT] && io_read_file(value[INPUT], &input, 32 << 20) != IO_OK)
		die(BB_USAGE, "name a file", "no input %s", value[INPUT]);
	p.input = value[INPUT] ? input.text : NULL;
	p.input_len = input.len;
	p.out = value[OUT] ? &out : NULL;
	p.err = value[ERR] ? &err : NULL;
	signals_catch();
	journal = value[UNDO];
	if (journal)
		undo_push(note, (void *)(uintptr_t)"undone");
	end = proc_run(&p);
	save(value[OUT], &out);
	save(value[ERR], &err);
	printf("status %d signal %d error %d timed_out %d flooded %d shell %d ok %d\n%s\n", end.status,
	       end.signal, end.error, end.timed_out, end.flooded, proc_status(&end), proc_ok(&end),
	       proc_text(&end));
	return BB_OK;
}

/* Run `true` that many times; a child that is not reaped or a descriptor that stays open is left to see. */
static int run_proc_many(int argc, char **argv)
{
	const char *const words[] = { "true", NULL };

	for (long long n = argc > 1 ? number_arg(argv[1]) : 0; n > 0; n--) {
		struct str out = STR_EMPTY, err = STR_EMPTY;
		struct proc_end end = proc_run(&(struct proc){ .argv = words, .input = "x", .input_len = 1,
			.out = &out, .err = &err, .timeout_ms = 5000 });

		if (!proc_ok(&end))
			die(BB_IO, "is true missing?", "true: %s", proc_text(&end));
	}
	puts("done");
	fflush(stdout);
	if (argc > 2)
		sleep_ms((int)number_arg(argv[2]));
	return BB_OK;
}

static int run_find(int argc, char **argv)
{
	char *path = argc > 1 ? proc_find(argv[1]) : NULL;

	puts(path ? path : "nothing");
	return path ? BB_OK : BB_NO;
}

const struct tool proc_tools[] = {
	{ "proc", "[WORD=VALUE]... -- COMMAND...", run_proc },
	{ "proc-many", "TIMES [STAY_MS]", run_proc_many },
	{ "proc-find", "NAME", run_find },
	{ .name = NULL }
};
