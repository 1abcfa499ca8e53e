/* SPDX-License-Identifier: MIT */
/* inventory.h: what there is, by docker and smolvm: everything that bears a bottle's label or a bottle's name.
 *
 * Asked in three calls, whatever the number of bottles. What cannot be asked is named, and the rest is told. */
#ifndef BB_INVENTORY_H
#define BB_INVENTORY_H

#include "basic/str.h"

struct thing {
	const char *kind;         /* container, network, machine */
	const char *name, *slug;  /* slug: by its labels; "" without, and if they say that it is another home's */
	const char *boot;         /* by its label; "" without */
	bool runs;                /* false for networks */
	bool ran;                 /* of a machine: it was started once */
	const char *image;        /* of a container; "" */
	bool unreadable;          /* of a machine: its row has no label that could be read; it is in `blind`, too */
};

/* Each of them; `blind` gets one sentence for each source that did not answer, or not in a form that can be read: what
 * is not told then may be there. */
void inventory_each(void (*each)(const struct thing *t, void *arg), void *arg, struct list *blind);

/* Does the bottle's machine run? By smolvm's database alone; false if that cannot be read. */
bool inventory_machine_runs(const char *slug);

#endif
