/* SPDX-License-Identifier: MIT */
/* json_fault.c: guess what somebody meant to write, once it is known that it is no JSON. So the checker itself stays
 * short and strict. */
#include "basic/json_fault.h"

#include <string.h>

const char json_twice[] = "a name twice";

static const char strict[] = "it must be one strict JSON object (RFC 8259)";
static const char convert[] = "bottlebox reads JSON: convert it, for example by yq -o json";

struct text {
	const char *bytes;
	size_t len;
};

static bool begins(struct text t, size_t at, const char *with)
{
	size_t n = strlen(with);

	return at <= t.len && t.len - at >= n && !memcmp(t.bytes + at, with, n);
}

static int byte_at(struct text t, size_t at)
{
	return at < t.len ? (unsigned char)t.bytes[at] : -1;
}

static bool is_blank(int c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_letter(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_comment(struct text t, size_t at)
{
	return begins(t, at, "//") || begins(t, at, "/*") || begins(t, at, "#");
}

/* The first place from `at` on that is not blank. */
static size_t skip_blanks(struct text t, size_t at)
{
	while (is_blank(byte_at(t, at)))
		at++;
	return at;
}

/* The first place after blanks and whole-line comments at the beginning of a text. */
static size_t first_word(struct text t)
{
	size_t at = skip_blanks(t, 0);

	while (begins(t, at, "#") || begins(t, at, "//")) {
		while (at < t.len && t.bytes[at] != '\n')
			at++;
		at = skip_blanks(t, at);
	}
	return at;
}

/* The last byte before `at` that is not blank; `at` itself if there is none. */
static size_t byte_before(struct text t, size_t at)
{
	size_t i = at < t.len ? at : t.len;

	while (i > 0 && is_blank(byte_at(t, i - 1)))
		i--;
	return i > 0 ? i - 1 : at;
}

/* "name: value", "- element", "---" are YAML's; "name = value", "[table]" are TOML's. */
static const char *format_of(struct text t)
{
	size_t at = first_word(t), end = at;

	if (begins(t, at, "---") || begins(t, at, "%YAML") || begins(t, at, "- "))
		return "this looks like YAML";
	if (begins(t, at, "<"))
		return "this looks like XML or HTML";
	if (begins(t, at, "[")) {
		at = skip_blanks(t, at + 1);
		return is_letter(byte_at(t, at)) ? "this looks like TOML" : NULL;
	}
	while (is_letter(byte_at(t, end)) || strchr("-.\"0123456789", byte_at(t, end) > 0 ? byte_at(t, end) : ' '))
		end++;
	if (end == at)
		return NULL;
	while (byte_at(t, end) == ' ' || byte_at(t, end) == '\t')
		end++;
	if (byte_at(t, end) == ':' && (end + 1 == t.len || is_blank(byte_at(t, end + 1))))
		return "this looks like YAML";
	return byte_at(t, end) == '=' ? "this looks like TOML" : NULL;
}

/* The fault of a text that does not even begin like an object. */
static bool wrong_from_the_start(struct text t, size_t *at, struct json_error *e)
{
	const char *format;

	if (begins(t, 0, "\xef\xbb\xbf")) {
		e->why = "a byte order mark (BOM) before the object";
		e->hint = "save it as UTF-8 without one";
		*at = 0;
		return true;
	}
	if (begins(t, 0, "\xff\xfe") || begins(t, 0, "\xfe\xff") || (t.len > 1 && (!t.bytes[0] || !t.bytes[1]))) {
		e->why = "this looks like UTF-16";
		e->hint = "save it as UTF-8: iconv -f UTF-16 -t UTF-8";
		return true;
	}
	if (byte_at(t, skip_blanks(t, 0)) == '{')
		return false;
	format = format_of(t);
	if (format) {
		e->why = format;
		e->hint = convert;
		*at = first_word(t);
	}
	return format != NULL;
}

/* The fault by what stands where the checker stopped. A row applies if one of the bytes `first` stands there;
 * `before` is the last byte before it that is not blank. */
static bool at_the_place(struct text t, const char *why, size_t *at, struct json_error *e)
{
	size_t last = byte_before(t, *at);
	int here = byte_at(t, *at), before = last < *at ? byte_at(t, last) : -1;
	bool closes = here == '}' || here == ']';

	if (is_comment(t, *at)) {
		e->why = "a comment";
		e->hint = "take it out: JSON has none";
	} else if (closes && before == ',') {
		e->why = mem_printf("a comma before %c", here);
		e->hint = "take it out: JSON has none behind the last one";
		*at = last;
	} else if (here == ',' && (before == ',' || before == '{' || before == '[' || before == ':')) {
		e->why = "a comma with nothing before it";
		e->hint = "take it out";
	} else if (here == '\'') {
		e->why = "a text in single quotes";
		e->hint = "JSON has double quotes only";
	} else if (is_letter(here) && !strcmp(why, "expected a member's name")) {
		e->why = "a name without quotes";
		e->hint = "put it in double quotes";
	} else if (strstr(why, "expected ','") && (here == '"' || here == '{' || here == '[' || is_letter(here))) {
		e->why = "a comma is missing";
		e->hint = "put it behind what stands before";
		*at = last + 1;
	} else if (is_letter(here) && !strcmp(why, "expected a value")) {
		e->why = "a word that is no value";
		e->hint = "JSON knows true, false and null; a text needs double quotes";
	} else {
		return false;
	}
	return true;
}

static void place(struct text t, size_t at, size_t *line, size_t *column)
{
	*line = *column = 1;
	for (size_t i = 0; i < at && i < t.len; i++) {
		*column = t.bytes[i] == '\n' ? 1 : *column + 1;
		*line += t.bytes[i] == '\n';
	}
}

/* The literal at `at`, cut short if it is long. */
static const char *literal(struct text t, size_t at)
{
	enum { SHOWN = 60 };
	size_t end = at + 1;

	while (end < t.len && t.bytes[end] != '"')
		end += t.bytes[end] == '\\' ? 2 : 1;
	end = end < t.len ? end + 1 : t.len;
	return end - at > SHOWN ? mem_printf("%.*s...", SHOWN, t.bytes + at) : mem_text(t.bytes + at, end - at);
}

void json_fault(const char *text, size_t len, const char *why, size_t at, size_t other, struct json_error *error)
{
	struct text t = { text, len };
	size_t line, column;

	error->why = why;
	error->hint = strict;
	if (!strcmp(why, json_twice)) {
		place(t, other, &line, &column);
		error->why = mem_printf("the name %s is there twice, first in line %zu, column %zu", literal(t, at), line, column);
		error->hint = "keep one of them";
	} else if (len <= JSON_MAX_BYTES && strcmp(why, "empty")) {
		if (!wrong_from_the_start(t, &at, error))
			at_the_place(t, why, &at, error);
	}
	place(t, at, &error->line, &error->column);
}
