/* proof.h: what a passed probe was about, so that it is not taken for another machine's (wall W15).
 *
 * A proof holds for this boot, this VMM process and this start of this container. Whoever hands the machine to
 * secrets or to an agent compares first. */
#ifndef BB_PROOF_H
#define BB_PROOF_H

#include "bundle.h"

/* Member "bound" of section probe, as JSON: what runs now. `container` as bundle_verify read it just now. Dies with 69
 * if the machine does not run. */
const char *proof_bound(const struct plan *p, const struct bundle_container *container);

/* Take the proof out of the bottle's saved plan. */
void proof_revoke(const struct plan *p);

/* The plan's section probe must say that nothing failed, be the one of the bottle's saved plan, and be about what runs
 * now, whose row must be as asked for; dies with 77 (69 if it does not run). `container`: as bundle_verify read it just
 * now, or NULL to ask Docker. */
void proof_require(const struct plan *p, const struct bundle_container *container);

/* The process id of the machine's VMM as smolvm's row has it; 0 if it says none. */
long long proof_vmm(const struct plan *p);

#endif
