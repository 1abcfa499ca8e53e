/* SPDX-License-Identifier: MIT */
/* stage.h: a verb reads its plan, acts, hands over. The only room that knows both the command line and what is written
 * down of bottles. */
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

/* --owner PID as an owner, pid 0 without; dies with 64 if there is no such process. From then on we end with it, if it
 * is our parent: what was begun for somebody who was killed is taken back. */
struct owner stage_owner(const struct cmd *cmd);

/* Before an act: the bottle in the database, --owner's if that is given, and the ledger's line. Behind the act comes
 * ledger_done. */
void stage_begin(const struct cmd *cmd, const struct plan *p, const char *kind, const char *name);

/* Make the bottle known, and --owner's. stage_begin does; for those whose act is the database's own. */
void stage_enter(const struct cmd *cmd, const struct plan *p);

/* Write the plan with the verb's section set to `value` (JSON text), whole and once, to stdout; an
 * acting verb saves it in the bottle's folder first. Drops the undo list: what was made is handed
 * over. Returns BB_OK. */
int stage_emit(const struct cmd *cmd, struct plan *p, const char *value);

/* Write bottles/SLUG/APPLET.report.json: what an answer of "no" was about. */
void stage_report(const struct cmd *cmd, const struct plan *p, const char *json);

#endif
