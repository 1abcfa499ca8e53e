/* SPDX-License-Identifier: MIT */
/* text.c: append text and numbers to a fixed buffer, without printf. */
#include "text.h"

void add(struct text *t, const char *text)
{
	while (*text && t->len < t->room)
		t->bytes[t->len++] = *text++;
}

void add_number(struct text *t, long n)
{
	char digits[24], *d = digits + sizeof digits - 1;
	unsigned long rest = n < 0 ? 0 - (unsigned long)n : (unsigned long)n;

	*d = '\0';
	do
		*--d = (char)('0' + rest % 10);
	while (rest /= 10);
	if (n < 0)
		*--d = '-';
	add(t, d);
}
