/* SPDX-License-Identifier: MIT */
/* probe.h: what the files of bb-probe share. Private to applets/probe*.c. */
#ifndef BB_PROBE_H
#define BB_PROBE_H

#include "basic/canary.h"
#include "plan/document.h"

/* Where a target lies, and so who can say whether it was reached (design.md section 6). */
enum probe_class {
	PROBE_POSITIVE,           /* must work: the bundle's ports, its nonce */
	PROBE_CANARY,             /* addresses of this host, where a listener of ours must stay silent */
	PROBE_INSIDE,             /* other ports of the bundle's address: closed, though the VMM lets them pass */
	PROBE_OUTSIDE,            /* refused by the VMM, whose log of denials is the witness */
	PROBE_GUEST               /* what is in the guest: processes, mounts, devices, sockets */
};

enum probe_verdict {
	PROBE_PASS,
	PROBE_ASSUMED,            /* refused, says the guest alone: no witness on this engine */
	PROBE_INDETERMINATE,      /* a time-out, a missing answer or a missing witness: counts as failed */
	PROBE_FAIL
};

struct attempt {
	const char *id;           /* "t7" */
	enum probe_class class;
	const char *order;        /* as guest/probe.c takes it: "tcp 1.1.1.1 443"; NULL: looked at from here only */
	const char *what;         /* for people: "tcp 1.1.1.1 443", "control 10.0.0.1" */
	const char *witness;      /* what a denial log says of it: "connect to 1.1.1.1:443"; NULL: it never gets there */
	const char *got, *data;   /* the helper's answer; NULL if none came */
	long long ms;
	enum probe_verdict verdict;
	const char *why;
};

struct attempts {
	struct attempt *list;
	size_t n, room;
};

/* One more attempt; `order` may be NULL. */
struct attempt *attempt_add(struct attempts *all, enum probe_class class, const char *order, const char *what);

/* The bundle's ports and nonce that must answer, its other ports that must not. */
void probe_bundle_targets(struct attempts *all, const struct plan *p);

/* The bundles of other bottles than `slug`, by their leases: theirs are closed to this guest. */
void probe_neighbour_targets(struct attempts *all, const char *slug);

/* Everything else: this host's addresses at the canary's port, the world, what is in the guest. `gateway` and
 * `neighbour` (of the bundle) may be NULL. `names`: hosts that every resolver is asked for, one of which surely exists;
 * NULL: the engine writes denials down, so that names of nobody will do, a different one each time. */
void probe_other_targets(struct attempts *all, const char *gateway, const char *neighbour, int canary_port,
			 const struct list *names);

/* --- running the helper: all attempts in one exec --- */

/* The whole standard input for `sh -c probe_receive`: the helper's program and its orders. */
extern const char probe_receive[];
void probe_input(struct str *input, const struct attempts *all);

/* The same without standard input: adds the words that stand behind `sh -c`, the script first. */
void probe_words(struct list *words, const struct attempts *all);

/* Fill in what the helper said, line by line; lines that are not its own are passed over. */
void probe_answers(struct attempts *all, const char *text);

/* --- verdicts --- */

struct evidence {
	bool witness;             /* the engine writes denials down */
	bool foreign;             /* another sandbox than smolvm: no gateway that answers by itself */
	struct list denials;      /* what it wrote during the run: "connect to 1.1.1.1:443"; used up by the verdicts */
	const char *nonce;        /* the container's; NULL: there is none to compare */
	struct list controls;     /* addresses at which our own canary heard us */
	struct list heard;        /* who else was heard */
};

/* Set verdict and why of each attempt, and add those that are seen from here alone. */
void probe_judge(struct attempts *all, struct evidence *e, const struct canary *c);

/* --- what was found --- */

struct probe_sums {
	size_t passed, assumed, failed;      /* assumed ones are among the passed */
};
struct probe_sums probe_sum(const struct attempts *all);

const char *probe_report(const struct attempts *all);           /* JSON */
void probe_tap(const struct attempts *all);                     /* to standard output */
void probe_say_failures(const struct attempts *all);            /* to standard error */

#endif
