/* SPDX-License-Identifier: MIT */
/* probe.h: what the files of the probing helper share. It is a separate program and uses nothing of lib/. */
#ifndef GUEST_PROBE_H
#define GUEST_PROBE_H

#define _GNU_SOURCE
#include "text.h"

#include <stddef.h>
#include <sys/types.h>

enum { DATA = 2048 };

/* The result of one attempt. `got` names the class of `error`; `data` is what was read. */
struct outcome {
	const char *got;
	int error;
	char data[DATA];
	size_t len;
};

/* Sets error and its class. */
void failed(struct outcome *o, int error);

/* Append `text` and what follows to its data. */
void tell(struct outcome *o, const char *text, const char *behind);

long now_ms(void);

/* Milliseconds for one wait. */
extern int limit_ms;

/* One kind of order: its name, the number of its arguments, its function. NULL ends a table. */
struct kind {
	const char *name;
	int words;
	void (*try)(struct outcome *o, char **word);
};
extern const struct kind dial_kinds[], look_kinds[];

#endif
