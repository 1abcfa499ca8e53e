/* SPDX-License-Identifier: MIT */
/* lease.c: read and write the table of leases: one range for each bottle. */
#include "record/lease.h"
#include "record/statedb.h"

#include <string.h>

struct taken {
	struct cidrs *all;
	const char *slug;
};

static void add_lease(const char **column, void *arg)
{
	struct taken *t = arg;
	struct cidr c;

	if (strcmp(column[0], t->slug) && cidr_parse(column[1], &c))
		cidrs_add(t->all, c);
}

void lease_taken(struct cidrs *all, const char *slug)
{
	struct taken t = { all, slug };
	struct db *db = statedb_open(DB_READ);

	if (!db)
		return;
	db_rows(db, "SELECT slug, cidr FROM leases", NULL, add_lease, &t);
	db_close(db);
}

const char *lease_of(const char *slug)
{
	struct db_value bind[] = { DB_T(slug), DB_DONE };
	struct str cidr = STR_EMPTY;
	struct db *db = statedb_open(DB_READ);
	bool found;

	if (!db)
		return NULL;
	found = db_row(db, "SELECT cidr FROM leases WHERE slug = ?", bind, &cidr, NULL);
	db_close(db);
	return found ? cidr.text : NULL;
}

struct walk {
	void (*each)(const char *slug, void *arg);
	void *arg;
};

static void walk(const char **column, void *arg)
{
	struct walk *w = arg;

	w->each(column[0], w->arg);
}

void lease_each(void (*each)(const char *slug, void *arg), void *arg)
{
	struct walk w = { each, arg };
	struct db *db = statedb_open(DB_READ);

	if (!db)
		return;
	db_rows(db, "SELECT slug FROM leases ORDER BY slug", NULL, walk, &w);
	db_close(db);
}

void lease_take(const char *slug, const char *cidr)
{
	struct db_value bind[] = { DB_T(slug), DB_T(cidr), DB_DONE };
	struct db *db = statedb_open(DB_CREATE);
	int changed = db_run(db, "INSERT INTO leases(slug, cidr) SELECT ?1, ?2 "
			     "WHERE NOT EXISTS(SELECT 1 FROM leases WHERE cidr = ?2 AND slug <> ?1) "
			     "ON CONFLICT(slug) DO UPDATE SET cidr = excluded.cidr", bind);

	db_close(db);
	if (changed != 1)
		die(BB_BUSY, "try again", "the range %s has just been taken by another bottle", cidr);
}

bool lease_release(const char *slug)
{
	struct db_value bind[] = { DB_T(slug), DB_DONE };
	struct db *db = statedb_open(DB_WRITE);
	int changed;

	if (!db)
		return false;
	changed = db_run(db, "DELETE FROM leases WHERE slug = ?", bind);
	db_close(db);
	return changed > 0;
}
