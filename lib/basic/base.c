/* SPDX-License-Identifier: MIT */
/* base.c: messages, the arena, numbers, and the nearest word for a misspelt one. */
#include "basic/base.h"
#include "basic/undo.h"

#include <errno.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *program_name = "bottlebox";

/* Length of the valid UTF-8 sequence at s (0 if invalid), its code point in *cp. */
static size_t utf8_at(const unsigned char *s, unsigned *cp)
{
	static const unsigned least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len = *s < 0x80 ? 1 : *s >= 0xf0 && *s < 0xf8 ? 4 : *s >= 0xe0 ? 3 : *s >= 0xc0 ? 2 : 0;

	if (len == 0 || *s >= 0xf8)
		return 0;
	*cp = len == 1 ? *s : *s & (0x7fu >> len);
	for (size_t i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		*cp = *cp << 6 | (s[i] & 0x3fu);
	}
	if (*cp < least[len] || *cp > 0x10ffff || (*cp >= 0xd800 && *cp < 0xe000))
		return 0;
	return len;
}

static bool is_control(unsigned cp)
{
	return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) ||
	       (cp >= 0x200b && cp <= 0x200f) || (cp >= 0x2028 && cp <= 0x202e) ||
	       (cp >= 0x2060 && cp <= 0x2069) || cp == 0xfeff || cp == 0x61c;
}

void scrub(char *text, bool keep_newlines)
{
	char *to = text;

	for (const char *from = text; *from; ) {
		unsigned cp = 0;
		size_t len = utf8_at((const unsigned char *)from, &cp);

		if (len == 0 || (is_control(cp) && !(keep_newlines && cp == '\n'))) {
			*to++ = '?';
			from += len ? len : 1;
			continue;
		}
		memmove(to, from, len);
		to += len;
		from += len;
	}
	*to = '\0';
}

/* A message quotes other programs, which may print megabytes. */
enum { MAX_MESSAGE = 4096, MAX_ADVICE = 1024 };

/* At most `room` bytes of a text, its end marked if there was more. */
static void bounded(char *to, size_t room, const char *fmt, va_list ap)
{
	int n = vsnprintf(to, room, fmt, ap);

	if (n >= (int)room)
		memcpy(to + room - sizeof "...", "...", sizeof "...");
	scrub(to, false);
}

/* One write for a message, so that lines of parallel programs do not mix. Takes no memory: there may be none left. */
static void say(const char *fmt, va_list ap, const char *hint)
{
	int saved = errno, n;
	bool why = *fmt && fmt[strlen(fmt) - 1] == ':';
	char text[MAX_MESSAGE], more[MAX_ADVICE] = "", line[MAX_MESSAGE + MAX_ADVICE + 256];

	bounded(text, sizeof text, fmt, ap);
	if (hint) {
		snprintf(more, sizeof more, "%s", hint);
		scrub(more, false);
	}
	n = snprintf(line, sizeof line, "%.64s: %s%s%s\n%s%s%s", program_name, text, why ? " " : "",
		     why ? strerror(saved) : "", hint ? "  " : "", more, hint ? "\n" : "");
	if (write(STDERR_FILENO, line, (size_t)n < sizeof line ? (size_t)n : sizeof line - 1) < 0)
		return;         /* nobody listens: nothing sensible is left to do */
}

static jmp_buf *catching;          /* where die() jumps instead, and what it leaves there */
static struct fault caught;

static void catch(int status, const char *hint, const char *fmt, va_list ap)
{
	const char *reason = *fmt && fmt[strlen(fmt) - 1] == ':' ? strerror(errno) : "";
	jmp_buf *back = catching;
	char text[4096];

	catching = NULL;        /* running out of memory is no fault to collect among others: it ends the program */
	vsnprintf(text, sizeof text, fmt, ap);
	scrub(text, false);
	caught = (struct fault){ status, mem_printf("%s%s%s", text, *reason ? " " : "", reason), hint };
	longjmp(*back, 1);
}

void die(int status, const char *hint, const char *fmt, ...)
{
	static int first;       /* an undo action that fails must not hide why we undo */
	va_list ap;

	if (catching) {
		va_start(ap, fmt);
		catch(status, hint, fmt, ap);
		va_end(ap);
	}
	if (!first)
		first = status;

	va_start(ap, fmt);
	say(fmt, ap, hint);
	va_end(ap);
	undo_run();
	exit(first);
}

bool fault_in(struct faults *all, void (*fn)(void *arg), void *arg)
{
	jmp_buf here, *volatile before = catching;

	if (setjmp(here) == 0) {
		catching = &here;
		fn(arg);
		catching = before;
		return false;
	}
	catching = before;
	faults_add(all, caught);
	return true;
}

void faults_add(struct faults *all, struct fault fault)
{
	all->item = mem_grow(all->item, all->n * sizeof *all->item, (all->n + 1) * sizeof *all->item);
	all->item[all->n++] = fault;
}

