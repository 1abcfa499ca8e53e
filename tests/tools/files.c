/* SPDX-License-Identifier: MIT */
/* files.c: tools over files: whole reads and writes, folders, locks, the undo list, secrets, SQLite. */
#include "testtool.h"
#include "basic/db.h"
#include "basic/io.h"
#include "plan/manifest.h"
#include "basic/undo.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void need(int argc, int least, char **argv)
{
	if (argc < least)
		die(BB_USAGE, "type 'testtool' for all", "%s needs more words", argv[0]);
}

static int run_read(int argc, char **argv)
{
	static const char *const words[] = { [IO_OK] = "ok", [IO_MISSING] = "missing", [IO_UNSAFE] = "unsafe", [IO_LARGE] = "large" };
	struct str s = STR_EMPTY;

	need(argc, 3, argv);
	puts(words[io_read_file(argv[1], &s, (size_t)number_arg(argv[2]))]);
	fwrite(s.text, 1, s.len, stdout);
	return BB_OK;
}

static int run_write(int argc, char **argv)
{
	struct str s = read_input();

	need(argc, 2, argv);
	signals_catch();
	io_write_file(argv[1], s.text, s.len, argc > 2 ? (unsigned)strtoul(argv[2], NULL, 8) : 0600);
	return BB_OK;
}

static int run_folder(int argc, char **argv)
{
	need(argc, 2, argv);
	io_make_folder(argv[1]);
	io_private_folder(argv[1]);
	return BB_OK;
}

static int run_remove(int argc, char **argv)
{
	need(argc, 3, argv);
	return io_remove(argv[1], argv[2]) ? BB_OK : BB_NO;
}

/* Take the lock, say "locked", hold it, give it back, say "free". */
static int run_lock(int argc, char **argv)
{
	int lock;

	need(argc, 4, argv);
	signals_catch();
	lock = io_lock(argv[1], (int)number_arg(argv[2]), "the test's lock");
	puts("locked");
	fflush(stdout);
	sleep_ms((int)number_arg(argv[3]));
	io_unlock(lock);
	puts("free");
	return BB_OK;
}

/* --- the undo list: each entry appends its word to a file, so that order can be seen --- */

static const char *journal;

static void note(void *word)
{
	int fd = open(journal, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);

	if (fd >= 0 && dprintf(fd, "%s\n", (const char *)word) > 0)
		close(fd);
}

/* undo HOW JOURNAL WORD...: push each word, then end by HOW. */
static int run_undo(int argc, char **argv)
{
	need(argc, 4, argv);
	journal = argv[2];
	signals_catch();
	for (int i = 3; i < argc; i++)
		undo_push(note, argv[i]);
	if (!strcmp(argv[1], "die"))
		die(BB_BUSY, "try again", "as asked");
	if (!strcmp(argv[1], "bug"))
		bug("as asked");
	if (!strcmp(argv[1], "drop"))
		undo_drop();
	if (!strcmp(argv[1], "pop"))
		undo_pop();
	if (!strcmp(argv[1], "twice"))
		undo_run();
	if (!strcmp(argv[1], "wait")) {
		puts("ready");
		fflush(stdout);
		sleep_ms(20000);
		die(BB_BUG, "was it ignored?", "no signal came");
	}
	undo_run();
	return BB_OK;
}

static int run_secret(int argc, char **argv)
{
	struct str in = read_input(), out = STR_EMPTY;
	struct json_error error = { 0 };
	struct jv v = json_parse(in.text, in.len, &error);

	need(argc, 2, argv);
	if (!v.doc)
		die(BB_USAGE, "give good JSON", "%s", error.why);
	if (!is_reference(v)) {
		puts("no reference");
		return BB_NO;
	}
	reference_read(&out, v, argv[1], "the test");
	fwrite(out.text, 1, out.len, stdout);
	return BB_OK;
}

static void print_row(const char **column, void *arg)
{
	(void)arg;
	printf("%s|%s\n", column[0], column[1] ? column[1] : "");
}

/* db MODE PATH SQL: read, write or create; a SELECT prints its rows. */
static int run_db(int argc, char **argv)
{
	static const char *const modes[] = { [DB_READ] = "read", [DB_WRITE] = "write", [DB_CREATE] = "create" };
	struct db *db;
	int mode;

	need(argc, 4, argv);
	mode = word_index(argv[1], modes, COUNT(modes));
	if (mode < 0)
		die(BB_USAGE, "read, write or create", "what is %s?", argv[1]);
	db = db_open(argv[2], (enum db_mode)mode);
	if (!strncmp(argv[3], "SELECT", 6))
		db_rows(db, argv[3], NULL, print_row, NULL);
	else
		db_exec(db, argv[3]);
	db_close(db);
	return BB_OK;
}

/* db-row PATH SQL TEXT: first column of the first row, its type before it; TEXT is bound to ?1. */
static int run_db_row(int argc, char **argv)
{
	struct str out = STR_EMPTY;
	const char *type;
	struct db *db;

	need(argc, 4, argv);
	db = db_open(argv[1], DB_READ);
	{
		struct db_value bind[] = { DB_T(argv[3]), DB_DONE };

		if (db_row(db, argv[2], bind, &out, &type))
			printf("%s %s\n", type, out.text);
		else
			puts("no row");
	}
	db_close(db);
	return BB_OK;
}

const struct tool file_tools[] = {
	{ "read", "FILE MAX", run_read },
	{ "write", "FILE [MODE] <BYTES", run_write },
	{ "folder", "PATH", run_folder },
	{ "remove", "PATH INSIDE", run_remove },
	{ "lock", "FILE WAIT_MS HOLD_MS", run_lock },
	{ "undo", "die|bug|drop|pop|twice|wait|run JOURNAL WORD...", run_undo },
	{ "secret", "BASE <REFERENCE", run_secret },
	{ "db", "read|write|create FILE SQL", run_db },
	{ "db-row", "FILE SQL TEXT", run_db_row },
	{ .name = NULL }
};
