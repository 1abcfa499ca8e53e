/* SPDX-License-Identifier: MIT */
/* text.h: what the programs for the guest say. They use nothing of lib/. */
#ifndef GUEST_TEXT_H
#define GUEST_TEXT_H

#include <stddef.h>

/* Text and numbers behind each other, cut at the end of the room: printf would be half of this program. */
struct text {
	char *bytes;
	size_t len, room;
};
void add(struct text *t, const char *text);
void add_number(struct text *t, long n);

#endif