static void say_fault(const char *hint, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void say_fault(const char *hint, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap, hint);
	va_end(ap);
}

int faults_say(const struct faults *all)
{
	for (size_t i = 0; i < all->n; i++)
		say_fault(all->item[i].hint, "%s", all->item[i].text);
	return all->n ? all->item[0].status : BB_OK;
}

void warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap, NULL);
	va_end(ap);
}

void bug(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap, "this is a fault of bottlebox itself: please report it");
	va_end(ap);
	undo_run();
	exit(BB_BUG);
}

/* --- arena: a chain of chunks, rooted here so that a leak checker sees all of it --- */

enum { CHUNK = 16 * 1024, ALIGN = 16, RESERVE = 256 * 1024 };

struct chunk {
	struct chunk *next;
	size_t used, size;
};
static struct chunk *chunks;

/* What the undo list may still use when memory has run out. */
static void *reserve;

static struct chunk *new_chunk(size_t room)
{
	struct chunk *c;

	if (!chunks)
		reserve = malloc(RESERVE);
	c = calloc(1, sizeof *c + ALIGN + room);
	if (c)
		return c;
	free(reserve);
	reserve = NULL;
	die(BB_IO, "free some memory, or raise ulimit -v", "no memory for %zu bytes", room);
}

void *mem_get(size_t bytes)
{
	size_t need, room;
	char *base;

	if (__builtin_add_overflow(bytes, (size_t)ALIGN, &need))
		bug("allocation of %zu bytes", bytes);
	need &= ~(size_t)(ALIGN - 1);
	if (!chunks || chunks->size - chunks->used < need) {
		struct chunk *c;

		room = need > CHUNK ? need : CHUNK;
		c = new_chunk(room);
		c->size = room;
		c->next = chunks;
		chunks = c;
	}
	base = (char *)(chunks + 1);
	base += (ALIGN - (uintptr_t)base % ALIGN) % ALIGN;
	base += chunks->used;
	chunks->used += need;
	return base;
}

void *mem_grow(void *old, size_t old_bytes, size_t new_bytes)
{
	char *fresh = mem_get(new_bytes);

	if (old_bytes)
		memcpy(fresh, old, old_bytes);
	return fresh;
}

char *mem_text(const char *text, size_t len)
{
	char *copy = mem_get(len + 1);

	memcpy(copy, text, len);
	return copy;
}

char *mem_vprintf(const char *fmt, va_list ap)
{
	va_list again;
	char *text;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0)
		bug("bad format: %s", fmt);
	text = mem_get((size_t)n + 1);
	vsnprintf(text, (size_t)n + 1, fmt, ap);
	return text;
}

char *mem_printf(const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = mem_vprintf(fmt, ap);
	va_end(ap);
	return text;
}

bool num_parse(const char *text, long long lo, long long hi, long long *out)
{
	const char *p = text + (*text == '-');
	long long n = 0;

	if (!*p || (p[0] == '0' && p[1]))
		return false;
	for (; *p; p++) {
		if (*p < '0' || *p > '9' ||
		    __builtin_mul_overflow(n, 10LL, &n) || __builtin_add_overflow(n, *p - '0', &n))
			return false;
	}
	if (*text == '-')
		n = -n;
	if (n < lo || n > hi)
		return false;
	*out = n;
	return true;
}

int word_index(const char *text, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(text, words[i]))
			return (int)i;
	return -1;
}

enum { MAX_WORD = 63 };

static size_t least_of(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* How many letters are wrong, missing, added, or swapped with their neighbour (Damerau-Levenshtein). Three rows of
 * the table are enough. */
static size_t distance(const char *a, size_t la, const char *b, size_t lb)
{
	size_t row[3][MAX_WORD + 1], *above = row[0], *here = row[1], *before = row[2];

	for (size_t j = 0; j <= lb; j++)
		here[j] = j;
	for (size_t i = 1; i <= la; i++) {
		size_t *oldest = before;

		before = above;
		above = here;
		here = oldest;
		here[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			here[j] = least_of(above[j - 1] + (a[i - 1] != b[j - 1]), least_of(above[j], here[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				here[j] = least_of(here[j], before[j - 2] + 1);
		}
	}
	return here[lb];
}

/* A word is near if at most a third of the longer one differs: "lst" is near "ls", "list" is not near "wait". */
const char *word_nearest(const char *text, const char *const *words, size_t n)
{
	const char *best = NULL;
	size_t least = SIZE_MAX, len = strlen(text);

	for (size_t i = 0; i < n && len <= MAX_WORD; i++) {
		size_t other = strlen(words[i]), d;

		if (other > MAX_WORD)
			continue;
		d = distance(text, len, words[i], other);
		if (d < least && 3 * d <= (len > other ? len : other)) {
			least = d;
			best = words[i];
		}
	}
	return best;
}
