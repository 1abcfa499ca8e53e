/* lease.c: see lease.h. The table is the first of the state database (design.md section 4); its
 * version is SQLite's user_version, so that later tables can come by an upgrade. */
#include "lease.h"
#include "db.h"
#include "io.h"
#include "state.h"

#include <string.h>

enum { SCHEMA = 1 };

static const char schema[] =
	"CREATE TABLE leases(slug TEXT PRIMARY KEY, cidr TEXT NOT NULL UNIQUE);"
	"PRAGMA user_version = 1;";

static struct db *open_db(enum db_mode mode)
{
	const char *path = state_path("state.db");
	struct str version = STR_EMPTY;
	struct db *db;

	if (mode == DB_READ && !io_exists(path))
		return NULL;
	if (mode == DB_CREATE)
		state_folder();
	db = db_open(path, mode);
	db_row(db, "PRAGMA user_version", NULL, &version, NULL);
	if (mode == DB_CREATE && !strcmp(version.text, "0")) {
		db_exec(db, "PRAGMA journal_mode = WAL");
		db_exec(db, "BEGIN IMMEDIATE");
		str_clear(&version);
		db_row(db, "PRAGMA user_version", NULL, &version, NULL);
		if (!strcmp(version.text, "0"))
			db_exec(db, schema);
		db_exec(db, "COMMIT");
	} else if (strcmp(version.text, "0") && strcmp(version.text, mem_printf("%d", SCHEMA))) {
		die(BB_PLAN, "use the bottlebox that wrote it, or a newer one",
		    "%s has version %s, this program knows %d", path, version.text, SCHEMA);
	} else if (!strcmp(version.text, "0")) {
		db_close(db);
		return NULL;
	}
	return db;
}

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
	struct db *db = open_db(DB_READ);

	if (!db)
		return;
	db_rows(db, "SELECT slug, cidr FROM leases", add_lease, &t);
	db_close(db);
}

const char *lease_of(const char *slug)
{
	struct db_value bind[] = { DB_T(slug), DB_DONE };
	struct str cidr = STR_EMPTY;
	struct db *db = open_db(DB_READ);
	bool found;

	if (!db)
		return NULL;
	found = db_row(db, "SELECT cidr FROM leases WHERE slug = ?", bind, &cidr, NULL);
	db_close(db);
	return found ? cidr.text : NULL;
}

void lease_take(const char *slug, const char *cidr)
{
	struct db_value bind[] = { DB_T(slug), DB_T(cidr), DB_DONE };
	struct db *db = open_db(DB_CREATE);
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
	struct db *db = io_exists(state_path("state.db")) ? open_db(DB_WRITE) : NULL;
	int changed;

	if (!db)
		return false;
	changed = db_run(db, "DELETE FROM leases WHERE slug = ?", bind);
	db_close(db);
	return changed > 0;
}
