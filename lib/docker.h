/* SPDX-License-Identifier: MIT */
/* docker.h: the `docker` program as typed calls.
 *
 * Always with a configuration folder of our own (the user's may inject proxies into containers and
 * name a remote context: walls W12, W25), never with a remote engine. Unless it says otherwise, a
 * function dies: 69 no docker or no engine, 77 remote engine. */
#ifndef BB_DOCKER_H
#define BB_DOCKER_H

#include "net.h"
#include "proc.h"

/* The engine's socket; dies with 77 if DOCKER_HOST or DOCKER_CONTEXT leads elsewhere (wall W12). */
const char *docker_socket(void);

/* Where the engine is, as DOCKER_HOST would say it: unix://SOCKET, its folder without links; "context NAME" if
 * DOCKER_CONTEXT decides. Never dies. */
const char *docker_engine(void);

/* Advice for whoever has no docker. */
extern const char docker_install[];

/* Run `docker ARGS`; the first item of `args` is the subcommand. out and err may be NULL. */
struct proc_end docker_run(const struct list *args, const char *input, struct str *out, struct str *err,
			   int timeout_ms);

/* The same; dies with 69 when there is no docker or its engine does not answer, else returns true
 * for exit status 0. `err` holds what docker said. */
bool docker_try(const struct list *args, const char *input, struct str *out, struct str *err);
bool docker_try_for(const struct list *args, const char *input, struct str *out, struct str *err, int ms);

/* The same without ever dying, for teardown and for looking: false with the reason in `err`. */
bool docker_ask(const struct list *args, struct str *out, struct str *err);

/* A list of words, for the calls above. */
struct list docker_words(const char *first, ...) __attribute__((sentinel));

/* The labels of what is ours: --label bot-bottle.slug=SLUG for people; bot-bottle.bottle, which says whose it is
 * (state_label); and boot, so that one of an earlier boot is known as such when the database is lost. */
void docker_add_labels(struct list *words, const char *slug);

struct docker_network {
	bool found;
	const char *label;        /* bot-bottle.bottle, "" if there is none: state_label says whether it is ours */
	struct cidr range;        /* its first IPv4 range; bits 0 if none */
	const char *driver;
};

/* Ranges of all networks except the one called `own`, whose first range comes back (bits 0: none). */
struct cidr docker_ranges(struct cidrs *all, const char *own);

struct docker_network docker_network(const char *name);

/* The id ("sha256:...") and architecture of an image; false if it does not exist. */
bool docker_image(const char *name, const char **id, const char **architecture);

/* That label of an image, "" if it has none; NULL if there is no such image. */
const char *docker_image_label(const char *name, const char *label);

/* What the engine said, on one line without its usual preamble. */
const char *docker_said(const struct str *err);

#endif
