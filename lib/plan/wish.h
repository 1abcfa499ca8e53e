/* SPDX-License-Identifier: MIT */
/* wish.h: what a machine is created with, worked out from manifest and subnet alone.
 *
 * bb-smolfile writes these facts down; bb-vm and bb-tsi-patch work them out again and compare, so that a hand-edited
 * section decides nothing (wall W24). */
#ifndef BB_WISH_H
#define BB_WISH_H

#include "plan/document.h"
#include "tool/machine.h"

/* The file into which update-ca-certificates writes all certificates (Debian, Alpine). */
#define CA_STORE "/etc/ssl/certs/ca-certificates.crt"

/* Dies with 65 if the plan has no usable subnet section. `source` is the plan's pack; NULL before bb-pack. */
struct machine_wish wish_of(const struct plan *p);

#endif
