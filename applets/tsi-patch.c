/* SPDX-License-Identifier: MIT */
/* bb-tsi-patch: is the policy that we asked for really in smolvm's row? If smolvm dropped it, put it in.
 *
 * smolvm before 1.8.0 takes `create --from X --allow-cidr C`, says nothing and writes "no policy": the machine would
 * reach everything (docs/smolvm.md, "The policy and create --from"). This applet reads the whole row back between
 * create and start. If the list is ours, there is nothing to do. If it is null, it is written as a BLOB, read again
 * and compared. Any other list, or any other field that nobody asked for, is 77, and nothing starts. */
#include "stage.h"
#include "basic/io.h"
#include "basic/undo.h"
#include "plan/wish.h"
#include "record/bottle.h"

#include <string.h>

static const char hint[] = "delete the machine and create it again: bb-vm delete SLUG";

static const char *section(const struct machine_wish *w, const char *before, const char *by)
{
	struct jw j = JW_EMPTY;

	jw_open(&j, NULL, '{');
	jw_list(&j, "wanted", &w->allow, 1);
	jw_text(&j, "before", before);
	jw_list(&j, "after", &w->allow, 1);
	jw_text(&j, "by", by);
	jw_bool(&j, "verified", true);
	jw_close(&j, '}');
	return j.out.text;
}

static void refuse(const struct cmd *cmd, const struct plan *p, const char *why) __attribute__((noreturn));

static void refuse(const struct cmd *cmd, const struct plan *p, const char *why)
{
	struct jw w = JW_EMPTY;

	jw_open(&w, NULL, '{');
	jw_text(&w, "machine", plan_vm_name(p));
	jw_text(&w, "refused", why);
	jw_close(&w, '}');
	str_add(&w.out, "\n");
	if (!cmd_dry(cmd))
		stage_report(cmd, p, w.out.text);
	die(BB_REFUSED, hint, "machine %s: %s", plan_vm_name(p), why);
}

static struct machine_row read_row(const struct cmd *cmd, const struct plan *p, struct machine m, const struct machine_wish *w)
{
	struct machine_row r = m.engine->read(m.name);
	const char *fault;

	if (!r.found)
		refuse(cmd, p, mem_printf("it is not in %s's database", m.engine->name));
	plan_need(p, "pack.artifact");
	fault = m.engine->fault(&r, w);
	if (fault)
		refuse(cmd, p, fault);
	return r;
}

static int run_apply(struct cmd *cmd)
{
	struct plan *p = stage_read(cmd);
	struct machine_wish w = wish_of(p);
	struct machine m = bottle_machine(p->slug);
	struct machine_row r;
	int lock;

	if (cmd_dry(cmd)) {
		warn("would compare the row of %s with %s, and write it if it is null", m.name, w.allow);
		return stage_emit(cmd, p, section(&w, "unknown", "none"));
	}
	lock = m.engine->lock();
	r = read_row(cmd, p, m, &w);
	switch (m.engine->policy(&r, &w)) {
	case MACHINE_OURS:
		io_unlock(lock);
		return stage_emit(cmd, p, section(&w, "equal", "engine"));
	case MACHINE_OTHER:
		refuse(cmd, p, mem_printf("its policy is not ours: %s", m.engine->allowed(&r)));
	case MACHINE_OPEN:
		break;
	}
	/* smolvm reads the row at start only, and rewrites it when it stops. */
	if (strcmp(r.state, "created"))
		refuse(cmd, p, mem_printf("it is %s without a policy", *r.state ? r.state : "in no known state"));
	m.engine->write_policy(&r, &w);
	r = read_row(cmd, p, m, &w);
	if (m.engine->policy(&r, &w) != MACHINE_OURS)
		refuse(cmd, p, mem_printf("after the patch its policy reads %s", m.engine->allowed(&r)));
	io_unlock(lock);
	return stage_emit(cmd, p, section(&w, "unrestricted", "patch"));
}

/* check: compare only, on a running machine too. Equal: the plan; anything else: 77. */
static int run_check(struct cmd *cmd)
{
	struct plan *p = stage_read(cmd);
	struct machine_wish w = wish_of(p);
	struct machine m = bottle_machine(p->slug);
	struct machine_row r = read_row(cmd, p, m, &w);

	if (m.engine->policy(&r, &w) != MACHINE_OURS)
		refuse(cmd, p, mem_printf("its policy is not ours: %s", m.engine->allowed(&r)));
	return stage_emit(cmd, p, section(&w, "equal", "engine"));
}

static const struct verb verbs[] = {
	{ "apply", "", "read the row back; write the policy if smolvm dropped it", PLAN_IN | PLAN_OUT | ACTS, run_apply },
	{ "check", "", "read the row back and compare, change nothing", PLAN_IN | PLAN_OUT, run_check },
	{ .name = NULL }
};

const struct applet tsi_patch_applet = {
	.name = "bb-tsi-patch", .section = "tsi_patch", .summary = "make sure the policy is in smolvm's database",
	.reads = "manifest subnet pack", .exits = "64 65 74 75 77 128+n", .verbs = verbs,
};
