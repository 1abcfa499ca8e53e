/* SPDX-License-Identifier: MIT */
/* docker_container.h: Docker's containers as typed calls. */
#ifndef BB_DOCKER_CONTAINER_H
#define BB_DOCKER_CONTAINER_H

#include "tool/docker.h"

/* What is asked of every container. */
struct docker_container {
	const char *id;
	const char *started;      /* when, as Docker writes it */
	bool running;
	const char *label;        /* bot-bottle.bottle, "" if there is none: state_label says whether it is ours */
	const char *why;          /* if it was not found: why */
};

/* Ask for one by name or id: found, absent or unreadable. Not `sure`: without dying; an engine that cannot be asked is
 * unreadable, too. */
enum docker_answer docker_container(const char *name, bool sure, struct docker_container *c);

/* Is there one? Dies with 69 if that cannot be read. */
bool docker_container_exists(const char *name, struct docker_container *c);

/* What else can be asked, and read back as Docker prints it: "true", "[ALL]", "" for what is not there. Those with
 * (key) are of a thing that has a name. */
enum docker_fact {
	DOCKER_LABEL,             /* (key) */
	DOCKER_MOUNTS,            /* how many */
	DOCKER_MOUNT_SOURCES,     /* all, without a blank between them */
	DOCKER_MOUNT_TARGETS,     /* "PATH true", true for one that can be written to */
	DOCKER_NETWORKS,          /* how many */
	DOCKER_NETWORK_ADDRESSES, /* "NAME IP/BITS GATEWAY IPV6" */
	DOCKER_TMPFS,             /* (key) its options */
	DOCKER_MEMORY,
	DOCKER_READ_ONLY,
	DOCKER_CAP_DROP,          /* without CAP_, which newer engines write before each */
	DOCKER_CAP_ADD,
	DOCKER_PRIVILEGED,
	DOCKER_SECURITY_OPT,
	DOCKER_PIDS_LIMIT,
	DOCKER_RESTART,
	DOCKER_LOG_DRIVER,
	DOCKER_LOG_OPT,           /* (key) */
	DOCKER_SYSCTL,            /* (key) */
	DOCKER_PORT_BINDINGS,     /* how many */
	DOCKER_PUBLISH_ALL,
	DOCKER_HOST_NAMESPACES,   /* of processes, of the host's name, of users; "" if all are its own */
	DOCKER_DEVICES,           /* how many */
	DOCKER_STATUS,            /* "created", "running", "exited", ... */
	DOCKER_PID,               /* 0 if it does not run */
	DOCKER_IMAGE_ID,
	DOCKER_ENTRYPOINT,        /* "[sleep]" */
	DOCKER_COMMAND,
	DOCKER_ENVIRONMENT,       /* a JSON list of "NAME=value" */
	DOCKER_USER,
	DOCKER_STOP_SIGNAL,
	DOCKER_HEALTHCHECK,       /* "[NONE]" if there is none, whatever the image says */
	DOCKER_RESOLVERS,         /* "[127.0.0.1]" */
	DOCKER_CPUS,              /* in thousand millionths */
	DOCKER_NETWORK_MODE,      /* the name of its network */
	DOCKER_NETWORK_ASKED,     /* the address that it was to have in each network */
	DOCKER_HOST_MOUNTS,       /* how many were asked for; volumes that the image has are none */
	DOCKER_MOUNT_KINDS        /* "volume volume " */
};
struct docker_asked {
	enum docker_fact fact;
	const char *key;
	const char *is;           /* the answer */
};
enum { DOCKER_MOST_FACTS = 48 };

/* Ask for these n facts, too; with DOCKER_LACKS the container has one of them not at all. */
enum docker_answer docker_container_facts(const char *name, struct docker_container *c, struct docker_asked *asked, size_t n);

/* An option of `docker create`, with the same fact as Docker tells it afterwards. */
struct docker_rule {
	const char *flag, *value;      /* flag NULL: it is what Docker does unasked; value NULL: a flag alone */
	enum docker_fact fact;
	const char *key, *want;        /* want NULL: shown by another rule */
};

/* Add the options of n rules; fill `asked` with their facts, in their order, and return how many there are. */
void docker_add_rules(struct list *options, const struct docker_rule *rule, size_t n);
size_t docker_ask_rules(struct docker_asked *asked, const struct docker_rule *rule, size_t n);

/* What Docker calls that fact. */
const char *docker_fact_name(enum docker_fact fact, const char *key);

/* --- acts --- */

/* Make and start a container of an image that is here; `options` are words of `docker run`. *id is what was made; dies
 * with 69 if Docker prints no id. `dry`: only print the command. */
struct docker_end docker_container_run(const char *name, const struct list *options, const char *image, bool dry, const char **id);

/* The same without starting it; and start one that was made. */
struct docker_end docker_container_create(const char *name, const struct list *options, const char *image, bool dry, const char **id);
struct docker_end docker_container_start(const char *name, bool dry);

/* Options for it: a file of the host to be read at `target`; a port that 127.0.0.1 answers for at any free one. */
void docker_add_file(struct list *options, const char *source, const char *target);
void docker_add_port(struct list *options, int port);

/* Where that port is published: "127.0.0.1:32768". */
struct docker_end docker_container_port(const char *name, int port, const char **at);

/* Run `argv` (NULL-ended) in it; `input` NULL: without any. `out` is what it printed, `said` what it said on stderr. */
struct docker_end docker_container_exec(const char *container, const char *const *argv, const char *input, struct str *out);

/* The end of its log, standard output first. Not `sure`: without dying. */
struct docker_end docker_container_logs(const char *name, int lines, bool sure, struct str *out);

struct docker_end docker_container_stop(const char *id, int seconds);

/* Remove it with its volumes, running or not: NULL if it is gone, else why not. */
const char *docker_container_remove(const char *id);

/* Those with that label, running or not; and remove some at once. Never die. */
struct docker_end docker_containers_labelled(const char *label, const char *value, struct list *ids);
struct docker_end docker_containers_remove(const struct list *ids);

#endif
