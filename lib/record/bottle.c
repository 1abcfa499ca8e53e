/* SPDX-License-Identifier: MIT */
/* bottle.c: claim, hand over and forget bottles, each change in one transaction on table bottles. */
#include "record/bottle.h"
#include "basic/io.h"
#include "basic/paths.h"
#include "record/saved.h"
#include "record/statedb.h"
#include "tool/docker.h"
#include "tool/machine.h"

#include <string.h>
#include <unistd.h>

#define COLUMNS "slug, host, backend, since, image, ending, pid, start, boot, space, engine, machines, turn, mark, ran"

static long long whole(const char *text)
{
	long long n = 0;

	num_parse(text, 0, INT64_MAX, &n);
	return n;
}

static struct bottle from_row(const char **c)
{
	return (struct bottle){ c[0], c[1], c[2], c[3], c[4], whole(c[5]) != 0,
				{ whole(c[6]), whole(c[7]), c[8], c[9] }, c[10], c[11], whole(c[12]), whole(c[13]),
				whole(c[14]) != 0 };
}

static void keep(const char **column, void *arg)
{
	*(struct bottle *)arg = from_row(column);
}

static bool find(struct db *db, const char *slug, struct bottle *b)
{
	struct db_value bind[] = { DB_T(slug), DB_DONE };

	b->slug = NULL;
	db_rows(db, "SELECT " COLUMNS " FROM bottles WHERE slug = ?", bind, keep, b);
	return b->slug != NULL;
}

static void put(struct db *db, const char *slug, const char *image, const struct owner *o, bool stopping)
{
	const char *host = host_id(), *now = statedb_now(), *engine = docker_engine();
	struct bottle old;
	/* A bottle keeps its engine: what is written of it here holds for a new one alone. */
	const struct machine_engine *e = find(db, slug, &old) ? machine_engines[0] : machine_engine_wanted();
	const char *pid = mem_printf("%lld", o->pid), *start = mem_printf("%lld", o->start);
	struct db_value bind[] = { DB_T(slug), DB_T(host), DB_T(now), DB_T(image), DB_T(pid), DB_T(start),
				   DB_T(o->boot), DB_T(o->space), DB_T(engine), DB_T(e->store()),
				   DB_T(stopping ? "1" : "0"), DB_T(e->backend), DB_DONE };

	db_run(db, "INSERT INTO bottles(" COLUMNS ")"
	       " VALUES(?1, ?2, ?12, ?3, ?4, ?11, ?5, ?6, ?7, ?8, ?9, ?10, 0, 0, 0) ON CONFLICT(slug) DO UPDATE SET"
	       " ending = ?11, turn = turn + 1, pid = ?5, start = ?6, boot = ?7, space = ?8", bind);
}

bool bottle_kept(const struct bottle *b)
{
	return !b->stopping && (!b->owner.pid || b->mark);
}

/* --- claims --- */

static void taken(struct db *db, const struct bottle *b, bool fresh) __attribute__((noreturn));

static void taken(struct db *db, const struct bottle *b, bool fresh)
{
	const char *stop = mem_printf("bb-stop %s", b->slug), *remote = bottle_remote(b);

	db_exec(db, "ROLLBACK");
	db_close(db);                 /* the undo list may want the database */
	if (remote)
		die(BB_BUSY, "use another name, or go on as it was made", "the bottle %s %s, since %s", b->slug, remote,
		    b->since);
	switch (owner_state(&b->owner, b->host)) {
	case OWNER_ALIVE:
		if (b->stopping)
			die(BB_BUSY, "try again when it is gone", "the bottle %s is being taken down by pid %lld", b->slug,
			    b->owner.pid);
		die(BB_BUSY, mem_printf("use another name, or take it down with: %s", stop),
		    "a bottle %s is already running, since %s, pid %lld", b->slug, b->since, b->owner.pid);
	case OWNER_DEAD:
		die(BB_BUSY, mem_printf("take it down with: %s, or all such with: bb-clean", stop),
		    "a bottle %s was left behind by a start that died, since %s, pid %lld", b->slug, b->since, b->owner.pid);
	case OWNER_UNKNOWN:
	case OWNER_NONE:
		break;
	}
	die(BB_BUSY, fresh ? mem_printf("go on with it: bb-start --resume %s, or take it down with: %s", b->slug, stop)
		    : "try again",
	    "a bottle %s exists already, since %s; nobody runs it", b->slug, b->since);
}

