/* SPDX-License-Identifier: MIT */
/* What a guest answers to a probe. An honest one's answers stand behind those of the input (the first counts), its
 * denials in the engine's log; lines "! WHAT" of the input take that denial away, or add one that nobody meant. */
#include "fuzz.h"
#include "probe/probe.h"

#include <string.h>

#define NONCE "EogYTdL-DWKkFFcjdnRx6tK5phCG0kl8"

void fuzz_setup(void)
{
}

static bool begins(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

static void honest(struct str *out, const struct attempt *a)
{
	const char *o = a->order, *got = "refused", *data = "";

	if (a->class == PROBE_POSITIVE) {
		got = begins(o, "http") ? "answer" : "open";
		data = begins(o, "http") ? "HTTP/1.1 200 OK\\n\\n" NONCE : "";
	} else if (begins(o, "each") || begins(o, "mounts")) {
		got = "answer";
		data = begins(o, "mounts") ? "overlay proc" : strstr(o, "cmdline") ? "1 /sbin/init\\n2 sleep 2147483647\\n" : "virtio0 0x0001\\n";
	} else if (begins(o, "dns") || begins(o, "resolve")) {
		got = "noname";
	} else if (begins(o, "udp") && a->leaves) {
		got = "silent";
	}
	str_addf(out, "{\"id\":\"%s\",\"got\":\"%s\",\"ms\":1,\"data\":\"%s\"}\n", a->id, got, data);
}

/* Each line of `text` takes one of the guest's own away for good, or is one more. How many were taken. */
static size_t take_away(struct list *denials, char *text)
{
	struct list gone = { 0 };
	size_t all = denials->n;

	while (*text) {
		const char *line = take_line(&text);
		size_t i = 0;

		while (i < all && (!denials->item[i] || strcmp(denials->item[i], line)))
			i++;
		if (i < all) {
			denials->item[i] = NULL;
			list_add(&gone, line);
		} else if (!list_has(&gone, line)) {
			list_add(denials, line);
		}
	}
	return gone.n;
}

static void check(const struct attempts *all, size_t taken)
{
	struct json_error error;
	const char *report = probe_report(all);

	if (taken && !probe_sum(all).failed)
		fuzz_fail("a denial is missing, and nothing failed");
	for (size_t i = 0; i < all->n; i++) {
		const struct attempt *a = &all->list[i];
		bool outside = a->order && (a->class == PROBE_CANARY || a->class == PROBE_OUTSIDE);

		if (outside && a->got && !strcmp(a->got, "open") && !strstr(a->order, " 53") && a->verdict != PROBE_FAIL)
			fuzz_fail("%s is open and did not fail", a->order);
	}
	if (!json_check(report, strlen(report), &error))
		fuzz_fail("its report is no JSON: %s", error.why);
	probe_tap(all);
	probe_say_failures(all);
}

static void judge(void *arg)
{
	const struct fuzz_answer *said = arg;
	struct plan *p = plan_parse(FUZZ_PLAN, strlen(FUZZ_PLAN), "the plan", "/");
	struct evidence e = { .engine = machine_engines[0], .witness = said->status == 0, .nonce = NONCE };
	struct attempts all = { 0 };
	struct canary c = { .port = 4242 };
	struct list names = { 0 };
	struct str text = STR_EMPTY;
	size_t taken;

	list_add(&names, "api.example.com");
	probe_bundle_targets(&all, p);
	probe_other_targets(&all, "192.168.108.1", "192.168.108.3", c.port, e.witness ? NULL : &names);
	str_add_bytes(&text, said->out.text, said->out.len);
	for (size_t i = 0; i < all.n; i++) {
		honest(&text, &all.list[i]);
		if (all.list[i].leaves && e.witness)
			list_add(&e.denials, e.engine->denial(all.list[i].order));
	}
	taken = take_away(&e.denials, mem_text(said->err.text, said->err.len));
	probe_answers(&all, text.text);
	probe_judge(&all, &e, &c);
	check(&all, taken);
	if (!said->out.len && !said->err.len && probe_sum(&all).failed)
		fuzz_fail("an honest guest failed");
}

void fuzz_one(const char *data, size_t len)
{
	fuzz_answers(data, len);
	fuzz_call(judge, fuzz_next_answer());
}
