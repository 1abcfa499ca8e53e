/* SPDX-License-Identifier: MIT */
/* document.h: the one JSON object that flows through the applets (bb-plan(5), design.md section 3).
 *
 * An applet owns one member, its section; all other bytes pass through unchanged. */
#ifndef BB_PLAN_H
#define BB_PLAN_H

#include "basic/json.h"
#include "basic/names.h"

struct plan {
	const char *text;         /* as read; a bare manifest has been wrapped */
	size_t len;
	struct jv root, manifest;
	const char *slug;
	const char *base;         /* the folder relative paths of the manifest are meant from */
	bool dry;                 /* marked: it did not happen */
};

/* A plan, or a bare manifest, from a file or what source.h takes for one. Checks JSON, plan number and manifest; dies with
 * 64 (a terminal) or 65. `base` is its folder. */
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

/* By names.h. */
const char *plan_vm_name(const struct plan *p);
const char *plan_bundle_name(const struct plan *p);

/* Those of bundle_ports that the manifest asks for, in their order; how many. */
size_t plan_ports(const struct plan *p, int ports[BUNDLE_PORTS]);

#endif
