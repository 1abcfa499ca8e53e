/* SPDX-License-Identifier: MIT */
/* docker.h: the Docker engine, and what all calls of the `docker` program have in common. The calls themselves are in
 * docker_container.h, docker_network.h and docker_image.h. Nobody above this floor knows Docker's command words, its
 * templates or its texts.
 *
 * docker runs with a configuration folder of our own, because the user's may inject proxies into containers and name a
 * remote context (walls W12, W25). A remote engine is never used. Unless a call says otherwise, it dies: 69 no docker
 * or no engine, 77 remote engine. */
#ifndef BB_DOCKER_H
#define BB_DOCKER_H

#include "basic/str.h"

/* The engine's socket; dies with 77 if DOCKER_HOST or DOCKER_CONTEXT leads elsewhere (wall W12). */
const char *docker_socket(void);

/* The engine as DOCKER_HOST would name it: unix://SOCKET, with the links of its folder resolved; "context NAME" if
 * DOCKER_CONTEXT decides. Never dies. */
const char *docker_engine(void);

/* The hint when there is no docker. */
extern const char docker_install[];

/* Connect to the engine at that path: a descriptor, or -1 with errno. */
int docker_connect(const char *path);

/* What Docker's error texts mean. docker_answer.c has the table, and nobody else looks for these texts. */
enum docker_says {
	DOCKER_SAYS_OTHER,           /* an unknown text, or none */
	DOCKER_SAYS_NO_SUCH,         /* the thing does not exist: this alone means "gone" (wall W33) */
	DOCKER_SAYS_EXISTS,          /* that name is taken */
	DOCKER_SAYS_OVERLAPS,        /* that range is taken */
	DOCKER_SAYS_REMOVING,        /* somebody removes it already */
	DOCKER_SAYS_TEMPLATE,        /* the object has no such field */
	DOCKER_SAYS_NO_ENGINE,
	DOCKER_SAYS_NO_PERMISSION
};

/* How a call ended. */
struct docker_end {
	bool ok;
	enum docker_says says;
	const char *command;         /* its first word: "run" */
	const char *said;            /* what docker or the engine said, on one line without the usual preamble */
};

/* What came of asking for one thing. An answer that cannot be read is never "gone" or "not ours" (wall W33). */
enum docker_answer {
	DOCKER_FOUND,
	DOCKER_ABSENT,
	DOCKER_LACKS,                /* it is there, and has no such field at all; only where more is asked for */
	DOCKER_UNREADABLE
};

/* Add the labels of what is ours: --label bot-bottle.slug=SLUG for people; bot-bottle.bottle, which says whose it is
 * (state_label); and bot-bottle.boot, which tells things of an earlier boot even when the database is lost. */
void docker_add_labels(struct list *options, const char *slug);

#endif
