/* SPDX-License-Identifier: MIT */
/* kept.c: copy the logs, plan and reports of a failed start into a folder, show them, and keep the newest ten. */
#include "record/kept.h"
#include "basic/cli.h"
#include "basic/io.h"
#include "basic/names.h"
#include "basic/paths.h"
#include "record/bottle.h"
#include "record/inventory.h"
#include "record/saved.h"
#include "tool/docker_container.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LINES = 200, MAX_BYTES = 256 * 1024, MAX_KEPT = 10 };

/* The time in a folder's name, "20260102T030405Z" behind a hyphen; and whether a name ends like that. */
static const char pattern[] = "-00000000T000000Z";

static bool has_time(const char *name)
{
	size_t n = strlen(name), m = strlen(pattern);

	if (n <= m)
		return false;
	name += n - m;
	for (size_t i = 0; i < m; i++)
		if (pattern[i] == '0' ? name[i] < '0' || name[i] > '9' : name[i] != pattern[i])
			return false;
	return true;
}

static const char *time_of(const char *name)
{
	return name + strlen(name) - strlen(pattern) + 1;
}

/* --- making --- */

struct making {
	const char *folder, *bottle;
	struct list *files;
};

/* The last lines of a text. */
static const char *last_lines(const char *text)
{
	const char *p = text + strlen(text);

	for (int n = 0; p > text; p--)
		if (p[-1] == '\n' && n++ == LINES)
			break;
	return p;
}

static void put(const struct making *m, const char *name, const char *text)
{
	char *plain = mem_text(text, strlen(text));

	if (!*plain)
		return;
	scrub(plain, true);
	io_write_file(mem_printf("%s/%s", m->folder, name), plain, strlen(plain), 0600);
	list_add(m->files, name);
}

/* Copy the end of a file, which somebody may be writing. Nothing is made for one that does not exist. */
static void put_end(const struct making *m, const char *name, const char *path)
{
	char *text = mem_get(MAX_BYTES + 1);
	struct stat st;
	int fd = io_open_file(path, &st);
	ssize_t n;

	if (fd < 0)
		return;
	n = pread(fd, text, MAX_BYTES, st.st_size > MAX_BYTES ? st.st_size - MAX_BYTES : 0);
	close(fd);
	for (ssize_t i = 0; i < n; i++)
		if (!text[i])
			text[i] = '?';
	put(m, name, last_lines(text));
}

static void put_log_of_container(const struct making *m, const char *slug)
{
	struct str out = STR_EMPTY;

	if (docker_container_logs(name_of("container", slug), LINES, false, &out).ok)
		put(m, "bundle.log", last_lines(out.len > MAX_BYTES ? out.text + out.len - MAX_BYTES : out.text));
}

static bool ends_in(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return n > m && !strcmp(name + n - m, end);
}

static void put_own(const char *name, void *arg)
{
	const struct making *m = arg;
	struct str text = STR_EMPTY;

	if (strcmp(name, saved_name) && strcmp(name, "guard.log") && !ends_in(name, ".report.json"))
		return;
	if (io_read_file(mem_printf("%s/%s", m->bottle, name), &text, 1 << 20) == IO_OK)
		put(m, name, text.text);
}

/* --- the newest ten --- */

static void add_name(const char *name, void *all)
{
	if (has_time(name))
		list_add(all, name);
}

static int by_time(const void *a, const void *b)
{
	return strcmp(time_of(*(const char *const *)a), time_of(*(const char *const *)b));
}

/* All kept folders, oldest first. */
static struct list all_kept(void)
{
	struct list all = { 0 };

	io_each(state_path("failed"), add_name, &all);
	if (all.n)
		qsort(all.item, all.n, sizeof *all.item, by_time);
	return all;
}

const char *kept_make(const char *slug, struct list *files)
{
	const char *failed = state_path("failed");
	struct making m = { .bottle = state_path(mem_printf("bottles/%s", slug)), .files = files };
	struct machine machine = bottle_machine(slug);
	struct list all;
	time_t now = time(NULL);
	char stamp[32];

	strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%SZ", gmtime(&now));
	m.folder = mem_printf("%s/%s-%s", failed, slug, stamp);
	state_folder();
	io_make_folder(m.folder);
	if (machine.engine->console(machine.name))
		put_end(&m, "console.log", machine.engine->console(machine.name));
	put_log_of_container(&m, slug);
	io_each(m.bottle, put_own, &m);
	all = all_kept();
	for (size_t i = 0; i + MAX_KEPT < all.n; i++)
		io_remove(mem_printf("%s/%s", failed, all.item[i]), failed);
	if (files->n)
		return m.folder;
	io_remove(m.folder, failed);
	return NULL;
}

bool kept_show(const char *slug, const char *file)
{
	struct list all = all_kept();

	for (size_t i = all.n; i-- > 0; ) {
		const char *path = mem_printf("%s/%s", state_path("failed"), all.item[i]);
		struct str text = STR_EMPTY;

		if ((size_t)(time_of(all.item[i]) - 1 - all.item[i]) != strlen(slug) || strncmp(all.item[i], slug, strlen(slug)) ||
		    io_read_file(mem_printf("%s/%s", path, file), &text, 4 * MAX_BYTES) != IO_OK)
			continue;
		warn("%s is gone; this is what was kept in %s", slug, path);
		scrub(text.text, true);
		out_all(text.text, strlen(text.text));
		return true;
	}
	return false;
}
