/* SPDX-License-Identifier: MIT */
/* process.c: read from /proc who a process, a boot and a host are, and decide whether an owner still lives. */
#include "basic/process.h"
#include "basic/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The first line of a file. "" if there is no such file or it vanished while it was read; NULL with errno if it
 * could not be read. */
static const char *first_line(const char *path)
{
	char buf[4096];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), error;
	ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof buf - 1);
	char *text;

	error = errno;
	if (fd >= 0)
		close(fd);
	errno = error;
	if (n < 0 && error != ENOENT && error != ENOTDIR && error != ESRCH && error != ELOOP)
		return NULL;
	if (n <= 0)
		return "";
	text = mem_text(buf, (size_t)n);
	return take_line(&text);
}

long long process_start(long long pid)
{
	char state;
	const char *line = first_line(mem_printf("/proc/%lld/stat", pid));
	/* Read on after the last ')': a process may put one into its own name. */
	const char *stat = line ? strrchr(line, ')') : NULL;
	unsigned long long ticks = 0;

	if (!line)
		return -1;
	if (!stat || sscanf(stat, ") %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
			    &state, &ticks) != 2 || state == 'Z' || state == 'X')
		return 0;
	return (long long)ticks;
}

/* Facts about this host. An unreadable one must not make us look like another host, so we die. Each is read once,
 * and first outside of a transaction (statedb_open), where dying is allowed. */
static const char *fact(const char **known, const char *path)
{
	if (!*known)
		*known = first_line(path);
	if (!*known)
		die(BB_IO, "check limits and permissions", "read %s:", path);
	return *known;
}

const char *boot_id(void)
{
	static const char *known;

	return fact(&known, "/proc/sys/kernel/random/boot_id");
}

const char *host_id(void)
{
	static const char *known, *digest;
	const char *id;
	char name[256] = "";

	if (digest)
		return digest;
	id = fact(&known, "/etc/machine-id");
	if (!*id && gethostname(name, sizeof name - 1) == 0)
		id = name;
	id = mem_printf("bottlebox %s", id);
	digest = mem_printf("%.16s", digest_bytes(id, strlen(id)));
	return digest;
}

static const char *pid_space(void)
{
	static const char *known;
	char name[64];
	ssize_t n = known ? 0 : readlink("/proc/self/ns/pid", name, sizeof name);

	if (n < 0 && errno != ENOENT && errno != ENOTDIR)
		die(BB_IO, "check limits and permissions", "read /proc/self/ns/pid:");
	if (!known)
		known = n > 0 ? mem_text(name, (size_t)n) : "";
	return known;
}

struct owner owner_nobody(void)
{
	return (struct owner){ 0, 0, boot_id(), pid_space() };
}

bool owner_same(const struct owner *a, const struct owner *b)
{
	return a->pid == b->pid && a->start == b->start && !strcmp(a->boot, b->boot) && !strcmp(a->space, b->space);
}

bool owner_by_pid(struct owner *o, long long pid)
{
	*o = (struct owner){ pid, process_start(pid), boot_id(), pid_space() };
	if (o->start < 0)
		die(BB_IO, "check limits and permissions", "look at process %lld:", pid);
	return o->start != 0;
}

enum owner_is owner_state(const struct owner *o, const char *host)
{
	long long start;

	if (strcmp(host, host_id()) || !*boot_id() || !*o->boot)
		return o->pid ? OWNER_UNKNOWN : OWNER_NONE;
	if (strcmp(o->boot, boot_id()))
		return o->pid ? OWNER_DEAD : OWNER_NONE;
	if (strcmp(o->space, pid_space()))
		return OWNER_UNKNOWN;
	if (!o->pid)
		return OWNER_NONE;
	start = process_start(o->pid);
	return start < 0 ? OWNER_UNKNOWN : start == o->start ? OWNER_ALIVE : OWNER_DEAD;
}
