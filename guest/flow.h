/* SPDX-License-Identifier: MIT */
/* flow.h: a stream of HTTP/1.1 requests, one header of ours in each (RFC 9112). */
#ifndef GUEST_FLOW_H
#define GUEST_FLOW_H

#include <stddef.h>

enum { HEAD = 64 * 1024, ROOM_FOR_OURS = 1024 };

/* Bytes in `bytes`, `len` of `room`. */
struct buffer {
	char *bytes;
	size_t len, room;
};

/* One direction of a connection: what was read, what is to be written, and where in a request the former is. */
struct flow {
	struct buffer in, out;
	int ended;              /* nothing more will be read */
	int told;               /* and the other side knows */
	int asked;              /* for another protocol, and nothing was answered yet */
	enum { PART_HEAD, PART_BODY, PART_SIZE, PART_CHUNK, PART_END, PART_TRAILER, PART_WAIT, PART_ALL } part;
	unsigned long long left; /* bytes of the body, or of the chunk, still to come */
	const char *header, *value;
	int proxy;              /* only what a proxy is asked for gets the header */
	char in_bytes[HEAD], out_bytes[HEAD + ROOM_FOR_OURS];
};

/* HEADER: VALUE goes into each request; with NULL all passes as it is. */
void flow_init(struct flow *f, const char *header, const char *value, int proxy);

/* As much as there is room for, from in to out. */
void flow_step(struct flow *f);

/* The first bytes of what is answered: whether another protocol begins. */
void flow_answered(struct flow *f, const char *bytes, size_t n);

/* Is a head, or a line, larger than HEAD? */
int flow_stuck(const struct flow *f);

#endif
