/* SPDX-License-Identifier: MIT */
/* A plan, as every applet takes it: by pipe and by file. What is taken keeps its manifest byte for byte. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void fuzz_setup(void)
{
	fuzz_file("other", FUZZ_PLAN);
	if (chdir(fuzz_home))
		fuzz_fail("no folder to work in");
}

/* What bb-plan made of it is a plan by its own rules, with the manifest as it was. */
static void check_kept(const char *data, size_t len, const char *plan)
{
	static char copy[1 << 21];
	const char *manifest = strstr(plan, "\"manifest\"");
	size_t n = strlen(plan);

	if (!manifest)
		fuzz_fail("a plan without a manifest");
	if (n >= sizeof copy)
		return;
	memcpy(copy, plan, n + 1);
	if (fuzz_run("bb-plan new", copy, n) || strcmp(fuzz_out.text, copy))
		fuzz_fail("bb-plan does not read what it wrote");
	if (fuzz_run("bb-plan get manifest", copy, n) || !fuzz_out.len)
		fuzz_fail("bb-plan get does not find the manifest");
	if (!memmem(data, len, fuzz_out.text, fuzz_out.len - 1))
		fuzz_fail("the manifest is not as it was");
}

void fuzz_one(const char *data, size_t len)
{
	char *text = malloc(len + 1);

	memcpy(text, data, len);
	text[len] = '\0';
	fuzz_run("bb-plan show", data, len);
	fuzz_run("bb-plan get subnet.bundle", data, len);
	fuzz_run("bb-smolfile", data, len);
	if (fuzz_run("bb-plan new", data, len) == BB_OK)
		check_kept(data, len, fuzz_out.text);
	if (!memchr(data, '\0', len)) {
		fuzz_file("one", text);
		fuzz_run("bb-plan merge one other", "", 0);
	}
	free(text);
}
