/* SPDX-License-Identifier: MIT */
/* statedb.c: open the state database and bring its schema to our version. */
#include "record/statedb.h"
#include "basic/io.h"
#include "basic/paths.h"
#include "basic/process.h"

#include <string.h>
#include <time.h>

/* The statements from each version of the schema to the next. They were released: add new ones, never change one.
 *
 * bottles: all that has begun and was not wholly taken back. pid 0: no owner (made by hand, or left on purpose).
 * ending 1: the owner is taking it down. engine, machines: the Docker engine and the database of smolvm that it is
 * in, since another shell may use others. turn: counts changes of the row. mark: 0 if the owner made the bottle; if
 * an owner took over one that had none, the ledger's last line at that time, plus 1. ran: its machine ran at that
 * time.
 *
 * ledger: append-only. 'begin' is written before an act, 'done' after it with the id obtained, 'undone' when it was
 * taken back. An act is open from its 'begin' to its 'undone'. */
static const char *const upgrade[] = {
	"CREATE TABLE leases(slug TEXT PRIMARY KEY, cidr TEXT NOT NULL UNIQUE);",
	"CREATE TABLE bottles(slug TEXT PRIMARY KEY, host TEXT NOT NULL, backend TEXT NOT NULL, since TEXT NOT NULL,"
	" image TEXT NOT NULL, ending INTEGER NOT NULL, pid INTEGER NOT NULL, start INTEGER NOT NULL, boot TEXT NOT NULL, space TEXT NOT NULL,"
	" engine TEXT NOT NULL, machines TEXT NOT NULL, turn INTEGER NOT NULL);"
	"CREATE TABLE ledger(line INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, slug TEXT NOT NULL,"
	" phase TEXT NOT NULL CHECK(phase IN ('begin', 'done', 'undone')), kind TEXT NOT NULL, name TEXT NOT NULL,"
	" id TEXT NOT NULL);"
	"CREATE INDEX ledger_slug ON ledger(slug);",
	"ALTER TABLE bottles ADD COLUMN mark INTEGER NOT NULL DEFAULT 0; ALTER TABLE bottles ADD COLUMN ran INTEGER NOT NULL DEFAULT 0;",
};

enum { LOCK_MS = 15000 };

static const char damaged[] = "if it is damaged: bb-ledger rebuild keeps it aside and asks docker and smolvm what there is";

const char *statedb_path(void)
{
	return state_path("state.db");
}

const char *statedb_now(void)
{
	char text[32];
	time_t now = time(NULL);
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
	return mem_text(text, strlen(text));
}

static long long version(struct db *db)
{
	struct str text = STR_EMPTY;
	long long n = 0;

	db_row(db, "PRAGMA user_version", NULL, &text, NULL);
	num_parse(text.text, 0, 1 << 30, &n);
	if (n > (long long)COUNT(upgrade))
		die(BB_PLAN, "use the bottlebox that wrote it, or a newer one",
		    "%s has version %lld, this program knows %zu", statedb_path(), n, COUNT(upgrade));
	return n;
}

/* In one transaction, so whoever comes second finds it done. The lock is for changing the journal's mode: if two do
 * that at once, SQLite does not wait and fails one of them with "locked". WAL uses shared memory, so on a home that
 * several hosts share it would lose writes (sqlite.org/wal.html). */
static void raise_version(struct db *db)
{
	int lock = io_lock(state_lock_path("state.db"), LOCK_MS, "the state database");

	db_exec(db, io_is_remote(state_folder()) ? "PRAGMA journal_mode = DELETE" : "PRAGMA journal_mode = WAL");
	db_exec(db, "BEGIN IMMEDIATE");
	for (size_t n = (size_t)version(db); n < COUNT(upgrade); n++)
		db_exec(db, upgrade[n]);
	db_exec(db, mem_printf("PRAGMA user_version = %zu", COUNT(upgrade)));
	db_exec(db, "COMMIT");
	io_unlock(lock);
}

struct db *statedb_open(enum db_mode mode)
{
	const char *path = statedb_path();
	struct db *db;

	/* Look up who we are now: inside a transaction nothing may die. */
	owner_nobody();
	host_id();
	if (mode != DB_CREATE && !io_exists(path))
		return NULL;
	if (mode == DB_CREATE)
		state_folder();
	db = db_open(path, mode);
	db_on_damage(db, damaged);
	db_exec(db, "PRAGMA synchronous = FULL");
	if (version(db) == (long long)COUNT(upgrade))
		return db;
	if (mode == DB_READ) {
		bool empty = version(db) == 0;

		db_close(db);
		return empty ? NULL : statedb_open(DB_WRITE);
	}
	raise_version(db);
	return db;
}
