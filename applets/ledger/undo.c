/* SPDX-License-Identifier: MIT */
/* undo.c: take bottles down in order, or hand them back as an owner found them. */
#include "ledger/snapshot.h"
#include "ledger/undo.h"
#include "stage.h"
#include "basic/io.h"
#include "basic/names.h"
#include "basic/paths.h"
#include "basic/proc.h"
#include "basic/undo.h"
#include "plan/document.h"
#include "record/inventory.h"
#include "record/lease.h"
#include "record/ledger.h"

#include <string.h>

enum { HALF_DONE_MS = 3000, END_MS = 120 * 1000, LOOK_MS = 200 };

const char *ledger_joined(const struct list *l, const char *between)
{
	struct str out = STR_EMPTY;

	for (size_t i = 0; i < l->n; i++)
		str_addf(&out, "%s%s", i ? between : "", l->item[i]);
	return out.text;
}

/* --- undo --- */

/* Run a verb of an applet, or a script: found by name in PATH, else this very program. Returns its exit status. */
static int applet(const char *name, const char *verb, const char *slug)
{
	const char *const argv[] = { "/proc/self/exe", name, verb, slug, NULL };
	struct proc_end end = proc_run(&(struct proc){ .argv = argv + (proc_find(name) != NULL) });

	return proc_status(&end);
}

/* TURN_LOST: it has another owner than the one that undo was called for. */
enum turn { TURN_OURS, TURN_UNRECORDED, TURN_NOTHING, TURN_LOST, TURN_NO };

/* Become the owner of the bottle, to take it down. A living owner is asked to end first: it takes down what it made,
 * and we wait and do the rest. With `only`, nothing is done if another process owns it. What has this name
 * afterwards may be another bottle. */
static enum turn take_over(const char *slug, const struct owner *only)
{
	long long limit = clock_ms() + END_MS;
	struct bottle b = { .slug = NULL }, first = { .since = "" };

	for (int look = 0; bottle_get(slug, &b) || (!look && !only && !bottle_seize(slug)); look++) {
		const char *remote = b.slug ? bottle_remote(&b) : NULL;
		bool same;

		if (!b.slug)          /* it was made just now */
			continue;
		if (remote) {
			warn("the bottle %s %s: nothing was done", slug, remote);
			return TURN_NO;
		}
		if (!*first.since)
			first = b;
		same = !strcmp(b.since, first.since) && (b.stopping || owner_same(&b.owner, &first.owner));
		if (only ? !owner_same(&b.owner, only) : !same)
			return only ? TURN_LOST : TURN_NOTHING;
		if (!only && owner_state(&b.owner, b.host) == OWNER_ALIVE) {
			if (clock_ms() >= limit)
				die(BB_BUSY, "end that process, then try again", "%s still has pid %lld at it", slug, b.owner.pid);
			if (!look && !b.stopping)
				signals_ask_to_end(b.owner.pid);
			sleep_ms(LOOK_MS);
		} else if (bottle_end(&b, !only || !b.mark)) {
			return TURN_OURS;
		}
	}
	if (only)
		return TURN_LOST;
	return *first.since ? TURN_NOTHING : TURN_UNRECORDED;
}

/* The open acts of the ledger, copied: programs run for minutes, and no query may stay open meanwhile. */
struct open_acts {
	struct list kinds, packs;
	bool half;                /* an act was begun, and its end is unknown */
};

static void note(const struct act *act, void *arg)
{
	struct open_acts *o = arg;

	list_add(&o->kinds, act->kind);
	if (!strcmp(act->kind, "pack"))
		list_add(&o->packs, act->name);
	o->half = o->half || !*act->id;
}

/* Remove machine, bundle, packs, lease, folder. While a machine is left, it may reach its one address. So network
 * and lease stay too, and nobody else gets that address (wall W11). */
static bool take_down(const char *slug, enum turn turn, bool everything)
{
	struct open_acts open = { .half = false };
	struct list left = { 0 };
	int machine = BB_OK, bundle = BB_OK;

	ledger_open(slug, note, &open);
	if (open.half)          /* the engine may still be at work, though the caller is dead */
		sleep_ms(HALF_DONE_MS);
	if (everything || list_has(&open.kinds, "machine"))
		machine = applet("bb-vm", "delete", slug);
	if (machine != BB_OK && machine != BB_REFUSED)
		list_add(&left, "machine");
	if (left.n)
		applet("bb-bundle", "stop", slug);
	else if (everything || list_has(&open.kinds, "container") || list_has(&open.kinds, "network"))
		bundle = applet("bb-bundle", "down", slug);
	/* Without Docker nothing can be seen. If nothing is open, nothing is missed. */
	if (bundle == BB_NO || (bundle != BB_OK && bundle != BB_REFUSED && (open.kinds.n || turn == TURN_UNRECORDED)))
		list_add(&left, "container or network");
	if (open.packs.n && applet("bb-pack", "gc", NULL) != BB_OK)
		list_add(&left, "pack");
	for (size_t i = 0; i < open.packs.n && !left.n; i++)
		ledger_undone(slug, "pack", open.packs.item[i]);
	if (left.n || applet("bb-subnet", "release", slug) != BB_OK)
		list_add(&left, "lease");
	if (!left.n && !io_remove(state_path(mem_printf("bottles/%s", slug)), state_path("bottles")))
		list_add(&left, "folder");
	if (!left.n || turn == TURN_UNRECORDED)
		bottle_forget(slug);
	if (left.n)
		warn("%s is not wholly gone: left are %s; what is said above mended, take them down by: bb-stop %s", slug,
		     ledger_joined(&left, ", "), slug);
	return !left.n && !(turn == TURN_UNRECORDED && (machine == BB_REFUSED || bundle == BB_REFUSED));
}

