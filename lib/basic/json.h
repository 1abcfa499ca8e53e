/* SPDX-License-Identifier: MIT */
/* json.h: read JSON strictly, look at it in place, replace one member of it.
 *
 * A text is first checked against RFC 8259 by json_check.c. Then jsmn cuts it into tokens. jsmn alone is no check:
 * it accepts `{"a":}` and `{}{}`. Only json.c includes it. */
#ifndef BB_JSON_H
#define BB_JSON_H

#include "basic/str.h"

enum { JSON_MAX_BYTES = 1 << 20, JSON_MAX_DEPTH = 64 };

struct json_error {
	const char *why;          /* one phrase: "expected ':'" */
	const char *hint;       /* what to do about it */
	size_t line, column;      /* from 1; column in bytes */
};

/* Check strictly: RFC 8259, UTF-8 without surrogates, one object and nothing but white space after it, unique names
 * in each object (after decoding), depth and size within the limits above. Returns the number of names and values,
 * at least 1; or 0, with *error filled. */
size_t json_check(const char *text, size_t len, struct json_error *error);

enum json_type { JSON_OBJECT, JSON_ARRAY, JSON_STRING, JSON_NUMBER, JSON_BOOL, JSON_NULL };

/* A value inside a text; may be copied. `doc` NULL means an absent value. */
struct jv {
	const struct json *doc;
	int token;
};

/* Check and tokenize; an absent value (doc NULL) and *error if the text is bad. Keeps `text`. */
struct jv json_parse(const char *text, size_t len, struct json_error *error);

enum json_type jv_type(struct jv v);
bool jv_is(struct jv v, enum json_type type);         /* false if absent */
struct jv jv_get(struct jv object, const char *name); /* absent if absent, or if not an object */
struct jv jv_path(struct jv v, const char *path);     /* "egress.allowlist": members by '.' */
struct jv jv_pointer(struct jv v, const char *path);  /* "/egress/allowlist/0": RFC 6901, ~1 is '/', ~0 is '~' */
size_t jv_count(struct jv v);                         /* members or elements; 0 for others */

/* Walk: for (struct jv e = jv_first(v); e.doc; e = jv_next(v, e)); values in text order. */
struct jv jv_first(struct jv container);
struct jv jv_next(struct jv container, struct jv element);

const char *jv_name(struct jv member);                /* its name, decoded */
const char *jv_text(struct jv v);                     /* string decoded; NULL if not a string, or
                                                       * if it holds U+0000 */
bool jv_int(struct jv v, long long *out);             /* a whole number that fits */
bool jv_true(struct jv v);

/* The bytes of the value in the text (with the quotes of a string). */
void jv_span(struct jv v, size_t *start, size_t *end);
const char *jv_raw(struct jv v);
bool jv_same(struct jv a, struct jv b);               /* the same bytes */
void jv_where(struct jv v, size_t *line, size_t *column);

/* The text with top-level member `name` set to the JSON text `value`; `value` NULL takes it out.
 * Every other byte stays. `object` is a whole document of json_parse. */
void json_splice(struct str *out, struct jv object, const char *name, const char *value);

/* The same with `members` ("\"name\":value,...") behind its last one; none of their names may be there. */
void json_append(struct str *out, struct jv object, const char *members);

/* --- writing --- */

/* Writes compact JSON and puts the commas itself. */
struct jw {
	struct str out;
	bool comma;
};
#define JW_EMPTY { .out = STR_EMPTY, .comma = false }

void jw_open(struct jw *w, const char *name, char bracket);   /* '{' or '['; name NULL in arrays */
void jw_close(struct jw *w, char bracket);
void jw_text(struct jw *w, const char *name, const char *value);
void jw_int(struct jw *w, const char *name, long long value);
void jw_bool(struct jw *w, const char *name, bool value);
void jw_raw(struct jw *w, const char *name, const char *json);
void jw_list(struct jw *w, const char *name, const char *const *items, size_t n);

/* Append a JSON string literal. `bytes` must be UTF-8. */
void json_quote(struct str *out, const char *bytes, size_t n);

/* Decode the inside of a checked string literal (between its quotes). U+0000 stays a NUL byte. */
void json_unquote(struct str *out, const char *literal, size_t n);

#endif
