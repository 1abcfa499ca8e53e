/* SPDX-License-Identifier: MIT */
/* docker_run.h: run `docker` with words, and read what it printed. For lib/tool alone. */
#ifndef BB_DOCKER_RUN_H
#define BB_DOCKER_RUN_H

#include "basic/proc.h"
#include "tool/docker.h"

/* How long a call may take. */
enum { DOCKER_LOOK_MS = 30 * 1000, DOCKER_REMOVE_MS = 60 * 1000, DOCKER_USUAL_MS = 120 * 1000, DOCKER_IMAGE_MS = 60 * 60 * 1000 };

/* A list of words, for the calls below; the first is the subcommand. */
struct list docker_words(const char *first, ...) __attribute__((sentinel));

/* Run `docker WORDS` as `how` says (argv and env of it are not used), whatever comes of it. */
struct proc_end docker_proc(const struct list *words, const struct proc *how);

/* The same with captured output. */
struct proc_end docker_run(const struct list *words, const char *input, struct str *out, struct str *err, int limit_ms);

/* The same, but dies with 69 if there is no docker, its engine does not answer, or the call takes too long. out and
 * err may be NULL here and below. */
struct docker_end docker_try(const struct list *words, const char *input, struct str *out, struct str *err, int limit_ms);

/* The same without ever dying, for teardown and for checks. */
struct docker_end docker_ask(const struct list *words, struct str *out, struct str *err);

/* One of both. */
struct docker_end docker_look(const struct list *words, struct str *out, struct str *err, bool sure);

/* docker_ask for a listing of one thing a line. */
struct docker_end docker_list(const struct list *words, struct list *lines);

/* docker_try for an act; `dry`: only print the command on stderr. */
struct docker_end docker_act(const struct list *words, bool dry, struct str *out, int limit_ms);

/* The same for an act that prints the id of what it made; dies with 69 if it prints none. `what` names it then. */
struct docker_end docker_make(const struct list *words, bool dry, const char *what, const char **id);

/* Remove: NULL if it is gone or somebody removes it already, else why not. Dies only if there is no docker. */
const char *docker_remove(const struct list *words);

/* Why no engine of this machine can be asked, as far as that is known without asking; or NULL. */
const char *docker_cannot_ask(void);

/* --- docker_answer.c: the texts, and the forms of answers --- */

/* What the engine said, on one line without its usual preamble; and what that means. */
const char *docker_said(const struct str *err);
enum docker_says docker_says(const struct str *err);

/* Answers to --format have one fact a line, whatever the fact. Cut the output into them; false if these are not
 * exactly n whole lines of a bearable length. */
bool docker_lines(struct str *out, const char **line, size_t n);

/* Printable ASCII only? */
bool docker_plain(const char *text);

/* Is it an id as Docker makes them: 64 hexadecimal digits? */
bool docker_is_id(const char *text);

/* What to say of an answer that cannot be read. */
const char *docker_unreadable(const struct str *out);

/* A label, as a template prints it: "" if there is none. */
const char *docker_label(const char *line);

/* Inspect one thing of that kind: `template` asks for n facts, a line each, which *line gets. Anything but
 * DOCKER_FOUND comes with the reason in *why. `sure`: dies as docker_try does. */
enum docker_answer docker_inspect(const char *kind, const char *name, const char *template, const char **line, size_t n,
				  bool sure, const char **why);

#endif
