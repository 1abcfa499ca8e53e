/* SPDX-License-Identifier: MIT */
/* bb-ledger: list the bottles there are, and take back what they made.
 *
 * What must be taken back are the open acts of the ledger (lib/record/ledger.h). Each applet does its own part: it
 * derives the names again, checks whose a thing is, and writes down that it is gone. Here is only the order, newest
 * first; a failure in one place does not stop the others. */
#include "ledger/logs.h"
#include "ledger/snapshot.h"
#include "ledger/undo.h"
#include "stage.h"
#include "basic/io.h"
#include "basic/json.h"
#include "basic/names.h"
#include "basic/paths.h"
#include "plan/document.h"
#include "plan/rules.h"
#include "record/inventory.h"
#include "record/lease.h"
#include "record/ledger.h"
#include "record/saved.h"
#include "record/statedb.h"
#include "tool/docker_network.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LOCK_MS = 3000 };

/* --- list --- */

/* The bundle's address, from the lease. */
static const char *address(const char *slug)
{
	const char *leased = lease_of(slug);
	struct cidr c;

	return leased && cidr_parse(leased, &c) ? range_bundle(c) : "";
}

enum { COLUMNS = 8 };

static void cells(const struct snapshot *s, const char *cell[COLUMNS])
{
	bool known = s->row.slug != NULL;

	cell[0] = s->slug;
	cell[1] = known ? s->row.backend : "";
	cell[2] = s->state;
	cell[3] = known ? s->row.since : "";
	cell[4] = address(s->slug);
	cell[5] = s->image;
	cell[6] = !strcmp(s->state, "foreign") ? "" : snapshot_owner(s);
	cell[7] = ledger_joined(&s->notes, "; ");
	for (size_t k = 0; k < COLUMNS; k++) {          /* names and images may hold anything (wall W22) */
		char *text = mem_text(cell[k], strlen(cell[k]));

		scrub(text, false);
		cell[k] = text;
	}
}

static const char *const names[COLUMNS] = { "bottle", "backend", "state", "since", "address", "image", "owner", "notes" };

static const char *as_json(const struct snapshots *all)
{
	struct jw w = JW_EMPTY;
	const char *cell[COLUMNS];

	jw_open(&w, NULL, '[');
	for (size_t i = 0; i < all->n; i++) {
		cells(&all->item[i], cell);
		jw_open(&w, NULL, '{');
		for (size_t k = 0; k < COLUMNS; k++)
			jw_text(&w, names[k], cell[k]);
		jw_close(&w, '}');
	}
	jw_close(&w, ']');
	str_add(&w.out, "\n");
	return w.out.text;
}

/* Columns as wide as their widest cell; an empty cell is "-", the notes come last and may be empty. */
static const char *as_table(const struct snapshots *all)
{
	int width[COLUMNS] = { 0 };
	struct str out = STR_EMPTY;
	const char *cell[COLUMNS];

	for (size_t i = 0; i <= all->n; i++) {
		if (i)
			cells(&all->item[i - 1], cell);
		for (size_t k = 0; k < COLUMNS; k++) {
			int n = (int)strlen(i ? cell[k] : names[k]);

			width[k] = n > width[k] ? n : width[k];
		}
	}
	for (size_t i = 0; i <= all->n; i++) {
		if (i)
			cells(&all->item[i - 1], cell);
		for (size_t k = 0; k + 1 < COLUMNS; k++)
			str_addf(&out, "%-*s  ", width[k], !i ? names[k] : *cell[k] ? cell[k] : "-");
		str_addf(&out, "%s", i ? cell[COLUMNS - 1] : names[COLUMNS - 1]);
		while (out.len && out.text[out.len - 1] == ' ')
			out.text[--out.len] = '\0';
		str_add(&out, "\n");
	}
	return out.text;
}

static int run_list(struct cmd *cmd)
{
	struct snapshots all = snapshot_all();
	const char *text = cmd_value(cmd, "json") ? as_json(&all) : as_table(&all);

	for (size_t i = 0; i < all.unreachable.n; i++)
		warn("%s", all.unreachable.item[i]);
	out_all(text, strlen(text));
	return all.unreachable.n ? BB_NO : BB_OK;
}

/* --- claim, disown --- */

