/* SPDX-License-Identifier: MIT */
/* document.h: the one JSON object that flows through the applets (bb-plan(5)).
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
	const char *base;         /* relative paths in the manifest start from this folder */
	bool dry;                 /* marked as a dry run: nothing was done */
};

/* Read a plan or a bare manifest from a file, or from anything else that source.h accepts. Checks JSON, plan number
 * and manifest. Dies with 64 (a terminal) or 65. `base` becomes the file's folder. */
struct plan *plan_file(const char *path);

/* Add every fault of a plan or manifest to the list, one sentence each. Returns what to do about them. */
const char *plan_faults(const char *text, size_t len, struct list *faults);

/* The same from a text. `where` is its name in messages; `base` is used if it is a bare manifest. */
struct plan *plan_parse(const char *text, size_t len, const char *where, const char *base);

/* A string of the plan that must be there: "subnet.bundle". Dies with 65 and names the applet that writes that
 * section. */
const char *plan_need(const struct plan *p, const char *path);

/* The path of a file that the manifest names: relative to the plan's base. */
const char *plan_path(const struct plan *p, const char *path);

/* A text of the manifest, or `otherwise`. */
const char *plan_text(const struct plan *p, const char *path, const char *otherwise);

/* Names of this bottle, by names.h. */
const char *plan_vm_name(const struct plan *p);
const char *plan_bundle_name(const struct plan *p);

/* The ports of bundle_ports that the manifest asks for, in that order. Returns how many. */
size_t plan_ports(const struct plan *p, int ports[BUNDLE_PORTS]);

#endif
