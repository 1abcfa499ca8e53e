/* SPDX-License-Identifier: MIT */
/* owner.c: see owner.h. */
#include "owner.h"
#include "io.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* "" on any error: a process may end between open and read, and nobody here may die in a transaction. */
static const char *first_line(const char *path)
{
	char buf[4096];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof buf - 1);
	char *text;

	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return "";
	text = mem_text(buf, (size_t)n);
	return take_line(&text);
}

long long process_start(long long pid)
{
	char state;
	/* Behind the last ')': a process may call itself anything. */
	const char *stat = strrchr(first_line(mem_printf("/proc/%lld/stat", pid)), ')');
	unsigned long long ticks = 0;

	if (!stat || sscanf(stat, ") %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
			    &state, &ticks) != 2 || state == 'Z' || state == 'X')
		return 0;
	return (long long)ticks;
}

const char *boot_id(void)
{
	return first_line("/proc/sys/kernel/random/boot_id");
}

const char *host_id(void)
{
	const char *id = first_line("/etc/machine-id");
	char name[256] = "";

	if (!*id && gethostname(name, sizeof name - 1) == 0)
		id = name;
	id = mem_printf("bottlebox %s", id);
	return mem_printf("%.16s", digest_bytes(id, strlen(id)));
}

static const char *pid_space(void)
{
	char name[64];
	ssize_t n = readlink("/proc/self/ns/pid", name, sizeof name);

	return n > 0 ? mem_text(name, (size_t)n) : "";
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
	return o->start != 0;
}

enum owner_is owner_state(const struct owner *o, const char *host)
{
	if (strcmp(host, host_id()) || !*boot_id() || !*o->boot)
		return o->pid ? OWNER_UNKNOWN : OWNER_NONE;
	if (strcmp(o->boot, boot_id()))
		return o->pid ? OWNER_DEAD : OWNER_NONE;
	if (strcmp(o->space, pid_space()))
		return OWNER_UNKNOWN;
	if (!o->pid)
		return OWNER_NONE;
	return process_start(o->pid) == o->start ? OWNER_ALIVE : OWNER_DEAD;
}