static int run_claim(struct cmd *cmd)
{
	const char *slug = stage_slug(cmd, 0), *image = cmd_value(cmd, "image"), *why = image ? rule_image(image) : NULL;
	struct owner owner = stage_owner(cmd);
	bool fresh = cmd_value(cmd, "new");

	if (why)
		die(BB_USAGE, "give the name that docker images shows", "--image %s %s", image, why);
	if (cmd_dry(cmd) && !fresh)
		die(BB_USAGE, "add --new", "claim --dry-run asks whether there is such a bottle");
	if (cmd_dry(cmd)) {
		bottle_must_be_new(slug);
		return BB_OK;
	}
	bottle_claim(slug, image ? image : "", owner.pid ? &owner : NULL, fresh);
	/* A bottle that is taken over is handed back as it was found (bb-ledger undo). */
	if (owner.pid && !fresh && inventory_machine_runs(slug))
		bottle_set_ran(slug, &owner, true);
	return BB_OK;
}

static int run_disown(struct cmd *cmd)
{
	const char *slug = stage_slug(cmd, 0);
	struct owner owner = stage_owner(cmd);
	struct bottle b;

	if (!bottle_get(slug, &b))
		bottle_unknown(slug);
	return bottle_disown(slug, owner.pid ? &owner : NULL) ? BB_OK : BB_NO;
}

/* --- rebuild --- */

/* A machine of smolvm before 1.8 has no label. It counts if its bundle has one, or if there is a folder of it. */
static void record(const struct thing *t, void *n)
{
	const char *slug = *t->slug ? t->slug : name_slug(t->kind, t->name);
	bool machine = !strcmp(t->kind, "machine");
	struct docker_network net;
	struct bottle b;

	if (!slug || strcmp(t->name, name_of(t->kind, slug)) || (!machine && !*t->slug))
		return;
	if (machine && !bottle_get(slug, &b) && !saved_exists(slug))
		return;
	bottle_note(slug, "");
	ledger_begin(slug, t->kind, t->name);
	ledger_done(slug, t->kind, t->name, "found");
	if (!strcmp(t->kind, "network") && docker_network_exists(t->name, &net) && net.range.bits)
		lease_take(slug, cidr_text(net.range));
	++*(int *)n;
}

static void found(const char **column, void *sound)
{
	*(bool *)sound = !strcmp(column[0], "ok");
}

/* The old file is kept beside the new one, whatever was wrong with it. */
static int run_rebuild(struct cmd *cmd)
{
	static const char *const parts[] = { "-wal", "-shm", "" };   /* a new file never meets an old journal */
	const char *path = statedb_path(), *aside = mem_printf("%s.%s.%d", path, statedb_now(), (int)getpid());
	struct list unreachable = { 0 };
	struct str out = STR_EMPTY;
	int n = 0, lock = io_lock(state_lock_path("state.db"), LOCK_MS, "the state database");
	bool sound = false;

	(void)cmd;
	if (io_exists(path) && !db_look(path, "PRAGMA quick_check(1)", found, &sound) && sound)
		die(BB_NO, "move it away yourself if you know better", "%s is sound: it is not damaged", path);
	for (size_t i = 0; i < COUNT(parts); i++)
		if (rename(mem_printf("%s%s", path, parts[i]), mem_printf("%s%s", aside, parts[i])) < 0 && errno != ENOENT)
			die(BB_IO, "check its owner and mode", "rename %s%s:", path, parts[i]);
	io_unlock(lock);
	db_close(statedb_open(DB_CREATE));
	inventory_each(record, &n, &unreachable);
	for (size_t i = 0; i < unreachable.n; i++)
		warn("%s", unreachable.item[i]);
	str_addf(&out, "%s is new, with %d objects found by label; the old file is %s\n", path, n, aside);
	out_all(out.text, out.len);
	return unreachable.n ? BB_NO : BB_OK;
}

static const struct opt opts[] = {
	{ 0, "json", NULL, "list", "one JSON document instead of a table" },
	{ 0, "new", NULL, "claim", "only if there is no such bottle" },
	{ 0, "image", "IMAGE", "claim", "the agent's image, for the list" },
	{ .name = NULL }
};

static const struct verb verbs[] = {
	{ "list", "", "bottles as the ledger, docker and smolvm know them", 0, run_list },
	{ "undo", "SLUG", "take back what a bottle made", OWNED, run_undo },
	{ "reap", "", "undo every bottle whose owner is proven dead", DRY, run_reap },
	{ "claim", "SLUG", "make a bottle's owner known: a process, or nobody", OWNED | DRY, run_claim },
	{ "disown", "SLUG", "make a bottle nobody's: it stays when we end", OWNED, run_disown },
	{ "keep-logs", "SLUG", "keep what a failed bottle said, for when it is gone", 0, run_keep_logs },
	{ "rebuild", "", "put a damaged database aside, make a new one", 0, run_rebuild },
	{ .name = NULL }
};

const struct applet ledger_applet = {
	.name = "bb-ledger", .section = NULL, .summary = "which bottles there are; take back what they made",
	.reads = "nothing", .exits = "1 64 65 69 74 75 77 128+n", .opts = opts, .verbs = verbs,
};
