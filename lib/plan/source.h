/* SPDX-License-Identifier: MIT */
/* source.h: where a plan or manifest is read from: a file, standard input, another pipe. One reader, so that every
 * applet says the same of what it cannot read. */
#ifndef BB_SOURCE_H
#define BB_SOURCE_H

#include "basic/str.h"

struct source {
	struct str text;          /* at most JSON_MAX_BYTES */
	const char *where;        /* what it is called in messages */
	const char *base;         /* the folder of a file; the working folder for all else */
};

/* NULL or "-" is standard input; /dev/stdin and /dev/fd/N (a shell's <(COMMAND)) are descriptors of ours; a FIFO is read
 * if somebody writes to it within a few seconds, so that a forgotten one does not hang. What is a link, a folder or a
 * device is not read. Dies with 64 (a terminal), 65 (not there, no file, too large), 74 (not allowed), 75 (no writer). */
struct source source_read(const char *path);

#endif
