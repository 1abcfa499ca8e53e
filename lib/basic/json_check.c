/* SPDX-License-Identifier: MIT */
/* json_check.c: is this text one strict JSON object? One recursive walk over the grammar of RFC 8259.
 *
 * Stricter than the grammar in two points. Names must be unique: programs disagree on which of two "subnet" counts.
 * Depth and size are bounded, and with them the recursion. */
#include "basic/json.h"
#include "basic/json_fault.h"

#include <stdlib.h>
#include <string.h>

struct check {
	const char *text;
	size_t len, at;
	size_t count;        /* names and values so far: what jsmn calls tokens */
	size_t other;        /* for a name that occurs twice: where it was first */
	int depth;
	const char *why;
};

static bool value(struct check *c);

static bool fail(struct check *c, const char *why)
{
	if (!c->why)
		c->why = why;
	return false;
}

/* The byte at the cursor, or -1 at the end. */
static int peek(const struct check *c)
{
	return c->at < c->len ? (unsigned char)c->text[c->at] : -1;
}

static void blanks(struct check *c)
{
	while (peek(c) == ' ' || peek(c) == '\t' || peek(c) == '\n' || peek(c) == '\r')
		c->at++;
}

static bool expect(struct check *c, char byte, const char *why)
{
	if (peek(c) != (unsigned char)byte)
		return fail(c, peek(c) < 0 ? "the text ends too early" : why);
	c->at++;
	return true;
}

/* One character beyond ASCII: well-formed UTF-8, table 3-7 of the Unicode standard. */
static bool utf8(struct check *c)
{
	static const struct { unsigned char first, last, lo, hi; int more; } rows[] = {
		{ 0xc2, 0xdf, 0x80, 0xbf, 1 }, { 0xe0, 0xe0, 0xa0, 0xbf, 2 },
		{ 0xe1, 0xec, 0x80, 0xbf, 2 }, { 0xed, 0xed, 0x80, 0x9f, 2 },
		{ 0xee, 0xef, 0x80, 0xbf, 2 }, { 0xf0, 0xf0, 0x90, 0xbf, 3 },
		{ 0xf1, 0xf3, 0x80, 0xbf, 3 }, { 0xf4, 0xf4, 0x80, 0x8f, 3 },
	};
	int lead = peek(c);

	for (size_t i = 0; i < COUNT(rows); i++) {
		if (lead < rows[i].first || lead > rows[i].last)
			continue;
		c->at++;
		for (int k = 0; k < rows[i].more; k++, c->at++) {
			int lo = k ? 0x80 : rows[i].lo, hi = k ? 0xbf : rows[i].hi;

			if (peek(c) < lo || peek(c) > hi)
				return fail(c, "invalid UTF-8");
		}
		return true;
	}
	return fail(c, "invalid UTF-8");
}

static bool hex4(struct check *c, unsigned *unit)
{
	*unit = 0;
	for (int i = 0; i < 4; i++, c->at++) {
		int b = peek(c);
		int digit = b >= '0' && b <= '9' ? b - '0' : b >= 'a' && b <= 'f' ? b - 'a' + 10 :
			    b >= 'A' && b <= 'F' ? b - 'A' + 10 : -1;

		if (digit < 0)
			return fail(c, "\\u needs four hex digits");
		*unit = *unit << 4 | (unsigned)digit;
	}
	return true;
}

static bool escape(struct check *c)
{
	unsigned unit;

	c->at++;
	if (peek(c) < 0)
		return fail(c, "the text ends too early");
	if (peek(c) != 'u') {
		if (!memchr("\"\\/bfnrt", peek(c), 8))
			return fail(c, "unknown escape in a string");
		c->at++;
		return true;
	}
	c->at++;
	if (!hex4(c, &unit))
		return false;
	if (unit >= 0xdc00 && unit < 0xe000)
		return fail(c, "lone surrogate in a string");
	if (unit < 0xd800 || unit >= 0xdc00)
		return true;
	if (c->at + 1 >= c->len || c->text[c->at] != '\\' || c->text[c->at + 1] != 'u')
		return fail(c, "lone surrogate in a string");
	c->at += 2;
	if (!hex4(c, &unit))
		return false;
	return (unit >= 0xdc00 && unit < 0xe000) || fail(c, "lone surrogate in a string");
}

/* ASCII without quote, backslash and control characters. */
static bool is_plain(unsigned char b)
{
	return b >= 0x20 && b < 0x80 && b != '"' && b != '\\';
}

static bool string(struct check *c)
{
	if (!expect(c, '"', "expected a string"))
		return false;
	c->count++;
	for (;;) {
		int b;

		/* Most bytes are plain: pass over them without a second look. */
		while (c->at < c->len && is_plain((unsigned char)c->text[c->at]))
			c->at++;
		b = peek(c);
		if (b < 0)
			return fail(c, "a string does not end");
		if (b == '"') {
			c->at++;
			return true;
		}
		if (b < 0x20)
			return fail(c, "control character in a string");
		if (b == '\\' ? !escape(c) : !utf8(c))
			return false;
	}
}

static bool digits(struct check *c)
{
	size_t from = c->at;

	while (peek(c) >= '0' && peek(c) <= '9')
		c->at++;
	return c->at > from || fail(c, "expected a digit");
}

