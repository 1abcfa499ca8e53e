/* SPDX-License-Identifier: MIT */
/* bundle.h: the container's configuration file and its confinement (docs/bundle.md). */
#ifndef BB_BUNDLE_H
#define BB_BUNDLE_H

#include "plan/document.h"
#include "tool/docker_container.h"

/* The text of the container's /etc/bottle/bundle.json (docs/bundle.md). It holds no secrets. */
const char *bundle_config(const struct plan *p);

/* The SHA-256 of that text without the host's own addresses, which change under a healthy container (IPv6 privacy). */
const char *bundle_digest(const struct plan *p);

/* Read one more CA for upstream servers from a file of the operator's. It is public and no secret. False if the
 * manifest names none; dies with 65 if the file is no certificate. */
bool bundle_upstream_ca(struct str *pem, const struct plan *p);

/* A secret that will be handed over to the bundle (docs/bundle.md). Its value is not read yet. */
struct bundle_secret {
	const char *name;         /* in the configuration file: "cred-0", "key-0" */
	const char *where;        /* in the manifest: "git.repos.app.key" */
	struct jv reference;
};
void bundle_secrets(const struct plan *p, void (*each)(const struct bundle_secret *secret, void *arg), void *arg);

/* Is the machine on the bundle's own network? Then that leads nowhere else, and the bundle has another way out: Docker's
 * own bridge. */
bool bundle_beside(const struct plan *p);
#define BUNDLE_WAY_OUT "bridge"

/* Does it listen at that port, by its own table of sockets? For a container that this host has no way to. */
bool bundle_listens(const char *container, int port);

/* The options that its container is made with: address, labels, configuration file, confinement. */
struct list bundle_options(const struct plan *p);

/* Read the container back and compare label, configuration, network and confinement with what we ask for (wall W8).
 * Dies with 77. If it does not run, nothing is compared. Check the subnet section before. */
struct docker_container bundle_verify(const struct plan *p, const char *container);

/* The id of the bottle's container if it runs and is ours, else NULL; dies with 69 if Docker's answer cannot be read. */
const char *bundle_running(const char *slug);

/* The same into *id, without dying: false, with the reason in *why, if Docker cannot be asked or understood. */
bool bundle_ask(const char *slug, const char **id, const char **why);

/* The same for verbs that need a running bundle: dies with 1 if it does not run, or there is no such bottle. */
const char *bundle_needed(const char *slug);

#endif
