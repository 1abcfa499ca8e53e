/* SPDX-License-Identifier: MIT */
/* snapshot.h: bottles as database, Docker and smolvm see them, side by side. Private to applets/ledger. */
#ifndef BB_LEDGER_SNAPSHOT_H
#define BB_LEDGER_SNAPSHOT_H

#include "record/bottle.h"
#include "basic/str.h"

struct snapshot {
	const char *slug;
	struct bottle row;        /* row.slug NULL: not in the database */
	bool machine, machine_runs, machine_ran, container, container_runs, network;
	bool made;                /* the ledger has a machine for it */
	bool half;                /* an act was begun, and its end is unknown */
	const char *image;        /* the agent's; if the bottle is not recorded, the bundle's */
	const char *boot;         /* by its label, if it is not in the database */
	const char *state;        /* a word of the table in bb-ledger(1) */
	struct list notes;        /* where database, Docker and smolvm disagree */
};

struct snapshots {
	struct snapshot *item;
	size_t n;
	struct list unreachable;        /* what could not be asked */
};

/* All bottles, by name, with their states. Dies only if the database cannot be read. */
struct snapshots snapshot_all(void);

/* Why it may be taken down unasked: its owner is proven dead. NULL if it may not. Never for one that was left on
 * purpose (bottle_kept). */
const char *snapshot_dead(const struct snapshot *s);

/* "pid 123", "nobody", "pid 123, dead", ... */
const char *snapshot_owner(const struct snapshot *s);

#endif
