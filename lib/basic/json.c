/* SPDX-License-Identifier: MIT */
/* json.c: cut a checked text into tokens by jsmn, read values in place, replace one member. */
#include "basic/json.h"

#include <string.h>

#define JSMN_STATIC
#define JSMN_STRICT
#define JSMN_PARENT_LINKS      /* without them jsmn is quadratic in the number of members */
#include <jsmn.h>

/* The text of each token, decoded at most once: looking a name up a thousand times costs no memory. */
struct texts {
	const char **of;          /* by token; NULL until the first is asked for */
};

struct json {
	const char *text;
	size_t len;
	jsmntok_t *tok;
	int n;
	struct texts *texts;
};

static const struct jv none = { NULL, 0 };

static const jsmntok_t *token(struct jv v)
{
	return &v.doc->tok[v.token];
}

struct jv json_parse(const char *text, size_t len, struct json_error *error)
{
	size_t n = json_check(text, len, error);
	struct json *doc;
	jsmn_parser parser;

	if (!n)
		return none;
	doc = mem_get(sizeof *doc);
	doc->text = text;
	doc->len = len;
	doc->texts = mem_get(sizeof *doc->texts);
	doc->tok = mem_get(n * sizeof *doc->tok);
	jsmn_init(&parser);
	doc->n = jsmn_parse(&parser, text, len, doc->tok, (unsigned)n);
	if (doc->n < 1 || (size_t)doc->n != n)
		bug("the checker counts %zu names and values, jsmn %d", n, doc->n);
	return (struct jv){ doc, 0 };
}

enum json_type jv_type(struct jv v)
{
	const jsmntok_t *t = token(v);

	switch (t->type) {
	case JSMN_OBJECT: return JSON_OBJECT;
	case JSMN_ARRAY:  return JSON_ARRAY;
	case JSMN_STRING: return JSON_STRING;
	case JSMN_PRIMITIVE: break;
	case JSMN_UNDEFINED: bug("undefined token");
	}
	switch (v.doc->text[t->start]) {
	case 't': case 'f': return JSON_BOOL;
	case 'n': return JSON_NULL;
	default:  return JSON_NUMBER;
	}
}

bool jv_is(struct jv v, enum json_type type)
{
	return v.doc && jv_type(v) == type;
}

size_t jv_count(struct jv v)
{
	return jv_is(v, JSON_OBJECT) || jv_is(v, JSON_ARRAY) ? (size_t)token(v)->size : 0;
}

/* The value of the member or element whose first token is `i`. */
static struct jv element(struct jv container, int i)
{
	return (struct jv){ container.doc, jv_type(container) == JSON_OBJECT ? i + 1 : i };
}

struct jv jv_first(struct jv container)
{
	return jv_count(container) ? element(container, container.token + 1) : none;
}

struct jv jv_next(struct jv container, struct jv v)
{
	int end = token(v)->end, i = v.token + 1;

	while (i < v.doc->n && v.doc->tok[i].start < end)
		i++;
	if (i >= v.doc->n || v.doc->tok[i].start >= token(container)->end)
		return none;
	return element(container, i);
}

static const char *decode(const char *literal, size_t n)
{
	struct str s = STR_EMPTY;

	if (!memchr(literal, '\\', n))
		return mem_text(literal, n);
	json_unquote(&s, literal, n);
	return strlen(s.text) == s.len ? s.text : NULL;
}

/* The decoded text; NULL if it holds U+0000. */
static const char *decoded(const struct json *doc, int token)
{
	static const char has_nul[] = "";
	const jsmntok_t *t = &doc->tok[token];
	const char **text;

	if (!doc->texts->of)
		doc->texts->of = mem_get((size_t)doc->n * sizeof *doc->texts->of);
	text = &doc->texts->of[token];
	if (!*text)
		*text = decode(doc->text + t->start, (size_t)(t->end - t->start));
	if (!*text)
		*text = has_nul;
	return *text == has_nul ? NULL : *text;
}

const char *jv_name(struct jv member)
{
	const char *name = decoded(member.doc, member.token - 1);

	return name ? name : "\\u0000";        /* no schema has such a name */
}

/* Without an escape the literal is compared in place, which costs no memory. */
static bool is_named(struct jv member, const char *name, size_t n)
{
	const jsmntok_t *t = &member.doc->tok[member.token - 1];
	const char *literal = member.doc->text + t->start;
	size_t len = (size_t)(t->end - t->start);

	if (memchr(literal, '\\', len))
		return !strcmp(jv_name(member), name);
	return len == n && !memcmp(literal, name, n);
}

struct jv jv_get(struct jv object, const char *name)
{
	size_t n = strlen(name);

	if (!jv_is(object, JSON_OBJECT))
		return none;
	for (struct jv e = jv_first(object); e.doc; e = jv_next(object, e))
		if (is_named(e, name, n))
			return e;
	return none;
}

