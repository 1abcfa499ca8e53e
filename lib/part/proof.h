/* SPDX-License-Identifier: MIT */
/* proof.h: bind a passed probe to the machine that was probed, so that it does not count for another (wall W15).
 *
 * A proof holds for one boot of the host, one VMM process and one start of one container. Whoever gives secrets or
 * an agent to the machine compares first. */
#ifndef BB_PROOF_H
#define BB_PROOF_H

#include "part/bundle.h"
#include "tool/machine.h"

/* The member "bound" of section probe, as JSON: what runs now. `row` as policy_require and `container` as bundle_verify
 * have just read them; `nonce` as that container has it, which is new at each of its starts. Dies with 69 if the
 * machine does not run. */
const char *proof_bound(const struct plan *p, const struct machine_row *row, const struct docker_container *container, const char *nonce);

/* Take the proof out of the bottle's saved plan. */
void proof_revoke(const struct plan *p);

/* Require a proof. The plan's section probe must say that nothing failed, must be that of the bottle's saved plan,
 * and must be bound to the machine that runs now, whose row must be as asked for. Dies with 77 (69 if it does not
 * run). The container is taken from the proof: whoever then addresses it by this id, and finds this nonce in it, has
 * the one that was probed. */
struct proof {
	const char *container, *nonce;
};
struct proof proof_machine(const struct plan *p);

/* The same, and the container must still run. If a living bb-guard watches it, that is enough; else Docker is asked. */
void proof_require(const struct plan *p);

/* The process id of the machine's VMM by its row; 0 if that has none. */
long long proof_vmm(const struct plan *p);

#endif
