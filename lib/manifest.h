/* manifest.h: what an operator may write, and the facts that follow from it (bb-plan(5)). */
#ifndef BB_MANIFEST_H
#define BB_MANIFEST_H

#include "json.h"

/* Hold a manifest against the schema. Each fault is one line "manifest.a.b (line 3, column 7): why".
 * Nothing is read from disk and no variable is looked up. */
void manifest_check(struct jv manifest, struct list *faults);

/* The rule of design.md section 4: [a-z][a-z0-9]*(-[a-z0-9]+)*, at most 40 characters. */
bool slug_ok(const char *slug);

/* A secret by reference: {"from_env":"NAME"} or {"from_file":"PATH"}. */
bool is_reference(struct jv v);

/* Read the secret now. A relative path is meant from `base`. The file must be a regular file of
 * ours with mode 0600 or stricter; one trailing newline is dropped. Dies with 65, naming the
 * variable or file and never the value. */
void reference_read(struct str *out, struct jv reference, const char *base, const char *what);

#endif
