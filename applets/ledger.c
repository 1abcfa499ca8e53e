/* bb-ledger: which bottles there are, and taking back what they made.
 *
 * What is to be taken back is what the ledger has open (lib/ledger.h). How is each applet's own business: they derive
 * the names anew, look whose it is, and write down that it is gone. Here is only the order, newest first, and that a
 * failure in one place stops nothing elsewhere. */
#include "ledger_seen.h"
#include "docker.h"
#include "io.h"
#include "json.h"
#include "lease.h"
#include "ledger.h"
#include "plan.h"
#include "proc.h"
#include "state.h"
#include "statedb.h"
#include "undo.h"
#include "world.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { HALF_DONE_MS = 3000 };

/* --- undo --- */

/* Who takes back what. */
static const struct {
	const char *kind, *applet, *verb;
	bool by_slug;
} ways[] = {
	{ "machine", "bb-vm", "delete", true },
	{ "container", "bb-bundle", "down", true },
	{ "network", "bb-bundle", "down", true },
	{ "pack", "bb-pack", "gc", false },
};

/* By its name in PATH, as the scripts call it; else it is in this very program. */
static bool applet(const char *name, const char *verb, const char *slug)
{
	const char *const argv[] = { "/proc/self/exe", name, verb, slug, NULL };
	struct proc_end end = proc_run(&(struct proc){ .argv = argv + (proc_find(name) != NULL) });

	return proc_ok(&end);
}

struct undoing {
	const char *slug;
	struct list tried;        /* applet and verb: one call takes back all of a kind */
	struct list left;
	bool half;                /* an act was begun and nobody knows how it ended */
};

static void go(struct undoing *u, size_t way)
{
	const char *key = mem_printf("%s %s", ways[way].applet, ways[way].verb);

	if (list_has(&u->tried, key))
		return;
	list_add(&u->tried, key);
	if (!applet(ways[way].applet, ways[way].verb, ways[way].by_slug ? u->slug : NULL))
		list_add(&u->left, ways[way].kind);
}

static void look_for_half(const struct act *act, void *arg)
{
	struct undoing *u = arg;

	u->half = u->half || !*act->id;
}

static void take_back(const struct act *act, void *arg)
{
	struct undoing *u = arg;
	size_t before = u->left.n;

	for (size_t i = 0; i < COUNT(ways); i++)
		if (!strcmp(ways[i].kind, act->kind))
			go(u, i);
	/* The others write it down themselves. */
	if (!strcmp(act->kind, "pack") && u->left.n == before)
		ledger_undone(u->slug, act->kind, act->name);
}

/* True if nothing is left. Twice is fine. */
static bool undo_bottle(const char *slug)
{
	struct undoing u = { .slug = slug };
	struct owner us;
	struct bottle b;

	if (bottle_get(slug, &b) && strcmp(b.host, host_id())) {
		warn("%s is a bottle of another host", slug);
		return false;
	}
	/* Should we be killed here, it is known that nobody goes on. */
	if (owner_by_pid(&us, getpid()))
		bottle_give(slug, &us);
	ledger_open(slug, look_for_half, &u);
	/* The engine may still be at it, though whoever asked is dead. */
	if (u.half)
		sleep_ms(HALF_DONE_MS);
	ledger_open(slug, take_back, &u);
	/* Not recorded: by label and name alone. */
	for (size_t i = 0; i < COUNT(ways) && !bottle_get(slug, &b); i++)
		if (ways[i].by_slug)
			go(&u, i);
	if (!applet("bb-subnet", "release", slug))
		list_add(&u.left, "lease");
	if (!u.left.n && !io_remove(state_path(mem_printf("bottles/%s", slug)), state_path("bottles")))
		list_add(&u.left, "folder");
	if (u.left.n)
		return false;
	bottle_forget(slug);
	return true;
}

static int run_undo(struct cmd *cmd)
{
	const char *slug = slug_operand(cmd, 0);

	if (undo_bottle(slug))
		return BB_OK;
	warn("%s is not wholly gone: see the lines above, then try again", slug);
	return BB_NO;
}

/* --- reap --- */

static int run_reap(struct cmd *cmd)
{
	struct all_seen all = seen_all();
	struct str out = STR_EMPTY;
	int status = BB_OK;

	for (size_t i = 0; i < all.n; i++) {
		const struct seen *s = &all.item[i];
		const char *why = seen_dead(s);

		if (!why && !strcmp(s->state, "unrecorded")) {
			warn("%s stays: the database does not know it; if it is yours: bb-stop %s", s->slug, s->slug);
			status = BB_NO;
		}
		if (!why)
			continue;
		if (cmd_dry(cmd)) {
			str_addf(&out, "%s: %s\n", s->slug, why);
		} else if (undo_bottle(s->slug)) {
			str_addf(&out, "%s: gone (%s)\n", s->slug, why);
		} else {
			warn("%s is not wholly gone: see the lines above, then try again", s->slug);
			status = BB_NO;
		}
	}
	for (size_t i = 0; i < all.blind.n; i++, status = BB_NO)
		warn("%s", all.blind.item[i]);
	out_all(out.text, out.len);
	return status;
}

/* --- list --- */

