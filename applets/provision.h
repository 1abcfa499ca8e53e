/* SPDX-License-Identifier: MIT */
/* provision.h: private to applets/provision*.c: the files of the host that a manifest names for the guest.
 *
 * Both die with 65 for what is missing, unreadable, of another kind than it must be, or too large; nothing has been
 * done by then. A link is never followed, and none that leaves its own folder is taken along (wall W23). */
#ifndef BB_PROVISION_H
#define BB_PROVISION_H

#include "plan.h"

/* The prompt: text of at most 1 MiB; "" if the manifest names none. */
void prompt_read(struct str *out, const struct plan *p);

/* The skills as one tar stream, a folder each under its own name; nothing if there are none. */
void skills_pack(struct str *tar, const struct plan *p);

/* The same, looked at only. */
void skills_check(const struct plan *p);

#endif
