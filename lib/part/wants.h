/* SPDX-License-Identifier: MIT */
/* wants.h: what a manifest needs from this host: variables, files, folders, images.
 *
 * Functions die with 65 if something is missing, unreadable, of the wrong kind or too large, before anything was
 * done. A link is never followed, and one that leaves its own folder is not packed (wall W23). */
#ifndef BB_WANTS_H
#define BB_WANTS_H

#include "plan/document.h"

/* The text of the prompt, at most 1 MiB; "" if the manifest names none. */
void prompt_read(struct str *out, const struct plan *p);

/* The skills as one tar stream, each in a folder of its name; empty if there are none. */
void skills_pack(struct str *tar, const struct plan *p);

/* The folder that agent.image is built from; NULL if it is not built. */
const char *build_folder(const struct plan *p);

/* Check every variable, file and folder that will be needed. Adds the faults to `all`. */
void wants_check(const struct plan *p, struct faults *all);

/* Check the images. Returns NULL, or why Docker could not be asked. */
const char *wants_images(const struct plan *p, struct faults *all);

/* Check the image of the bundle that a manifest uses if it names none. */
const char *wants_default_image(struct faults *all);

#endif
