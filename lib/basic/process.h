/* SPDX-License-Identifier: MIT */
/* process.h: identify a process so that it is recognised after it exited and its number went to another one.
 *
 * Sources: proc(5) stat field 22, /proc/sys/kernel/random/boot_id, machine-id(5), pid_namespaces(7). Without /proc
 * nothing can be proven dead, and what is not proven dead is left alone. */
#ifndef BB_PROCESS_H
#define BB_PROCESS_H

#include "basic/base.h"

struct owner {
	long long pid, start;     /* start in clock ticks since boot */
	const char *boot, *space; /* boot id; the pid namespace, by its inode */
};

enum owner_is { OWNER_NONE, OWNER_ALIVE, OWNER_DEAD, OWNER_UNKNOWN };

/* When the process started, in clock ticks since boot. 0: there is none, or it has ended. -1: that cannot be told
 * (too many open files, say), so it is not proven dead. */
long long process_start(long long pid);

/* The boot id; "" where the system has none. Like host_id it dies with 74 if there is one that cannot be read. */
const char *boot_id(void);

/* This host: 16 hex digits of a digest of the machine id, or of the host's name. The machine id itself must not be
 * shown. */
const char *host_id(void);

/* No process, but this boot and this pid namespace: these count without a process, too. */
struct owner owner_nobody(void);

bool owner_same(const struct owner *a, const struct owner *b);

/* A process of this host as owner; false if there is none of that number. Dies with 74 if that cannot be told. */
bool owner_by_pid(struct owner *o, long long pid);

/* Does the owner live? pid 0 is OWNER_NONE. `host` is the host on which it was written down. OWNER_UNKNOWN: it is on
 * another host, in another pid namespace of this boot, or /proc cannot be asked. */
enum owner_is owner_state(const struct owner *o, const char *host);

#endif
