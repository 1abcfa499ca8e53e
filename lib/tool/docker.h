/* SPDX-License-Identifier: MIT */
/* docker.h: the `docker` program as typed calls.
 *
 * Always with a configuration folder of our own (the user's may inject proxies into containers and
 * name a remote context: walls W12, W25), never with a remote engine. Unless it says otherwise, a
 * function dies: 69 no docker or no engine, 77 remote engine. */
#ifndef BB_DOCKER_H
#define BB_DOCKER_H

#include "basic/net.h"
#include "basic/proc.h"

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

/* Connect to the engine at that path: a descriptor, or -1 with errno. */
int docker_connect(const char *path);

/* Which of these images there are not, added to `missing`. NULL, or why Docker could not tell. Never dies. Asks the
 * engine itself, since bb-start looks at each start, and the program takes ten times as long. */
const char *docker_images_missing(const struct list *names, struct list *missing);

/* That label of an image, "" if it has none; NULL if there is no such image. */
const char *docker_image_label(const char *name, const char *label);

/* What Docker means by its words; one row per sentence in docker.c. Nobody else looks for its sentences. */
enum docker_says {
	DOCKER_SAYS_OTHER,           /* words that are not known, or none */
	DOCKER_SAYS_NO_SUCH,         /* the thing does not exist: this alone means "gone" (wall W33) */
	DOCKER_SAYS_EXISTS,          /* that name is taken */
	DOCKER_SAYS_OVERLAPS,        /* that range is taken */
	DOCKER_SAYS_REMOVING,        /* somebody removes it already */
	DOCKER_SAYS_TEMPLATE,        /* the object has no such field */
	DOCKER_SAYS_NO_ENGINE,
	DOCKER_SAYS_NO_PERMISSION
};
enum docker_says docker_says(const struct str *err);

/* One thing by name, as typed answers. `fields`: a letter each for what is asked for, into `word` in that order:
 * 'i' its id, 'r' "true" or "false" for whether it runs, 'l' its label bot-bottle.bottle ("" if none: state_label says
 * whether it is ours). An answer of another form is DOCKER_UNREADABLE, with what was said in *why, and never "gone" nor
 * "not ours". `kind`: container or network. `sure`: dies with 69 if the engine does not answer; else that is
 * unreadable, too. */
enum docker_answer { DOCKER_FOUND, DOCKER_ABSENT, DOCKER_UNREADABLE };
enum docker_answer docker_inspect(const char *kind, const char *name, const char *fields, const char **word, bool sure,
				  const char **why);

/* The form of a --format answer: one whole line of n fields in printable ASCII. What to say of one that is not. */
bool docker_line(const struct str *out, char between, size_t n);
const char *docker_unreadable(const struct str *out);

/* Is that an id as Docker makes them: 64 hexadecimal digits? */
bool docker_is_id(const char *text);

/* What `docker run -d` or `network create` printed, as the id of what was made; dies with 69 if it is none. */
const char *docker_new_id(struct str *out, const char *what);

/* What the engine said, on one line without its usual preamble. */
const char *docker_said(const struct str *err);

#endif
