/* SPDX-License-Identifier: MIT */
/* vmrow.h: a machine's row in smolvm's database: JSON in a BLOB (docs/smolvm.md, "The row").
 *
 * The row decides what a start enforces. We read the whole of it, compare it with what we asked for,
 * and write it in one case only (bb-tsi-patch). */
#ifndef BB_VMROW_H
#define BB_VMROW_H

#include "plan/smolfile.h"

struct vmrow {
	bool found;
	const char *type;         /* "blob" is what smolvm writes; anything else is a fault */
	struct str bytes;
	struct jv row;
};

enum vmrow_policy {
	VMROW_EQUAL,              /* exactly the one range and the one host, as sets */
	VMROW_NULL,               /* no list at all: unrestricted */
	VMROW_OTHER               /* something nobody asked for */
};

/* The row as it is now. Dies with 77 if it is not a JSON object in a BLOB. */
struct vmrow vmrow_read(const char *name);

/* The first thing in the row, the policy apart, that is not as we asked: a sentence, or NULL. Unknown keys are fine
 * as long as their value says nothing (null, false, 0, "", [], {}): wall W13. */
const char *vmrow_fault(const struct vmrow *r, const struct plan *p, const struct smolfile *s);

enum vmrow_policy vmrow_policy(const struct vmrow *r, const struct smolfile *s);

/* All of the above at once: there is a row, it is as asked, and its policy is ours; else dies (65, 77). */
void vmrow_require(const struct plan *p, const struct smolfile *s);

/* Is there a row of that name, whatever is in it? For teardown. */
bool vmrow_exists(const char *name);

/* The value of its label bot-bottle.bottle (see state_label; smolvm 1.8 and newer), "" if there is none. NULL if the
 * row cannot be read, which does not mean that it is somebody else's. */
const char *vmrow_label(const char *name);

/* The allowlist in the row, for messages: "unrestricted", "[]", "10.0.0.0/8, ...". */
const char *vmrow_allowed(const struct vmrow *r);

/* Is `list` exactly the set {only}? Duplicates count once: every version writes one entry per flag. */
bool vmrow_is_set(struct jv list, const char *only);

/* Write the policy into a row that has none: one update of the BLOB in BEGIN IMMEDIATE, which succeeds only if the
 * bytes are still those of `r`. Dies with 75 if they are not. */
void vmrow_write_policy(const struct vmrow *r, const char *name, const struct smolfile *s);

/* The command every machine of ours is created with: it only sleeps, so that nothing of the image
 * runs before the proof (wall W14). NULL-ended. */
extern const char *const vmrow_sleeper[];

#endif
