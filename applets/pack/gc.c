/* SPDX-License-Identifier: MIT */
/* gc.c: remove what killed builds left: a folder KEY.making in the cache, and, after a build by registry, a
 * container and a tag. A running build holds the lock of its key, so where the lock is free nobody builds. */
#include "pack/pack.h"
#include "basic/io.h"
#include "basic/names.h"
#include "basic/paths.h"
#include "tool/docker_container.h"
#include "tool/docker_image.h"

#include <string.h>

static const char making[] = ".making";

/* Remove all that was listed. */
static bool remove_listed(struct docker_end end, const struct list *all, struct docker_end (*remove)(const struct list *))
{
	if (!end.ok) {
		warn("docker: %s", end.said);
		return false;
	}
	if (!all->n)
		return true;
	end = remove(all);
	if (!end.ok)
		warn("docker %s: %s", end.command, end.said);
	return end.ok;
}

bool pack_forget_registry(const char *key)
{
	struct list containers = { 0 }, references = { 0 };
	struct str engine = STR_EMPTY;
	struct docker_end end;
	bool clean;

	/* The file names the engine; it is written before the registry is made. */
	if (io_read_file(mem_printf("%s/%s%s/%s", cache_packs(), key, making, PACK_BY_REGISTRY), &engine, 4096) != IO_OK)
		return true;
	if (strcmp(engine.text, docker_engine())) {
		warn("%s%s was made with DOCKER_HOST=%s: nothing was done", key, making, engine.text);
		return false;
	}
	end = docker_containers_labelled(LABEL_PACK, key, &containers);
	clean = remove_listed(end, &containers, docker_containers_remove);
	end = docker_images_matching(mem_printf("127.0.0.1:*/bot-bottle:%s", key), &references);
	return remove_listed(end, &references, docker_images_untag) && clean;
}

static bool tidy(const char *key, bool dry, struct str *out)
{
	int lock = io_try_lock(mem_printf("%s/%s.lock", cache_packs(), key));
	bool clean = true;

	if (lock < 0)
		return true;
	if (dry)
		str_addf(out, "%s%s: what a killed build left\n", key, making);
	else
		clean = pack_forget_registry(key) && io_remove(mem_printf("%s/%s%s", cache_packs(), key, making), cache_packs());
	io_unlock(lock);
	return clean;
}

static void add_key(const char *name, void *keys)
{
	size_t n = strlen(name), end = strlen(making);

	if (n > end && !strcmp(name + n - end, making))
		list_add(keys, mem_text(name, n - end));
}

int run_gc(struct cmd *cmd)
{
	struct list keys = { 0 };
	struct str out = STR_EMPTY;
	bool clean = true;

	io_each(cache_packs(), add_key, &keys);
	for (size_t i = 0; i < keys.n; i++)
		clean = tidy(keys.item[i], cmd_dry(cmd), &out) && clean;
	out_all(out.text, out.len);
	return clean ? BB_OK : BB_NO;
}
