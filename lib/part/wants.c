/* SPDX-License-Identifier: MIT */
/* wants.c: check prompt, skills, secrets and images of a manifest, and pack the skills by tar. tar makes the stream;
 * which files go into it is decided here. */
#include "part/wants.h"
#include "basic/io.h"
#include "basic/proc.h"
#include "part/bundle.h"
#include "plan/manifest.h"
#include "tool/docker_image.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	MAX_PROMPT = 1 << 20, MAX_SKILLS = 64 << 20, MAX_FILES = 10000, MAX_DEPTH = 32,
	MAX_FAULTS = 20, MAX_TAR = MAX_SKILLS + MAX_FILES * 2048, TAR_MS = 5 * 60 * 1000
};

void prompt_read(struct str *out, const struct plan *p)
{
	const char *name = plan_text(p, "agent.prompt", NULL);
	int fd;

	if (!name)
		return;
	if (io_leaves(p->base, name))
		die(BB_REFUSED, "name the file itself", "agent.prompt: %s leads out of its folder by a link", name);
	fd = io_open_file(plan_path(p, name), NULL);
	if (fd < 0)
		die(BB_PLAN, "name a readable text file", "agent.prompt: %s %s", name, io_open_why(errno));
	if (!io_read_fd(fd, out, MAX_PROMPT))
		die(BB_PLAN, "name a smaller file", "agent.prompt: %s is larger than 1 MiB", name);
	close(fd);
	if (strlen(out->text) != out->len)
		die(BB_PLAN, "name a text file", "agent.prompt: %s has a NUL character in it", name);
}

/* --- skills --- */

struct walk {
	const char *skill;        /* as the manifest has it */
	long long bytes;
	int files;
	struct faults faults;
	bool over;                /* too much of something: nothing more is looked at */
};

static void refuse(struct walk *w, int status, const char *hint, const char *text)
{
	faults_add(&w->faults, (struct fault){ status, text, hint });
	w->over = w->over || w->faults.n == MAX_FAULTS;
}

static void refuse_file(struct walk *w, const char *path, const char *why)
{
	char *text = mem_printf("agent.skills: %s: %s %s", w->skill, path, why);

	scrub(text, false);
	refuse(w, BB_PLAN, "repair the folder, or leave it out", text);
}

/* True if the link is relative and does not leave the skill's own folder, which is `depth` levels up. */
static bool link_stays(const char *to, int depth)
{
	if (*to == '/')
		return false;
	for (size_t n; *to; to += n + (to[n] == '/')) {
		n = strcspn(to, "/");
		if (n == 2 && !strncmp(to, "..", 2))
			depth--;
		else if (n && !(n == 1 && *to == '.'))
			depth++;
		if (depth < 0)
			return false;
	}
	return true;
}

static void check_link(struct walk *w, int folder, const char *name, const char *path, int depth)
{
	char to[4096];
	ssize_t n = readlinkat(folder, name, to, sizeof to - 1);

	to[n < 0 ? 0 : n] = '\0';
	if (n < 0)
		refuse_file(w, path, "cannot be read");
	else if (!link_stays(to, depth))
		refuse_file(w, path, mem_printf("is a link to %s, out of the folder", to));
}

static void check_folder(struct walk *w, int parent, const char *name, const char *path, int depth);

static void check_file(struct walk *w, int folder, const char *name, const char *path, long long bytes)
{
	w->bytes += bytes;
	if (w->bytes > MAX_SKILLS) {
		refuse_file(w, path, "and what comes before it have more than 64 MiB");
		w->over = true;
	} else if (faccessat(folder, name, R_OK, 0) < 0) {
		refuse_file(w, path, "cannot be read");
	}
}

static void check_entry(struct walk *w, int folder, const char *name, const char *path, int depth)
{
	char *plain = mem_text(name, strlen(name));
	struct stat st;

	scrub(plain, false);
	if (++w->files > MAX_FILES) {
		refuse_file(w, path, "and so on: more than 10000 files");
		w->over = true;
	} else if (strcmp(plain, name)) {
		refuse_file(w, path, "has control characters in its name");
	} else if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		refuse_file(w, path, "cannot be read");
	} else if (S_ISDIR(st.st_mode)) {
		check_folder(w, folder, name, path, depth + 1);
	} else if (S_ISLNK(st.st_mode)) {
		check_link(w, folder, name, path, depth);
	} else if (S_ISREG(st.st_mode)) {
		check_file(w, folder, name, path, st.st_size);
	} else {
		refuse_file(w, path, "is neither a file nor a folder nor a link");
	}
}

/* `depth` counts from the skill's own folder, which is 0. */
static void check_folder(struct walk *w, int parent, const char *name, const char *path, int depth)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!dir) {
		refuse_file(w, path, io_open_why(errno));
		return;
	}
	if (depth > MAX_DEPTH)
		refuse_file(w, path, "lies deeper than 32 folders");
	else
		while (!w->over && (entry = readdir(dir)))
			if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
				check_entry(w, dirfd(dir), entry->d_name, mem_printf("%s/%s", path, entry->d_name), depth);
	closedir(dir);
}

/* Adds for each folder the words -C PARENT NAME of tar. */
static struct faults each_skill(const struct plan *p, struct list *words)
{
	struct jv all = jv_path(p->manifest, "agent.skills");
	struct list seen = { 0 };
	struct walk w = { .bytes = 0 };

