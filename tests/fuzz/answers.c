/* SPDX-License-Identifier: MIT */
/* answers.c: in place of the programs we run and of the database: what an input says. See fuzz.h. */
#include "basic/db.h"
#include "fuzz.h"
#include "basic/io.h"
#include "basic/proc.h"
#include "part/proof.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *fuzz_real_program;
struct fuzz_text fuzz_row_now;
static bool has_row;

static const char *rest;
static size_t rest_len;

void fuzz_answers(const char *text, size_t len)
{
	rest = text;
	rest_len = len;
}

/* The next line with its newline, or nothing. */
static const char *line_of(size_t *len)
{
	const char *line = rest, *end = rest_len ? memchr(rest, '\n', rest_len) : NULL;

	*len = end ? (size_t)(end - rest) + 1 : rest_len;
	return line;
}

static bool begins(const char *line, size_t len, const char *with)
{
	return len >= strlen(with) && !memcmp(line, with, strlen(with));
}

static int status_of(const char *line, size_t len)
{
	static const char *const words[] = { "$ late", "$ flood", "$ signal" };
	int n = 0;

	for (size_t i = 0; i < COUNT(words); i++)
		if (begins(line, len, words[i]))
			return -1 - (int)i;
	for (size_t i = 2; i < len && line[i] >= '0' && line[i] <= '9'; i++)
		n = (n * 10 + line[i] - '0') % 256;
	return n;
}

struct fuzz_answer *fuzz_next_answer(void)
{
	static struct fuzz_answer a;
	const char *line;
	size_t len;

	a.status = 0;
	a.out.len = a.err.len = 0;
	fuzz_add(&a.out, "", 0);
	fuzz_add(&a.err, "", 0);
	line = line_of(&len);
	if (begins(line, len, "$ ")) {
		a.status = status_of(line, len);
		rest += len;
		rest_len -= len;
	}
	while (rest_len && (line = line_of(&len)) && !begins(line, len, "$ ")) {
		if (begins(line, len, "! "))
			fuzz_add(&a.err, line + 2, len - 2);
		else
			fuzz_add(&a.out, line, len);
		rest += len;
		rest_len -= len;
	}
	return &a;
}

/* --- programs --- */

struct proc_end __real_proc_run(const struct proc *p);

/* As proc.c has it: what flows over is not handed on. */
static bool hand_on(struct str *to, int file, const struct fuzz_text *from, size_t max)
{
	if (from->len > max)
		return false;
	if (file > 0)
		return io_write_fd(file, from->text, from->len);
	if (to)
		str_add_bytes(to, from->text, from->len);
	return true;
}

static struct proc_end answer(const struct proc *p, const struct fuzz_answer *a)
{
	struct proc_end end = { .status = a->status > 0 ? a->status : 0, .timed_out = a->status == -1,
				.flooded = a->status == -2, .signal = a->status == -3 ? 9 : 0 };
	size_t max = p->max_bytes ? p->max_bytes : 16 << 20;

	if (!hand_on(p->out, p->out_file, &a->out, max) || !hand_on(p->err, 0, &a->err, max))
		end.flooded = true;
	return end;
}

struct proc_end __wrap_proc_run(const struct proc *p)
{
	const char *first = p->argv[0];

	if (fuzz_real_program && !strcmp(first, fuzz_real_program))
		return __real_proc_run(p);
	/* That it is a smolvm of ours is no question here. */
	if (!strcmp(first, getenv("BOT_BOTTLE_SMOLVM")) && p->argv[1] && !strcmp(p->argv[1], "--version")) {
		str_add(p->out, "smolvm " SMOLVM_VERSION "\n");
		return (struct proc_end){ 0 };
	}
	if (p->argv[1] && p->argv[2] && p->argv[3] && !strcmp(p->argv[3], "--help")) {
		str_add(p->out, "--allow-cidr");
		return (struct proc_end){ 0 };
	}
	return answer(p, fuzz_next_answer());
}

int __wrap_proc_spawn(const struct proc *p, const char *log)
{
	(void)p;
	(void)log;
	fuzz_fail("nothing here starts programs in the background");
}

/* The proof is another target's; here it holds. */
struct proof __wrap_proof_machine(const struct plan *p)
{
	(void)p;
	return (struct proof){ "5555555555555555555555555555555555555555555555555555555555555555", "EogYTdL-DWKkFFcjdnRx6tK5phCG0kl8" };
}

/* --- the host: the same on every machine --- */

void __wrap_net_host_addresses(struct list *all)
{
	list_add(all, "10.9.8.7");
}

enum io_found __real_io_read_file(const char *path, struct str *out, size_t max);

enum io_found __wrap_io_read_file(const char *path, struct str *out, size_t max)
{
	return strcmp(path, "/etc/resolv.conf") ? __real_io_read_file(path, out, max) : IO_MISSING;
}

/* --- smolvm's database: one row, and no state database --- */

void fuzz_row(const char *bytes, size_t len)
{
	has_row = bytes != NULL;
	fuzz_row_now.len = 0;
	fuzz_add(&fuzz_row_now, bytes ? bytes : "", len);
}

struct db *__wrap_db_open(const char *path, enum db_mode mode)
{
	(void)mode;
	return (struct db *)(uintptr_t)path;
}

void __wrap_db_close(struct db *db)
{
	(void)db;
}

void __wrap_db_on_damage(struct db *db, const char *hint)
{
	(void)db;
	(void)hint;
}

void __wrap_db_exec(struct db *db, const char *sql)
{
	(void)db;
	(void)sql;
}

int __wrap_db_run(struct db *db, const char *sql, const struct db_value *bind)
{
	(void)db;
	if (!strncmp(sql, "UPDATE vms", 10))
		fuzz_row(bind[0].bytes, bind[0].len);
	return 1;
}

bool __wrap_db_row(struct db *db, const char *sql, const struct db_value *bind, struct str *out, const char **type)
{
	(void)db;
	(void)bind;
	if (!has_row || !strstr(sql, "FROM vms"))
		return false;
	str_add_bytes(out, fuzz_row_now.text, fuzz_row_now.len);
	if (type)
		*type = "blob";
	return true;
}

void __wrap_db_rows(struct db *db, const char *sql, const struct db_value *bind, void (*each)(const char **column, void *arg),
		    void *arg)
{
	(void)db;
	(void)sql;
	(void)bind;
	(void)each;
	(void)arg;
}

const char *__wrap_db_look(const char *path, const char *sql, void (*each)(const char **column, void *arg), void *arg)
{
	(void)path;
	(void)sql;
	(void)each;
	(void)arg;
	return NULL;
}

const char *__wrap_db_once(const char *path, const char *sql, const struct db_value *bind)
{
	(void)path;
	(void)sql;
	(void)bind;
	return NULL;
}
