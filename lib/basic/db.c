/* SPDX-License-Identifier: MIT */
/* db.c: the calls of db.h by SQLite's C interface, and what its errors mean for a user. */
#include "basic/db.h"
#include "basic/io.h"

#include <sqlite3.h>
#include <sys/stat.h>
#include <stdlib.h>
#include <string.h>

enum { BUSY_MS = 15000 };      /* what smolvm itself waits (docs/smolvm.md, "Locks and lost writes") */

struct db {
	sqlite3 *sql;
	const char *path, *on_damage;
};

static void fail(const struct db *db, const char *what) __attribute__((noreturn));

static void fail(const struct db *db, const char *what)
{
	int code = sqlite3_extended_errcode(db->sql);
	const char *why = mem_printf("%s (%d)", sqlite3_errmsg(db->sql), code), *hint = NULL;

	if ((code & 255) == SQLITE_CORRUPT || (code & 255) == SQLITE_NOTADB)
		hint = db->on_damage;
	sqlite3_close(db->sql);
	if ((code & 255) == SQLITE_BUSY || (code & 255) == SQLITE_LOCKED)
		die(BB_BUSY, "try again when the other program is done", "%s: %s: %s", db->path, what, why);
	if (!hint)
		hint = (code & 255) == SQLITE_FULL ? "make room on that disk"
						     : "check that the file is a database, its owner and its folder";
	die(BB_IO, hint, "%s: %s: %s", db->path, what, why);
}

void db_on_damage(struct db *db, const char *hint)
{
	db->on_damage = hint;
}

struct db *db_open(const char *path, enum db_mode mode)
{
	static const int flags[] = {
		[DB_READ] = SQLITE_OPEN_READONLY,
		[DB_WRITE] = SQLITE_OPEN_READWRITE,
		[DB_CREATE] = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
	};
	struct db *db = mem_get(sizeof *db);
	struct stat st;

	/* Opened as a database, a FIFO would make SQLite wait for a writer. */
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		die(BB_IO, "move it away", "%s is no regular file, so no database", path);
	/* SQLite's NOFOLLOW refuses a link anywhere in the path. Only the file itself must be no link, so resolve
	 * the rest. */
	path = io_true_path(path);
	db->path = path;
	if (sqlite3_open_v2(path, &db->sql, flags[mode] | SQLITE_OPEN_NOFOLLOW, NULL) != SQLITE_OK)
		fail(db, "open");
	sqlite3_busy_timeout(db->sql, BUSY_MS);
	sqlite3_extended_result_codes(db->sql, 1);
	return db;
}

void db_close(struct db *db)
{
	if (sqlite3_close(db->sql) != SQLITE_OK)
		bug("a statement on %s is still open", db->path);
}

