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
#include "part/vmrow.h"
#include "plan/document.h"
#include "tool/smolvm.h"

#include <string.h>

static const char advice[] = "delete the machine and create it again: bb-vm delete SLUG";

static const char *section(const struct smolfile *s, const char *before, const char *by)
{
	struct jw w = JW_EMPTY;

	jw_open(&w, NULL, '{');
	jw_list(&w, "wanted", &s->allow, 1);
	jw_text(&w, "before", before);
	jw_list(&w, "after", &s->allow, 1);
	jw_text(&w, "by", by);
	jw_bool(&w, "verified", true);
	jw_close(&w, '}');
	return w.out.text;
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
	die(BB_REFUSED, advice, "machine %s: %s", plan_vm_name(p), why);
}

static struct vmrow read_row(const struct cmd *cmd, const struct plan *p, const struct smolfile *s)
{
	const char *name = plan_vm_name(p), *fault;
	struct vmrow r = vmrow_read(name);

	if (!r.found)
		refuse(cmd, p, "it is not in smolvm's database");
	fault = vmrow_fault(&r, p, s);
	if (fault)
		refuse(cmd, p, fault);
	return r;
}

static int run_apply(struct cmd *cmd)
{
	struct plan *p = stage_read(cmd);
	struct smolfile s = smolfile_of(p);
	const char *name = plan_vm_name(p), *state;
	struct vmrow r;
	int lock;

	if (cmd_dry(cmd)) {
		warn("would compare the row of %s with %s, and write it if it is null", name, s.allow);
		return stage_emit(cmd, p, section(&s, "unknown", "none"));
	}
	lock = smolvm_lock();
	r = read_row(cmd, p, &s);
	switch (vmrow_policy(&r, &s)) {
	case VMROW_EQUAL:
		io_unlock(lock);
		return stage_emit(cmd, p, section(&s, "equal", "engine"));
	case VMROW_OTHER:
		refuse(cmd, p, mem_printf("its policy is not ours: %s", vmrow_allowed(&r)));
	case VMROW_NULL:
		break;
	}
	/* smolvm reads the row at start only, and rewrites it when it stops. */
	state = jv_text(jv_get(r.row, "state"));
	if (!state || strcmp(state, "created"))
		refuse(cmd, p, mem_printf("it is %s without a policy", state ? state : "in no known state"));
	vmrow_write_policy(&r, name, &s);
	r = read_row(cmd, p, &s);
	if (vmrow_policy(&r, &s) != VMROW_EQUAL)
		refuse(cmd, p, mem_printf("after the patch its policy reads %s", vmrow_allowed(&r)));
	io_unlock(lock);
	return stage_emit(cmd, p, section(&s, "unrestricted", "patch"));
}

/* check: compare only, on a running machine too. Equal: the plan; anything else: 77. */
static int run_check(struct cmd *cmd)
{
	struct plan *p = stage_read(cmd);
	struct smolfile s = smolfile_of(p);
	struct vmrow r = read_row(cmd, p, &s);

	if (vmrow_policy(&r, &s) != VMROW_EQUAL)
		refuse(cmd, p, mem_printf("its policy is not ours: %s", vmrow_allowed(&r)));
	return stage_emit(cmd, p, section(&s, "equal", "engine"));
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
