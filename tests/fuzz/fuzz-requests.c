/* SPDX-License-Identifier: MIT */
/* What the agent asks, as the bundle hands it on: nothing of it reaches a terminal but a line of plain text each. */
#include "fuzz.h"
#include "basic/paths.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char box[4096];

static void learn(void *arg)
{
	(void)arg;
	snprintf(box, sizeof box, "$ 0\n%064d\n2026-01-02T03:04:05Z\ntrue\n%s\n", 5, state_label("demo"));
}

void fuzz_setup(void)
{
	fuzz_call(learn, NULL);
}

static void check_lines(const char *text)
{
	for (const char *c = text; *c; c++)
		if (((unsigned char)*c < ' ' && *c != '\n') || *c == 0x7f)
			fuzz_fail("a control character (%02x) in what is shown", (unsigned char)*c);
	while (*text) {
		if (strspn(text, "0123456789") != 10 || text[10] != '-' || strspn(text + 11, "0123456789abcdef") != 16)
			fuzz_fail("a line without an id");
		text = strchr(text, '\n');
		if (!text)
			fuzz_fail("half a line");
		text++;
	}
}

void fuzz_one(const char *data, size_t len)
{
	struct fuzz_text in = { NULL, 0, 0 };

	fuzz_add(&in, box, strlen(box));
	if (len < 2 || memcmp(data, "$ ", 2))
		fuzz_add(&in, "$ 0\n", 4);
	fuzz_add(&in, data, len);
	fuzz_answers(in.text, in.len);
	if (fuzz_run("bb-bundle requests demo", "", 0) == BB_OK)
		check_lines(fuzz_out.text);
	fuzz_answers(in.text, in.len);
	fuzz_run("bb-bundle answer demo 0000000000-0123456789abcdef", data, len);
	free(in.text);
}
