/* SPDX-License-Identifier: MIT */
/* docker.h: the `docker` program as typed calls.
 *
 * It runs with a configuration folder of our own, because the user's may inject proxies into containers and name a
 * remote context (walls W12, W25). A remote engine is never used. Unless a function says otherwise, it dies: 69 no
 * docker or no engine, 77 remote engine. */
#ifndef BB_DOCKER_H
#define BB_DOCKER_H

#include "basic/net.h"
#include "basic/proc.h"

/* The engine's socket; dies with 77 if DOCKER_HOST or DOCKER_CONTEXT leads elsewhere (wall W12). */
const char *docker_socket(void);

/* The engine as DOCKER_HOST would name it: unix://SOCKET, with the links of its folder resolved; "context NAME" if
 * DOCKER_CONTEXT decides. Never dies. */
const char *docker_engine(void);

/* The advice when there is no docker. */
extern const char docker_install[];

/* Run `docker ARGS`; the first item of `args` is the subcommand. out and err may be NULL. */
struct proc_end docker_run(const struct list *args, const char *input, struct str *out, struct str *err,
			   int timeout_ms);

/* The same, but dies with 69 if there is no docker or its engine does not answer. Else returns true for exit status
 * 0; `err` holds what docker said. */
bool docker_try(const struct list *args, const char *input, struct str *out, struct str *err);
bool docker_try_for(const struct list *args, const char *input, struct str *out, struct str *err, int ms);

/* The same without ever dying, for teardown and for checks: false, with the reason in `err`. */
bool docker_ask(const struct list *args, struct str *out, struct str *err);

/* A list of words, for the calls above. */
struct list docker_words(const char *first, ...) __attribute__((sentinel));

/* Add the labels of what is ours: --label bot-bottle.slug=SLUG for people; bot-bottle.bottle, which says whose it is
 * (state_label); and bot-bottle.boot, which tells things of an earlier boot even when the database is lost. */
void docker_add_labels(struct list *words, const char *slug);

struct docker_network {
	bool found;
	const char *label;        /* bot-bottle.bottle, "" if there is none: state_label says whether it is ours */
	struct cidr range;        /* its first IPv4 range; bits 0 if none */
	const char *driver;
};

/* Add the ranges of all networks but the one called `own`. Returns the first range of that one (bits 0: none). */
struct cidr docker_ranges(struct cidrs *all, const char *own);

struct docker_network docker_network(const char *name);

/* The id ("sha256:...") and architecture of an image; false if it does not exist. */
bool docker_image(const char *name, const char **id, const char **architecture);

/* Connect to the engine at that path: a descriptor, or -1 with errno. */
int docker_connect(const char *path);

/* Add to `missing` those images that do not exist. Returns NULL, or why Docker could not tell. Never dies. Asks the
 * engine by its socket: bb-start calls this at each start, and the program takes ten times as long. */
const char *docker_images_missing(const struct list *names, struct list *missing);

/* The value of a label of an image, "" if it has none; NULL if there is no such image. */
const char *docker_image_label(const char *name, const char *label);

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
enum docker_says docker_says(const struct str *err);

/* Inspect one thing by name. `fields` has a letter for each fact that is wanted, and `word` gets the facts in that
 * order: 'i' its id, 'r' "true" or "false" for whether it runs, 'l' its label bot-bottle.bottle ("" if none; see
 * state_label). An answer of another form is DOCKER_UNREADABLE, with the text in *why; it is never taken for "gone"
 * or "not ours". `kind`: container or network. `sure`: dies with 69 if the engine does not answer; else that is
 * DOCKER_UNREADABLE, too. */
enum docker_answer { DOCKER_FOUND, DOCKER_ABSENT, DOCKER_UNREADABLE };
enum docker_answer docker_inspect(const char *kind, const char *name, const char *fields, const char **word, bool sure,
				  const char **why);

/* The form of a --format answer: one whole line of n fields in printable ASCII. What to say of one that is not. */
bool docker_line(const struct str *out, char between, size_t n);
const char *docker_unreadable(const struct str *out);

/* Is it an id as Docker makes them: 64 hexadecimal digits? */
bool docker_is_id(const char *text);

/* What `docker run -d` or `network create` printed, as the id of what was made; dies with 69 if it is none. */
const char *docker_new_id(struct str *out, const char *what);

/* What the engine said, on one line without its usual preamble. */
const char *docker_said(const struct str *err);

#endif
