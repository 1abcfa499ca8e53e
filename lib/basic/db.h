/* SPDX-License-Identifier: MIT */
/* db.h: SQLite behind a few calls. Only db.c includes sqlite3.h.
 *
 * Every failure dies with 74 and names the file, a busy database with 75. The busy timeout is set
 * before anything else on each connection. */
#ifndef BB_DB_H
#define BB_DB_H

#include "basic/str.h"

struct db;

enum db_mode { DB_READ, DB_WRITE, DB_CREATE };

/* Open; DB_READ and DB_WRITE never create the file. A symbolic link is refused (wall W25). */
struct db *db_open(const char *path, enum db_mode mode);
void db_close(struct db *db);

/* The hint that is printed when the file turns out to be damaged or no database. */
void db_on_damage(struct db *db, const char *hint);

/* Run statements without parameters or rows (schema, BEGIN IMMEDIATE, COMMIT). */
void db_exec(struct db *db, const char *sql);

/* One value to bind. A NULL pointer ends the list in db_run and db_row. */
struct db_value {
	enum { DB_END, DB_TEXT, DB_BLOB } type;
	const char *bytes;
	size_t len;
};
#define DB_T(text) { DB_TEXT, (text), strlen(text) }
#define DB_B(s, n) { DB_BLOB, (s), (n) }
#define DB_DONE { DB_END, NULL, 0 }

/* A statement without rows; returns how many rows it changed. */
int db_run(struct db *db, const char *sql, const struct db_value *bind);

/* First column of the first row into `out`, its type ("blob", "text", "null", ...) into *type if
 * that is not NULL. False if there is no row. */
bool db_row(struct db *db, const char *sql, const struct db_value *bind, struct str *out,
	    const char **type);

enum { DB_COLUMNS = 24 };

/* Call `each` with the columns of every row as text; at most DB_COLUMNS. `bind` may be NULL. */
void db_rows(struct db *db, const char *sql, const struct db_value *bind,
	     void (*each)(const char **column, void *arg), void *arg);

/* Open, call `each` with every row, close. Returns NULL, or why it failed. Never dies. */
const char *db_look(const char *path, const char *sql, void (*each)(const char **column, void *arg), void *arg);

/* Open, run one statement without rows, close. Returns NULL, or why it failed. Never dies, so teardown may use it. A
 * missing file is fine. */
const char *db_once(const char *path, const char *sql, const struct db_value *bind);

#endif
