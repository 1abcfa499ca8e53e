/* SPDX-License-Identifier: MIT */
/* provision.h: what bb-provision's files share. */
#ifndef BB_PROVISION_H
#define BB_PROVISION_H

#include "plan/document.h"

enum { SCRIPT_MS = 10 * 60 * 1000 };

/* What goes before the script, by an exec of its own for each: into the guest's memory, where the script takes it from.
 * Both die with 1 where the image lacks what it takes, with 69 where smolvm fails. */
void send_skills(const struct plan *p);
void send_relay(const struct plan *p);

#endif