/* Hand back a bottle that was there before its owner came. What this owner made is removed, what it started is
 * stopped, and the rest stays as it was found, without an owner. Lease and folder were there before. */
static bool hand_back(const struct bottle *b)
{
	const char *slug = b->slug;
	struct open_acts made = { .half = false }, open = { .half = false };
	struct list left = { 0 };

	ledger_open(slug, note, &open);
	ledger_open_since(slug, b->mark, note, &made);
	if (made.half)
		sleep_ms(HALF_DONE_MS);
	if (list_has(&made.kinds, "machine")) {
		if (applet("bb-vm", "delete", slug) != BB_OK)
			list_add(&left, "machine");
	} else if (!b->ran && inventory_machine_runs(slug) && applet("bb-vm", "stop", slug) != BB_OK) {
		list_add(&left, "machine (it runs)");
	}
	/* If this owner did not make the network, the container is stopped only: the address stays this bottle's. */
	if (list_has(&made.kinds, "network") || list_has(&made.kinds, "container"))
		if (applet("bb-bundle", list_has(&made.kinds, "network") ? "down" : "stop", slug) != BB_OK)
			list_add(&left, "container or network");
	if (made.packs.n && applet("bb-pack", "gc", NULL) != BB_OK)
		list_add(&left, "pack");
	for (size_t i = 0; i < made.packs.n && !left.n; i++)
		ledger_undone(slug, "pack", made.packs.item[i]);
	warn("%s was there before and stays as it was found%s%s; go on with: %s, or take it down with: bb-stop %s", slug,
	     left.n ? ", but for its " : "", left.n ? ledger_joined(&left, " and its ") : "",
	     list_has(&open.kinds, "machine") && !list_has(&made.kinds, "machine")
	     ? mem_printf("bb-start --resume %s", slug) : "bb-start --from STAGE MANIFEST", slug);
	return bottle_disown(slug, NULL) && !left.n;
}

struct look {
	const char *slug;
	bool found;
};

static void note_thing(const struct thing *t, void *arg)
{
	struct look *l = arg;
	const char *slug = *t->slug ? t->slug : name_slug(t->kind, t->name);

	l->found = l->found || (slug && !strcmp(slug, l->slug));
}

/* Is there anything of that name? If nothing is recorded and something could not be asked, `unreachable` says what. */
static bool anything(const char *slug, struct list *unreachable)
{
	struct look l = { slug, lease_of(slug) || io_exists(state_path(mem_printf("bottles/%s", slug))) };

	if (!l.found)
		inventory_each(note_thing, &l, unreachable);
	return l.found;
}

int run_undo(struct cmd *cmd)
{
	const char *slug = stage_slug(cmd, 0);
	struct owner owner = stage_owner(cmd);
	enum turn turn = take_over(slug, owner.pid ? &owner : NULL);
	struct list unreachable = { 0 };
	struct bottle b;

	if (turn == TURN_OURS && owner.pid && bottle_get(slug, &b) && !b.stopping)
		return hand_back(&b) ? BB_OK : BB_NO;
	if (turn == TURN_UNRECORDED && !anything(slug, &unreachable)) {
		bottle_forget(slug);
		if (unreachable.n)
			die(BB_TOOL, mem_printf("mend that, then ask again: bb-stop %s", slug),
			    "no bottle %s is on record; whether there is anything of it could not be asked: %s", slug,
			    ledger_joined(&unreachable, "; "));
		bottle_unknown(slug);
	}
	if (turn == TURN_NOTHING)
		return BB_OK;
	if (turn == TURN_LOST) {
		warn("the bottle %s is not pid %lld's any more: nothing was done", slug, owner.pid);
		return BB_NO;
	}
	if (turn == TURN_NO || !take_down(slug, turn, !owner.pid))
		return BB_NO;
	return BB_OK;
}

/* --- reap --- */

static void reap_one(const struct snapshot *s, const char *why, struct str *out, int *status)
{
	enum turn turn = s->row.slug ? TURN_OURS : TURN_UNRECORDED;

	/* The list may be minutes old. Take the bottle only if its row is still the same. */
	if (s->row.slug ? !bottle_end(&s->row, true) : !bottle_seize(s->slug))
		return;
	if (take_down(s->slug, turn, true))
		str_addf(out, "%s: gone (%s)\n", s->slug, why);
	else
		*status = BB_NO;
}

int run_reap(struct cmd *cmd)
{
	struct snapshots all = snapshot_all();
	struct str out = STR_EMPTY;
	int status = BB_OK;

	for (size_t i = 0; i < all.n; i++) {
		const struct snapshot *s = &all.item[i];
		const char *why = snapshot_dead(s);

		if (why && cmd_dry(cmd)) {
			str_addf(&out, "%s: %s\n", s->slug, why);
		} else if (why) {
			reap_one(s, why, &out, &status);
		} else if (!strcmp(s->state, "unrecorded")) {
			warn("%s stays: the database does not know it; if it is yours: bb-stop %s", s->slug, s->slug);
			status = BB_NO;
		}
	}
	for (size_t i = 0; i < all.unreachable.n; i++, status = BB_NO)
		warn("%s", all.unreachable.item[i]);
	out_all(out.text, out.len);
	return status;
}