void db_exec(struct db *db, const char *sql)
{
	if (sqlite3_exec(db->sql, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail(db, sql);
}

static int bind_all(sqlite3_stmt *s, const struct db_value *bind)
{
	int ok = SQLITE_OK;

	for (int i = 1; bind && bind->type != DB_END && ok == SQLITE_OK; i++, bind++)
		ok = bind->type == DB_TEXT
			? sqlite3_bind_text(s, i, bind->bytes, (int)bind->len, SQLITE_STATIC)
			: sqlite3_bind_blob(s, i, bind->bytes, (int)bind->len, SQLITE_STATIC);
	return ok;
}

static sqlite3_stmt *prepare(struct db *db, const char *sql, const struct db_value *bind)
{
	sqlite3_stmt *s;

	if (sqlite3_prepare_v2(db->sql, sql, -1, &s, NULL) != SQLITE_OK || bind_all(s, bind) != SQLITE_OK)
		fail(db, sql);
	return s;
}

static bool step(struct db *db, sqlite3_stmt *s, const char *sql)
{
	int got = sqlite3_step(s);

	if (got != SQLITE_ROW && got != SQLITE_DONE) {
		sqlite3_finalize(s);
		fail(db, sql);
	}
	return got == SQLITE_ROW;
}

int db_run(struct db *db, const char *sql, const struct db_value *bind)
{
	sqlite3_stmt *s = prepare(db, sql, bind);

	step(db, s, sql);
	sqlite3_finalize(s);
	return sqlite3_changes(db->sql);
}

bool db_row(struct db *db, const char *sql, const struct db_value *bind, struct str *out,
	    const char **type)
{
	static const char *const names[] = {
		[SQLITE_INTEGER] = "integer", [SQLITE_FLOAT] = "real", [SQLITE_TEXT] = "text",
		[SQLITE_BLOB] = "blob", [SQLITE_NULL] = "null",
	};
	sqlite3_stmt *s = prepare(db, sql, bind);
	bool found = step(db, s, sql);

	if (found && type)
		*type = names[sqlite3_column_type(s, 0)];
	if (found) {
		const void *bytes = sqlite3_column_blob(s, 0);
		int n = sqlite3_column_bytes(s, 0);

		if (n > 0)
			str_add_bytes(out, bytes, (size_t)n);
	}
	sqlite3_finalize(s);
	return found;
}

/* Give the columns of one row as text to `each`: for the three callers below. */
static void hand_over(sqlite3_stmt *s, void (*each)(const char **column, void *arg), void *arg)
{
	const char *column[DB_COLUMNS] = { NULL };

	if (sqlite3_column_count(s) > DB_COLUMNS)
		bug("a query with %d columns", sqlite3_column_count(s));
	for (int i = 0; i < sqlite3_column_count(s); i++) {
		const char *text = (const char *)sqlite3_column_text(s, i);

		column[i] = text ? mem_text(text, strlen(text)) : "";
	}
	each(column, arg);
}

/* Open, prepare, bind: SQLITE_OK or what went wrong. */
static int begin(const char *path, int flags, const char *sql, const struct db_value *bind, sqlite3 **db,
		 sqlite3_stmt **s)
{
	int ok = sqlite3_open_v2(io_true_path(path), db, flags | SQLITE_OPEN_NOFOLLOW, NULL);

	if (ok == SQLITE_OK) {
		sqlite3_busy_timeout(*db, BUSY_MS);
		ok = sqlite3_prepare_v2(*db, sql, -1, s, NULL);
	}
	return ok == SQLITE_OK ? bind_all(*s, bind) : ok;
}

static const char *end(const char *path, sqlite3 *db, sqlite3_stmt *s, int ok)
{
	bool fine = ok == SQLITE_DONE || (ok == SQLITE_CANTOPEN && !io_exists(path));
	const char *why = fine ? NULL : mem_printf("%s", sqlite3_errmsg(db));

	sqlite3_finalize(s);
	sqlite3_close(db);
	return why;
}

const char *db_once(const char *path, const char *sql, const struct db_value *bind)
{
	sqlite3_stmt *s = NULL;
	sqlite3 *db = NULL;
	int ok = begin(path, SQLITE_OPEN_READWRITE, sql, bind, &db, &s);

	return end(path, db, s, ok == SQLITE_OK ? sqlite3_step(s) : ok);
}

const char *db_look(const char *path, const char *sql, void (*each)(const char **column, void *arg), void *arg)
{
	sqlite3_stmt *s = NULL;
	sqlite3 *db = NULL;
	int ok = begin(path, SQLITE_OPEN_READONLY, sql, NULL, &db, &s);

	while (ok == SQLITE_OK && (ok = sqlite3_step(s)) == SQLITE_ROW) {
		hand_over(s, each, arg);
		ok = SQLITE_OK;
	}
	return end(path, db, s, ok);
}

void db_rows(struct db *db, const char *sql, const struct db_value *bind,
	     void (*each)(const char **column, void *arg), void *arg)
{
	sqlite3_stmt *s = prepare(db, sql, bind);

	while (step(db, s, sql))
		hand_over(s, each, arg);
	sqlite3_finalize(s);
}
