/* SPDX-License-Identifier: MIT */
/* docker_listing.h: list all containers and networks that Docker has, ours or not. */
#ifndef BB_DOCKER_LISTING_H
#define BB_DOCKER_LISTING_H

#include "tool/docker.h"

struct docker_listed {
	const char *name;
	bool running, ran;                 /* ran: it was started at least once; both false for networks */
	const char *image;                 /* of a container; "" */
	const char *slug, *boot, *label;   /* by the labels of docker_add_labels; "" without */
};

/* Call `each` for every container or network. An empty listing means that there is nothing. Never dies. If not `ok`,
 * Docker could not be asked. *bad: what could not be read of its answer, or NULL; the missing thing may be there. */
struct docker_end docker_each(const char *kind, void (*each)(const char *kind, const struct docker_listed *l, void *arg),
			      void *arg, const char **bad);

#endif
