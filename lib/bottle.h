/* bottle.h: which bottles there are and whose. Table bottles of the state database; one row per slug, from before its
 * first act until it is wholly gone. */
#ifndef BB_BOTTLE_H
#define BB_BOTTLE_H

#include "owner.h"

struct bottle {
	const char *slug, *host, *backend, *since, *image;
	struct owner owner;       /* pid 0: nobody */
};

/* Make `slug` known and owner's (NULL: nobody's). Dies with 75 if a living process has it, or one of which we cannot
 * know; with `fresh`, if there is such a bottle at all. Of two at the same instant one wins. */
void bottle_claim(const char *slug, const char *image, const struct owner *owner, bool fresh);

/* Make it known if it is not: nobody's. For those who work without an owner. */
void bottle_note(const char *slug, const char *image);

/* From now on `owner`'s, or nobody's (NULL), whoever had it. Never dies, for teardown; false and a warning. */
bool bottle_give(const char *slug, const struct owner *owner);

/* Forget it and its ledger; its lease must be gone. */
void bottle_forget(const char *slug);

/* Forget it if it is nobody's and nothing of it is open. */
void bottle_forget_empty(const char *slug);

bool bottle_get(const char *slug, struct bottle *b);

/* Every bottle, by name; `each` may not open the database to write. */
void bottle_each(void (*each)(const struct bottle *b, void *arg), void *arg);

#endif
