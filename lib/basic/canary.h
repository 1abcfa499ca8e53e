/* SPDX-License-Identifier: MIT */
/* canary.h: listeners of our own on every address of this host, to see who gets through.
 *
 * The silence of a canary proves something only if the canary can be heard. So canary_control() dials each address
 * from here. No thread is needed: the kernel queues connections and datagrams, and we count them afterwards. */
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

/* Dial `address`, which is one of this host's, by TCP and UDP. What arrives is counted as ours. Takes at most a
 * second. */
void canary_control(struct canary *c, const char *address);

/* Close the canary and say what arrived. `controls`: the addresses at which we heard ourselves by both TCP and UDP.
 * `heard`: a line "TCP at 10.0.0.1 from 10.0.0.7" for everybody else, at most a hundred, since one is enough to
 * fail. IPv4 addresses are written as IPv4. */
void canary_take(struct canary *c, struct list *controls, struct list *heard);

#endif
