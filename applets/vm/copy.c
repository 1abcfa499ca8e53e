/* SPDX-License-Identifier: MIT */
/* copy.c: bb-vm cp: copy a file or a folder into a bottle, or out of it. */
#include "stage.h"
#include "vm/vm.h"
#include "vm/tar.h"
#include "basic/io.h"
#include "basic/undo.h"
#include "plan/document.h"
#include "record/bottle.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COPY_MS = 30 * 60 * 1000, MAX_NAMES = 32 << 20, MAX_DEPTH = 100, NO_FOLDER = 66 };

static const size_t largest = SIZE_MAX < (8ull << 30) ? SIZE_MAX / 2 : 8ull << 30;       /* bytes of a folder, as tar has it */

/* The part behind "SLUG:", or NULL if there is none. */
static const char *guest_path(const char *word, const char **slug)
{
	const char *colon = strchr(word, ':');

	if (!colon || colon[1] != '/' || memchr(word, '/', (size_t)(colon - word)))
		return NULL;
	*slug = mem_text(word, (size_t)(colon - word));
	return colon + 1;
}

static const char *guest_digest(struct machine m, const char *path)
{
	const char *const words[] = { "/bin/sh", "-c", "exec sha256sum \"$@\"", "sh", "--", path, NULL };
	struct str out = STR_EMPTY, err = STR_EMPTY;
	struct proc_end end;

	end = machine_exec(m, words, &(struct machine_exec){ .user = "root", .out = &out, .err = &err, .timeout_ms = COPY_MS });
	if (!proc_ok(&end) || out.len < 64)
		die(BB_IO, "does the guest have sha256sum, and the file?", "%s in %s cannot be read: %s", path, m.name,
		    m.engine->said(&err));
	return mem_text(out.text, 64);
}

static void remove_temporary(void *path)
{
	if (unlink(path) < 0 && errno != ENOENT)
		warn("remove %s:", (const char *)path);
}

/* A new empty file of ours beside `path`, removed if we fail. */
static const char *temporary_beside(const char *path)
{
	char *temporary = mem_printf("%s.XXXXXX", path);
	int fd = mkstemp(temporary);

	if (fd < 0)
		die(BB_IO, "check that the folder can be written", "create %s:", temporary);
	close(fd);
	undo_push(remove_temporary, temporary);
	return temporary;
}

/* docker cp brings a link as the link that the guest made of it, and the guest's mode with a file (wall W23). */
static void must_be_plain(const char *file, const char *path)
{
	struct stat st;

	if (lstat(file, &st) < 0 || !S_ISREG(st.st_mode))
		die(BB_REFUSED, "copy what it leads to, by its own name", "%s is no regular file in the guest", path);
	if ((st.st_mode & 07022) && chmod(file, st.st_mode & 0755) < 0)
		die(BB_IO, "check permissions", "set the mode of %s:", file);
}

/* One regular file. Both sides are compared afterwards, because before smolvm 1.9.0 a file that was copied in could be
 * invisible to exec (docs/smolvm.md, "Copying files"). */
static void copy_file(struct machine m, const char *host, const char *path, bool in)
{
	struct list words = m.engine->copy(m.name, host, path, in);
	struct str out = STR_EMPTY, err = STR_EMPTY;
	struct proc_end end = machine_run(m.engine, &words, &out, &err, COPY_MS);

	if (!proc_ok(&end))
		die(BB_IO, "is the bottle running?", "%s cp: %s", m.engine->command, m.engine->said(&err));
	if (!in)
		must_be_plain(host, path);
	if (strcmp(digest_file(host), guest_digest(m, path)))
		die(BB_IO, "try again", "%s did not arrive as it was", in ? host : path);
}

/* --- folders: a tar each way --- */

static void host_tar(const struct list *words, struct str *out, const char *what)
{
	struct str err = STR_EMPTY;
	struct proc_end end;

	unsetenv("TAR_OPTIONS");  /* with -P in it, tar would follow names with ".." */
	end = proc_run(&(struct proc){ .argv = words->item, .out = out, .err = &err, .max_bytes = MAX_NAMES,
						       .timeout_ms = COPY_MS });

	if (end.flooded)
		die(BB_REFUSED, "copy a part of it", "%s has more names than fit into 32 MiB", what);
	if (!proc_ok(&end))
		die(BB_IO, "install tar; check permissions and free space", "tar: %s: %s (%s)", what,
		    err.len ? take_line(&err.text) : "it said nothing", proc_text(&end));
}

static struct list tar_words(const char *verb, const char *archive, const char *folder)
{
	struct list w = { 0 };

	list_add_all(&w, (const char *const[]){ "tar", verb, "-f", archive, NULL });
	if (folder)
		list_add_all(&w, (const char *const[]){ "-C", folder, NULL });
	return w;
}

