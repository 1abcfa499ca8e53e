/* SPDX-License-Identifier: MIT */
/* testtool.h: the library of bottlebox as command lines, for the tests only.
 *
 * Each tool is one word: `testtool WORD ARGS`. It prints what the library answered; what a library
 * call says by dying is seen as it is (status, two lines on stderr). */
#ifndef TESTTOOL_H
#define TESTTOOL_H

#include "basic/str.h"

struct tool {
	const char *name;          /* NULL ends a table */
	const char *args;
	int (*run)(int argc, char **argv);      /* argv[0] is the name */
};

extern const struct tool text_tools[], file_tools[], proc_tools[];

/* All of standard input, at most 32 MiB. */
struct str read_input(void);

/* "0a1f" as bytes; ends with 64 if it is not hexadecimal. "-" is no bytes at all. */
struct str unhex(const char *hex);

/* Print bytes as hexadecimal digits ("-" for none). */
void print_hex(const char *bytes, size_t n);

/* A number argument in milliseconds, bytes and so on. */
long long number_arg(const char *text);

#endif
