/* SPDX-License-Identifier: MIT */
/* provision_files.c: see provision.h. The stream is tar's business; what may go into it is ours. */
#include "provision.h"
#include "io.h"
#include "manifest.h"
#include "proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	MAX_PROMPT = 1 << 20, MAX_SKILLS = 64 << 20, MAX_FILES = 10000, MAX_DEPTH = 32,
	MAX_TAR = MAX_SKILLS + MAX_FILES * 2048, TAR_MS = 5 * 60 * 1000
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
};

static void refuse(const struct walk *w, const char *path, const char *why) __attribute__((noreturn));

static void refuse(const struct walk *w, const char *path, const char *why)
{
	die(BB_PLAN, "repair the folder, or leave it out", "agent.skills: %s: %s %s", w->skill, path, why);
}

/* Relative, and never above the skill's own folder, `depth` levels up. */
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

static void check_link(const struct walk *w, int folder, const char *name, const char *path, int depth)
{
	char to[4096];
	ssize_t n = readlinkat(folder, name, to, sizeof to - 1);

	if (n < 0)
		refuse(w, path, "cannot be read");
	to[n] = '\0';
	if (!link_stays(to, depth))
		refuse(w, path, mem_printf("is a link to %s, out of the folder", to));
}

static void check_folder(struct walk *w, int parent, const char *name, const char *path, int depth);

static void check_entry(struct walk *w, int folder, const char *name, const char *path, int depth)
{
	char *plain = mem_text(name, strlen(name));
	struct stat st;

	scrub(plain, false);
	if (strcmp(plain, name))
		refuse(w, path, "has control characters in its name");
	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		refuse(w, path, "cannot be read");
	if (++w->files > MAX_FILES)
		refuse(w, path, "and so on: more than 10000 files");
	if (S_ISDIR(st.st_mode)) {
		check_folder(w, folder, name, path, depth + 1);
	} else if (S_ISLNK(st.st_mode)) {
		check_link(w, folder, name, path, depth);
	} else if (S_ISREG(st.st_mode)) {
		w->bytes += st.st_size;
		if (w->bytes > MAX_SKILLS)
			refuse(w, path, "and what comes before it have more than 64 MiB");
		if (faccessat(folder, name, R_OK, 0) < 0)
			refuse(w, path, "cannot be read");
	} else {
		refuse(w, path, "is neither a file nor a folder nor a link");
	}
}

/* `depth` counts from the skill's own folder, which is 0. */
static void check_folder(struct walk *w, int parent, const char *name, const char *path, int depth)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!dir)
		refuse(w, path, io_open_why(errno));
	if (depth > MAX_DEPTH)
		refuse(w, path, "lies deeper than 32 folders");
	while ((entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			check_entry(w, dirfd(dir), entry->d_name, mem_printf("%s/%s", path, entry->d_name), depth);
	closedir(dir);
}

/* Tar's own words for each folder: -C FOLDER-AROUND-IT NAME. */
static void each_skill(const struct plan *p, struct list *words)
{
	struct jv all = jv_path(p->manifest, "agent.skills");
	struct list seen = { 0 };
	struct walk w = { .bytes = 0 };

	for (struct jv e = jv_first(all); e.doc; e = jv_next(all, e)) {
		const char *text = jv_text(e), *name = skill_name(text);
		const char *path = plan_path(p, mem_text(text, (size_t)(name - text) + strcspn(name, "/")));
		const char *around = mem_text(path, (size_t)(strrchr(path, '/') + 1 - path));

		name = strrchr(path, '/') + 1;
		w.skill = text;
		if (io_leaves(p->base, text))
			die(BB_REFUSED, "name the folder itself", "agent.skills: %s leads out of its folder by a link", text);
		if (list_has(&seen, name))
			die(BB_PLAN, "rename one of them", "agent.skills: two are called %s", name);
		list_add(&seen, name);
		check_folder(&w, AT_FDCWD, path, name, 0);
		list_add_all(words, (const char *const[]){ "-C", around, name, NULL });
	}
}

void skills_check(const struct plan *p)
{
	struct list words = { 0 };

	each_skill(p, &words);
}

void skills_pack(struct str *tar, const struct plan *p)
{
	/* ustar: every tar reads it, busybox's too. Owners become the agent's in the guest. */
	struct list words = { 0 };
	struct str err = STR_EMPTY;
	struct proc_end end;

	list_add_all(&words, (const char *const[]){ "tar", "--create", "--file", "-", "--format=ustar", "--owner=0", "--group=0",
						    "--numeric-owner", NULL });
	each_skill(p, &words);
	if (!jv_count(jv_path(p->manifest, "agent.skills")))
		return;
	end = proc_run(&(struct proc){ .argv = words.item, .out = tar, .err = &err, .max_bytes = MAX_TAR,
				       .timeout_ms = TAR_MS });
	if (end.error)
		die(BB_TOOL, "install tar", "tar: %s", proc_text(&end));
	if (!proc_ok(&end))
		die(BB_PLAN, "repair the folders, or leave them out", "agent.skills: tar: %.200s (%s)", err.text, proc_text(&end));
}
