/* SPDX-License-Identifier: MIT */
/* ledger.c: append a line before and after each act, and list the acts of a bottle that are open. */
#include "record/ledger.h"
#include "record/statedb.h"

#include <string.h>

static const char add[] = "INSERT INTO ledger(at, slug, phase, kind, name, id) VALUES(?, ?, ?, ?, ?, ?)";

static void line(const char *slug, const char *phase, const char *kind, const char *name, const char *id)
{
	const char *now = statedb_now();
	struct db_value bind[] = { DB_T(now), DB_T(slug), DB_T(phase), DB_T(kind), DB_T(name), DB_T(id), DB_DONE };
	struct db *db = statedb_open(DB_CREATE);

	db_run(db, add, bind);
	db_close(db);
}

void ledger_begin(const char *slug, const char *kind, const char *name)
{
	line(slug, "begin", kind, name, "");
}

void ledger_done(const char *slug, const char *kind, const char *name, const char *id)
{
	line(slug, "done", kind, name, id);
}

/* The last line of an act says how it stands. */
#define LAST "SELECT phase FROM ledger WHERE slug = ?1 AND kind = ?2 AND name = ?3 ORDER BY line DESC LIMIT 1"

bool ledger_is_open(const char *slug, const char *kind, const char *name)
{
	struct db_value bind[] = { DB_T(slug), DB_T(kind), DB_T(name), DB_DONE };
	struct db *db = statedb_open(DB_READ);
	struct str phase = STR_EMPTY;

	if (!db)
		return false;
	db_row(db, LAST, bind, &phase, NULL);
	db_close(db);
	return phase.len && strcmp(phase.text, "undone");
}

bool ledger_undone(const char *slug, const char *kind, const char *name)
{
	const char *now = statedb_now(), *why;
	struct db_value bind[] = { DB_T(slug), DB_T(kind), DB_T(name), DB_T(now), DB_DONE };

	why = db_once(statedb_path(), "INSERT INTO ledger(at, slug, phase, kind, name, id) "
		      "SELECT ?4, ?1, 'undone', ?2, ?3, '' WHERE (" LAST ") IN ('begin', 'done')", bind);
	if (why)
		warn("the ledger could not be told that %s %s is gone: %s", kind, name, why);
	return !why;
}

struct walk {
	void (*each)(const struct act *act, void *arg);
	void *arg;
};

static void walk(const char **column, void *arg)
{
	struct act act = { column[0], column[1], column[2], column[3] };
	struct walk *w = arg;

	w->each(&act, w->arg);
}

void ledger_open_since(const char *slug, long long mark, void (*each)(const struct act *act, void *arg), void *arg)
{
	const char *from = mem_printf("%lld", mark);
	struct db_value bind[] = { DB_T(slug), DB_T(from), DB_DONE };
	struct walk w = { each, arg };
	struct db *db = statedb_open(DB_READ);

	if (!db)
		return;
	/* With max(), SQLite takes the other columns from the row that has the maximum (lang_select 2.5). An act
	 * with a 'begin' was made here; one that was found in place has 'done' by "kept" only. */
	db_rows(db, "SELECT kind, name, id, at FROM (SELECT kind, name, id, at, phase, max(line) AS last FROM ledger"
		" WHERE slug = ?1 GROUP BY kind, name) WHERE phase <> 'undone' AND last >= CAST(?2 AS INTEGER)"
		" AND (?2 = '0' OR id <> 'kept') ORDER BY last DESC", bind, walk, &w);
	db_close(db);
}

void ledger_open(const char *slug, void (*each)(const struct act *act, void *arg), void *arg)
{
	ledger_open_since(slug, 0, each, arg);
}
