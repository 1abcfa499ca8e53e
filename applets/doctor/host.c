/* SPDX-License-Identifier: MIT */
/* host.c: check what this host has left: disk, clock, ranges, open files; and find leases that nobody needs. */
#include "doctor/doctor.h"
#include "basic/io.h"
#include "basic/paths.h"
#include "record/bottle.h"
#include "record/lease.h"

#include <errno.h>
#include <libgen.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <time.h>

/* --- disk --- */

enum { MIB = 1 << 20, NO_MIB = 64, FEW_MIB = 4096, FEW_FILES = 1000 };

/* The folder; or the nearest one above that exists. */
static const char *nearest(const char *path)
{
	while (strcmp(path, "/") && !io_exists(path))
		path = dirname(mem_text(path, strlen(path)));
	return path;
}

/* A pack is as large as its image, and a machine's disk grows up to 20 GiB. */
static void look_at_folder(struct report *r, const char *folder, dev_t *seen, size_t *n)
{
	const char *path = nearest(folder);
	struct statvfs fs;
	struct stat st;
	unsigned long long mib;

	if (stat(path, &st) < 0 || statvfs(path, &fs) < 0) {
		line(r, "disk", BB_IO, "check its owner and mode", "%s: %s", path, strerror(errno));
		return;
	}
	for (size_t i = 0; i < *n; i++)
		if (seen[i] == st.st_dev)
			return;
	seen[(*n)++] = st.st_dev;
	mib = (unsigned long long)fs.f_bavail * fs.f_frsize / MIB;
	if (fs.f_flag & ST_RDONLY)
		line(r, "disk", BB_IO, "mount it writable, or set BOT_BOTTLE_HOME, XDG_CACHE_HOME, XDG_DATA_HOME",
		     "%s is read-only", path);
	else if (mib < NO_MIB || (fs.f_files && fs.f_favail < 10))
		line(r, "disk", BB_IO, "bb-pack gc and docker image prune make room", "%s is full: %llu MiB, %llu files are free", path,
		     mib, (unsigned long long)fs.f_favail);
	else if (mib < FEW_MIB || (fs.f_files && fs.f_favail < FEW_FILES))
		line(r, "disk", BB_OK, "bb-pack gc and docker image prune make room",
		     "%s has little room for packs and machines: %llu MiB, %llu files", path, mib, (unsigned long long)fs.f_favail);
	else
		line(r, "disk", BB_OK, NULL, "%llu GiB are free for %s", mib / 1024, folder);
}

static void make_state_private(void *arg)
{
	if (io_exists(state_path("")))
		*(const char **)arg = state_folder();
}

void look_at_disk(struct report *r)
{
	const char *folders[4], *state = NULL;
	dev_t seen[COUNT(folders)];
	size_t n = 0;

	if (line_if_dead(r, "state", make_state_private, &state))
		return;
	folders[0] = dirname(mem_printf("%s", state_path("x")));
	folders[1] = mem_printf("%s/bot-bottle", xdg_folder("XDG_CACHE_HOME", ".cache"));
	folders[2] = mem_printf("%s/smolvm", xdg_folder("XDG_CACHE_HOME", ".cache"));
	folders[3] = mem_printf("%s/smolvm", xdg_folder("XDG_DATA_HOME", ".local/share"));
	for (size_t i = 0; i < COUNT(folders); i++)
		look_at_folder(r, folders[i], seen, &n);
}

/* --- clock --- */

enum { A_DAY = 24 * 60 * 60 };

static void newer(const char *path, time_t *newest, const char **which)
{
	struct stat st;

	if (stat(path, &st) == 0 && st.st_mtime > *newest) {
		*newest = st.st_mtime;
		*which = path;
	}
}

/* There is no reference for the time. But files written here were written before now, and so was the source of this
 * program. The guest takes its time from this host, and certificates are checked against it. */
