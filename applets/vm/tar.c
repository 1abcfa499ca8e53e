/* SPDX-License-Identifier: MIT */
/* tar.c: take out of a tar what must not be unpacked. A tar is blocks of 512 bytes: a header, then its data,
 * padded. When an entry is taken out, those after it move forward; until then nothing is written. */
#include "vm/tar.h"
#include "basic/base.h"

#include <ctype.h>
#include <search.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK = 512, MAX_META = 1 << 20 };

struct header {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], sum[8], type, link[100], magic[6], rest[249];
};
_Static_assert(sizeof(struct header) == BLOCK, "a header is a block");

/* How to treat an entry. Metadata belongs to the entry after it, and stays or goes with it. */
enum fate { KEEP, DROP, META, PAX, NONE };

static enum fate fate_of(char type)
{
	switch (type) {
	case '0': case '\0': case '1': case '5':          /* file, file in old archives, hard link, folder */
		return KEEP;
	case '2': case '3': case '4': case '6':           /* symbolic link, devices, FIFO */
		return DROP;
	case 'L': case 'K':                               /* GNU: the long name, the long name of a link */
		return META;
	case 'x': case 'g':
		return PAX;
	default:                                          /* sparse, multi-volume, incremental, contiguous */
		return NONE;
	}
}

/* Octal digits, with blanks before and blanks or NULs after. -1 for anything else. */
static long long octal(const char *field, size_t n)
{
	long long value = 0;
	size_t i = 0, digits = 0;

	while (i < n && field[i] == ' ')
		i++;
	for (; i < n && field[i] >= '0' && field[i] <= '7'; i++, digits++)
		value = value * 8 + (field[i] - '0');
	while (i < n && (field[i] == ' ' || field[i] == '\0'))
		i++;
	return i == n && digits ? value : -1;
}

static bool sum_is_right(const struct header *h)
{
	const unsigned char *byte = (const unsigned char *)h;
	long long sum = 8 * ' ';              /* as if its own field were blanks */

	for (size_t i = 0; i < BLOCK; i++)
		if (i < offsetof(struct header, sum) || i >= offsetof(struct header, type))
			sum += byte[i];
	return octal(h->sum, sizeof h->sum) == sum;
}

struct archive {
	int fd;
	off_t in, out;
	long dropped;
	void *gone;               /* their names, in a tree: tar would fail at a hard link to one of them */
	const char *name, *link;  /* what metadata says of the next entry, or NULL */
};

/* Read `n` bytes at `in`; false at the end of the file. */
static bool read_at(const struct archive *a, void *to, size_t n)
{
	for (size_t done = 0; done < n; ) {
		ssize_t got = pread(a->fd, (char *)to + done, n - done, a->in + (off_t)done);

		if (got < 0)
			die(BB_IO, "check free space, then try again", "read what was copied:");
		if (got == 0)
			return false;
		done += (size_t)got;
	}
	return true;
}

static void write_out(struct archive *a, const char *bytes, size_t n)
{
	for (size_t done = 0; done < n; ) {
		ssize_t put = pwrite(a->fd, bytes + done, n - done, a->out + (off_t)done);

		if (put < 0)
			die(BB_IO, "check free space, then try again", "write what was copied:");
		done += (size_t)put;
	}
	a->out += (off_t)n;
}

/* Keep the next `n` bytes. */
static bool keep(struct archive *a, long long n)
{
	static char buf[64 * 1024];

	while (n > 0) {
		size_t part = n < (long long)sizeof buf ? (size_t)n : sizeof buf;

		if (!read_at(a, buf, part))
			return false;
		if (a->in == a->out)
			a->out += (off_t)part;
		else
			write_out(a, buf, part);
		a->in += (off_t)part;
		n -= (long long)part;
	}
	return true;
}

/* The rest of `text`, up to `n` bytes or a NUL. */
static const char *field(const char *text, size_t n)
{
	return mem_text(text, strnlen(text, n));
}

/* Tar takes such a name for a folder's, whatever the type says, and then reads the data as headers. */
static bool names_folder(const struct archive *a, const struct header *h)
{
	const char *name = a->name ? a->name : h->name;
	size_t n = a->name ? strlen(a->name) : strnlen(h->name, sizeof h->name);

	return !n || name[n - 1] == '/';
}

