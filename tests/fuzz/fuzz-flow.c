/* SPDX-License-Identifier: MIT */
/* What a client sends to the relay in the guest (guest/flow.c). However it arrives, the same goes on: all at once, byte by
 * byte, or with little room behind; and of what is no head, nothing is lost. */
#include "fuzz.h"
#include "../../guest/flow.c"

#include <stdlib.h>

static const char header[] = "Proxy-Authorization", value[] = "Basic Zm9v";

void fuzz_setup(void) {}

/* PIECE bytes at a time; KEEP bytes of what comes out wait for the next piece. True if a head was too large. */
static int pass(struct fuzz_text *out, const char *data, size_t len, size_t piece, size_t keep)
{
	static struct flow f;

	memset(&f, 0, sizeof f);
	flow_init(&f, header, value, 1);
	for (size_t at = 0; at < len || !f.ended; ) {
		size_t n = len - at < piece ? len - at : piece;

		if (f.in.room - f.in.len < n)
			n = f.in.room - f.in.len;
		memcpy(f.in.bytes + f.in.len, data + at, n);
		f.in.len += n;
		at += n;
		f.ended = at == len;
		flow_step(&f);
		while (f.out.len > keep || (f.ended && f.out.len)) {
			n = keep && keep < f.out.len ? keep : f.out.len;
			fuzz_add(out, f.out.bytes, n);
			f.out.len -= n;
			memmove(f.out.bytes, f.out.bytes + n, f.out.len);
			flow_step(&f);
		}
		if (flow_stuck(&f))
			return 1;
	}
	return 0;
}

static void compare(const struct fuzz_text *a, const struct fuzz_text *b, const char *how)
{
	if (a->len != b->len || (a->len && memcmp(a->text, b->text, a->len)))
		fuzz_fail("%s: %zu bytes, at once %zu", how, b->len, a->len);
}

void fuzz_one(const char *data, size_t len)
{
	struct fuzz_text once = { NULL, 0, 0 }, bytes = { NULL, 0, 0 }, slow = { NULL, 0, 0 };

	if (pass(&once, data, len, len + 1, 0) | pass(&bytes, data, len, 1, 0) | pass(&slow, data, len, 7, 3))
		fuzz_fail("%zu bytes are no large head", len);
	compare(&once, &bytes, "byte by byte");
	compare(&once, &slow, "with little room");
	if (!memchr(data, '\n', len) && once.len != len)
		fuzz_fail("%zu of %zu bytes came out", once.len, len);
	free(once.text);
	free(bytes.text);
	free(slow.text);
}
