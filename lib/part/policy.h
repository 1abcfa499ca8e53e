/* SPDX-License-Identifier: MIT */
/* policy.h: a machine must be as it was asked for, and its policy must be ours, before anything is done with it. */
#ifndef BB_POLICY_H
#define BB_POLICY_H

#include "plan/wish.h"

/* There is a machine, it is as asked, and it may reach the bundle only; else dies (65, 77). Its row, as it was read. */
struct machine_row policy_require(const struct plan *p, const struct machine_wish *w);

#endif
