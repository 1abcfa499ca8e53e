/* SPDX-License-Identifier: MIT */
/* stage.h: a verb reads its plan, acts, and hands the plan over. Nothing else knows both the command line and the
 * saved state. */
#ifndef BB_STAGE_H
#define BB_STAGE_H

#include "basic/cli.h"
#include "basic/process.h"
#include "plan/document.h"

/* Read the plan the verb asks for: stdin or --plan FILE. Checks JSON, plan number and manifest.
 * Dies with 64 (a terminal), 65, or 77 (a dry plan for an acting verb without --dry-run). */
struct plan *stage_read(const struct cmd *cmd);

/* The verb's i-th operand as the name of a bottle; dies with 64 if it cannot be one. */
const char *stage_slug(const struct cmd *cmd, int i);

/* The option's value as a container's whole id, as Docker prints it; NULL if it is not given. Dies with 64. */
const char *stage_container(const struct cmd *cmd, const char *name);

/* The saved plan of a bottle (bottles/SLUG/plan.json), by the verb's operand SLUG or --plan. Dies with 1 if there is no
 * such bottle, 65 if there is one without a plan. */
struct plan *stage_saved(const struct cmd *cmd, const char *slug);

/* --owner PID as an owner; pid 0 if it was not given. Dies with 64 if there is no such process. If that process is
 * our parent, we get TERM when it ends, so that what was begun for it is taken back. */
struct owner stage_owner(const struct cmd *cmd);

/* Call before an act. Makes the bottle known, with the owner of --owner, and writes the ledger's line. After the act
 * comes ledger_done. */
void stage_begin(const struct cmd *cmd, const struct plan *p, const char *kind, const char *name);

/* Make the bottle known, with the owner of --owner. stage_begin calls it; so do verbs whose act is only in the
 * database. */
void stage_enter(const struct cmd *cmd, const struct plan *p);

/* Write the plan to stdout, whole and once, with the verb's section set to `value` (JSON text). An acting verb saves
 * it in the bottle's folder first. Drops the undo list, since the result now belongs to the caller. Returns BB_OK. */
int stage_emit(const struct cmd *cmd, struct plan *p, const char *value);

/* Write bottles/SLUG/APPLET.report.json: why the answer was no. */
void stage_report(const struct cmd *cmd, const struct plan *p, const char *json);

#endif
