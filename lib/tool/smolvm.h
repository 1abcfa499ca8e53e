/* SPDX-License-Identifier: MIT */
/* smolvm.h: the `smolvm` program as an engine of machines. docs/smolvm.md has what was measured of versions 1.4.0 to
 * 1.32.2. All but smolvm_engine is private to lib/tool/smolvm*.c.
 *
 * Every call runs with an environment built from an allow-list: smolvm obeys 177 SMOLVM_ variables, some of which
 * switch its policy off. `--name` is always given. Calls that write hold one lock per home, because smolvm up to
 * 1.18.2 fails at once on a locked database and deletes may lie. */
#ifndef BB_SMOLVM_H
#define BB_SMOLVM_H

#include "basic/json.h"
#include "tool/machine.h"

extern const struct machine_engine smolvm_engine;

/* --- smolvm.c: the program --- */

struct smolvm {
	const char *path;            /* the program: $BOT_BOTTLE_SMOLVM, else PATH, else where bb-smolvm-get puts it */
	const char *version;         /* "1.32.2" */
	int number;                  /* 1032002, to compare */
};
#define SMOLVM_V(major, minor, patch) ((major) * 1000000 + (minor) * 1000 + (patch))

/* Find it and make sure it is the smolvm we know; dies with 69 and an install hint. The answer is remembered in the
 * state folder as long as the program's file stays the same. */
const struct smolvm *smolvm_find(void);

/* What this version can do. smolvm.c has a row for each. */
enum smolvm_can {
	SMOLVM_KEEPS_POLICY,         /* `create --from` keeps --allow-cidr */
	SMOLVM_PACKS_ARCHIVE,        /* `pack create --image FILE` takes a docker save archive */
	SMOLVM_LABELS,               /* `create --label` */
	SMOLVM_EXEC_USER,            /* `exec --user` */
	SMOLVM_LARGE_INPUT,          /* `exec -i` with more input than a pipe holds does not block for ever */
	SMOLVM_WITNESS               /* denials are written down: egress-denials.log, `egress-events` */
};
bool smolvm_can(enum smolvm_can what);

/* These are members of the record: see machine.h. */
struct proc_end smolvm_run(const struct list *words, const struct proc *how);
const char *smolvm_said(const struct str *err);
bool smolvm_says_gone(const struct str *err, const char *name);
bool smolvm_says_stuck(const struct str *err);
bool smolvm_says_own(const struct str *err);

/* --- smolvm_parts.c --- */

const char *smolvm_lacks(struct list *sentences);

/* --- smolvm_row.c: a machine's row in smolvm's database: JSON in a BLOB (docs/smolvm.md, "The row") --- */

/* machine_row.own. */
struct smolvm_row {
	struct jv members;
	struct str bytes;
};

/* The flags of `create` for the sizes, and the members of the row that keep them. */
struct smolvm_size {
	const char *flag, *member;
};
extern const struct smolvm_size smolvm_sizes[MACHINE_SIZES];

const char *smolvm_database(void);
const char *smolvm_list(void (*each)(const struct machine_listed *m, void *arg), void *arg);
bool smolvm_runs(const char *name);
bool smolvm_exists(const char *name);
const char *smolvm_label(const char *name);
struct machine_row smolvm_read(const char *name);
void smolvm_write_policy(const struct machine_row *r, const struct machine_wish *w);

/* --- smolvm_judge.c: is the row as it was asked for? --- */

const char *smolvm_fault(const struct machine_row *r, const struct machine_wish *w);
const char *smolvm_allowed(const struct machine_row *r);
enum machine_policy smolvm_policy(const struct machine_row *r, const struct machine_wish *w);

/* Is `list` exactly the set {only}? Duplicates count once: every version writes one entry per flag. */
bool smolvm_is_set(struct jv list, const char *only);

#endif
