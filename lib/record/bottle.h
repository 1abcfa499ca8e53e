/* SPDX-License-Identifier: MIT */
/* bottle.h: which bottles there are, and who owns them. Table bottles of the state database has one row for each
 * slug, from before its first act until all of it is gone.
 *
 * Whoever changes the owner of a bottle compares the row first, in the same transaction: it may have become another
 * start's bottle since it was read. */
#ifndef BB_BOTTLE_H
#define BB_BOTTLE_H

#include "basic/process.h"
#include "tool/machine.h"

struct bottle {
	const char *slug, *host, *backend, *since, *image;
	bool stopping;              /* its owner is taking it down */
	struct owner owner;       /* pid 0: nobody */
	const char *engine;       /* unix://SOCKET of the Docker engine it is in */
	const char *machines;     /* path of smolvm's database that has its machine */
	long long turn;           /* counts the changes of the row: if it differs, the row is not as it was read */
	long long mark;           /* 0: its owner made it. Else it was there before: what this owner made is in the ledger from this line on */
	bool ran;                 /* with mark: its machine ran when this owner took it */
};

/* Was it left on purpose, and is nobody taking it down? Such a bottle is only removed by its name. */
bool bottle_kept(const struct bottle *b);

/* Why nothing can be known or done about it from here, as the end of a sentence that begins with its name: it
 * belongs to another host or container, or was made with another engine or another database of smolvm. NULL: it is
 * here. */
const char *bottle_remote(const struct bottle *b);

/* Register `slug` for `owner` (NULL: no owner). Dies with 75 if a living process owns it, or one that cannot be
 * checked; with `fresh`, if there is such a bottle at all, or a folder of one without a row. If two call at the same
 * instant, one wins. */
void bottle_claim(const char *slug, const char *image, const struct owner *owner, bool fresh);

/* Dies if a fresh claim would be refused, as that would. Nothing is written. */
void bottle_must_be_new(const char *slug);

/* Write down that the machine ran when `owner` took the bottle over. */
void bottle_set_ran(const char *slug, const struct owner *owner, bool ran);

/* Register it without an owner; clear an owner that is dead or of an earlier boot. For verbs typed by hand. Dies
 * with 75 if it is being taken down or belongs to another host. */
void bottle_note(const char *slug, const char *image);

/* The same, but do not register a bottle that is unknown. */
void bottle_touch(const char *slug);

/* Dies with 75 if the bottle is known and cannot be handled from here. For verbs typed by hand. */
void bottle_here(const char *slug);

/* Take an unknown bottle, to take it down; nobody can begin one of that name meanwhile. False if it is known by now. */
bool bottle_seize(const char *slug);

/* Take the bottle, to take it down (`stopping`) or to hand it back. False if its row is not as in `snapshot` any more. */
bool bottle_end(const struct bottle *snapshot, bool stopping);

/* Clear its owner: if that is `owner`, or, with NULL, whoever it is. False if the database could not be written. */
bool bottle_disown(const char *slug, const struct owner *owner);

/* Forget it and its ledger, if we are the one who takes it down. */
void bottle_forget(const char *slug);

/* Forget it if it has no owner and nothing of it is open. */
void bottle_forget_empty(const char *slug);

bool bottle_get(const char *slug, struct bottle *b);

/* The bottle's machine: of the engine in its row; without a row, of the one that BOT_BOTTLE_BACKEND asks for. Dies with
 * 65 if the row has an engine that is unknown. */
struct machine bottle_machine(const char *slug);

/* Is there a row or a folder of it? Without both, parts of it may still be in smolvm or Docker. */
bool bottle_known(const char *slug);

/* Dies with "there is no bottle SLUG" and the most similar name. For verbs that remove something: if a part of a
 * known bottle is gone already, that is fine, but a name that nothing here knows is a slip. */
void bottle_unknown(const char *slug) __attribute__((noreturn));

/* The hint for an unknown name: "did you mean OTHER?" */
const char *bottle_hint(const char *slug);

/* Call `each` for every bottle, sorted by name. It must not open the database to write. */
void bottle_each(void (*each)(const struct bottle *b, void *arg), void *arg);

#endif
