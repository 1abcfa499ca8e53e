/* SPDX-License-Identifier: MIT */
/* A manifest: what bb-plan check says of it, and, if it is taken, all that is made of it without a tool. */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const stages[] = {
	"bb-plan show", "bb-smolfile --print", "bb-bundle up --dry-run", "bb-vm create --dry-run", "bb-vm start --dry-run",
	"bb-probe run --dry-run", "bb-provision all --dry-run", "bb-provision check",
};

static char sections[1024];

/* All but the manifest of a plan as it is before bb-smolfile. */
void fuzz_setup(void)
{
	const char *subnet = strstr(FUZZ_PLAN, ",\"subnet\""), *smolfile = strstr(FUZZ_PLAN, ",\"smolfile\"");

	snprintf(sections, sizeof sections, "%.*s,\"pack\":{\"image_id\":\"sha256:%032d%032d\",\"artifact\":"
		 "\"%s/cache/bot-bottle/smolmachines/%032d-amd64-" SMOLVM_VERSION ".smolmachine\"},\"bundle\":{\"container\":\"x\"},"
		 "\"vm\":{\"state\":\"ready\"}}\n", (int)(smolfile - subnet), subnet, 0, 0, fuzz_home, 0);
}

void fuzz_one(const char *data, size_t len)
{
	static const char start[] = "{\"plan\":1,\"base\":\"/\",\"manifest\":";
	struct fuzz_text plan = { NULL, 0, 0 };
	int checked = fuzz_run("bb-plan check", data, len), made = fuzz_run("bb-plan new", data, len);

	if (checked != made || (made != BB_OK && made != BB_PLAN))
		fuzz_fail("bb-plan check says %d, bb-plan new %d", checked, made);
	if (made != BB_OK)
		return;
	if (fuzz_run("bb-plan get manifest", data, len) != BB_OK)
		fuzz_fail("what is taken has no manifest");
	fuzz_add(&plan, start, strlen(start));
	fuzz_add(&plan, fuzz_out.text, fuzz_out.len);
	fuzz_add(&plan, sections, strlen(sections));
	if (fuzz_run("bb-smolfile", plan.text, plan.len) == BB_OK) {
		plan.len = 0;
		fuzz_add(&plan, fuzz_out.text, fuzz_out.len);
	}
	for (size_t i = 0; i < COUNT(stages); i++) {
		fuzz_answers("", 0);
		fuzz_run(stages[i], plan.text, plan.len);
	}
	free(plan.text);
}
