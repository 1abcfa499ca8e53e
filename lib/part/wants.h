/* SPDX-License-Identifier: MIT */
/* wants.h: what a manifest wants of this host: variables, files, folders, images.
 *
 * Readers die with 65 for what is missing, unreadable, of another kind than it must be, or too large; nothing has been
 * done by then. A link is never followed, and none that leaves its own folder is taken along (wall W23). */
#ifndef BB_WANTS_H
#define BB_WANTS_H

#include "plan/document.h"

/* The prompt: text of at most 1 MiB; "" if the manifest names none. */
void prompt_read(struct str *out, const struct plan *p);

/* The skills as one tar stream, a folder each under its own name; nothing if there are none. */
void skills_pack(struct str *tar, const struct plan *p);

/* Where agent.image is built from; NULL if it is not built. */
const char *build_folder(const struct plan *p);

/* Every variable, file and folder that will be wanted and is not as it must be; looked at only. */
void wants_check(const struct plan *p, struct faults *all);

/* The same of the images. NULL, or why Docker could not be asked for them. */
const char *wants_images(const struct plan *p, struct faults *all);

/* The same of the bundle that a manifest has which names none. */
const char *wants_default_image(struct faults *all);

#endif
