/* SPDX-License-Identifier: MIT */
/* str.c: strings and lists that grow in the arena, and the quoting of words for a shell. */
#include "basic/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char str_nothing[1];

static void str_reserve(struct str *s, size_t more)
{
	size_t need, room = s->room ? s->room : 64;

	if (__builtin_add_overflow(s->len, more + 1, &need))
		bug("string too long");
	if (need <= s->room)
		return;
	if (room < need)
		room = s->room && s->room * 2 > need ? s->room * 2 : need;
	s->text = mem_grow(s->text, s->len, room);
	s->room = room;
	s->text[s->len] = '\0';
}

void str_room(struct str *s, size_t bytes)
{
	str_reserve(s, bytes);
}

void str_add_bytes(struct str *s, const char *bytes, size_t n)
{
	str_reserve(s, n);
	memcpy(s->text + s->len, bytes, n);
	s->len += n;
	s->text[s->len] = '\0';
}

void str_add(struct str *s, const char *text)
{
	str_add_bytes(s, text, strlen(text));
}

void str_addf(struct str *s, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		bug("bad format: %s", fmt);
	str_reserve(s, (size_t)n);
	va_start(ap, fmt);
	vsnprintf(s->text + s->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	s->len += (size_t)n;
}

void str_clear(struct str *s)
{
	s->len = 0;
	if (s->room)
		s->text[0] = '\0';
}

void str_chomp(struct str *s)
{
	if (s->len && s->text[s->len - 1] == '\n')
		s->text[--s->len] = '\0';
}

void str_add_quoted(struct str *s, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "_-+=:,./@%";

	if (*word && strspn(word, plain) == strlen(word)) {
		str_add(s, word);
		return;
	}
	str_add(s, "'");
	for (; *word; word++) {
		if (*word == '\'')
			str_add(s, "'\\''");
		else
			str_add_bytes(s, word, 1);
	}
	str_add(s, "'");
}

const char *take_line(char **text)
{
	char *line = *text;
	size_t n = strcspn(line, "\n");

	*text = line + n + (line[n] == '\n');
	line[n] = '\0';
	return line;
}

const char *list_line(const struct list *l)
{
	struct str s = STR_EMPTY;

	for (size_t i = 0; i < l->n; i++) {
		str_add(&s, i ? " " : "");
		str_add_quoted(&s, l->item[i]);
	}
	return s.text;
}

void str_add_assignment(struct str *s, const char *name, const char *value)
{
	str_addf(s, "%s=", name);
	str_add_quoted(s, value);
	str_add(s, "\n");
}

void str_add_base64(struct str *s, const char *bytes, size_t n)
{
	static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < n; i += 3) {
		unsigned long three = 0;
		char four[4];

		for (size_t k = 0; k < 3; k++)
			three = three << 8 | (i + k < n ? (unsigned char)bytes[i + k] : 0);
		for (size_t k = 0; k < 4; k++)
			four[k] = i + k > n ? '=' : digit[three >> (18 - 6 * k) & 63];
		str_add_bytes(s, four, 4);
	}
}


void list_add(struct list *l, const char *item)
{
	if (l->n + 1 >= l->room) {
		size_t room = l->room ? l->room * 2 : 16;

		l->item = mem_grow(l->item, l->n * sizeof *l->item, room * sizeof *l->item);
		l->room = room;
	}
	l->item[l->n++] = item;
	l->item[l->n] = NULL;
}

void list_addf(struct list *l, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	list_add(l, mem_vprintf(fmt, ap));
	va_end(ap);
}

void list_add_all(struct list *l, const char *const *items)
{
	for (; items && *items; items++)
		list_add(l, *items);
}

bool list_has(const struct list *l, const char *item)
{
	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(l->item[i], item))
			return true;
	return false;
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void list_sort(struct list *l)
{
	if (l->n)
		qsort(l->item, l->n, sizeof *l->item, by_bytes);
}
