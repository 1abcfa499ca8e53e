/* SPDX-License-Identifier: MIT */
/* provision.h: what is sent before the script. Private to applets/provision. */
#ifndef BB_PROVISION_H
#define BB_PROVISION_H

#include "plan/document.h"

enum { SCRIPT_MS = 10 * 60 * 1000 };

/* Send skills and relay, each by an exec of its own, into the guest's memory, where the script finds them. Both die
 * with 1 if the image lacks a tool that this needs, with 69 if smolvm fails. */
void send_skills(const struct plan *p);
void send_relay(const struct plan *p);

#endif
