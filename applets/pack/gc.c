/* SPDX-License-Identifier: MIT */
/* gc.c: remove what killed builds left: a folder KEY.making in the cache, and, after a build by registry, a
 * container and a tag. A running build holds the lock of its key, so where the lock is free nobody builds. */
#include "pack/pack.h"
#include "basic/io.h"
#include "basic/names.h"
#include "basic/paths.h"
#include "tool/docker.h"

#include <string.h>

static const char making[] = ".making";

/* Remove every object of one `docker ... list` call: ids or names, one a line. */
static bool remove_listed(struct list list, const char *const *remove)
{
	struct str out = STR_EMPTY, err = STR_EMPTY;
	struct list words = { 0 };

	if (!docker_ask(&list, &out, &err)) {
		warn("docker: %s", docker_said(&err));
		return false;
	}
	list_add_all(&words, remove);
	for (char *text = out.text; *text; )
		list_add(&words, take_line(&text));
	if (!out.len)
		return true;
	str_clear(&out);
	str_clear(&err);
	if (docker_ask(&words, &out, &err))
		return true;
	warn("docker %s: %s", remove[0], docker_said(&err));
	return false;
}

bool pack_forget_registry(const char *key)
{
	static const char *const rm[] = { "rm", "-f", "--volumes", "--", NULL }, *const rmi[] = { "rmi", "--no-prune", "--", NULL };
	struct str engine = STR_EMPTY;
	bool clean;

	/* The file names the engine; it is written before the registry is made. */
	if (io_read_file(mem_printf("%s/%s%s/%s", cache_packs(), key, making, PACK_BY_REGISTRY), &engine, 4096) != IO_OK)
		return true;
	if (strcmp(engine.text, docker_engine())) {
		warn("%s%s was made with DOCKER_HOST=%s: nothing was done", key, making, engine.text);
		return false;
	}
	clean = remove_listed(docker_words("ps", "-aq", "--filter", mem_printf("label=" LABEL_PACK "=%s", key), NULL), rm);
	return remove_listed(docker_words("image", "ls", "--format", "{{.Repository}}:{{.Tag}}", "--filter",
					  mem_printf("reference=127.0.0.1:*/bot-bottle:%s", key), NULL), rmi) && clean;
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
