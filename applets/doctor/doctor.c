/* SPDX-License-Identifier: MIT */
/* bb-doctor: check whether this host has all that a bottle needs. One line for each thing, with the cure if it is
 * missing.
 *
 * bb-start calls it at each start, so nothing here takes longer than a call of docker; only --boot does. */
#include "doctor/doctor.h"
#include "basic/cli.h"
#include "part/wants.h"
#include "plan/manifest.h"
#include "record/bottle.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* --- the list --- */

void line(struct report *r, const char *name, int status, const char *fix, const char *fmt, ...)
{
	char text[2048];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	r->item = mem_grow(r->item, r->n * sizeof *r->item, (r->n + 1) * sizeof *r->item);
	r->item[r->n++] = (struct line){ name, status, mem_text(text, strlen(text)), fix };
}

bool line_if_dead(struct report *r, const char *name, void (*fn)(void *arg), void *arg)
{
	struct faults all = { 0 };

	if (!fault_in(&all, fn, arg))
		return false;
	line(r, name, all.item[0].status, all.item[0].hint, "%s", all.item[0].text);
	return true;
}

static const char *state(const struct line *l)
{
	return !l->fix ? "ok" : l->status == BB_OK ? "warn" : "missing";
}

/* Variables, paths and Docker's messages may hold anything (wall W22). */
static const char *plain(const char *text)
{
	char *copy = mem_text(text, strlen(text));

	scrub(copy, false);
	return copy;
}

static const char *as_lines(const struct report *r)
{
	struct str out = STR_EMPTY;

	for (size_t i = 0; i < r->n; i++) {
		const struct line *l = &r->item[i];

		str_addf(&out, "%-10s %-7s %s\n", l->name, state(l), plain(l->text));
		if (l->fix)
			str_addf(&out, "  %s\n", plain(l->fix));
	}
	return out.text;
}

static const char *as_json(const struct report *r, int status)
{
	struct jw w = JW_EMPTY;

	jw_open(&w, NULL, '{');
	jw_int(&w, "status", status);
	jw_open(&w, "checks", '[');
	for (size_t i = 0; i < r->n; i++) {
		const struct line *l = &r->item[i];

		jw_open(&w, NULL, '{');
		jw_text(&w, "name", l->name);
		jw_text(&w, "state", state(l));
		jw_text(&w, "text", plain(l->text));
		if (l->fix)
			jw_text(&w, "fix", plain(l->fix));
		jw_close(&w, '}');
	}
	jw_close(&w, ']');
	jw_close(&w, '}');
	str_add(&w.out, "\n");
	return w.out.text;
}

/* --- the engine --- */

/* That of a bottle that exists, whatever is wanted for a new one. */
static const struct machine_engine *engine_for(const char *slug)
{
	const struct machine_engine *wanted = machine_engine_wanted(), *e;

	if (!slug)
		return wanted;
	if (!slug_ok(slug))
		die(BB_USAGE, "bb-list shows which there are", "'%s' is no bottle's name", slug);
	e = bottle_machine(slug).engine;
	if (e != wanted)
		warn("%s stays with the engine it was made with: %s", slug, e->backend);
	return e;
}

/* --- a manifest --- */

struct reading {
	const char *file;
	struct plan *p;
};

static void read_manifest(void *arg)
{
	struct reading *read = arg;

	read->p = plan_file(read->file);
}

static void get_bottle(void *arg)
{
	struct bottle *b = arg;

	if (!bottle_get(b->slug, b))
		b->slug = NULL;
}

/* Check its variables and files, and whether its name is free. The images are checked with Docker. */
static void look_at_manifest(struct report *r, const struct plan *p, const char *file)
{
	struct bottle b = { .slug = p->slug };
	struct faults all = { 0 };

	wants_check(p, &all);
	for (size_t i = 0; i < all.n; i++)
		line(r, "manifest", all.item[i].status, all.item[i].hint, "%s", all.item[i].text);
	if (!all.n)
		line(r, "manifest", BB_OK, NULL, "%s: its variables and files are here", file);
	if (line_if_dead(r, "name", get_bottle, &b))
		return;
	if (b.slug)
		line(r, "name", BB_BUSY, mem_printf("use another name, or take it down with: bb-stop %s", p->slug),
		     "a bottle %s exists, since %s", p->slug, b.since);
	else
		line(r, "name", BB_OK, NULL, "there is no other bottle %s", p->slug);
}

static int run_check(struct cmd *cmd)
{
	struct reading read = { .file = cmd->operands ? cmd->operand[0] : NULL };
	const struct machine_engine *engine = engine_for(cmd_value(cmd, "bottle"));
	struct report r = { 0 };
	const char *text;
	int status = BB_OK;
	bool whole;

	if (read.file && !line_if_dead(&r, "manifest", read_manifest, &read))
		look_at_manifest(&r, read.p, read.file);
	look_at_docker(&r, read.p);
	look_at_groups(&r);
	whole = look_at_engine(&r, engine);
	if (engine->can(MACHINE_OWN_KERNEL)) {
		if (whole && cmd_value(cmd, "boot"))
			look_by_booting(&r, engine);
		else
			look_at_hypervisor(&r);
	}
	look_at_disk(&r);
	look_at_clock(&r, engine);
	look_at_ranges(&r);
	look_at_leases(&r);
	look_at_limits(&r);
	for (size_t i = 0; i < r.n && status == BB_OK; i++)
		status = r.item[i].fix ? r.item[i].status : BB_OK;
	text = cmd_value(cmd, "json") ? as_json(&r, status) : as_lines(&r);
	out_all(text, strlen(text));
	return status;
}

static const struct opt opts[] = {
	{ 0, "bottle", "SLUG", NULL, "look for the engine that has this bottle's machine" },
	{ 0, "boot", NULL, NULL, "boot a small machine: it proves more, and takes seconds" },
	{ 0, "json", NULL, NULL, "one JSON document instead of lines" },
	{ .name = NULL }
};

static const struct verb verbs[] = {
	{ "check", "[MANIFEST]", "say what is here, what is missing, and what helps", DEFAULT_VERB, run_check },
	{ .name = NULL }
};

const struct applet doctor_applet = {
	.name = "bb-doctor", .section = NULL, .summary = "is everything here that a bottle needs",
	.reads = "nothing", .exits = "64 65 69 74 75 77 128+n", .opts = opts, .verbs = verbs,
};
