/* SPDX-License-Identifier: MIT */
/* process.h: which process has something, told so that it is still known when it is dead and its number another's.
 *
 * Facts: proc(5) stat field 22, /proc/sys/kernel/random/boot_id, machine-id(5), pid_namespaces(7). Where /proc is
 * missing nothing is proven, and what is not proven dead is left alone. */
#ifndef BB_PROCESS_H
#define BB_PROCESS_H

#include "basic/base.h"

struct owner {
	long long pid, start;     /* start in clock ticks since boot */
	const char *boot, *space; /* boot id; the pid namespace, by its inode */
};

enum owner_is { OWNER_NONE, OWNER_ALIVE, OWNER_DEAD, OWNER_UNKNOWN };

/* When the process started, in clock ticks since boot; 0: there is none, or it has ended; -1: that cannot be
 * told (too many open files), and so it is not proven dead. */
long long process_start(long long pid);

/* The boot id; "" where the system has none. This and host_id die with 74 if it has one that cannot be read. */
const char *boot_id(void);

/* This host: 16 hex digits of a digest of the machine id (which itself is nobody's business), or of its name. */
const char *host_id(void);

/* Nobody, here and now: boot and pid namespace count without a process, too. */
struct owner owner_nobody(void);

bool owner_same(const struct owner *a, const struct owner *b);

/* A process of this host as owner; false if there is none of that number. Dies with 74 if that cannot be told. */
bool owner_by_pid(struct owner *o, long long pid);

/* Does it live? pid 0 is OWNER_NONE. `host` is the host it was written down on; another one's is OWNER_UNKNOWN, as is
 * one of another pid namespace, or nobody there, while the machine was not booted since, and one of whom /proc cannot
 * be asked. */
enum owner_is owner_state(const struct owner *o, const char *host);

#endif
