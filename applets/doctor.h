/* SPDX-License-Identifier: MIT */
/* doctor.h: private to applets/doctor*.c: the lines of its list, and who looks at what. */
#ifndef BB_DOCTOR_H
#define BB_DOCTOR_H

#include "plan/document.h"
#include "tool/smolvm.h"

struct line {
	const char *name;
	int status;               /* what bb-doctor ends with if it is missing; BB_OK: it is not */
	const char *text, *fix;   /* fix NULL: all is well */
};
struct report {
	struct line *item;
	size_t n;
};

/* One line. Without `fix` it is ok; with status BB_OK a warning; else something that is needed is missing. */
void line(struct report *r, const char *name, int status, const char *fix, const char *fmt, ...) PRINTF_LIKE(5, 6);

/* What `fn` dies of becomes a line (true). */
bool line_if_dead(struct report *r, const char *name, void (*fn)(void *arg), void *arg);

/* doctor_tools.c. Each line is about what a bottle needs whatever its manifest says. The engine answers (true) if
 * `images` could be asked for. */
void look_at_docker(struct report *r, const struct plan *p);
void look_at_groups(struct report *r);
const struct smolvm *look_at_smolvm(struct report *r);

/* doctor_kvm.c: does it run a guest? Some instructions of one, in a machine of one page table, in milliseconds. */
void look_at_hypervisor(struct report *r);

/* The same by a whole machine of smolvm's, without an image, which is removed again. */
void look_by_booting(struct report *r);

/* doctor_host.c */
void look_at_disk(struct report *r);
void look_at_clock(struct report *r);
void look_at_ranges(struct report *r);
void look_at_leases(struct report *r);
void look_at_limits(struct report *r);

#endif