struct jv jv_path(struct jv v, const char *path)
{
	while (*path && v.doc) {
		size_t n = strcspn(path, ".");

		v = jv_get(v, mem_text(path, n));
		path += n + (path[n] == '.');
	}
	return v;
}

/* One step of a JSON pointer: the decoded literal names a member, or an element by its number. */
static struct jv step(struct jv v, const char *literal, size_t n)
{
	struct str name = STR_EMPTY;
	struct jv e;
	long long i;

	for (size_t k = 0; k < n; k++) {
		bool escape = literal[k] == '~';

		k += escape;
		if (escape && (k == n || (literal[k] != '0' && literal[k] != '1')))
			return none;
		str_add_bytes(&name, !escape ? literal + k : literal[k] == '0' ? "~" : "/", 1);
	}
	if (!jv_is(v, JSON_ARRAY))
		return jv_get(v, name.text);
	if (!num_parse(name.text, 0, JSON_MAX_BYTES, &i))
		return none;
	for (e = jv_first(v); e.doc && i; i--)
		e = jv_next(v, e);
	return e;
}

struct jv jv_pointer(struct jv v, const char *path)
{
	while (*path == '/' && v.doc) {
		size_t n = strcspn(path + 1, "/");

		v = step(v, path + 1, n);
		path += n + 1;
	}
	return v;
}

const char *jv_text(struct jv v)
{
	return jv_is(v, JSON_STRING) ? decoded(v.doc, v.token) : NULL;
}

bool jv_int(struct jv v, long long *out)
{
	return jv_is(v, JSON_NUMBER) && num_parse(jv_raw(v), INT64_MIN + 1, INT64_MAX, out);
}

bool jv_true(struct jv v)
{
	return jv_is(v, JSON_BOOL) && v.doc->text[token(v)->start] == 't';
}

void jv_span(struct jv v, size_t *start, size_t *end)
{
	int quote = token(v)->type == JSMN_STRING;

	*start = (size_t)(token(v)->start - quote);
	*end = (size_t)(token(v)->end + quote);
}

const char *jv_raw(struct jv v)
{
	size_t start, end;

	jv_span(v, &start, &end);
	return mem_text(v.doc->text + start, end - start);
}

bool jv_same(struct jv a, struct jv b)
{
	size_t a_start, a_end, b_start, b_end;

	jv_span(a, &a_start, &a_end);
	jv_span(b, &b_start, &b_end);
	return a_end - a_start == b_end - b_start &&
	       !memcmp(a.doc->text + a_start, b.doc->text + b_start, a_end - a_start);
}

void jv_where(struct jv v, size_t *line, size_t *column)
{
	size_t start, end;

	jv_span(v, &start, &end);
	*line = *column = 1;
	for (size_t i = 0; i < start; i++) {
		*column = v.doc->text[i] == '\n' ? 1 : *column + 1;
		*line += v.doc->text[i] == '\n';
	}
}

/* Take a member out with one comma: the one before it, or else the one after it. */
static void cut_member(struct str *out, struct jv object, struct jv v)
{
	const char *text = object.doc->text;
	size_t start, end, value_start;

	jv_span((struct jv){ v.doc, v.token - 1 }, &start, &value_start);
	jv_span(v, &value_start, &end);
	if (jv_first(object).token != v.token) {
		while (text[start - 1] != ',')
			start--;
		start--;
	} else if (jv_count(object) > 1) {
		while (text[end] != ',')
			end++;
		end++;
	}
	str_add_bytes(out, text, start);
	str_add_bytes(out, text + end, object.doc->len - end);
}

void json_append(struct str *out, struct jv object, const char *members)
{
	const char *text = object.doc->text;
	size_t end = (size_t)token(object)->end - 1;

	/* Insert right after the last member, so that the white space before '}' stays. */
	while (end > 0 && strchr(" \t\r\n", text[end - 1]))
		end--;
	str_add_bytes(out, text, end);
	if (jv_count(object) && *members)
		str_add(out, ",");
	str_add(out, members);
	str_add_bytes(out, text + end, object.doc->len - end);
}

void json_splice(struct str *out, struct jv object, const char *name, const char *value)
{
	const char *text = object.doc->text;
	struct jv old = jv_get(object, name);
	struct str member = STR_EMPTY;
	size_t start, end;

	if (old.doc && value) {
		jv_span(old, &start, &end);
		str_add_bytes(out, text, start);
		str_add(out, value);
		str_add_bytes(out, text + end, object.doc->len - end);
	} else if (old.doc) {
		cut_member(out, object, old);
	} else {
		if (value) {
			json_quote(&member, name, strlen(name));
			str_addf(&member, ":%s", value);
		}
		json_append(out, object, member.text);
	}
}