/* A pax record "LENGTH KEY=VALUE\n" may give a size again, and only some programs would use it. So refuse that. */
static bool pax_is_plain(struct archive *a, long long size, bool global)
{
	char *text = mem_get((size_t)size + 1);
	struct archive data = *a;

	data.in += BLOCK;
	if (!read_at(&data, text, (size_t)size))
		return false;
	for (char *at = text, *end = text + size; at < end; ) {
		char *digit = at, *key;
		long long length = 0;

		while (digit < end && isdigit((unsigned char)*digit) && length <= size)
			length = length * 10 + (*digit++ - '0');
		key = digit + 1;
		if (digit == at || *digit != ' ' || length > end - at || length < key - at || *key == ' ' || *key == '\t' || at[length - 1] != '\n')
			return false;
		if (!strncmp(key, "size=", 5) || !strncmp(key, "GNU.sparse.", 11))
			return false;
		if (!strncmp(key, "path=", 5) || !strncmp(key, "linkpath=", 9)) {
			const char **what = *key == 'p' ? &a->name : &a->link, *value = strchr(key, '=') + 1;

			if (global || *what)
				return false;
			*what = field(value, (size_t)(at + length - 1 - value));
		}
		at += length;
	}
	return true;
}

/* GNU's long names: 'L' of the entry, 'K' of what it links to. */
static bool long_name(struct archive *a, char type, long long size)
{
	char *text = mem_get((size_t)size + 1);
	struct archive data = *a;
	const char **what = type == 'L' ? &a->name : &a->link;

	data.in += BLOCK;
	if (*what || !read_at(&data, text, (size_t)size))
		return false;
	*what = field(text, (size_t)size);
	return true;
}

/* The name as tar reads it: POSIX puts the part that does not fit into a prefix. */
static const char *name_of(const struct archive *a, const struct header *h)
{
	const char *prefix = field(h->rest + 82, 155);

	if (a->name)
		return a->name;
	return !memcmp(h->magic, "ustar", 6) && *prefix ? mem_printf("%s/%s", prefix, field(h->name, sizeof h->name))
							: field(h->name, sizeof h->name);
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(a, b);
}

static bool leads_nowhere(const struct archive *a, const struct header *h)
{
	return tfind(a->link ? a->link : field(h->link, sizeof h->link), &a->gone, by_bytes) != NULL;
}

static void drop(struct archive *a, const struct header *h)
{
	if (!tsearch(name_of(a, h), &a->gone, by_bytes))
		die(BB_IO, "close other programs, then try again", "no memory for the names in the archive");
	a->dropped++;
	a->name = a->link = NULL;
}

/* Handle one entry whose header was read. False if not all tars would read it alike. Its metadata begins at `start`. */
static bool entry(struct archive *a, const struct header *h, off_t *start)
{
	enum fate fate = sum_is_right(h) && !memcmp(h->magic, "ustar", 5) ? fate_of(h->type) : NONE;
	long long size = octal(h->size, sizeof h->size), whole = BLOCK + (size + BLOCK - 1) / BLOCK * BLOCK;

	if (fate == NONE || size < 0 || ((fate == META || fate == PAX) && size > MAX_META))
		return false;
	if (size && (fate == DROP || h->type == '1' || h->type == '5'))       /* data that only some skip */
		return false;
	if (size && fate == KEEP && names_folder(a, h))
		return false;
	if (fate == META && !long_name(a, h->type, size))
		return false;
	if (fate == PAX && !pax_is_plain(a, size, h->type == 'g'))
		return false;
	if (fate == DROP || (h->type == '1' && a->gone && leads_nowhere(a, h))) {
		drop(a, h);
		a->in += BLOCK;
		a->out = *start;
		return true;
	}
	if (!keep(a, whole))
		return false;
	if (fate == KEEP)
		*start = a->out, a->name = a->link = NULL;
	return true;
}

static bool glean(struct archive *a, off_t *start)
{
	static const char zeros[2 * BLOCK];
	struct header h;

	for (;;) {
		if (!read_at(a, &h, BLOCK))
			return false;
		if (!memcmp(&h, zeros, BLOCK))
			break;
		if (!entry(a, &h, start))
			return false;
	}
	/* Nothing follows the end, and no metadata is left without an entry. */
	a->out = *start;
	write_out(a, zeros, sizeof zeros);
	return true;
}

static void nobodys(void *name)       /* the names are arena memory */
{
	(void)name;
}

long tar_glean(int fd)
{
	struct archive a = { .fd = fd };
	off_t start = 0;
	bool good = glean(&a, &start);

	tdestroy(a.gone, nobodys);
	if (good && ftruncate(fd, a.out) < 0)
		die(BB_IO, "check free space, then try again", "write what was copied:");
	return good ? a.dropped : -1;
}
