/* SPDX-License-Identifier: MIT */
/* flow.h: put one header into each request of a stream of HTTP/1.1 (RFC 9112). */
#ifndef GUEST_FLOW_H
#define GUEST_FLOW_H

#include <stddef.h>

enum { HEAD = 64 * 1024, ROOM_FOR_OURS = 1024 };

/* Bytes in `bytes`, `len` of `room`. */
struct buffer {
	char *bytes;
	size_t len, room;
};

/* One direction of a connection: what was read, what will be written, and how far the current request has been read. */
struct flow {
	struct buffer in, out;
	int ended;              /* nothing more will be read */
	int told;               /* and the other side was told */
	enum { PART_HEAD, PART_BODY, PART_SIZE, PART_TRAILER, PART_ALL } part;
	unsigned long long left; /* bytes of the body, or of the chunk, still to come */
	const char *header, *value;
	int proxy;              /* only requests to a proxy get the header */
	char in_bytes[HEAD], out_bytes[HEAD + ROOM_FOR_OURS];
};

/* HEADER: VALUE is put into each request. With NULL everything passes unchanged. */
void flow_init(struct flow *f, const char *header, const char *value, int proxy);

/* Move as much as there is room for from in to out. */
void flow_step(struct flow *f);

/* Is a head, or a line, larger than HEAD? */
int flow_stuck(const struct flow *f);

#endif
