/* SPDX-License-Identifier: MIT */
/* pack.h: the two ways from a Docker image to a .smolmachine. Private to applets/pack*.c. */
#ifndef BB_PACK_H
#define BB_PACK_H

#include "basic/cli.h"
#include "tool/smolvm.h"

struct packing {
	const char *image_id;        /* "sha256:...": the image is never named by tag again (wall W9) */
	const char *key;             /* a name for it that may stand in a reference */
	const char *folder;          /* private, empty, on the cache's file system; removed by the caller */
	bool dry;                    /* only say the commands */
};

/* Make FOLDER/agent.smolmachine. Die on failure; what they made outside `folder` they undo. */
void pack_by_archive(const struct packing *job);
void pack_by_registry(const struct packing *job);

/* `smolvm pack create` with `reference`. */
void pack_create(const struct packing *job, const char *reference);

/* A docker command that must work; in a dry run it is only said. */
void pack_docker(const struct packing *job, const struct list *words, struct str *out);

/* An empty file of that name in the folder says that a registry may have been made. */
#define PACK_BY_REGISTRY "by-registry"

/* What a killed build by registry left in Docker; true if nothing is left. Call with the lock of `key`. */
bool pack_forget_registry(const char *key);

int run_gc(struct cmd *cmd);

#endif