/* Make a new folder in the guest, owned by the agent. One that exists is left as it is. */
static const char put_script[] =
	"[ ! -e \"$1\" ] || { echo \"$1 is there already\" >&2; exit 66; }; "
	"mkdir -p -- \"$1\" && tar -x -p -f - -C \"$1\" && chown -R -h \"$2:$(id -g \"$2\")\" \"$1\"";

static void put_folder(const struct plan *p, const char *host, const char *path)
{
	char *archive = mem_printf("%s/bb-cp.XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	int fd = mkstemp(archive);
	struct list words = tar_words("-c", archive, host);
	struct machine m = bottle_machine(p->slug);
	struct str out = STR_EMPTY, err = STR_EMPTY;
	struct proc_end end;
	struct stat st;
	void *bytes;

	if (fd < 0)
		die(BB_IO, "check that the folder can be written, or set TMPDIR", "create %s:", archive);
	undo_push(remove_temporary, archive);
	list_add(&words, ".");
	host_tar(&words, &out, host);
	bytes = fstat(fd, &st) == 0 ? mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
	if (bytes == MAP_FAILED)
		die(BB_IO, "try again", "read %s:", archive);
	end = machine_exec(m, (const char *const[]){ "/bin/sh", "-c", put_script, "sh", path, plan_text(p, "agent.user", "root"), NULL },
			   &(struct machine_exec){ .user = "root", .input = bytes, .input_len = (size_t)st.st_size, .out = &out, .err = &err,
						   .timeout_ms = COPY_MS });
	if (!proc_ok(&end))
		die(BB_IO, "name a new folder; the image needs a tar", "%s did not get into %s: %s (%s)", host, m.name,
		    m.engine->said(&err), proc_text(&end));
}

/* Anything that is not a file or a folder would let the guest choose what we touch next (wall W23). */
struct gleaning {
	long dropped;
	bool git;                 /* a repository, whose hooks and configuration git runs */
};

static void clean_folder(int fd, struct gleaning *g, int depth);

/* If an entry cannot be examined, the copy fails: what was not seen is not clean. Folders are entered when
 * everything else is clean. */
static void clean_entry(int folder, const char *name, struct gleaning *g, bool into, int depth)
{
	struct stat st;
	int fd;

	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		die(BB_IO, "try again", "look at %s of what was copied:", name);
	g->git = g->git || !strcmp(name, ".git") || !strcmp(name, "hooks");
	if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode)) {
		if (unlinkat(folder, name, 0) < 0)
			die(BB_IO, "try again", "remove %s of what was copied:", name);
		g->dropped++;
		return;
	}
	if (fchmodat(folder, name, S_ISDIR(st.st_mode) || st.st_mode & 0100 ? 0700 : 0600, 0) < 0)
		die(BB_IO, "try again", "set the mode of %s of what was copied:", name);
	if (!S_ISDIR(st.st_mode) || !into)
		return;
	if (depth > MAX_DEPTH)
		die(BB_REFUSED, "copy a part of it", "%s goes deeper than %d folders", name, MAX_DEPTH);
	fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		die(BB_IO, "try again", "open %s of what was copied:", name);
	clean_folder(fd, g, depth + 1);
}

/* Closes `fd`. */
static void clean_folder(int fd, struct gleaning *g, int depth)
{
	DIR *dir = fdopendir(fd);
	struct dirent *entry;

	if (!dir)
		die(BB_IO, "try again", "read what was copied:");
	for (int into = 0; into < 2; into++, rewinddir(dir)) {
		while (errno = 0, (entry = readdir(dir)))
			if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
				clean_entry(fd, entry->d_name, g, into, depth);
		if (errno)
			die(BB_IO, "try again", "read what was copied:");
	}
	closedir(dir);
}

static void remove_folder(void *path)
{
	/* Our own new folder, so its real name must be inside its real parent. */
	char *whole = realpath(path, NULL), *parent = realpath(mem_printf("%s/..", (const char *)path), NULL);

	if (whole && parent)
		io_remove(whole, parent);
	free(whole);
	free(parent);
}

/* The archive must be what tar makes of ".". It must not be compressed, since tar would unpack that unasked and
 * without a limit, and not deeper than we would go ourselves. Entries that are neither file nor folder are taken out
 * before any tar sees them. */
