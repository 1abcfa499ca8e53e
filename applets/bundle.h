/* bundle.h: the container's configuration file and its confinement. Private to applets/bundle*.c. */
#ifndef BB_BUNDLE_H
#define BB_BUNDLE_H

#include "plan.h"

/* The container's /etc/bottle/bundle.json (contract: docs/bundle.md). No secrets. */
const char *bundle_config(const struct plan *p);

/* The words of `docker run` up to the image, for a container called `name` at `ip`. */
struct list bundle_run_words(const struct plan *p, const char *name, const char *ip, const char *config);

/* Read the container back and compare its confinement with what we asked for (wall W8): dies with 77.
 * Returns the id of its image. */
const char *bundle_verify(const struct plan *p, const char *container, const char *name, const char *ip,
			  const char *gateway);

#endif
