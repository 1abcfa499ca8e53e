/* SPDX-License-Identifier: MIT */
/* doctor.h: the list of bb-doctor, and the functions that fill it. Private to applets/doctor. */
#ifndef BB_DOCTOR_H
#define BB_DOCTOR_H

#include "plan/document.h"
#include "tool/machine.h"

struct line {
	const char *name;
	int status;               /* the exit status that this line causes; BB_OK: none */
	const char *text, *fix;   /* fix NULL: all is well */
};
struct report {
	struct line *item;
	size_t n;
};

/* Add a line. Without `fix` all is well. With a fix and status BB_OK it is a warning; with another status, something
 * that is needed is missing. */
void line(struct report *r, const char *name, int status, const char *fix, const char *fmt, ...) PRINTF_LIKE(5, 6);

/* If `fn` dies, its message becomes a line (true). */
bool line_if_dead(struct report *r, const char *name, void (*fn)(void *arg), void *arg);

/* tools.c. Each line is about something that every bottle needs. True if the engine answered and `images`
 * could be asked for. */
void look_at_docker(struct report *r, const struct plan *p);
void look_at_groups(struct report *r);
bool look_at_engine(struct report *r, const struct machine_engine *e);       /* true if all of it is there */

/* kvm.c: does KVM run a guest? Runs a few instructions in a machine with one page table. Takes milliseconds. */
void look_at_hypervisor(struct report *r);

/* The same by booting a whole machine of the engine's, without an image. It is removed again. */
void look_by_booting(struct report *r, const struct machine_engine *e);

/* host.c */
void look_at_disk(struct report *r);
void look_at_clock(struct report *r, const struct machine_engine *e);
void look_at_ranges(struct report *r);
void look_at_leases(struct report *r);
void look_at_limits(struct report *r);

#endif
