/* SPDX-License-Identifier: MIT */
/* kept.h: what is kept of a failed start when its bottle is gone: failed/SLUG-TIME in the state folder.
 *
 * Texts of guests and containers are bounded and scrubbed before they are written (wall W22), since somebody will
 * read them in a pager. */
#ifndef BB_KEPT_H
#define BB_KEPT_H

#include "basic/str.h"

/* Keep what there is of the bottle now: the last lines of its machine's console and of its container's log, its
 * plan, its reports, and what its guard said. Returns the folder, or NULL if there was nothing. Only the newest ten
 * folders stay. */
const char *kept_make(const char *slug, struct list *files);

/* Print that file from the bottle's newest folder, and say on stderr what it is. False if there is none. */
bool kept_show(const char *slug, const char *file);

#endif
