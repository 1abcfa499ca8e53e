/* SPDX-License-Identifier: MIT */
/* proof.h: what a passed probe was about, so that it is not taken for another machine's (wall W15).
 *
 * A proof holds for this boot, this VMM process and this start of this container. Whoever hands the machine to
 * secrets or to an agent compares first. */
#ifndef BB_PROOF_H
#define BB_PROOF_H

#include "part/bundle.h"

/* Member "bound" of section probe, as JSON: what runs now. `container` as bundle_verify read it just now, `nonce` as that
 * container has it, new at each of its starts. Dies with 69 if the machine does not run. */
const char *proof_bound(const struct plan *p, const struct bundle_container *container, const char *nonce);

/* Take the proof out of the bottle's saved plan. */
void proof_revoke(const struct plan *p);

/* The plan's section probe must say that nothing failed, be the one of the bottle's saved plan, and be about the machine
 * that runs now, whose row must be as asked for; dies with 77 (69 if it does not run). The container is what the answer
 * says: whoever calls it by that id and finds that nonce in it has the one that was probed. */
struct proof {
	const char *container, *nonce;
};
struct proof proof_machine(const struct plan *p);

/* The same, and the container runs as it did: a living bb-guard of it says so, else Docker is asked. */
void proof_require(const struct plan *p);

/* The process id of the machine's VMM as smolvm's row has it; 0 if it says none. */
long long proof_vmm(const struct plan *p);

#endif
