/* str.h: a string that grows. `text` is always NUL-terminated and never NULL after first use. */
#ifndef BB_STR_H
#define BB_STR_H

#include "base.h"

struct str {
	char *text;       /* arena memory */
	size_t len, room;
};

#define STR_EMPTY { .text = (char *)"", .len = 0, .room = 0 }

void str_add(struct str *s, const char *text);
void str_add_bytes(struct str *s, const char *bytes, size_t n);
void str_addf(struct str *s, const char *fmt, ...) PRINTF_LIKE(2, 3);
void str_clear(struct str *s);

/* Take one trailing newline off, as $(…) does with all of them. */
void str_chomp(struct str *s);

/* Append `word` quoted for a POSIX shell; plain words stay plain. */
void str_add_quoted(struct str *s, const char *word);

/* A NULL-ended list of strings that grows: argument vectors and environments. */
struct list {
	const char **item;
	size_t n, room;
};
void list_add(struct list *l, const char *item);
void list_addf(struct list *l, const char *fmt, ...) PRINTF_LIKE(2, 3);
void list_add_all(struct list *l, const char *const *items);   /* up to its NULL */
bool list_has(const struct list *l, const char *item);
void list_sort(struct list *l);                                 /* by bytes */

#endif
