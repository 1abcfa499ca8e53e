/* SPDX-License-Identifier: MIT */
/* plan.h: the one JSON object that flows through the applets (bb-plan(5), design.md section 3).
 *
 * An applet owns one member, its section; all other bytes pass through unchanged. */
#ifndef BB_PLAN_H
#define BB_PLAN_H

#include "cli.h"
#include "json.h"
#include "owner.h"

struct plan {
	const char *text;         /* as read; a bare manifest has been wrapped */
	size_t len;
	struct jv root, manifest;
	const char *slug;
	const char *base;         /* the folder relative paths of the manifest are meant from */
	bool dry;                 /* marked: it did not happen */
};

/* Read the plan the verb asks for: stdin or --plan FILE. Checks JSON, plan number and manifest.
 * Dies with 64 (a terminal), 65, or 77 (a dry plan for an acting verb without --dry-run). */
struct plan *plan_read(const struct cmd *cmd);

/* The verb's i-th operand as the name of a bottle; dies with 64 if it cannot be one. */
const char *slug_operand(const struct cmd *cmd, int i);

/* The option's value as a container's whole id, as Docker prints it; NULL if it is not given. Dies with 64. */
const char *docker_id_value(const struct cmd *cmd, const char *name);

/* The saved plan of a bottle (bottles/SLUG/plan.json), by the verb's operand SLUG or --plan. Dies with 1 if there is no
 * such bottle, 65 if there is one without a plan. */
struct plan *plan_of(const struct cmd *cmd, const char *slug);

/* The same from a file, or what source.h takes for one; `base` is its folder. */
struct plan *plan_file(const char *path);

/* Every fault of a plan or manifest, one sentence each; what to do about them. */
const char *plan_faults(const char *text, size_t len, struct list *faults);

/* The same from a text; `where` is said in messages, `base` used if it is a bare manifest. */
struct plan *plan_parse(const char *text, size_t len, const char *where, const char *base);

/* A text of the plan that must be there: "subnet.bundle". Dies with 65, naming the applet that
 * writes that section. */
const char *plan_need(const struct plan *p, const char *path);

/* Where a file that the manifest names is: relative to the plan's base. */
const char *plan_path(const struct plan *p, const char *path);

/* A text of the manifest, or `otherwise`. */
const char *plan_text(const struct plan *p, const char *path, const char *otherwise);

/* Write the plan with the verb's section set to `value` (JSON text), whole and once, to stdout; an
 * acting verb saves it in the bottle's folder first. Drops the undo list: what was made is handed
 * over. Returns BB_OK. */
int plan_emit(const struct cmd *cmd, struct plan *p, const char *value);

/* Names that follow from the slug (wall W24: derived, never taken from a section). */
const char *plan_vm_name(const struct plan *p);         /* bot-bottle-SLUG */
const char *plan_bundle_name(const struct plan *p);     /* bot-bottle-bundle-SLUG: network, container */

/* --owner PID as an owner, pid 0 without; dies with 64 if there is no such process. From then on we end with it, if it
 * is our parent: what was begun for somebody who was killed is taken back. */
struct owner plan_owner(const struct cmd *cmd);

/* Before an act: the bottle in the database, --owner's if that is given, and the ledger's line. Behind the act comes
 * ledger_done. */
void plan_begin(const struct cmd *cmd, const struct plan *p, const char *kind, const char *name);

/* Make the bottle known, and --owner's. plan_begin does; for those whose act is the database's own. */
void plan_enter(const struct cmd *cmd, const struct plan *p);

/* The ports the bottle uses: 8888, and 9418 and 9100 when the manifest asks for them. */
size_t plan_ports(const struct plan *p, int ports[3]);

/* Write bottles/SLUG/APPLET.report.json: what an answer of "no" was about. */
void plan_report(const struct cmd *cmd, const struct plan *p, const char *json);

#endif
