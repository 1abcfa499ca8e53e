/* SPDX-License-Identifier: MIT */
/* canary.h: listeners of our own on every address of this host, to see who gets through.
 *
 * A canary that was never heard proves nothing by its silence, so canary_control() dials each address from here.
 * Nothing runs beside us meanwhile: the kernel takes connections and datagrams, and we count them afterwards. */
#ifndef BB_CANARY_H
#define BB_CANARY_H

#include "basic/str.h"

struct canary {
	int tcp, udp;             /* sockets, on all addresses of both families where the host has both */
	int port;                 /* the same for both */
	struct list controls;     /* addresses we dialled ourselves: "10.0.0.1" */
	struct list ours, heard;  /* what was taken from the queues so far */
};

/* Listen on a free port. Dies with 74. */
struct canary canary_open(void);

/* Dial `address`, one of this host's, by TCP and UDP; what arrives is known as ours. A second at most. */
void canary_control(struct canary *c, const char *address);

/* What arrived since, closing the canary: in `controls` the addresses at which we heard ourselves by both TCP and
 * UDP, in `heard` lines "TCP at 10.0.0.1 from 10.0.0.7" of everybody else, not more than a hundred: one is enough to fail.
 * IPv4 addresses are shown as such. */
void canary_take(struct canary *c, struct list *controls, struct list *heard);

#endif