/* Dies: there is a folder of that bottle and no row. */
static void lost(struct db *db, const char *slug) __attribute__((noreturn));

static void lost(struct db *db, const char *slug)
{
	if (db) {
		db_exec(db, "ROLLBACK");
		db_close(db);
	}
	die(BB_BUSY, mem_printf("if it is yours, take it down with: bb-stop %s", slug),
	    "there is a folder of a bottle %s that the database does not know", slug);
}

void bottle_must_be_new(const char *slug)
{
	struct db *db = statedb_open(DB_READ);
	struct bottle b;

	if (db) {
		db_exec(db, "BEGIN");
		if (find(db, slug, &b))
			taken(db, &b, true);
	}
	if (saved_exists(slug))
		lost(db, slug);
	if (!db)
		return;
	db_exec(db, "COMMIT");
	db_close(db);
}

/* Remember the ledger's last line, so that what the new owner makes can be told from what was there before. */
static void set_mark(struct db *db, const char *slug)
{
	struct db_value bind[] = { DB_T(slug), DB_DONE };

	db_run(db, "UPDATE bottles SET ran = 0, mark = 1 + (SELECT coalesce(max(line), 0) FROM ledger) WHERE slug = ?", bind);
}

void bottle_set_ran(const char *slug, const struct owner *owner, bool ran)
{
	struct db_value bind[] = { DB_T(slug), DB_T(ran ? "1" : "0"), DB_DONE };
	struct db *db = statedb_open(DB_WRITE);
	struct bottle b;

	if (!db)
		return;
	db_exec(db, "BEGIN IMMEDIATE");
	if (find(db, slug, &b) && owner_same(&b.owner, owner))
		db_run(db, "UPDATE bottles SET ran = ?2 WHERE slug = ?1", bind);
	db_exec(db, "COMMIT");
	db_close(db);
}

void bottle_claim(const char *slug, const char *image, const struct owner *owner, bool fresh)
{
	struct owner us = owner ? *owner : owner_nobody();
	struct db *db = statedb_open(DB_CREATE);
	struct bottle b;
	bool over = false;

	db_exec(db, "BEGIN IMMEDIATE");
	if (find(db, slug, &b)) {
		bool ours = owner && owner_same(&b.owner, owner);

		over = owner && !ours;
		if (fresh || bottle_remote(&b) || (!ours && owner_state(&b.owner, b.host) == OWNER_ALIVE))
			taken(db, &b, fresh);
	} else if (fresh && saved_exists(slug)) {
		lost(db, slug);
	}
	/* A folder without a row is somebody's bottle as well. */
	over = over || (owner && !b.slug && saved_exists(slug));
	put(db, slug, image, &us, false);
	if (over)
		set_mark(db, slug);
	db_exec(db, "COMMIT");
	db_close(db);
}

/* `image` NULL: do not register a bottle that is unknown. */
static void work_on(const char *slug, const char *image)
{
	struct owner us = owner_nobody();
	struct db *db = statedb_open(image ? DB_CREATE : DB_WRITE);
	struct bottle b;
	bool known;

	if (!db)
		return;
	db_exec(db, "BEGIN IMMEDIATE");
	known = find(db, slug, &b);
	if (known) {
		enum owner_is is = owner_state(&b.owner, b.host);

		if (bottle_remote(&b) || (b.stopping && is == OWNER_ALIVE))
			taken(db, &b, false);
		if (is == OWNER_DEAD || is == OWNER_NONE)
			put(db, slug, b.image, &us, false);
	} else if (image) {
		put(db, slug, image, &us, false);
	}
	db_exec(db, "COMMIT");
	db_close(db);
}

void bottle_note(const char *slug, const char *image)
{
	work_on(slug, image);
}

void bottle_touch(const char *slug)
{
	work_on(slug, NULL);
}

/* --- ends --- */

bool bottle_end(const struct bottle *snapshot, bool stopping)
{
	struct db *db = statedb_open(DB_WRITE);
	struct bottle b;
	struct owner us;
	bool same;

	if (!db || !owner_by_pid(&us, getpid()))
		return false;
	db_exec(db, "BEGIN IMMEDIATE");
	same = find(db, snapshot->slug, &b) && b.turn == snapshot->turn && !strcmp(b.since, snapshot->since) &&
	       owner_same(&b.owner, &snapshot->owner);
	if (same)
		put(db, snapshot->slug, b.image, &us, stopping);
	db_exec(db, "COMMIT");
	db_close(db);
	return same;
}