/* The bundle's address, by the lease. */
static const char *address(const char *slug)
{
	const char *leased = lease_of(slug);
	struct cidr c;

	return leased && cidr_parse(leased, &c) ? ip_text(c.base + 2) : "";
}

static const char *notes(const struct seen *s)
{
	struct str out = STR_EMPTY;

	for (size_t i = 0; i < s->notes.n; i++)
		str_addf(&out, "%s%s", i ? "; " : "", s->notes.item[i]);
	return out.text;
}

enum { COLUMNS = 8 };

static void cells(const struct seen *s, const char *cell[COLUMNS])
{
	bool known = s->row.slug != NULL;

	cell[0] = s->slug;
	cell[1] = known ? s->row.backend : "";
	cell[2] = s->state;
	cell[3] = known ? s->row.since : "";
	cell[4] = address(s->slug);
	cell[5] = s->image;
	cell[6] = !strcmp(s->state, "foreign") ? "" : seen_owner(s);
	cell[7] = notes(s);
	for (size_t k = 0; k < COLUMNS; k++) {          /* names and images are somebody's words (wall W22) */
		char *text = mem_text(cell[k], strlen(cell[k]));

		scrub(text, false);
		cell[k] = text;
	}
}

static const char *const names[COLUMNS] = { "bottle", "backend", "state", "since", "address", "image", "owner", "notes" };

static const char *as_json(const struct all_seen *all)
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
static const char *as_table(const struct all_seen *all)
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
	struct all_seen all = seen_all();
	const char *text = cmd_value(cmd, "json") ? as_json(&all) : as_table(&all);

	for (size_t i = 0; i < all.blind.n; i++)
		warn("%s", all.blind.item[i]);
	out_all(text, strlen(text));
	return all.blind.n ? BB_NO : BB_OK;
}

/* --- claim, disown --- */

static int run_claim(struct cmd *cmd)
{
	const char *slug = slug_operand(cmd, 0), *image = cmd_value(cmd, "image");
	struct owner owner = plan_owner(cmd);

	bottle_claim(slug, image ? image : "", owner.pid ? &owner : NULL, cmd_value(cmd, "new"));
	return BB_OK;
}

static int run_disown(struct cmd *cmd)
{
	return bottle_give(slug_operand(cmd, 0), NULL) ? BB_OK : BB_IO;
}

/* --- rebuild --- */

static void record(const struct thing *t, void *n)
{
	struct docker_network net;

	if (strcmp(t->kind, "machine") && !*t->slug)
		return;
	if (*t->slug && strcmp(t->name, world_name(t->kind, t->slug)))
		return;
	if (!*t->slug)
		return;
	bottle_note(t->slug, "");
	ledger_begin(t->slug, t->kind, t->name);
	ledger_done(t->slug, t->kind, t->name, "found");
	if (!strcmp(t->kind, "network")) {
		net = docker_network(t->name);
		if (net.found && net.range.bits)
			lease_take(t->slug, cidr_text(net.range));
	}
	++*(int *)n;
}

/* The old file stays beside, whatever was wrong with it. */
static int run_rebuild(struct cmd *cmd)
{
	static const char *const parts[] = { "", "-wal", "-shm" };
	const char *path = statedb_path(), *aside = mem_printf("%s.%s", path, statedb_now());
	struct list blind = { 0 };
	struct str out = STR_EMPTY;
	int n = 0;

	(void)cmd;
	for (size_t i = 0; i < COUNT(parts); i++)
		if (rename(mem_printf("%s%s", path, parts[i]), mem_printf("%s%s", aside, parts[i])) < 0 && errno != ENOENT)
			die(BB_IO, "check its owner and mode", "rename %s%s:", path, parts[i]);
	db_close(statedb_open(DB_CREATE));
	world_each(record, &n, &blind);
	for (size_t i = 0; i < blind.n; i++)
		warn("%s", blind.item[i]);
	str_addf(&out, "%s is new, with %d objects found by label; the old file is %s\n", path, n, aside);
	out_all(out.text, out.len);
	return blind.n ? BB_NO : BB_OK;
}

static const struct opt opts[] = {
	{ 0, "json", NULL, "list: one JSON document instead of a table" },
	{ 0, "new", NULL, "claim: only if there is no such bottle" },
	{ 0, "image", "IMAGE", "claim: the agent's image, for the list" },
	{ .name = NULL }
};

static const struct verb verbs[] = {
	{ "list", "", "bottles as the ledger, docker and smolvm know them", 0, run_list },
	{ "undo", "SLUG", "take back what a bottle made, newest first", 0, run_undo },
	{ "reap", "", "undo every bottle whose owner is proven dead", DRY, run_reap },
	{ "claim", "SLUG", "make a bottle's owner known: a process, or nobody", OWNED, run_claim },
	{ "disown", "SLUG", "make a bottle nobody's: it stays when we end", 0, run_disown },
	{ "rebuild", "", "put a damaged database aside, make a new one", 0, run_rebuild },
	{ .name = NULL }
};

const struct applet ledger_applet = {
	.name = "bb-ledger", .section = NULL, .summary = "which bottles there are; take back what they made",
	.reads = "nothing", .exits = "1 64 65 74 75 77 128+n", .opts = opts, .verbs = verbs,
};
