/* SPDX-License-Identifier: MIT */
/* smolvm.h: the `smolvm` program as typed calls. docs/smolvm.md has what was measured of versions 1.4.0 to 1.32.2.
 *
 * Every call runs with an environment built from an allow-list: smolvm obeys 177 SMOLVM_ variables,
 * some of which switch its policy off. `--name` is always given. Calls that write hold one lock per
 * home, because smolvm up to 1.18.2 fails at once on a locked database and deletes may lie. */
#ifndef BB_SMOLVM_H
#define BB_SMOLVM_H

#include "basic/names.h"
#include "basic/proc.h"

struct smolvm {
	const char *path;            /* the program: $BOT_BOTTLE_SMOLVM, else PATH */
	const char *version;         /* "1.32.2" */
	int number;                  /* 1032002, to compare */
};
#define SMOLVM_V(major, minor, patch) ((major) * 1000000 + (minor) * 1000 + (patch))

/* Find it and make sure it is the smolvm we know; dies with 69 and an install hint. The answer is
 * remembered in the state folder as long as the program's file stays the same. */
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

/* Run it; the first of `words` is the subcommand. Output is captured in out and err. timeout 0: none. */
struct proc_end smolvm_run(const struct list *words, const char *input, size_t input_len,
			   struct str *out, struct str *err, int timeout_ms);

/* The same for calls that boot a machine (`machine start`, `pack create`). A boot without progress often works at
 * the next attempt, so there are three, and each is reported. `clean` removes what a failed attempt left; if it
 * returns false, there is no further attempt. */
struct proc_end smolvm_boot(const struct list *words, struct str *out, struct str *err, int timeout_ms,
			    bool (*clean)(void *arg), void *arg);

/* The same on our own terminal or pipes, nothing captured, no time limit. */
struct proc_end smolvm_attach(const struct list *words);

/* The same, but what it prints, `max` bytes at most, is written to the file descriptor `to`. */
struct proc_end smolvm_save(const struct list *words, int to, size_t max, struct str *err, int timeout_ms);

/* machine exec --name NAME [-i] [-t] [--user USER] --   (user: from smolvm 1.14, else ignored; NULL: the image's) */
struct list smolvm_exec_words(const char *name, bool interactive, bool tty, const char *user);

/* The command as a shell line, for --dry-run. */
const char *smolvm_line(const struct list *words);

/* Take the lock for writing calls (75 after a quarter of an hour: a first start can take that long); io_unlock gives it back. */
int smolvm_lock(void);

/* Does smolvm say that it has no machine of that name? No other message means "gone" (wall W33). */
bool smolvm_says_gone(const struct str *err, const char *name);

/* What smolvm said: the last line of `err` that is its "Error: ...", without colours. */
const char *smolvm_said(const struct str *err);

/* A condition in SQL about a row's text j: it is an object, and its labels, if any, are an object in the right
 * place. */
#define SMOLVM_ROW_READABLE \
	"CASE WHEN json_valid(j) THEN json_type(j) = 'object' AND coalesce(json_type(j, '$.labels'), 'null') IN ('null', 'object')" \
	" AND coalesce(json_type(j, '$.labels.\"" LABEL_BOTTLE "\"'), 'text') = 'text' ELSE 0 END"

/* The paths of smolvm's database and of a machine's folder. */
const char *smolvm_database(void);
const char *smolvm_data_folder(const char *name);

#endif
