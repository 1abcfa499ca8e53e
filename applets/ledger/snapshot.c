/* SPDX-License-Identifier: MIT */
/* snapshot.c: join database, Docker and smolvm into one list of bottles, with the state of each. */
#include "ledger/snapshot.h"
#include "basic/io.h"
#include "basic/names.h"
#include "basic/paths.h"
#include "plan/manifest.h"
#include "record/inventory.h"
#include "record/lease.h"
#include "record/ledger.h"

#include <stdlib.h>
#include <string.h>

static struct snapshot *entry(struct snapshots *all, const char *slug)
{
	for (size_t i = 0; i < all->n; i++)
		if (!strcmp(all->item[i].slug, slug))
			return &all->item[i];
	all->item = mem_grow(all->item, all->n * sizeof *all->item, (all->n + 1) * sizeof *all->item);
	all->item[all->n] = (struct snapshot){ .slug = slug, .image = "", .boot = "" };
	return &all->item[all->n++];
}

static void add_row(const struct bottle *b, void *all)
{
	struct snapshot *s = entry(all, b->slug);

	s->row = *b;
	s->image = b->image;
}

/* A lease or a folder of a bottle that is not known is listed too, so that somebody can remove it by name. */
static void add_lease(const char *slug, void *all)
{
	struct snapshot *s = entry(all, slug);

	if (!s->row.slug)
		list_add(&s->notes, "has a lease");
}

static void add_folder(const char *name, void *all)
{
	struct snapshot *s = slug_ok(name) ? entry(all, name) : NULL;

	if (s && !s->row.slug)
		list_add(&s->notes, "has a folder");
}

/* Is it ours? Its label decides. A machine of smolvm before 1.8 has none; there the ledger must say that we made it.
 * A name alone proves nothing, and neither does a label under a name that is not that bottle's. */
static bool ours(const struct thing *t)
{
	const char *slug = name_slug(t->kind, t->name);

	if (*t->slug)
		return !strcmp(t->name, name_of(t->kind, t->slug));
	return slug && !strcmp(t->kind, "machine") && ledger_is_open(slug, t->kind, t->name);
}

static void add_thing(const struct thing *t, void *all)
{
	const char *slug = name_slug(t->kind, t->name);
	struct snapshot *s;

	if (!ours(t)) {
		if (t->unreadable)          /* it is reported, and its owner is unknown */
			return;
		/* Listed under a name of its own, which no bottle can have. */
		s = entry(all, mem_printf("%s %s", t->kind, t->name));
		s->state = "foreign";
		return;
	}
	s = entry(all, slug);
	if (!strcmp(t->kind, "machine")) {
		s->machine = true;
		s->machine_runs = t->runs;
		s->machine_ran = t->ran;
	} else if (!strcmp(t->kind, "network")) {
		s->network = true;
	} else {
		s->container = true;
		s->container_runs = t->runs;
	}
	/* A network outlives a container, which is made again after a boot. So the container's label wins. */
	if (*t->boot && (!*s->boot || !strcmp(t->kind, "container")))
		s->boot = t->boot;
	if (!*s->image)
		s->image = t->image;
}

/* --- what it comes to --- */

static void note_act(const struct act *act, void *snapshot)
{
	struct snapshot *s = snapshot;
	bool there = !strcmp(act->kind, "machine") ? s->machine : !strcmp(act->kind, "network") ? s->network
		: !strcmp(act->kind, "container") ? s->container : true;

	s->made = s->made || !strcmp(act->kind, "machine");
	s->half = s->half || !*act->id;
	if (!*act->id)
		list_addf(&s->notes, "%s was begun and never done", act->kind);
	else if (!there)
		list_addf(&s->notes, "%s is gone", act->kind);
}

static void note_unwritten(struct snapshot *s, const char *kind, bool there)
{
	if (there && !ledger_is_open(s->slug, kind, name_of(kind, s->slug)))
		list_addf(&s->notes, "%s is not in the ledger", kind);
}

/* Left on purpose: its disk may hold the only copy of somebody's work. */
static bool is_kept(const struct snapshot *s)
{
	return (s->machine || s->made) && s->row.slug && bottle_kept(&s->row);
}

static const char *state(const struct snapshot *s)
{
	bool kept = is_kept(s);
	enum owner_is owner = s->row.slug ? owner_state(&s->row.owner, s->row.host) : OWNER_NONE;

	if (!s->row.slug)
		return "unrecorded";
	if (!kept && (owner == OWNER_DEAD || strcmp(s->row.owner.boot, boot_id())))
		return "orphaned";
	if (s->machine_runs)
		return owner == OWNER_ALIVE ? "running" : "detached";
	if (owner == OWNER_ALIVE && !s->machine_ran)
		return "starting";
	if (!s->machine || s->half)
		return "half-made";
	return kept && owner != OWNER_ALIVE ? "stopped, kept" : "stopped";
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct snapshot *)a)->slug, ((const struct snapshot *)b)->slug);
}

struct snapshots snapshot_all(void)
{
	struct snapshots all = { 0 };

	bottle_each(add_row, &all);
	lease_each(add_lease, &all);
	io_each(state_path("bottles"), add_folder, &all);
	inventory_each(add_thing, &all, &all.unreachable);
	for (size_t i = 0; i < all.n; i++) {
		struct snapshot *s = &all.item[i];
		const char *remote;

		if (s->state)
			continue;
		remote = s->row.slug ? bottle_remote(&s->row) : NULL;
		if (remote) {
			s->state = "elsewhere";
			list_add(&s->notes, remote);
			continue;
		}
		ledger_open(s->slug, note_act, s);
		if (s->row.slug) {
			note_unwritten(s, "machine", s->machine);
			note_unwritten(s, "container", s->container);
			note_unwritten(s, "network", s->network);
		}
		s->state = state(s);
	}
	if (all.n)
		qsort(all.item, all.n, sizeof *all.item, by_name);
	return all;
}

const char *snapshot_dead(const struct snapshot *s)
{
	const char *boot = s->row.slug ? s->row.owner.boot : s->boot;

	if (!strcmp(s->state, "foreign") || !strcmp(s->state, "elsewhere"))
		return NULL;
	if (s->machine_runs && (!s->row.slug || !s->row.owner.pid))
		return NULL;
	if (s->container_runs && !s->row.slug)
		return NULL;
	if (is_kept(s) || (!s->row.slug && s->machine))
		return NULL;
	if (*boot && *boot_id() && strcmp(boot, boot_id()))
		return "the machine was booted since";
	if (!s->row.slug)
		return NULL;
	if (owner_state(&s->row.owner, s->row.host) == OWNER_DEAD)
		return mem_printf("its start, pid %lld, died", s->row.owner.pid);
	return NULL;
}

const char *snapshot_owner(const struct snapshot *s)
{
	static const char *const words[] = {
		[OWNER_NONE] = "nobody", [OWNER_ALIVE] = "pid %lld", [OWNER_DEAD] = "pid %lld, dead",
		[OWNER_UNKNOWN] = "pid %lld, elsewhere",
	};

	if (!s->row.slug)
		return "?";
	return mem_printf(words[owner_state(&s->row.owner, s->row.host)], s->row.owner.pid);
}
