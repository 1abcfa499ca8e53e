/* SPDX-License-Identifier: MIT */
/* What Docker answers: every reader of it gets the same answers. In them @LABEL@, @DIGEST@ and @CONFIG@ stand for what
 * this state folder's own container has. */
#include "part/bundle.h"
#include "tool/docker_image.h"
#include "tool/docker_network.h"
#include "fuzz.h"
#include "basic/paths.h"
#include "record/inventory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct {
	const char *mark;
	char is[4096];
} own[] = { { .mark = "@LABEL@" }, { .mark = "@DIGEST@" }, { .mark = "@CONFIG@" } };

static struct plan *demo(void)
{
	return plan_parse(FUZZ_PLAN, strlen(FUZZ_PLAN), "the plan", "/");
}

static void learn(void *arg)
{
	(void)arg;
	snprintf(own[0].is, sizeof own[0].is, "%s", state_label("demo"));
	snprintf(own[1].is, sizeof own[1].is, "%s", bundle_digest(demo()));
	snprintf(own[2].is, sizeof own[2].is, "%s", state_bottle_file("demo", "bundle.json"));
}

void fuzz_setup(void)
{
	fuzz_call(learn, NULL);
}

static void network(void *arg)
{
	struct docker_network n;

	if (docker_network(arg, &n) == DOCKER_FOUND && (n.range.bits < 0 || n.range.bits > 32 || !n.label || !n.driver))
		fuzz_fail("a network of /%d", n.range.bits);
}

static void ranges(void *arg)
{
	struct cidrs all = { 0 };

	docker_ranges(&all, arg);
	for (size_t i = 0; i < all.n; i++)
		if (all.list[i].bits < 0 || all.list[i].bits > 32)
			fuzz_fail("a range of /%d", all.list[i].bits);
}

static void image(void *arg)
{
	const char *id = NULL, *architecture = NULL;

	if (docker_image(arg, &id, &architecture) && (!id || !architecture))
		fuzz_fail("an image without an id");
	docker_image_label(arg, "x");
}

static const char *first_answer;

static void verify(void *arg)
{
	struct docker_container c = bundle_verify(demo(), arg);

	for (size_t i = 0; c.running && i < COUNT(own); i++)
		if (!strstr(first_answer, own[i].is))
			fuzz_fail("a container passed without %s", own[i].mark);
}

static void running(void *arg)
{
	const char *id = bundle_running(arg);

	if (id && !strstr(first_answer, own[0].is))
		fuzz_fail("another's container runs as ours");
}

static void show(const struct thing *t, void *arg)
{
	(void)arg;
	if (*t->slug && !strstr(first_answer, own[0].is))
		fuzz_fail("another's %s is ours", t->kind);
}

static void world(void *arg)
{
	struct list unreachable = { 0 };

	(void)arg;
	inventory_each(show, NULL, &unreachable);
}

static void (*const readers[])(void *) = { network, ranges, image, verify, running, world };
static const char *const lines[] = {
	"bb-bundle down demo", "bb-bundle stop demo", "bb-bundle check demo", "bb-subnet alloc", "bb-ledger list --json",
};

void fuzz_one(const char *data, size_t len)
{
	struct fuzz_text in = { NULL, 0, 0 };

	fuzz_add(&in, "", 0);
	for (size_t i = 0; i < len; i++) {
		size_t k = 0;

		while (k < COUNT(own) && (len - i < strlen(own[k].mark) || memcmp(data + i, own[k].mark, strlen(own[k].mark))))
			k++;
		if (k == COUNT(own))
			fuzz_add(&in, data + i, 1);
		else
			fuzz_add(&in, own[k].is, strlen(own[k].is));
		i += k == COUNT(own) ? 0 : strlen(own[k].mark) - 1;
	}
	first_answer = in.text;
	for (size_t i = 0; i < COUNT(readers) && strlen(in.text) == in.len; i++) {
		fuzz_answers(in.text, in.len);
		fuzz_call(readers[i], (void *)(uintptr_t)"demo");
	}
	for (size_t i = 0; i < COUNT(lines); i++) {
		fuzz_answers(in.text, in.len);
		fuzz_run(lines[i], FUZZ_PLAN, strlen(FUZZ_PLAN));
	}
	free(in.text);
}