bool bottle_seize(const char *slug)
{
	struct db *db = statedb_open(DB_CREATE);
	struct bottle b;
	struct owner us;
	bool known;

	if (!owner_by_pid(&us, getpid()))
		us = owner_nobody();
	db_exec(db, "BEGIN IMMEDIATE");
	known = find(db, slug, &b);
	if (!known)
		put(db, slug, "", &us, true);
	db_exec(db, "COMMIT");
	db_close(db);
	return !known;
}

void bottle_here(const char *slug)
{
	struct bottle b;
	const char *remote = bottle_get(slug, &b) ? bottle_remote(&b) : NULL;

	if (remote)
		die(BB_BUSY, "go on as it was made", "the bottle %s %s", slug, remote);
}

bool bottle_disown(const char *slug, const struct owner *owner)
{
	struct owner nobody = owner_nobody();
	struct db *db = statedb_open(DB_WRITE);
	struct bottle b;

	if (!db)
		return false;
	db_exec(db, "BEGIN IMMEDIATE");
	if (find(db, slug, &b) && !bottle_remote(&b) && (!owner || owner_same(&b.owner, owner)))
		put(db, slug, b.image, &nobody, false);
	db_exec(db, "COMMIT");
	db_close(db);
	return true;
}

void bottle_forget(const char *slug)
{
	struct db_value bind[] = { DB_T(slug), DB_DONE };
	struct db *db = statedb_open(DB_WRITE);
	struct bottle b;
	struct owner us;

	if (!db || !owner_by_pid(&us, getpid()))
		return;
	db_exec(db, "BEGIN IMMEDIATE");
	if (find(db, slug, &b) && owner_same(&b.owner, &us)) {
		db_run(db, "DELETE FROM ledger WHERE slug = ?", bind);
		db_run(db, "DELETE FROM bottles WHERE slug = ?", bind);
	}
	db_exec(db, "COMMIT");
	db_close(db);
}

void bottle_forget_empty(const char *slug)
{
	struct db_value bind[] = { DB_T(slug), DB_DONE };
	struct db *db = statedb_open(DB_WRITE);

	if (!db)
		return;
	db_exec(db, "BEGIN IMMEDIATE");
	if (db_run(db, "DELETE FROM bottles WHERE slug = ?1 AND pid = 0 AND"
		   " NOT EXISTS(SELECT 1 FROM leases WHERE slug = ?1) AND NOT EXISTS(SELECT 1 FROM (SELECT phase,"
		   " max(line) FROM ledger WHERE slug = ?1 GROUP BY kind, name) WHERE phase <> 'undone')", bind) > 0)
		db_run(db, "DELETE FROM ledger WHERE slug = ?1", bind);
	db_exec(db, "COMMIT");
	db_close(db);
}

/* --- looking --- */

bool bottle_get(const char *slug, struct bottle *b)
{
	struct db *db = statedb_open(DB_READ);
	bool found;

	if (!db)
		return false;
	found = find(db, slug, b);
	db_close(db);
	return found;
}

bool bottle_known(const char *slug)
{
	struct bottle b;

	return bottle_get(slug, &b) || io_exists(state_path(mem_printf("bottles/%s", slug)));
}

static void add_name(const struct bottle *b, void *names)
{
	list_add(names, b->slug);
}

const char *bottle_hint(const char *slug)
{
	struct list names = { 0 };
	const char *near;

	bottle_each(add_name, &names);
	near = names.n ? word_nearest(slug, names.item, names.n) : NULL;
	return near && strcmp(near, slug) ? mem_printf("did you mean %s?", near) : "bb-list shows which there are";
}

void bottle_unknown(const char *slug)
{
	die(BB_NO, bottle_hint(slug), "there is no bottle %s", slug);
}

struct walk {
	void (*each)(const struct bottle *b, void *arg);
	void *arg;
};

static void walk(const char **column, void *arg)
{
	struct bottle b = from_row(column);
	struct walk *w = arg;

	w->each(&b, w->arg);
}

void bottle_each(void (*each)(const struct bottle *b, void *arg), void *arg)
{
	struct walk w = { each, arg };
	struct db *db = statedb_open(DB_READ);

	if (!db)
		return;
	db_rows(db, "SELECT " COLUMNS " FROM bottles ORDER BY slug", NULL, walk, &w);
	db_close(db);
}