	for (struct jv e = jv_first(all); e.doc && !w.over; e = jv_next(all, e)) {
		const char *text = jv_text(e), *name = skill_name(text);
		const char *path = plan_path(p, mem_text(text, (size_t)(name - text) + strcspn(name, "/")));
		const char *around = mem_text(path, (size_t)(strrchr(path, '/') + 1 - path));

		name = strrchr(path, '/') + 1;
		w.skill = text;
		if (io_leaves(p->base, text)) {
			refuse(&w, BB_REFUSED, "name the folder itself",
			       mem_printf("agent.skills: %s leads out of its folder by a link", text));
			continue;
		}
		if (list_has(&seen, name))
			refuse(&w, BB_PLAN, "rename one of them", mem_printf("agent.skills: two are called %s", name));
		list_add(&seen, name);
		check_folder(&w, AT_FDCWD, path, name, 0);
		list_add_all(words, (const char *const[]){ "-C", around, name, NULL });
	}
	return w.faults;
}

void skills_pack(struct str *tar, const struct plan *p)
{
	/* The format ustar is read by every tar, busybox's too. The agent becomes the owner in the guest. */
	struct list words = { 0 };
	struct faults faults;
	struct str err = STR_EMPTY;
	struct proc_end end;

	list_add_all(&words, (const char *const[]){ "tar", "--create", "--file", "-", "--format=ustar", "--owner=0", "--group=0",
						    "--numeric-owner", NULL });
	faults = each_skill(p, &words);
	if (faults.n)
		die(faults.item[0].status, faults.item[0].hint, "%s", faults.item[0].text);
	if (!jv_count(jv_path(p->manifest, "agent.skills")))
		return;
	end = proc_run(&(struct proc){ .argv = words.item, .out = tar, .err = &err, .max_bytes = MAX_TAR,
				       .timeout_ms = TAR_MS });
	if (end.error)
		die(BB_TOOL, "install tar", "tar: %s", proc_text(&end));
	if (!proc_ok(&end))
		die(BB_PLAN, "repair the folders, or leave them out", "agent.skills: tar: %.200s (%s)", err.text, proc_text(&end));
}

const char *build_folder(const struct plan *p)
{
	const char *folder = plan_text(p, "agent.build", NULL);

	if (!folder)
		return NULL;
	if (io_leaves(p->base, folder))
		die(BB_REFUSED, "name the folder itself", "agent.build: %s leads out of its folder by a link", folder);
	folder = plan_path(p, folder);
	if (!io_is_file(mem_printf("%s/Dockerfile", folder)))
		die(BB_PLAN, "name the folder that has it", "agent.build: %s has no Dockerfile", folder);
	return folder;
}

/* --- all of it --- */

struct looking {
	const struct plan *p;
	struct faults *all;
	struct jv reference;
	const char *where;
};

static void look_at_prompt(void *arg)
{
	struct str prompt = STR_EMPTY;

	prompt_read(&prompt, ((struct looking *)arg)->p);
}

static void look_at_ca(void *arg)
{
	struct str pem = STR_EMPTY;

	bundle_upstream_ca(&pem, ((struct looking *)arg)->p);
}

static void look_at_build(void *arg)
{
	build_folder(((struct looking *)arg)->p);
}

static void look_at_reference(void *arg)
{
	const struct looking *l = arg;

	reference_check(l->reference, l->p->base, l->where);
}

static void look_at_secret(const struct bundle_secret *secret, void *arg)
{
	struct looking *l = arg;

	l->reference = secret->reference;
	l->where = secret->where;
	fault_in(l->all, look_at_reference, l);
}

void wants_check(const struct plan *p, struct faults *all)
{
	struct jv env = jv_path(p->manifest, "agent.env");
	struct looking l = { .p = p, .all = all };
	struct list words = { 0 };
	struct faults skills;

	fault_in(all, look_at_prompt, &l);
	skills = each_skill(p, &words);
	for (size_t i = 0; i < skills.n; i++)
		faults_add(all, skills.item[i]);
	fault_in(all, look_at_build, &l);
	fault_in(all, look_at_ca, &l);
	for (struct jv e = jv_first(env); e.doc; e = jv_next(env, e)) {
		l.reference = e;
		l.where = mem_printf("agent.env.%s", jv_name(e));
		if (is_reference(e))
			fault_in(all, look_at_reference, &l);
	}
	bundle_secrets(p, look_at_secret, &l);
}

static const char *look_at_images(const struct list *names, const char *bundle, struct faults *all)
{
	struct list missing = { 0 };
	const char *why = docker_images_missing(names, &missing);

	for (size_t i = 0; i < missing.n; i++)
		faults_add(all, (struct fault){ BB_PLAN, mem_printf("there is no image %s", missing.item[i]),
			strcmp(missing.item[i], bundle) ? "build or pull it first: docker images"
							: "build it first: bb-bundle build" });
	return why;
}

const char *wants_images(const struct plan *p, struct faults *all)
{
	const char *bundle = manifest_bundle_image(p->manifest);
	struct list names = { 0 };

	/* An image that will be built need not exist yet. */
	if (!plan_text(p, "agent.build", NULL))
		list_add(&names, plan_text(p, "agent.image", ""));
	list_add(&names, bundle);
	return look_at_images(&names, bundle, all);
}

const char *wants_default_image(struct faults *all)
{
	struct list names = { 0 };

	list_add(&names, manifest_usual_bundle);
	return look_at_images(&names, manifest_usual_bundle, all);
}
