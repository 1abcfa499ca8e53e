/* SPDX-License-Identifier: MIT */
/* manifest.h: what an operator may write, and the facts that follow from it (bb-plan(5)). */
#ifndef BB_MANIFEST_H
#define BB_MANIFEST_H

#include "basic/json.h"

/* Hold a manifest against the schema. Each fault is one line "manifest.a.b (line 3, column 7): why".
 * Nothing is read from disk and no variable is looked up. */
void manifest_check(struct jv manifest, struct list *faults);

/* The bundle's image: the manifest's own, or the one that `bb-bundle build` makes. */
const char *manifest_bundle_image(struct jv manifest);
extern const char manifest_usual_bundle[];      /* used if the manifest names none */

/* Is it a bottle's name? [a-z][a-z0-9]*(-[a-z0-9]+)*, at most 40 characters. */
bool slug_ok(const char *slug);

/* The name of a skill: the last component of `path`. Points into `path`; trailing slashes are included. */
const char *skill_name(const char *path);

/* A secret by reference: {"from_env":"NAME"}, {"from_file":"PATH"} or {"ask":"QUESTION"}. */
bool is_reference(struct jv v);

/* Read the secret now. Relative paths start from `base`. The file must be a regular file of ours with mode 0600 or
 * stricter; one trailing newline is dropped. A question is asked on /dev/tty without echo. Dies with 65 (64: no
 * terminal), and names the variable or file, never the value. */
void reference_read(struct str *out, struct jv reference, const char *base, const char *what);

/* Would reference_read succeed? As far as that can be known without reading or asking. Dies as that would. */
void reference_check(struct jv reference, const char *base, const char *what);

#endif