static void check_archive(const char *archive, const char *path, struct gleaning *g)
{
	struct list words = tar_words("-t", archive, NULL);
	struct str names = STR_EMPTY;
	char head[2] = "";
	int fd = open(archive, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		die(BB_IO, "check limits", "open %s:", archive);
	g->dropped = pread(fd, head, sizeof head, 0) == sizeof head && !memcmp(head, "./", 2) ? tar_glean(fd) : -1;
	close(fd);
	if (g->dropped < 0)
		die(BB_IO, "does the image have a tar?", "what came for %s is no archive", path);
	host_tar(&words, &names, path);
	for (char *text = names.text; *text; ) {
		int depth = 0;

		for (const char *line = take_line(&text); *line; line++)
			depth += *line == '/';
		if (depth > MAX_DEPTH)
			die(BB_REFUSED, "copy a part of it", "%s goes deeper than %d folders", path, MAX_DEPTH);
	}
}

/* Unpack under a name of ours and without any right that the archive may ask for. It gets the name `host` when it is
 * clean. */
static void unpack(const char *archive, const char *path, const char *host, struct gleaning *g)
{
	char *folder = mem_printf("%s.XXXXXX", host);
	struct list words = tar_words("-x", archive, folder);
	struct str none = STR_EMPTY;
	int fd;

	if (!mkdtemp(folder))
		die(BB_IO, "name a new folder", "create %s:", folder);
	undo_push(remove_folder, folder);
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		die(BB_IO, "check limits", "open %s:", folder);
	list_add_all(&words, (const char *const[]){ "--no-same-owner", "--no-same-permissions", NULL });
	host_tar(&words, &none, path);
	/* The archive has a mode for the folder itself, which may keep us out of it. */
	if (fchmod(fd, 0700) < 0)
		die(BB_IO, "try again", "set the mode of %s:", folder);
	clean_folder(fd, g, 0);
	if (rename(folder, host) < 0)
		die(BB_IO, "name a new folder", "create %s:", host);
	undo_pop();
}

/* Copy into a new folder of ours alone. The guest's tar is not trusted: it first goes into a file, with limits on
 * bytes and names, and only its files and folders are made here. False: `path` is no folder. */
static bool get_folder(struct machine m, const char *path, const char *host)
{
	static const char get_script[] = "[ -d \"$1\" ] || exit 66; exec tar -c -f - -C \"$1\" .";
	const char *archive = temporary_beside(host);
	int fd = open(archive, O_WRONLY | O_CLOEXEC);
	const char *const words[] = { "/bin/sh", "-c", get_script, "sh", path, NULL };
	struct str err = STR_EMPTY;
	struct gleaning g = { 0, false };
	struct proc_end end;

	if (fd < 0)
		die(BB_IO, "check limits", "open %s:", archive);
	end = machine_exec(m, words, &(struct machine_exec){ .user = "root", .out_file = fd, .max_bytes = largest, .err = &err,
							      .timeout_ms = COPY_MS });
	close(fd);
	if (!end.signal && end.status == NO_FOLDER)
		return false;
	/* 1: a file changed or vanished while it was read. What came is checked below. */
	if (!proc_ok(&end) && (end.signal || end.error || end.timed_out || end.flooded || end.status != 1))
		die(BB_IO, "is the bottle running? Is there room? The image needs a tar; 8 GiB are the most", "%s did not come out of %s: %s (%s)",
		    path, m.name, m.engine->said(&err), proc_text(&end));
	check_archive(archive, path, &g);
	if (end.status == 1)
		warn("not all of %s came as it was: %s", path, m.engine->said(&err));
	unpack(archive, path, host, &g);
	if (g.dropped)
		warn("%ld links and special files of %s were left out: they lead where the guest wants", g.dropped, path);
	if (g.git)
		warn("%s has a repository in it, whose hooks and settings git would run: look at them first", host);
	return true;
}

/* --- the verb --- */

/* To tar, a name before a colon is another machine, and a slash at the end means an existing folder. */
static const char *local_name(const char *host)
{
	size_t n = strlen(host);

	while (n > 1 && host[n - 1] == '/')
		n--;
	host = mem_text(host, n);
	return strchr(host, '/') ? host : mem_printf("./%s", host);
}

static void copy_in(const struct plan *p, const char *host, const char *path)
{
	struct stat st;

	if (stat(host, &st) == 0 && S_ISDIR(st.st_mode))
		put_folder(p, host, path);
	else if (io_is_file(host))
		copy_file(bottle_machine(p->slug), host, path, true);
	else
		die(BB_USAGE, "name a regular file or a folder", "%s is neither a regular file nor a folder", host);
}

static void copy_out(const struct plan *p, const char *path, const char *host)
{
	const char *temporary;
	struct stat st;
	bool there = stat(host, &st) == 0;

	if (there && S_ISDIR(st.st_mode))
		die(BB_USAGE, "name a file, or a folder that is not there yet", "%s is a folder", host);
	if (!there && get_folder(bottle_machine(p->slug), path, host))
		return;
	temporary = temporary_beside(host);
	copy_file(bottle_machine(p->slug), temporary, path, false);
	if (rename(temporary, host) < 0)
		die(BB_IO, "check permissions, limits and free space", "write %s:", host);
}

int run_cp(struct cmd *cmd)
{
	const char *slug = NULL, *from = guest_path(cmd->operand[0], &slug), *to = guest_path(cmd->operand[1], &slug);

	if (!from == !to)
		die(BB_USAGE, "write: bb-vm cp FILE SLUG:/path, or the other way round",
		    "exactly one side must be in a bottle");
	if (to)
		copy_in(stage_saved(cmd, slug), local_name(cmd->operand[0]), to);
	else
		copy_out(stage_saved(cmd, slug), from, local_name(cmd->operand[1]));
	undo_run();
	return BB_OK;
}
