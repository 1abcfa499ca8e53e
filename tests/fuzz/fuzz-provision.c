/* SPDX-License-Identifier: MIT */
/* What the bundle hands over and what the guest says of the steps. Both are strangers: it ends with 0 only when every
 * step was told as done. */
#include "fuzz.h"

#include <string.h>

void fuzz_setup(void)
{
}

static void check_done(void *arg)
{
	static const char *const steps[] = { "init", "env", "ca", "git", "supervise" };
	struct json_error error;
	struct jv root = json_parse(arg, strlen(arg), &error), done = jv_path(root, "provision.done");
	size_t told[COUNT(steps)] = { 0 };

	for (struct jv e = jv_first(done); e.doc; e = jv_next(done, e)) {
		int i = jv_text(e) ? word_index(jv_text(e), steps, COUNT(steps)) : -1;

		if (i < 0)
			fuzz_fail("a step that nobody asked for is done");
		told[i]++;
	}
	for (size_t i = 0; i < COUNT(steps); i++)
		if (told[i] != 1)
			fuzz_fail("%s is done %zu times", steps[i], told[i]);
}

void fuzz_one(const char *data, size_t len)
{
	static char plan[1 << 20];

	fuzz_answers(data, len);
	if (fuzz_run("bb-provision all", FUZZ_PLAN, strlen(FUZZ_PLAN)) != BB_OK)
		return;
	if (strstr(fuzz_out.text, "sesame"))
		fuzz_fail("a secret in the plan");
	if (fuzz_out.len < sizeof plan) {
		memcpy(plan, fuzz_out.text, fuzz_out.len + 1);
		fuzz_call(check_done, plan);
	}
}
