/* SPDX-License-Identifier: MIT */
/* bottle_place.c: which engine has a bottle's machine, and whether the bottle can be handled from here. */
#include "record/bottle.h"
#include "tool/docker.h"

#include <string.h>

static const struct machine_engine *engine_of(const struct bottle *b)
{
	const struct machine_engine *e = machine_engine_of(b->backend);

	if (!e)
		die(BB_PLAN, "a newer bottlebox may have made it", "the bottle %s is of the back end %s, which is unknown here", b->slug, b->backend);
	return e;
}

struct machine bottle_machine(const char *slug)
{
	struct bottle b;

	return (struct machine){ bottle_get(slug, &b) ? engine_of(&b) : machine_engine_wanted(), name_machine(slug) };
}

const char *bottle_remote(const struct bottle *b)
{
	if (strcmp(b->host, host_id()))
		return "is of another host";
	if (owner_state(&b->owner, b->host) == OWNER_UNKNOWN)
		return "is of another container";
	if (strcmp(b->engine, docker_engine()))
		return mem_printf("was made with DOCKER_HOST=%s", b->engine);
	if (strcmp(b->machines, engine_of(b)->store()))
		return mem_printf("has its machine in %s, not in %s", b->machines, engine_of(b)->store());
	return NULL;
}
