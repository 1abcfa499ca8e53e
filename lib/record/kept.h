/* SPDX-License-Identifier: MIT */
/* kept.h: what is left of a failed start to look at when its bottle is gone: failed/SLUG-TIME in the state folder.
 *
 * Texts of guests and containers: bounded, and scrubbed before they are written (wall W22), since somebody reads them
 * by a pager. */
#ifndef BB_KEPT_H
#define BB_KEPT_H

#include "basic/str.h"

/* What there is of the bottle now: the last lines of its machine's console and of its container's log, its plan, its
 * reports, what its guard said. The folder, or NULL if there is nothing. The newest ten of all stay. */
const char *kept_make(const char *slug, struct list *files);

/* Print that file of the newest one of the bottle, and say on stderr what it is. False if there is none. */
bool kept_show(const char *slug, const char *file);

#endif
