/* SPDX-License-Identifier: MIT */
/* text.h: build short texts in a fixed buffer, for the programs that run in the guest. They use nothing of lib/ but numbers (relay.c). */
#ifndef GUEST_TEXT_H
#define GUEST_TEXT_H

#include <stddef.h>

/* Append text and numbers, cut at the end of the buffer. printf would be half of these programs. */
struct text {
	char *bytes;
	size_t len, room;
};
void add(struct text *t, const char *text);
void add_number(struct text *t, long n);

#endif