void look_at_clock(struct report *r, const struct machine_engine *e)
{
	static const char fix[] = "set the clock: timedatectl set-ntp true";
	enum { BORN = 1767225600 };    /* 2026-01-01: no bottlebox is older */
	const char *which = "";
	time_t now = time(NULL), newest = 0;
	struct tm tm = { .tm_year = 0 };

	newer(state_path("state.db"), &newest, &which);
	newer(state_path("smolvm-version"), &newest, &which);
	newer(e->store(), &newest, &which);
	newer("/proc/self/exe", &newest, &which);
	gmtime_r(&now, &tm);
	if (now < BORN)
		line(r, "clock", BB_OK, fix, "it is not %d any more: certificates will not be valid", 1900 + tm.tm_year);
	else if (now < newest - A_DAY)
		line(r, "clock", BB_OK, fix, "%s is of a later day than today", which);
	else
		line(r, "clock", BB_OK, NULL, "%04d-%02d-%02d %02d:%02d UTC, nothing here is from the future", 1900 + tm.tm_year,
		     1 + tm.tm_mon, tm.tm_mday, tm.tm_hour, tm.tm_min);
}

/* --- ranges and leases --- */

static void take_ranges(void *taken)
{
	net_host_ranges(taken);
	lease_taken(taken, "");
}

/* Docker's networks are not asked for: their bridges have routes of this host. */
void look_at_ranges(struct report *r)
{
	enum { FEW = 8 };
	struct cidrs taken = { 0 };
	unsigned all = 0, free = 0;

	if (line_if_dead(r, "ranges", take_ranges, &taken))
		return;
	for (struct cidr c; (c = net_pool_range(0, all)).bits; all++)
		free += !cidrs_clash(&taken, c);
	if (free == 0)
		line(r, "ranges", BB_BUSY, "see bb-list, docker network ls and ip route; bb-stop NAME ends what is not needed",
		     "no free /24 is left in %s and %s", cidr_text(net_pool), cidr_text(net_fallback_pool));
	else if (free < FEW)
		line(r, "ranges", BB_OK, "see bb-list, docker network ls and ip route; bb-stop NAME ends what is not needed",
		     "%u /24 of %u are free for bottles", free, all);
	else
		line(r, "ranges", BB_OK, NULL, "%u /24 of %u are free for bottles", free, all);
}

static void add_slug(const char *slug, void *all)
{
	list_add(all, slug);
}

/* A bottle without an owner counts as alive: somebody left it on purpose. */
static void find_stale(void *arg)
{
	struct list *stale = arg, slugs = { 0 };

	lease_each(add_slug, &slugs);
	for (size_t i = 0; i < slugs.n; i++) {
		struct bottle b;

		if (!bottle_get(slugs.item[i], &b) || owner_state(&b.owner, b.host) == OWNER_DEAD)
			list_add(stale, slugs.item[i]);
	}
}

void look_at_leases(struct report *r)
{
	struct list stale = { 0 };

	if (line_if_dead(r, "leases", find_stale, &stale))
		return;
	if (stale.n)
		line(r, "leases", BB_OK, "bb-clean gives back what died; bb-stop NAME what nobody knows of",
		     "of bottles that do not live any more: %.1000s", list_line(&stale));
	else
		line(r, "leases", BB_OK, NULL, "none without its bottle");
}

/* --- limits --- */

/* The VMM serves the files of the image and keeps each one open that the guest has looked at (smolvm 1.32.2): with
 * 4096, "find /" in a Debian guest ends in "Too many open files", and nothing can be started there any more. */
enum { FILES_ENOUGH = 16384 };

void look_at_limits(struct report *r)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) < 0)
		line(r, "files", BB_OK, "see man 2 getrlimit", "the limit of open files cannot be read: %s", strerror(errno));
	else if (files.rlim_max < FILES_ENOUGH)
		line(r, "files", BB_OK, "raise the hard limit of open files to 16384 or more",
		     "ulimit -Hn is %llu: a guest that looks at more files of its image breaks", (unsigned long long)files.rlim_max);
	else
		line(r, "files", BB_OK, NULL, "ulimit -Hn is enough");
}
