/* SPDX-License-Identifier: MIT */
/* ledger_seen.h: a bottle by the database, docker and smolvm side by side. Private to applets/ledger*.c. */
#ifndef BB_LEDGER_SEEN_H
#define BB_LEDGER_SEEN_H

#include "record/bottle.h"
#include "basic/str.h"

struct seen {
	const char *slug;
	struct bottle row;        /* row.slug NULL: the database does not know it */
	bool machine, machine_runs, machine_ran, container, container_runs, network;
	bool made;                /* the ledger has a machine of it */
	bool half;                /* an act was begun and nobody knows how it ended */
	const char *image;        /* the agent's; of what is not recorded the bundle's */
	const char *boot;         /* by its label, if the database does not know it */
	const char *state;        /* a word of the table in bb-ledger(1) */
	struct list notes;        /* where the three disagree */
};

struct all_seen {
	struct seen *item;
	size_t n;
	struct list blind;        /* what could not be asked */
};

/* Everything there is, by name, with its state. Dies only when the database cannot be read. */
struct all_seen seen_all(void);

/* Why it may be taken down though nobody asks for it, or NULL: its owner is proven dead. Never one
 * that was left on purpose (bottle_kept). */
const char *seen_dead(const struct seen *s);

/* "pid 123", "nobody", "pid 123, dead", ... */
const char *seen_owner(const struct seen *s);

#endif
