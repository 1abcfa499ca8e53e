/* SPDX-License-Identifier: MIT */
/* inventory.h: what Docker and smolvm have that bears a bottle's label or a bottle's name.
 *
 * Asked in three calls, whatever the number of bottles. If one source cannot be asked, that is said, and the others
 * are used. */
#ifndef BB_INVENTORY_H
#define BB_INVENTORY_H

#include "basic/str.h"

struct thing {
	const char *kind;         /* container, network, machine */
	const char *name, *slug;  /* slug: by its labels; "" without, and if it is another home's */
	const char *boot;         /* by its label; "" without */
	bool runs;                /* false for networks */
	bool ran;                 /* of a machine: it was started at least once */
	const char *image;        /* of a container; "" */
	bool unreadable;          /* of a machine: no label could be read from its row, which is in `unreachable` too */
};

/* Call `each` for every thing. `unreachable` gets one sentence for each source that did not answer, or whose answer cannot
 * be read: there may be more than was listed. */
void inventory_each(void (*each)(const struct thing *t, void *arg), void *arg, struct list *unreachable);

/* Does the bottle's machine run, by smolvm's database alone? False if that cannot be read. */
bool inventory_machine_runs(const char *slug);

#endif
