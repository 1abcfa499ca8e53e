/* SPDX-License-Identifier: MIT */
/* bottle.h: which bottles there are and whose. Table bottles of the state database; one row per slug, from before its
 * first act until it is wholly gone.
 *
 * Whoever changes a bottle's owner compares first, in the same transaction: what was true when it was looked at may be
 * another start's bottle by now. */
#ifndef BB_BOTTLE_H
#define BB_BOTTLE_H

#include "basic/process.h"

struct bottle {
	const char *slug, *host, *backend, *since, *image;
	bool ending;              /* its owner takes it down */
	struct owner owner;       /* pid 0: nobody */
	const char *engine;       /* unix://SOCKET of the Docker engine it is in */
	const char *machines;     /* path of smolvm's database that has its machine */
	long long turn;           /* counts what was done to the row: another number, and it is not as it was seen */
	long long mark;           /* 0: its owner made it. Else it was there before: what this owner made stands in the
	                           * ledger from this line on */
	bool ran;                 /* with mark: its machine ran when this owner came */
};

/* Left on purpose, now or before its owner came, and nobody takes it down: it goes only by its name. */
bool bottle_kept(const struct bottle *b);

/* Why nothing about it can be known or done from here, as what follows its name: another host's, another container's,
 * or made with another engine or another database of smolvm. NULL: it is here. */
const char *bottle_elsewhere(const struct bottle *b);

/* Make `slug` known and owner's (NULL: nobody's). Dies with 75 if a living process has it, or one of which we cannot
 * know; with `fresh`, if there is such a bottle at all, or a folder of one that the database does not know. Of two at
 * the same instant one wins. */
void bottle_claim(const char *slug, const char *image, const struct owner *owner, bool fresh);

/* Would a fresh claim be refused? Then it dies as that would, and nothing is written either way. */
void bottle_must_be_new(const char *slug);

/* An owner took over a bottle that was there: did its machine run then? */
void bottle_set_ran(const char *slug, const struct owner *owner, bool ran);

/* For those who work without an owner. Make it known if it is not: nobody's. One whose owner is dead, or of an earlier
 * boot, is nobody's from here on: somebody works on it. Dies with 75 if it is being taken down or of another host. */
void bottle_note(const char *slug, const char *image);

/* The same, but an unknown one stays unknown. */
void bottle_touch(const char *slug);

/* For verbs typed by hand: dies with 75 if it is known and elsewhere. */
void bottle_here(const char *slug);

/* An unknown one becomes ours, to be taken down, so that nobody begins one of that name meanwhile: false if it is known
 * by now. */
bool bottle_seize(const char *slug);

/* The bottle as it was `seen` becomes ours, to be taken down (`ending`) or to be handed back: false if it is not so any
 * more. */
bool bottle_end(const struct bottle *seen, bool ending);

/* Nobody's from now on: if it is owner's, or, without one, whoever has it. False if the database could not be told. */
bool bottle_disown(const char *slug, const struct owner *owner);

/* Forget it and its ledger, if we are who takes it down. */
void bottle_forget(const char *slug);

/* Forget it if it is nobody's and nothing of it is open. */
void bottle_forget_empty(const char *slug);

bool bottle_get(const char *slug, struct bottle *b);

/* Is there a row or a folder of it? Parts of it that are left without both are smolvm's and Docker's to tell. */
bool bottle_known(const char *slug);

/* "there is no bottle SLUG", with the name that it is like. Verbs that take something away are fine with a bottle whose
 * part is gone already, but not with a name that nothing here knows: it is a slip. */
void bottle_unknown(const char *slug) __attribute__((noreturn));

/* What to do about a name that is unknown: "did you mean OTHER?" */
const char *bottle_advice(const char *slug);

/* Every bottle, by name; `each` may not open the database to write. */
void bottle_each(void (*each)(const struct bottle *b, void *arg), void *arg);

#endif
