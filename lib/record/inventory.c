/* SPDX-License-Identifier: MIT */
/* inventory.c: list containers, networks and machines of bottles, from Docker and from the engines of machines. */
#include "record/inventory.h"
#include "basic/names.h"
#include "basic/paths.h"
#include "record/bottle.h"
#include "tool/docker_listing.h"

#include <string.h>

struct asking {
	void (*each)(const struct thing *t, void *arg);
	void *arg;
	struct list *unreachable;
};

/* Pass on what has a label or a name of ours. Everything else is not shown. */
static void tell(const struct asking *a, const struct thing *t)
{
	/* Not the registry of a pack that is being made: bb-pack takes care of that. */
	if (*t->slug || (!strncmp(t->name, NAME_PREFIX, strlen(NAME_PREFIX)) &&
			 strncmp(t->name, NAME_REGISTRY, strlen(NAME_REGISTRY))))
		a->each(t, a->arg);
}

/* The label decides whose it is: anybody can use a slug. */
static void own(struct thing *t, const char *label)
{
	if (strcmp(label, state_label(t->slug)))
		t->slug = "";
}

static void add_listed(const char *kind, const struct docker_listed *l, void *arg)
{
	struct thing t = { .kind = kind, .name = l->name, .slug = l->slug, .boot = l->boot, .runs = l->running, .image = l->image };

	own(&t, l->label);
	/* An engine of machines may have its machines there. */
	if (*t.slug && !strcmp(kind, "container") && !strcmp(t.name, name_machine(t.slug))) {
		t.kind = "machine";
		t.ran = l->ran;
	}
	tell(arg, &t);
}

static void ask_docker(const struct asking *a)
{
	static const char *const kinds[] = { "container", "network" };

	for (size_t i = 0; i < COUNT(kinds); i++) {
		const char *bad;
		struct docker_end end = docker_each(kinds[i], add_listed, (void *)(uintptr_t)a, &bad);

		if (!end.ok) {
			list_addf(a->unreachable, "containers and networks: %s", end.said);
			return;
		}
		if (bad)
			list_addf(a->unreachable, "%ss: Docker's answer cannot be read: %s", kinds[i], bad);
	}
}

struct naming {
	const struct asking *a;
	const struct machine_engine *engine;
};

static void add_machine(const struct machine_listed *m, void *arg)
{
	const struct naming *n = arg;
	struct thing t = { .kind = "machine", .name = m->name, .slug = m->slug, .boot = "", .image = "", .runs = m->runs, .ran = m->ran,
			   .unreadable = m->unreadable };

	own(&t, m->owner);
	if (t.unreadable)
		list_addf(n->a->unreachable, "machines: %s's row of %s cannot be read", n->engine->name, t.name);
	tell(n->a, &t);
}

void inventory_each(void (*each)(const struct thing *t, void *arg), void *arg, struct list *unreachable)
{
	struct asking a = { each, arg, unreachable };

	ask_docker(&a);
	for (size_t i = 0; machine_engines[i]; i++) {
		struct naming n = { &a, machine_engines[i] };
		const char *why = n.engine->list ? n.engine->list(add_machine, &n) : NULL;

		if (why)
			list_addf(unreachable, "machines: %s: %s", n.engine->store(), why);
	}
}

bool inventory_machine_runs(const char *slug)
{
	struct machine m = bottle_machine(slug);

	return m.engine->runs(m.name);
}
