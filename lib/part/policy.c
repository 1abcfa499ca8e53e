/* SPDX-License-Identifier: MIT */
/* policy.c: read back what a machine may do, and stop if that is not what was asked. */
#include "part/policy.h"
#include "record/bottle.h"

struct machine_row policy_require(const struct plan *p, const struct machine_wish *w)
{
	struct machine m = bottle_machine(p->slug);
	struct machine_row r = m.engine->read(m.name);
	const char *fault;

	if (!r.found)
		die(BB_PLAN, "run bb-vm create first", "there is no machine %s", m.name);
	plan_need(p, "pack.artifact");
	fault = m.engine->fault(&r, w);
	if (fault)
		die(BB_REFUSED, "delete the machine and create it again", "machine %s: %s", m.name, fault);
	if (m.engine->policy(&r, w) != MACHINE_OURS)
		die(BB_REFUSED, "run bb-tsi-patch apply first",
		    "machine %s may reach more than %s: its policy reads %s", m.name, w->allow, m.engine->allowed(&r));
	return r;
}
