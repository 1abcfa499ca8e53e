/* SPDX-License-Identifier: MIT */
/* pack.h: the two ways from a Docker image to a .smolmachine. Private to applets/pack. */
#ifndef BB_PACK_H
#define BB_PACK_H

#include "basic/cli.h"
#include "tool/docker.h"
#include "tool/machine.h"

struct packing {
	const struct machine_engine *engine;
	const char *image_id;        /* "sha256:...": the image is never named by tag again (wall W9) */
	const char *key;             /* its name in an image reference */
	const char *folder;          /* private, empty, on the file system of the cache; the caller removes it */
	bool dry;                    /* only print the commands */
};

/* Make FOLDER/agent.smolmachine. They die on failure, and undo what they made outside `folder`. */
void pack_by_archive(const struct packing *job);
void pack_by_registry(const struct packing *job);

/* Have the engine make the pack from `reference`, an archive or a name in a registry. */
void pack_create(const struct packing *job, const char *reference);

/* A call of Docker that must have worked. */
void pack_must(struct docker_end end);

/* An empty file of that name in the folder tells that a registry may have been made. */
#define PACK_BY_REGISTRY "by-registry"

/* Remove what a killed build by registry left in Docker. True if nothing is left. Hold the lock of `key`. */
bool pack_forget_registry(const char *key);

int run_gc(struct cmd *cmd);

#endif
