/* SPDX-License-Identifier: MIT */
/* flow.c: find where each request begins in what a client sends, so that each gets our header. One connection
 * carries many requests.
 *
 * Of HTTP/1.1 (RFC 9112) it reads only what that takes: the end of the head, and the length of the body. A guest
 * that deceives it harms itself alone: the token only says which bottle asks. */
#include "flow.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

void flow_init(struct flow *f, const char *header, const char *value, int proxy)
{
	f->in = (struct buffer){ f->in_bytes, 0, sizeof f->in_bytes };
	f->out = (struct buffer){ f->out_bytes, 0, sizeof f->out_bytes };
	f->header = header;
	f->value = value;
	f->proxy = proxy;
	f->part = header ? PART_HEAD : PART_ALL;
}

static void put(struct buffer *b, const char *bytes, size_t n)
{
	memcpy(b->bytes + b->len, bytes, n);
	b->len += n;
}

/* Move the first n bytes, or as many as there is room for. */
static size_t move(struct flow *f, unsigned long long n)
{
	size_t room = f->out.room - f->out.len, now = f->in.len;

	if (now > n)
		now = (size_t)n;
	if (now > room)
		now = room;
	put(&f->out, f->in.bytes, now);
	f->in.len -= now;
	memmove(f->in.bytes, f->in.bytes + now, f->in.len);
	return now;
}

/* The length of the first line with its end; 0 if it has not arrived as a whole. */
static size_t line_length(const char *bytes, size_t len)
{
	const char *end = memchr(bytes, '\n', len);

	return end ? (size_t)(end - bytes) + 1 : 0;
}

static int is_empty(const char *line, size_t n)
{
	return n == 1 || (n == 2 && *line == '\r');
}

/* The length of the head with its empty line; 0 if it has not arrived as a whole. */
static size_t head_length(const struct buffer *in)
{
	for (size_t at = 0, n; (n = line_length(in->bytes + at, in->len - at)); at += n)
		if (is_empty(in->bytes + at, n))
			return at + n;
	return 0;
}

/* The value of header NAME if the line is that header; else NULL. */
static const char *value_of(const char *line, size_t n, const char *name)
{
	size_t len = strlen(name);

	if (n <= len || strncasecmp(line, name, len) || line[len] != ':')
		return NULL;
	line += len + 1;
	return line + strspn(line, " \t");
}

/* Note from a line of the head how the end of the body is found (RFC 9112, 6.3). */
static void notice(struct flow *f, const char *line, size_t n)
{
	const char *value;

	if ((value = value_of(line, n, "transfer-encoding")) && strncasecmp(value, "identity", 8)) {
		f->part = PART_SIZE;
	} else if ((value = value_of(line, n, "content-length")) && f->part == PART_BODY) {
		f->left = 0;
		for (; *value >= '0' && *value <= '9' && f->left < 1ULL << 60; value++)
			f->left = f->left * 10 + (unsigned)(*value - '0');
	}
}

/* CONNECT, or a whole URI, is a request to the proxy. The rest are requests to the bundle itself. */
static int is_ours(const struct flow *f, const char *line)
{
	const char *target = memchr(line, ' ', line_length(line, f->in.len));

	return !f->proxy || !strncmp(line, "CONNECT ", 8) || (target && target[1] != '/' && target[1] != '*');
}

static void put_header(struct flow *f)
{
	put(&f->out, f->header, strlen(f->header));
	put(&f->out, ": ", 2);
	put(&f->out, f->value, strlen(f->value));
	put(&f->out, "\r\n", 2);
}

/* Send the head with our header. If the client sent one of that name, it is dropped with its folded lines. */
static void put_head(struct flow *f, size_t head)
{
	const char *line = f->in.bytes;
	int ours = is_ours(f, line), tunnel = !strncmp(line, "CONNECT ", 8), dropped = 0;

	f->part = PART_BODY;
	f->left = 0;
	for (size_t at = 0, n; at < head; at += n) {
		line = f->in.bytes + at;
		n = line_length(line, head - at);
		dropped = ours && at && (value_of(line, n, f->header) || (dropped && (*line == ' ' || *line == '\t')));
		if (!dropped)
			put(&f->out, line, n);
		if (!at && ours)
			put_header(f);
		notice(f, line, n);
		tunnel = tunnel || value_of(line, n, "upgrade");
	}
	if (tunnel)
		f->part = PART_ALL;
	f->in.len -= head;
	memmove(f->in.bytes, f->in.bytes + head, f->in.len);
}

/* Pass on the line with a chunk's size, or one line of the trailer. False if it has not arrived as a whole, or there
 * is no room. */
static int pass_line(struct flow *f)
{
	size_t n = line_length(f->in.bytes, f->in.len);
	int empty = is_empty(f->in.bytes, n);

	if (!n || f->out.room - f->out.len < n)
		return 0;
	if (f->part == PART_TRAILER) {
		f->part = empty ? PART_HEAD : PART_TRAILER;
	} else if (!empty) {      /* an empty line is the end of the chunk before */
		f->left = 0;
		for (const char *c = f->in.bytes; isxdigit((unsigned char)*c) && f->left < 1ULL << 56; c++)
			f->left = f->left * 16 + (unsigned)(*c <= '9' ? *c - '0' : (*c | 32) - 'a' + 10);
		if (!f->left)
			f->part = PART_TRAILER;
	}
	move(f, n);
	return 1;
}

/* Do one step after another until nothing moves. */
static int step_once(struct flow *f)
{
	size_t n;

	switch (f->part) {
	case PART_ALL:
		return move(f, f->in.len) != 0;
	case PART_HEAD:
		n = line_length(f->in.bytes, f->in.len);
		if (n && is_empty(f->in.bytes, n)) {      /* an empty line before a request has no meaning */
			f->in.len -= n;
			memmove(f->in.bytes, f->in.bytes + n, f->in.len);
			return 1;
		}
		n = f->out.len ? 0 : head_length(&f->in);
		if (n)
			put_head(f, n);
		return n != 0;
	case PART_BODY:
	case PART_SIZE:
		if (f->left) {
			n = move(f, f->left);
			f->left -= n;
			return n != 0;
		}
		if (f->part == PART_SIZE)
			return pass_line(f);
		f->part = PART_HEAD;
		return 1;
	case PART_TRAILER:
		return pass_line(f);
	}
	return 0;
}

void flow_step(struct flow *f)
{
	while (f->in.len && step_once(f))
		;
	/* At the end of the input, half a head is passed on, so that the bundle answers it. */
	if (f->ended && !f->out.len)
		move(f, f->in.len);
}

int flow_stuck(const struct flow *f)
{
	return !f->out.len && f->in.len == f->in.room;
}
