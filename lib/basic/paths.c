/* SPDX-License-Identifier: MIT */
/* paths.c: find the folders of paths.h from the environment, and make them private. */
#include "basic/paths.h"
#include "basic/io.h"
#include "basic/process.h"

#include <stdlib.h>
#include <string.h>

/* A folder from a variable of the environment. Slashes at its end are cut, because Docker reports mounts without
 * them. It must be text that a plan can hold and that a terminal does not obey. */
static const char *folder(const char *variable, const char *path)
{
	char *plain = mem_text(path, strlen(path)), *to = plain;

	scrub(plain, false);
	if (strcmp(plain, path))
		die(BB_USAGE, "use a folder whose name is plain UTF-8 text", "%s=%s has characters that a plan cannot hold",
		    variable, path);
	for (const char *from = path; *from; from++)
		if (*from != '/' || to == plain || to[-1] != '/')
			*to++ = *from;
	while (to > plain + 1 && to[-1] == '/')
		to--;
	*to = '\0';
	return plain;
}

const char *home_folder(void)
{
	const char *home = getenv("HOME");

	if (!home || home[0] != '/')
		die(BB_USAGE, "set HOME", "HOME is not set to an absolute path");
	return folder("HOME", home);
}

const char *xdg_folder(const char *name, const char *otherwise)
{
	const char *set = getenv(name);

	return set && set[0] == '/' ? folder(name, set) : mem_printf("%s/%s", home_folder(), otherwise);
}

static const char *root(void)
{
	const char *own = getenv("BOT_BOTTLE_HOME");

	if (!own || !*own)
		return mem_printf("%s/bot-bottle", xdg_folder("XDG_STATE_HOME", ".local/state"));
	if (own[0] != '/')
		die(BB_USAGE, "give an absolute path", "BOT_BOTTLE_HOME=%s is relative", own);
	return folder("BOT_BOTTLE_HOME", own);
}

const char *state_path(const char *name)
{
	return mem_printf("%s/%s", root(), name);
}

static const char *private_folder(const char *path)
{
	io_make_folder(path);
	io_private_folder(path);
	return path;
}

const char *state_folder(void)
{
	return private_folder(root());
}

const char *state_label(const char *slug)
{
	char *real = realpath(root(), NULL);
	const char *home = mem_printf("bottlebox %s %s", host_id(), real ? real : root());

	free(real);
	return mem_printf("%.16s.%s", digest_bytes(home, strlen(home)), slug);
}

const char *state_lock_path(const char *name)
{
	state_folder();
	return mem_printf("%s/%s.lock", private_folder(state_path("locks")), name);
}

const char *state_bottle(const char *slug)
{
	state_folder();
	private_folder(state_path("bottles"));
	return private_folder(state_path(mem_printf("bottles/%s", slug)));
}

const char *state_bottle_file(const char *slug, const char *file)
{
	return state_path(mem_printf("bottles/%s/%s", slug, file));
}

const char *cache_packs(void)
{
	return private_folder(mem_printf("%s/bot-bottle/smolmachines",
					 xdg_folder("XDG_CACHE_HOME", ".cache")));
}
