/* SPDX-License-Identifier: MIT */
/* docker_network.h: Docker's networks as typed calls. */
#ifndef BB_DOCKER_NETWORK_H
#define BB_DOCKER_NETWORK_H

#include "basic/net.h"
#include "tool/docker.h"

struct docker_network {
	const char *id;
	const char *label;        /* bot-bottle.bottle, "" if there is none: state_label says whether it is ours */
	struct cidr range;        /* its first IPv4 range; bits 0 if none */
	const char *driver;
	const char *why;          /* if it was not found: why */
};

/* Ask for one by name: found, absent or unreadable. */
enum docker_answer docker_network(const char *name, struct docker_network *n);

/* Is there one? Dies with 69 if that cannot be read. */
bool docker_network_exists(const char *name, struct docker_network *n);

/* Make a bridge of that range for a bottle, with our labels; *id is what was made. Dies with 69 if Docker prints no id.
 * `dry`: only print the command. */
struct docker_end docker_network_create(const char *name, const char *slug, const char *subnet, const char *gateway,
					bool dry, const char **id);

/* Make one without an address of this host, without IPv6 and without a way out, for a machine beside its bundle. */
struct docker_end docker_network_create_closed(const char *name, const char *slug, const char *subnet, const char *gateway,
					       bool dry, const char **id);

/* Why a network leads further than to `members` (names of containers, NULL-ended); NULL if it does not. */
const char *docker_network_leads(const char *name, const char *const *members);

/* Give a container one more network, with that address. */
struct docker_end docker_network_connect(const char *network, const char *container, const char *ip, bool dry);

/* A container that does not run knows its network by the id, and so not the one that was made in its place: let it
 * join that one. */
bool docker_network_join_again(const char *network, const char *container, const char *ip);

/* Remove it: NULL if it is gone, else why not. */
const char *docker_network_remove(const char *id);

/* Add the ranges of all networks but the one called `own`. Returns the first range of that one (bits 0: none). */
struct cidr docker_ranges(struct cidrs *all, const char *own);

#endif
