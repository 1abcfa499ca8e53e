/* SPDX-License-Identifier: MIT */
/* bb-subnet: choose a free /24 for a bottle's bundle.
 *
 * The hash of the slug is only the first guess: two bottles may guess alike, and the host or Docker may use the
 * range already. So we look under a lock, take the next free one and write a lease. */
#include "stage.h"
#include "basic/io.h"
#include "basic/names.h"
#include "basic/paths.h"
#include "basic/undo.h"
#include "plan/document.h"
#include "record/bottle.h"
#include "record/lease.h"
#include "tool/docker_network.h"

#include <string.h>

enum {
	GUESSES = 254,        /* the range of the hash; never change it, or slugs would move */
	LOCK_MS = 30 * 1000
};

/* SHA-256 of the slug as one big-endian number, mod 254. */
static unsigned guess(const char *slug)
{
	unsigned char digest[32];
	unsigned rest = 0;

	digest_raw(slug, digest);
	for (size_t i = 0; i < sizeof digest; i++)
		rest = (rest * 256 + digest[i]) % GUESSES;
	return rest;
}

/* The first free /24 from the guess on; bits 0 if there is none. Pure. */
static struct cidr choose(unsigned first, const struct cidrs *taken)
{
	for (unsigned i = 0; ; i++) {
		struct cidr c = net_pool_range(first, i);

		if (!c.bits || !cidrs_clash(taken, c))
			return c;
	}
}

static const char *section(const char *mode, struct cidr c)
{
	struct jw w = JW_EMPTY;

	jw_open(&w, NULL, '{');
	jw_text(&w, "mode", mode);
	jw_text(&w, "cidr", cidr_text(c));
	jw_text(&w, "gateway", range_gateway(c));
	jw_text(&w, "bundle", range_bundle(c));
	jw_text(&w, "allow", mem_printf("%s/32", range_bundle(c)));
	jw_close(&w, '}');
	return w.out.text;
}

static void release(void *slug)
{
	lease_release(slug);
	bottle_forget_empty(slug);
}

/* If our own bridge exists, it is a route of the host too. It must not clash with itself. */
static void forget(struct cidrs *all, struct cidr own)
{
	size_t kept = 0;

	for (size_t i = 0; i < all->n; i++)
		if (all->list[i].base != own.base || all->list[i].bits != own.bits)
			all->list[kept++] = all->list[i];
	all->n = kept;
}

static int run_alloc(struct cmd *cmd)
{
	struct plan *p = stage_read(cmd);
	bool offline = cmd_value(cmd, "offline") != NULL;
	const char *mode = cmd_value(cmd, "mode"), *leased;
	struct cidrs taken = { 0 }, foreign = { 0 };
	struct cidr c, own = { 0, 0 };
	size_t leased_to_others;
	int lock = -1;

	if (mode && !strcmp(mode, "alias"))
		die(BB_TOOL, "use --mode bridge, on Linux", "--mode alias is not built yet");
	if (mode && strcmp(mode, "bridge"))
		die(BB_USAGE, "known modes: bridge, alias", "--mode %s", mode);
	if (!offline)
		lock = io_lock(state_lock_path("subnet"), LOCK_MS, "the list of subnets");
	leased = lease_of(p->slug);
	net_host_ranges(&taken);
	if (!offline)
		own = docker_ranges(&foreign, plan_bundle_name(p));
	else if (leased)
		cidr_parse(leased, &own);
	forget(&taken, own);
	for (size_t i = 0; i < foreign.n; i++)
		cidrs_add(&taken, foreign.list[i]);
	leased_to_others = taken.n;
	lease_taken(&taken, p->slug);
	leased_to_others = taken.n - leased_to_others;
	if (cmd_value(cmd, "same")) {
		leased = plan_need(p, "subnet.cidr");
		if (!cidr_parse(leased, &c) || cidrs_clash(&taken, c))
			die(BB_BUSY, "see ip route, docker network ls and bb-list; free it, then try again",
			    "%s, the range of %s, is somebody else's by now", leased, p->slug);
	} else if (!leased || !cidr_parse(leased, &c) || cidrs_clash(&taken, c))
		c = choose(guess(p->slug), &taken);
	if (c.bits == 0)
		die(BB_BUSY, "see bb-list, docker network ls and ip route; bb-stop NAME ends what is not needed",
		    "no free /24 is left in %s and %s: %zu are leased to bottles, networks and routes have the others",
		    cidr_text(net_pool), cidr_text(net_fallback_pool), leased_to_others);
	if (!offline) {
		stage_enter(cmd, p);
		if (!leased)
			undo_push(release, (void *)(uintptr_t)p->slug);
		lease_take(p->slug, cidr_text(c));
		io_unlock(lock);
	}
	return stage_emit(cmd, p, section("bridge", c));
}

/* release SLUG: give the lease back. It is fine if there is none: the teardown may run twice. */
static int run_release(struct cmd *cmd)
{
	const char *slug = stage_slug(cmd, 0);
	int lock = io_lock(state_lock_path("subnet"), LOCK_MS, "the list of subnets");

	bottle_here(slug);
	if (!bottle_known(slug) && !lease_of(slug))
		bottle_unknown(slug);
	lease_release(slug);
	bottle_forget_empty(slug);
	io_unlock(lock);
	return BB_OK;
}

static const struct opt opts[] = {
	{ 0, "offline", NULL, "alloc", "do not ask Docker, take no lease" },
	{ 0, "same", NULL, "alloc", "the plan's own range or none: a machine has it already" },
	{ 0, "mode", "MODE", "alloc", "bridge (Linux); alias is for Docker Desktop" },
	{ .name = NULL }
};

static const struct verb verbs[] = {
	{ "alloc", "", "choose a range, lease it, add it to the plan", PLAN_IN | PLAN_OUT | DEFAULT_VERB | OWNED, run_alloc },
	{ "release", "SLUG", "give the lease back", 0, run_release },
	{ .name = NULL }
};

const struct applet subnet_applet = {
	.name = "bb-subnet", .section = "subnet", .summary = "choose a free /24 for a bottle",
	.reads = "manifest", .exits = "64 65 69 74 75 77 128+n", .opts = opts, .verbs = verbs,
};
