/* SPDX-License-Identifier: MIT */
/* doctor_tools.c: check Docker and its images, the groups that may use Docker and KVM, and smolvm with its files. */
#include "doctor.h"
#include "basic/io.h"
#include "basic/paths.h"
#include "part/wants.h"
#include "plan/manifest.h"
#include "tool/docker.h"

#include <errno.h>
#include <grp.h>
#include <libgen.h>
#include <stdlib.h>
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
		line(r, "images", p ? all.item[i].status : BB_OK, all.item[i].advice, "%s", all.item[i].text);
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

/* --- smolvm --- */

static const char get[] = "run bb-smolvm-get, or set BOT_BOTTLE_SMOLVM to one that is whole";

static void find_smolvm(void *s)
{
	*(const struct smolvm **)s = smolvm_find();
}

/* Where smolvm looks for its files: a wrapper says so, or our environment, or it is unknown. */
struct looks {
	const char *text;         /* text of the wrapper; "" if it is no wrapper */
	const char *folder;       /* of the program behind it; NULL if nobody can tell */
};

/* What follows `start` in a line of the wrapper, if it is plain text; "" if only a shell could evaluate it. */
static const char *behind(const struct looks *l, const char *start)
{
	for (const char *at = l->text; (at = strstr(at, start)); at++) {
		const char *word = at + strlen(start), *ends = " \t\n;";

		if (at > l->text && !strchr(" \t\n;", at[-1]))
			continue;
		if (*word == '\'' || *word == '"')
			ends = *word++ == '\'' ? "'" : "\"";
		word = mem_text(word, strcspn(word, ends));
		return strpbrk(word, "$`\\") ? "" : word;
	}
	return NULL;
}

static const char *named(const struct looks *l, const char *variable)
{
	const char *own = behind(l, mem_printf("%s=", variable));

	return own ? own : getenv(variable);
}

static struct looks looks_of(const struct smolvm *s)
{
	struct str text = STR_EMPTY;
	struct looks l = { "", NULL };
	const char *real = io_true_path(s->path), *program = real;

	if (io_read_file(real, &text, 64 * 1024) == IO_OK && !strncmp(text.text, "#!", 2)) {
		l.text = text.text;
		program = behind(&l, "exec ");
	}
	if (program && *program == '/')
		l.folder = dirname(mem_text(program, strlen(program)));
	return l;
}

static const char *const libraries[] = { "libkrun.", "libkrunfw." };

static void strike_out(const char *name, void *missing)
{
	for (size_t i = 0; i < COUNT(libraries); i++)
		if (!strncmp(name, libraries[i], strlen(libraries[i])))
			((const char **)missing)[i] = NULL;
}

/* If no variable names the library, it may be the system's, and nothing is known. */
static bool libraries_missing(struct report *r, const struct looks *l)
{
	const char *folder = named(l, "SMOLVM_LIB_DIR"), *missing[COUNT(libraries)];
	bool all = true;

	if (!folder || !*folder)
		return false;
	memcpy(missing, libraries, sizeof missing);
	io_each(folder, strike_out, missing);
	for (size_t i = 0; i < COUNT(libraries); i++)
		if (missing[i]) {
			line(r, "smolvm", BB_TOOL, get, "a library is missing: there is no %s* in %s", missing[i], folder);
			all = false;
		}
	return !all;
}

/* The root file system of the agent in every machine. `pack create` and `machine start` need it. */
static bool rootfs_missing(struct report *r, const struct looks *l)
{
	static const char *const variables[] = { "SMOLVM_AGENT_ROOTFS_TAR", "SMOLVM_AGENT_ROOTFS" };
	static const char *const forms[] = { "", ".tar.zst", ".tar.gz", ".tar" };
	const char *data = mem_printf("%s/smolvm/agent-rootfs", xdg_folder("XDG_DATA_HOME", ".local/share"));

	for (size_t i = 0; i < COUNT(variables); i++) {
		const char *path = named(l, variables[i]);

		if (!path)
			continue;
		if (!*path || access(path, R_OK) == 0)
			return false;
		line(r, "smolvm", BB_TOOL, get, "its agent rootfs is missing: %s is %s", variables[i], path);
		return true;
	}
	if (io_exists(data) || !l->folder)
		return false;
	for (size_t i = 0; i < COUNT(forms); i++)
		if (io_exists(mem_printf("%s/agent-rootfs%s", l->folder, forms[i])))
			return false;
	line(r, "smolvm", BB_TOOL, get, "its agent rootfs is missing: it is neither in %s nor named by SMOLVM_AGENT_ROOTFS_TAR", l->folder);
	return true;
}

const struct smolvm *look_at_smolvm(struct report *r)
{
	const struct smolvm *s = NULL;
	struct looks l;
	bool lacks;

	if (line_if_dead(r, "smolvm", find_smolvm, &s))
		return NULL;
	l = looks_of(s);
	lacks = libraries_missing(r, &l);
	lacks = rootfs_missing(r, &l) || lacks;
	if (lacks)
		return NULL;
	line(r, "smolvm", BB_OK, NULL, "%s (%s)%s", s->version, s->path,
	     smolvm_can(SMOLVM_KEEPS_POLICY) ? "" : ", whose policy has to be patched in");
	return s;
}
