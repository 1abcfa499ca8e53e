/* SPDX-License-Identifier: MIT */
/* str.h: a string that grows. `text` is always NUL-terminated and never NULL after first use. */
#ifndef BB_STR_H
#define BB_STR_H

#include "basic/base.h"

struct str {
	char *text;       /* arena memory */
	size_t len, room;
};

extern char str_nothing[1];      /* always empty; may be written to with a NUL */
#define STR_EMPTY { .text = str_nothing, .len = 0, .room = 0 }

void str_add(struct str *s, const char *text);
void str_add_bytes(struct str *s, const char *bytes, size_t n);
void str_addf(struct str *s, const char *fmt, ...) PRINTF_LIKE(2, 3);
void str_clear(struct str *s);

/* Make room for `bytes` more at once. A string that grows step by step leaves its old copies in the arena. */
void str_room(struct str *s, size_t bytes);

/* Drop one trailing newline ($(...) in a shell drops all). */
void str_chomp(struct str *s);

/* Cut the next line out of *text: its newline becomes a NUL, and *text moves on behind it. */
const char *take_line(char **text);

/* Append `word` quoted for a POSIX shell; plain words stay plain. */
void str_add_quoted(struct str *s, const char *word);

/* Append n bytes in base64 (RFC 4648). */
void str_add_base64(struct str *s, const char *bytes, size_t n);

/* Append NAME=VALUE, the value quoted, and a newline: a line for a POSIX shell. */
void str_add_assignment(struct str *s, const char *name, const char *value);

/* A NULL-ended list of strings that grows: argument vectors and environments. */
struct list {
	const char **item;
	size_t n, room;
};
void list_add(struct list *l, const char *item);
void list_addf(struct list *l, const char *fmt, ...) PRINTF_LIKE(2, 3);
void list_add_all(struct list *l, const char *const *items);   /* up to its NULL */
bool list_has(const struct list *l, const char *item);
/* The words as a line that a POSIX shell would read back. */
const char *list_line(const struct list *l);
void list_sort(struct list *l);                                 /* by bytes */

#endif
