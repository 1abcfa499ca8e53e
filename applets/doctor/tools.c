/* SPDX-License-Identifier: MIT */
/* tools.c: check Docker and its images, the groups that may use Docker and KVM, and the engine of machines with its files. */
#include "doctor/doctor.h"
#include "basic/io.h"
#include "basic/paths.h"
#include "part/wants.h"
#include "plan/manifest.h"
#include "tool/docker.h"

#include <errno.h>
#include <grp.h>
#include <string.h>
#include <unistd.h>

/* --- docker --- */

/* Dies if something is missing. *path becomes the socket at which the engine answers. */
static void find_docker(void *path)
{
	const char *socket_path = docker_socket();
	int fd;

	if (!proc_find("docker"))
		die(BB_TOOL, docker_install, "docker is not installed");
	fd = docker_connect(socket_path);
	if (fd < 0 && errno == ENAMETOOLONG)
		die(BB_USAGE, "use a shorter path", "DOCKER_HOST=unix://%s is too long", socket_path);
	if (fd < 0 && errno == EACCES)
		die(BB_TOOL, "join its group: the line `group' says how", "no permission to use %s", socket_path);
	if (fd < 0)
		die(BB_TOOL, "start it: systemctl start docker", "the Docker engine does not answer at %s", socket_path);
	close(fd);
	*(const char **)path = socket_path;
}

/* Check the manifest's images; without a manifest, that of the default bundle. NULL: Docker was asked. */
static const char *find_images(const struct plan *p, struct report *r)
{
	struct faults all = { 0 };
	const char *why = p ? wants_images(p, &all) : wants_default_image(&all);

	for (size_t i = 0; i < all.n && !why; i++)
		line(r, "images", p ? all.item[i].status : BB_OK, all.item[i].hint, "%s", all.item[i].text);
	if (!why && !all.n)
		line(r, "images", BB_OK, NULL, p ? "the manifest's are here" : "the bundle's is here: %s", manifest_usual_bundle);
	return why;
}

void look_at_docker(struct report *r, const struct plan *p)
{
	const char *path = NULL, *why = NULL;
	size_t at = r->n;

	if (!line_if_dead(r, "docker", find_docker, &path)) {
		/* This line comes before the images, which show whether more than a socket answers. */
		line(r, "docker", BB_OK, NULL, "answers at %s", path);
		why = find_images(p, r);
		if (why)
			r->item[at] = (struct line){ "docker", BB_TOOL, why,
						     "start it: systemctl start docker" };
	}
	if (r->item[at].fix)
		line(r, "images", BB_OK, "repair Docker first", "nobody could be asked for them");
}

/* --- groups --- */

static void find_socket(void *path)
{
	*(const char **)path = docker_socket();
}

/* May we use it? If it does not exist, another line says so. */
static bool may_use(struct report *r, const char *path)
{
	struct stat st;
	const struct group *group;

	if (access(path, R_OK | W_OK) == 0 || errno != EACCES || stat(path, &st) < 0)
		return true;
	group = getgrgid(st.st_gid);
	if (group && st.st_gid != 0 && (st.st_mode & 0060) == 0060)
		line(r, "group", BB_TOOL, mem_printf("sudo usermod -aG %s $USER, then log in again", group->gr_name),
		     "%s is for the group %s, and you are not in it", path, group->gr_name);
	else
		line(r, "group", BB_TOOL, mem_printf("as root: chgrp a group of yours, then chmod 660 %s", path),
		     "%s is for no group at all", path);
	return false;
}

void look_at_groups(struct report *r)
{
	struct faults none = { 0 };
	const char *path = NULL;
	bool all = true;

	if (!fault_in(&none, find_socket, &path))
		all = may_use(r, path);
	all = may_use(r, "/dev/kvm") && all;
	if (all)
		line(r, "group", BB_OK, NULL, "you may use what is here of Docker and KVM");
}

/* --- the engine of machines --- */

struct asked {
	const struct machine_engine *engine;
	const char *version;
};

static void find_version(void *arg)
{
	struct asked *a = arg;

	a->version = a->engine->version();
}

bool look_at_engine(struct report *r, const struct machine_engine *e)
{
	struct asked asked = { e, NULL };
	const char *hint;
	struct list lacks = { 0 };

	if (line_if_dead(r, e->name, find_version, &asked))
		return false;
	hint = e->lacks(&lacks);
	for (size_t i = 0; i < lacks.n; i++)
		line(r, e->name, BB_TOOL, hint, "%s", lacks.item[i]);
	if (!lacks.n)
		line(r, e->name, BB_OK, NULL, "%s (%s)%s%s", asked.version, e->path(),
		     e->can(MACHINE_KEEPS_POLICY) ? "" : ", whose policy has to be patched in",
		     e->can(MACHINE_OWN_KERNEL) ? "" : ", as the engine of machines: they share this host's kernel; for trying out");
	return !lacks.n;
}
