/* SPDX-License-Identifier: MIT */
/* flow.c: where requests begin in what a client sends, so that each gets our header: a connection is used for many.
 *
 * It reads no more of HTTP/1.1 (RFC 9112) than that takes: the end of the head, and how long the body is. Where another
 * reader could see another end, nothing is added any more: in what the bundle takes for a body, the token could come
 * back in the answer. */
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

/* The first n bytes, or as many as there is room for. */
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

/* Length of the first line with its end; 0 if it has not all arrived. */
static size_t line_length(const char *bytes, size_t len)
{
	const char *end = memchr(bytes, '\n', len);

	return end ? (size_t)(end - bytes) + 1 : 0;
}

static int is_empty(const char *line, size_t n)
{
	return n == 1 || (n == 2 && *line == '\r');
}

/* Length of the head with the empty line behind it; 0 if it has not all arrived. */
static size_t head_length(const struct buffer *in)
{
	for (size_t at = 0, n; (n = line_length(in->bytes + at, in->len - at)); at += n)
		if (is_empty(in->bytes + at, n))
			return at + n;
	return 0;
}

/* The value of header NAME, if that is what the line is; else NULL. */
static const char *value_of(const char *line, size_t n, const char *name)
{
	size_t len = strlen(name);

	if (n <= len || strncasecmp(line, name, len) || line[len] != ':')
		return NULL;
	line += len + 1;
	return line + strspn(line, " \t");
}

/* The number that a line is, and nothing else (LEN: with its end); -1 if it is none. */
static long long number(const char *c, size_t len, unsigned base)
{
	const char *end = c + len - 1;
	long long n = 0;

	if (end > c && end[-1] == '\r')
		end--;
	if (c == end || end - c > 15)
		return -1;
	for (; c < end; c++) {
		unsigned digit = *c <= '9' ? (unsigned)(*c - '0') : (unsigned)((*c | 32) - 'a' + 10);

		if (!isxdigit((unsigned char)*c) || digit >= base)
			return -1;
		n = n * base + digit;
	}
	return n;
}

/* NAME: value, in one line, with no line end but the last. */
static int is_field(const char *line, size_t n)
{
	size_t name = strcspn(line, ": \t\r\n");
	const char *cr = memchr(line, '\r', n);

	return name && line[name] == ':' && (!cr || cr == line + n - 2) && !memchr(line, '\0', n);
}

/* How the body's end is found (RFC 9112, 6.3), line by line. False: not in the same way by everybody. */
static int notice(struct flow *f, const char *line, size_t n)
{
	const char *size = value_of(line, n, "content-length"), *coding = value_of(line, n, "transfer-encoding");

	if (!is_field(line, n) || ((size || coding) && f->part != PART_HEAD))
		return 0;
	if (size) {
		long long left = number(size, n - (size_t)(size - line), 10);

		f->part = PART_BODY;
		f->left = (unsigned long long)left;
		return left >= 0;
	}
	if (coding) {
		f->part = PART_SIZE;
		n -= (size_t)(coding - line);
		return !strncasecmp(coding, "chunked", 7) && is_empty(coding + 7, n - 7);
	}
	return 1;
}

/* A proxy is asked by CONNECT, or for a whole URI; the rest is a request to the bundle itself. */
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

/* The head goes out with our header; one of that name which the client had is dropped, with the lines folded to it. */
static void put_head(struct flow *f, size_t head)
{
	const char *line = f->in.bytes;
	int ours = is_ours(f, line), tunnel = !strncmp(line, "CONNECT ", 8), dropped = 0, clear = 1;

	f->left = 0;
	f->asked = 0;
	for (size_t at = 0, n; at < head; at += n) {
		line = f->in.bytes + at;
		n = line_length(line, head - at);
		dropped = ours && at && (value_of(line, n, f->header) || (dropped && (*line == ' ' || *line == '\t')));
		if (!dropped)
			put(&f->out, line, n);
		if (!at && ours)
			put_header(f);
		clear = clear && (!at || is_empty(line, n) || notice(f, line, n));
		f->asked = f->asked || value_of(line, n, "upgrade");
	}
	if (tunnel || !clear)
		f->part = PART_ALL;
	else if (f->part == PART_HEAD)
		f->part = PART_BODY;
	f->in.len -= head;
	memmove(f->in.bytes, f->in.bytes + head, f->in.len);
}

/* What follows this line. */
static int after(struct flow *f, const char *line, size_t n)
{
	long long left;

	switch ((int)f->part) {
	case PART_TRAILER:
		return is_empty(line, n) ? PART_WAIT : PART_TRAILER;
	case PART_END:
		return is_empty(line, n) ? PART_SIZE : PART_ALL;
	default:
		left = number(line, n, 16);
		f->left = (unsigned long long)left;
		return left < 0 ? PART_ALL : left ? PART_CHUNK : PART_TRAILER;
	}
}

/* The line with a chunk's size, the end of one, or a line of the trailer. False if it has not all arrived, or there is no
 * room. */
static int pass_line(struct flow *f)
{
	size_t n = line_length(f->in.bytes, f->in.len);

	if (!n || f->out.room - f->out.len < n)
		return 0;
	f->part = after(f, f->in.bytes, n);
	move(f, n);
	return 1;
}

/* Bytes of a body, or of a chunk; then comes NEXT. */
static int pass_body(struct flow *f, int next)
{
	size_t n = move(f, f->left);

	f->left -= n;
	if (!f->left)
		f->part = next;
	return n || !f->left;
}

/* One thing after another until nothing moves. */
static int step_once(struct flow *f)
{
	size_t n;

	switch (f->part) {
	case PART_ALL:
		return move(f, f->in.len) != 0;
	case PART_HEAD:
		n = line_length(f->in.bytes, f->in.len);
		if (n && is_empty(f->in.bytes, n)) {      /* an empty line before a request means nothing */
			f->in.len -= n;
			memmove(f->in.bytes, f->in.bytes + n, f->in.len);
			return 1;
		}
		n = f->out.len ? 0 : head_length(&f->in);
		if (n)
			put_head(f, n);
		return n != 0;
	case PART_BODY:
		return pass_body(f, PART_WAIT);
	case PART_CHUNK:
		return pass_body(f, PART_END);
	case PART_WAIT:      /* a client may ask for another protocol and not get it */
		f->part = f->asked ? PART_WAIT : PART_HEAD;
		return !f->asked;
	case PART_SIZE:
	case PART_END:
	case PART_TRAILER:
		return pass_line(f);
	}
	return 0;
}

void flow_step(struct flow *f)
{
	while (f->in.len && step_once(f))
		;
	/* At the end of what comes, half a head is passed on: the bundle says what it thinks of it. */
	if (f->ended && !f->out.len)
		move(f, f->in.len);
}

void flow_answered(struct flow *f, const char *bytes, size_t n)
{
	static const char begins[] = "HTTP/1.1 101", on_the_way[] = "HTTP/1.1 1";

	if (!f->asked || !n)
		return;
	if (n >= sizeof begins - 1 && !memcmp(bytes, begins, sizeof begins - 1))
		f->part = PART_ALL;
	else if (n >= sizeof on_the_way - 1 && !memcmp(bytes, on_the_way, sizeof on_the_way - 1))
		return;
	f->asked = 0;
}

int flow_stuck(const struct flow *f)
{
	return !f->out.len && f->in.len == f->in.room && f->part != PART_WAIT;
}
