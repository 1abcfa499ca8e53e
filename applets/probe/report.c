/* SPDX-License-Identifier: MIT */
/* report.c: write the results as JSON for the bottle's folder, as TAP, and the failures to stderr. */
#include "probe/probe.h"
#include "basic/cli.h"

#include <string.h>

enum { WHY_MAX = 200 };

static const char *const class_names[] = { "positive", "canary", "inside", "outside", "guest" };
static const char *const verdict_names[] = { "pass", "assumed", "indeterminate", "fail" };

struct probe_sums probe_sum(const struct attempts *all)
{
	struct probe_sums s = { 0, 0, 0 };

	for (size_t i = 0; i < all->n; i++) {
		enum probe_verdict v = all->list[i].verdict;

		s.passed += v == PROBE_PASS || v == PROBE_ASSUMED;
		s.assumed += v == PROBE_ASSUMED;
		s.failed += v == PROBE_FAIL || v == PROBE_INDETERMINATE;
	}
	return s;
}

const char *probe_report(const struct attempts *all)
{
	struct jw w = JW_EMPTY;

	jw_open(&w, NULL, '{');
	jw_open(&w, "attempts", '[');
	for (size_t i = 0; i < all->n; i++) {
		const struct attempt *a = &all->list[i];

		jw_open(&w, NULL, '{');
		jw_text(&w, "class", class_names[a->class]);
		jw_text(&w, "target", a->what);
		jw_text(&w, "verdict", verdict_names[a->verdict]);
		jw_text(&w, "why", a->why);
		if (a->got)
			jw_text(&w, "got", a->got);
		jw_int(&w, "ms", a->ms);
		jw_close(&w, '}');
	}
	jw_close(&w, ']');
	jw_close(&w, '}');
	str_add(&w.out, "\n");
	return w.out.text;
}

/* Text of a guest must not look like a line or a directive of ours (wall W22). */
static const char *tap_text(const char *why)
{
	char *text = mem_text(why, strlen(why) < WHY_MAX ? strlen(why) : WHY_MAX);

	scrub(text, false);
	for (char *c = text; *c; c++)
		if (*c == '#' || *c == '\\')
			*c = '?';
	return text;
}

/* Test Anything Protocol, version 13. */
void probe_tap(const struct attempts *all)
{
	struct str tap = STR_EMPTY;

	str_addf(&tap, "TAP version 13\n1..%zu\n", all->n);
	for (size_t i = 0; i < all->n; i++) {
		const struct attempt *a = &all->list[i];
		bool good = a->verdict == PROBE_PASS || a->verdict == PROBE_ASSUMED;

		str_addf(&tap, "%s %zu - %s: %s (%s)\n", good ? "ok" : "not ok", i + 1, class_names[a->class], a->what,
			 tap_text(a->why));
	}
	out_all(tap.text, tap.len);
}

void probe_say_failures(const struct attempts *all)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct attempt *a = &all->list[i];

		if (a->verdict == PROBE_FAIL || a->verdict == PROBE_INDETERMINATE)
			warn("%s: %s: %s: %s", verdict_names[a->verdict], class_names[a->class], a->what, a->why);
	}
}