static bool number(struct check *c)
{
	if (peek(c) == '-')
		c->at++;
	if (peek(c) == '0')
		c->at++;
	else if (!digits(c))
		return false;
	if (peek(c) == '.') {
		c->at++;
		if (!digits(c))
			return false;
	}
	if (peek(c) == 'e' || peek(c) == 'E') {
		c->at++;
		if (peek(c) == '+' || peek(c) == '-')
			c->at++;
		return digits(c);
	}
	return true;
}

static bool word(struct check *c, const char *w)
{
	size_t n = strlen(w);

	if (c->len - c->at < n || memcmp(c->text + c->at, w, n))
		return fail(c, "expected a value");
	c->at += n;
	return true;
}

/* --- names of one object --- */

struct name {
	const char *bytes;
	uint32_t len, at;    /* JSON_MAX_BYTES fits */
};

static int by_name(const void *a, const void *b)
{
	const struct name *x = a, *y = b;
	int order = memcmp(x->bytes, y->bytes, x->len < y->len ? x->len : y->len);

	return order ? order : (x->len > y->len) - (x->len < y->len);
}

static int by_name_and_place(const void *a, const void *b)
{
	const struct name *x = a, *y = b;
	int order = by_name(a, b);

	return order ? order : (x->at > y->at) - (x->at < y->at);
}

struct names {
	struct name *list;
	size_t n, room;
};

static void names_add(struct names *all, const char *literal, size_t len, size_t at)
{
	struct name *name;

	if (all->n == all->room) {
		size_t room = all->room ? all->room * 2 : 8;

		all->list = mem_grow(all->list, all->n * sizeof *all->list, room * sizeof *all->list);
		all->room = room;
	}
	name = &all->list[all->n++];
	if (memchr(literal, '\\', len)) {
		struct str plain = STR_EMPTY;

		json_unquote(&plain, literal, len);
		name->bytes = plain.text;
		name->len = (uint32_t)plain.len;
	} else {
		name->bytes = literal;
		name->len = (uint32_t)len;
	}
	name->at = (uint32_t)at;
}

static bool names_unique(struct check *c, struct names *all)
{
	if (all->n > 1)
		qsort(all->list, all->n, sizeof *all->list, by_name_and_place);
	for (size_t i = 1; i < all->n; i++) {
		if (by_name(&all->list[i - 1], &all->list[i]))
			continue;
		c->other = all->list[i - 1].at;
		c->at = all->list[i].at;
		return fail(c, json_twice);
	}
	return true;
}

static bool object(struct check *c)
{
	struct names names = { 0 };

	c->at++;
	blanks(c);
	if (peek(c) == '}') {
		c->at++;
		return true;
	}
	for (;;) {
		size_t start;

		blanks(c);
		start = c->at;
		if (peek(c) != '"')
			return fail(c, peek(c) < 0 ? "the text ends too early" : "expected a member's name");
		if (!string(c))
			return false;
		names_add(&names, c->text + start + 1, c->at - start - 2, start);
		blanks(c);
		if (!expect(c, ':', "expected ':'") || !value(c))
			return false;
		blanks(c);
		if (peek(c) == ',') {
			c->at++;
			continue;
		}
		if (!expect(c, '}', "expected ',' or '}'"))
			return false;
		return names_unique(c, &names);
	}
}

static bool array(struct check *c)
{
	c->at++;
	blanks(c);
	if (peek(c) == ']') {
		c->at++;
		return true;
	}
	for (;;) {
		if (!value(c))
			return false;
		blanks(c);
		if (peek(c) == ',') {
			c->at++;
			continue;
		}
		return expect(c, ']', "expected ',' or ']'");
	}
}

static bool nested(struct check *c, bool (*kind)(struct check *))
{
	bool good;

	if (c->depth == JSON_MAX_DEPTH)
		return fail(c, "nested too deeply (more than 64 levels)");
	c->depth++;
	good = kind(c);
	c->depth--;
	return good;
}

static bool value(struct check *c)
{
	blanks(c);
	c->count += peek(c) != '"';       /* a string counts itself: it may be a name */
	switch (peek(c)) {
	case '{': return nested(c, object);
	case '[': return nested(c, array);
	case '"': return string(c);
	case 't': return word(c, "true");
	case 'f': return word(c, "false");
	case 'n': return word(c, "null");
	case -1:  return fail(c, "the text ends too early");
	default:
		if (peek(c) != '-' && (peek(c) < '0' || peek(c) > '9'))
			return fail(c, "expected a value");
		return number(c);
	}
}

size_t json_check(const char *text, size_t len, struct json_error *error)
{
	struct check c = { .text = text, .len = len };
	bool good = len <= JSON_MAX_BYTES || fail(&c, "larger than 1 MiB");

	if (good) {
		blanks(&c);
		good = peek(&c) == '{' ? value(&c)
				       : fail(&c, peek(&c) < 0 ? "empty" : "expected an object");
		blanks(&c);
		if (good && c.at < len)
			good = fail(&c, "something follows the object");
	}
	if (good)
		return c.count;
	json_fault(text, len, c.why, c.at, c.other, error);
	return 0;
}
