/* SPDX-License-Identifier: MIT */
/* source.h: read a plan or manifest from a file, standard input or another pipe. All applets use this one reader, so
 * that they have the same messages. */
#ifndef BB_SOURCE_H
#define BB_SOURCE_H

#include "basic/str.h"

struct source {
	struct str text;          /* at most JSON_MAX_BYTES */
	const char *where;        /* its name in messages */
	const char *base;         /* the folder of a file; the working folder for all else */
};

/* NULL or "-" is standard input. /dev/stdin and /dev/fd/N (a shell's <(COMMAND)) are descriptors of ours. A FIFO is
 * read if somebody writes to it within a few seconds, so that a forgotten one does not hang. A link, folder or
 * device is refused. Dies with 64 (a terminal), 65 (not there, no file, too large), 74 (no permission), 75 (no
 * writer). */
struct source source_read(const char *path);

#endif
