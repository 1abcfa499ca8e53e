/* SPDX-License-Identifier: MIT */
/* probe.h: what the files of bb-probe share. Private to applets/probe. */
#ifndef BB_PROBE_H
#define BB_PROBE_H

#include "basic/canary.h"
#include "plan/document.h"
#include "tool/machine.h"

/* Where a target is, and so who can tell whether it was reached (docs/threats.md, "W17 A guest can lie"). */
enum probe_class {
	PROBE_POSITIVE,           /* must work: the bundle's ports, its nonce */
	PROBE_CANARY,             /* addresses of this host: a listener of ours must hear nothing */
	PROBE_INSIDE,             /* other ports of the bundle's address: closed, though the VMM lets them through */
	PROBE_OUTSIDE,            /* refused by the VMM, whose log of denials is the witness */
	PROBE_GUEST               /* what is in the guest: processes, mounts, devices, sockets */
};

enum probe_verdict {
	PROBE_PASS,
	PROBE_ASSUMED,            /* refused by the word of the guest alone: this engine has no witness */
	PROBE_INDETERMINATE,      /* a time-out, a missing answer or a missing witness: counts as failed */
	PROBE_FAIL
};

struct attempt {
	const char *id;           /* "t7" */
	enum probe_class class;
	const char *order;        /* as guest/probe.c takes it: "tcp 1.1.1.1 443"; NULL: looked at from here only */
	const char *what;         /* for people: "tcp 1.1.1.1 443", "control 10.0.0.1" */
	bool leaves;              /* it leaves the guest, so that the engine denies it */
	const char *got, *data;   /* the helper's answer; NULL if none came */
	long long ms;
	enum probe_verdict verdict;
	const char *why;
};

struct attempts {
	struct attempt *list;
	size_t n, room;
};

/* Add an attempt; `order` may be NULL. */
struct attempt *attempt_add(struct attempts *all, enum probe_class class, const char *order, const char *what);

/* Add the bundle's ports and nonce, which must answer, and its other ports, which must not. */
void probe_bundle_targets(struct attempts *all, const struct plan *p);

/* Add the bundles of other bottles than `slug`, found by their leases. They must be closed to this guest. */
void probe_neighbour_targets(struct attempts *all, const char *slug);

/* Add everything else: this host's addresses at the canary's port, addresses on the internet, and what is in the
 * guest. `gateway` and `neighbour` (of the bundle) may be NULL. `names`: hosts that every resolver is asked for, one
 * of which surely exists. NULL if the engine writes denials down: then names that do not exist will do, a different
 * one each time. */
void probe_other_targets(struct attempts *all, const char *gateway, const char *neighbour, int canary_port,
			 const struct list *names);

/* --- running the helper: all attempts in one exec --- */

/* The whole standard input for `sh -c probe_receive`: the helper's program and its orders. */
extern const char probe_receive[];
void probe_input(struct str *input, const struct attempts *all);

/* The same without standard input: add the words that follow `sh -c`, the script first. */
void probe_words(struct list *words, const struct attempts *all);

/* Fill in the helper's answers, line by line. Lines that are not its own are ignored. */
void probe_answers(struct attempts *all, const char *text);

/* --- verdicts --- */

struct evidence {
	bool witness;             /* the engine writes denials down */
	const struct machine_engine *engine;     /* NULL: a sandbox of somebody else's, which has no gateway that answers by itself */
	struct list denials;      /* its lines during the run: "connect to 1.1.1.1:443"; each is used for one verdict */
	const char *nonce;        /* the container's; NULL: there is none to compare */
	struct list controls;     /* addresses at which our own canary heard us */
	struct list heard;        /* who else was heard */
};

/* Set verdict and reason of each attempt, and add those that are seen from here alone. */
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
