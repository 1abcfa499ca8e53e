/* SPDX-License-Identifier: MIT */
/* json_text.c: encode and decode JSON strings, and write compact JSON. */
#include "basic/json.h"

#include <string.h>

void json_quote(struct str *out, const char *bytes, size_t n)
{
	str_add(out, "\"");
	for (size_t i = 0; i < n; i++) {
		unsigned char b = (unsigned char)bytes[i];

		if (b == '"' || b == '\\')
			str_addf(out, "\\%c", b);
		else if (b == '\n')
			str_add(out, "\\n");
		else if (b == '\t')
			str_add(out, "\\t");
		else if (b < 0x20 || b == 0x7f)
			str_addf(out, "\\u%04x", b);
		else
			str_add_bytes(out, bytes + i, 1);
	}
	str_add(out, "\"");
}

static unsigned unit_at(const char *hex)
{
	unsigned unit = 0;

	for (int i = 0; i < 4; i++) {
		char h = hex[i];

		unit = unit << 4 | (unsigned)(h <= '9' ? h - '0' : (h | 32) - 'a' + 10);
	}
	return unit;
}

static void add_utf8(struct str *out, unsigned cp)
{
	char b[4];
	size_t n = cp < 0x80 ? 1 : cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;
	static const unsigned char lead[] = { 0, 0x00, 0xc0, 0xe0, 0xf0 };

	for (size_t i = n - 1; i > 0; i--, cp >>= 6)
		b[i] = (char)(0x80 | (cp & 0x3f));
	b[0] = (char)(lead[n] | cp);
	str_add_bytes(out, b, n);
}

void json_unquote(struct str *out, const char *literal, size_t n)
{
	static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";

	for (size_t i = 0; i < n; i++) {
		const char *known;
		unsigned cp;

		if (literal[i] != '\\') {
			str_add_bytes(out, literal + i, 1);
			continue;
		}
		i++;
		if (literal[i] != 'u') {
			known = strchr(from, literal[i]);
			str_add_bytes(out, known ? to + (known - from) : literal + i, 1);
			continue;
		}
		cp = unit_at(literal + i + 1);
		i += 4;
		if (cp >= 0xd800 && cp < 0xdc00) {       /* the checker has seen the other half */
			cp = 0x10000 + ((cp - 0xd800) << 10) + (unit_at(literal + i + 3) - 0xdc00);
			i += 6;
		}
		add_utf8(out, cp);
	}
}

static void lead_in(struct jw *w, const char *name)
{
	if (w->comma)
		str_add(&w->out, ",");
	w->comma = true;
	if (name) {
		json_quote(&w->out, name, strlen(name));
		str_add(&w->out, ":");
	}
}

void jw_open(struct jw *w, const char *name, char bracket)
{
	lead_in(w, name);
	str_add_bytes(&w->out, &bracket, 1);
	w->comma = false;
}

void jw_close(struct jw *w, char bracket)
{
	str_add_bytes(&w->out, &bracket, 1);
	w->comma = true;
}

void jw_text(struct jw *w, const char *name, const char *value)
{
	lead_in(w, name);
	json_quote(&w->out, value, strlen(value));
}

void jw_int(struct jw *w, const char *name, long long value)
{
	lead_in(w, name);
	str_addf(&w->out, "%lld", value);
}

void jw_bool(struct jw *w, const char *name, bool value)
{
	lead_in(w, name);
	str_add(&w->out, value ? "true" : "false");
}

void jw_raw(struct jw *w, const char *name, const char *json)
{
	lead_in(w, name);
	str_add(&w->out, json);
}

void jw_list(struct jw *w, const char *name, const char *const *items, size_t n)
{
	jw_open(w, name, '[');
	for (size_t i = 0; i < n; i++)
		jw_text(w, NULL, items[i]);
	jw_close(w, ']');
}
