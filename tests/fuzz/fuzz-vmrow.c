/* SPDX-License-Identifier: MIT */
/* The row of a machine in smolvm's database, as bb-tsi-patch judges and mends it. What it lets pass says the policy and
 * nothing that widens it. */
#include "fuzz.h"

#include <string.h>
#include <sys/stat.h>

void fuzz_setup(void)
{
	mkdir(fuzz_path("data"), 0700);
	mkdir(fuzz_path("data/smolvm"), 0700);
	mkdir(fuzz_path("data/smolvm/server"), 0700);
	fuzz_file("data/smolvm/server/smolvm.db", "");
}

static bool says(struct jv v, const char *only)
{
	bool found = false;

	for (struct jv e = jv_first(v); e.doc; e = jv_next(v, e)) {
		if (!jv_text(e) || strcmp(jv_text(e), only))
			return false;
		found = true;
	}
	return found;
}

/* By JSON alone, not by smolvm_judge.c's own tables. */
static void passed(void *arg)
{
	static const char *const never[] = { "mounts", "ports", "sockets", "devices", "init", "egress_rules", "ssh_agent", "gpu" };
	struct json_error error;
	struct jv row = json_parse(fuzz_row_now.text, fuzz_row_now.len, &error);

	(void)arg;
	if (!row.doc)
		fuzz_fail("a row that is no JSON passed");
	if (!says(jv_get(row, "allowed_cidrs"), "192.168.108.2/32") || !says(jv_get(row, "dns_filter_hosts"), "192.168.108.2"))
		fuzz_fail("a row without the policy passed");
	for (size_t i = 0; i < COUNT(never); i++)
		if (jv_count(jv_get(row, never[i])) || jv_true(jv_get(row, never[i])))
			fuzz_fail("a row with %s passed", never[i]);
}

void fuzz_one(const char *data, size_t len)
{
	static const char plan[] = FUZZ_PLAN;

	fuzz_answers("", 0);
	fuzz_row(data, len);
	if (fuzz_run("bb-tsi-patch check", plan, strlen(plan)) == BB_OK)
		fuzz_call(passed, NULL);
	if (fuzz_run("bb-tsi-patch apply", plan, strlen(plan)) == BB_OK) {
		fuzz_call(passed, NULL);
		if (fuzz_run("bb-tsi-patch check", plan, strlen(plan)) != BB_OK)
			fuzz_fail("apply and check differ");
	}
	fuzz_row(NULL, 0);
}
