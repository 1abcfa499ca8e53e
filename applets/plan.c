/* SPDX-License-Identifier: MIT */
/* bb-plan: make, check, read and join plans. Runs no tool and changes nothing. */
#include "plan.h"
#include "io.h"
#include "manifest.h"

#include <string.h>
#include <unistd.h>

/* new FILE: wrap a manifest; its own folder becomes `base`. Without FILE: from stdin. */
static int run_new(struct cmd *cmd)
{
	struct plan *p = cmd->operands ? plan_file(cmd->operand[0]) : plan_read(cmd);

	out_all(p->text, p->len);
	return BB_OK;
}

/* check: every fault at once. Nothing on stdout; 0, or 65. */
static int run_check(struct cmd *cmd)
{
	const char *where = cmd->operands ? cmd->operand[0] : "standard input";
	struct str text = STR_EMPTY;
	struct json_error error = { 0 };
	struct list faults = { 0 };
	struct jv root, manifest;

	if (!cmd->operands && isatty(STDIN_FILENO))
		die(BB_USAGE, "name a file, or pipe one in", "a manifest is expected on standard input, not a terminal");
	if (cmd->operands && io_read_file(where, &text, JSON_MAX_BYTES) != IO_OK)
		die(BB_PLAN, "check the name", "%s is not a regular file of at most 1 MiB", where);
	if (!cmd->operands && !io_read_fd(0, &text, JSON_MAX_BYTES))
		die(BB_PLAN, "see man 5 bb-plan", "%s is larger than 1 MiB", where);
	root = json_parse(text.text, text.len, &error);
	if (!root.doc)
		die(BB_PLAN, "it must be one strict JSON object (RFC 8259)", "%s, line %zu, column %zu: %s",
		    where, error.line, error.column, error.why);
	manifest = jv_get(root, "plan").doc ? jv_get(root, "manifest") : root;
	manifest_check(manifest, &faults);
	for (size_t i = 0; i < faults.n; i++)
		warn("%s: %s", where, faults.item[i]);
	if (faults.n)
		die(BB_PLAN, "see man 5 bb-plan", "%s: %zu fault%s", where, faults.n, faults.n > 1 ? "s" : "");
	plan_parse(text.text, text.len, where, "/");
	return BB_OK;
}

/* get PATH: one member, "subnet.bundle"; a string without its quotes, else its JSON. 1: not there. */
static int run_get(struct cmd *cmd)
{
	struct plan *p = plan_read(cmd);
	struct jv v = jv_path(p->root, cmd->operand[0]);
	struct str out = STR_EMPTY;

	if (!v.doc)
		return BB_NO;
	if (jv_is(v, JSON_STRING)) {
		if (!jv_text(v))
			die(BB_PLAN, "a shell could not hold it", "%s has a NUL character in it", cmd->operand[0]);
		str_add(&out, jv_text(v));
	} else {
		str_add(&out, jv_raw(v));
	}
	str_add(&out, "\n");
	out_all(out.text, out.len);
	return BB_OK;
}

static bool is_frame(const char *name)
{
	static const char *const frame[] = { "plan", "base", "manifest", "dry_run" };

	return word_index(name, frame, COUNT(frame)) >= 0;
}

/* merge FILE FILE: the first, plus the sections only the second has. Both must be of one manifest. */
static int run_merge(struct cmd *cmd)
{
	struct plan *a = plan_file(cmd->operand[0]), *b = plan_file(cmd->operand[1]);
	struct json_error error;
	struct jv root = a->root;
	struct str out = STR_EMPTY;

	if (strcmp(jv_raw(a->manifest), jv_raw(b->manifest)))
		die(BB_PLAN, "both must come from the same bb-plan new", "%s and %s have different manifests",
		    cmd->operand[0], cmd->operand[1]);
	str_add_bytes(&out, a->text, a->len);
	for (struct jv e = jv_first(b->root); e.doc; e = jv_next(b->root, e)) {
		struct jv mine = jv_get(root, jv_name(e));
		struct str next = STR_EMPTY;

		if (mine.doc && !strcmp(jv_raw(mine), jv_raw(e)))
			continue;
		if (mine.doc && !is_frame(jv_name(e)))
			die(BB_PLAN, "run the applet that owns it once, before the two branches",
			    "section %s is in both plans and differs", jv_name(e));
		if (mine.doc)
			continue;
		json_splice(&next, root, jv_name(e), jv_raw(e));
		root = json_parse(next.text, next.len, &error);
		if (!root.doc)
			die(BB_PLAN, "use smaller plans", "the joined plan would be %s", error.why);
		out = next;
	}
	out_all(out.text, out.len);
	return BB_OK;
}

static void show_list(struct str *s, struct jv list, const char *separator)
{
	for (struct jv e = jv_first(list); e.doc; e = jv_next(list, e)) {
		const char *name = jv_is(list, JSON_OBJECT) ? jv_name(e) : jv_text(e);

		str_addf(s, "%s%s", e.token == jv_first(list).token ? "" : separator, name ? name : "?");
	}
	if (!jv_count(list))
		str_add(s, "none");
}

/* Where each value of agent.env comes from, so that a preflight shows every host variable and file
 * that would be read (wall W21). */
static void show_reference(struct str *s, struct jv e, const char *what, const char *name)
{
	const char *variable = jv_text(jv_get(e, "from_env")), *file = jv_text(jv_get(e, "from_file"));

	if (variable)
		str_addf(s, "%-10s %s <- variable %s of this host\n", what, name, variable);
	else if (file)
		str_addf(s, "%-10s %s <- file %s\n", what, name, file);
	else if (is_reference(e))
		str_addf(s, "%-10s %s <- asked on this terminal\n", what, name);
}

static void show_references(struct str *s, struct jv map, const char *what)
{
	for (struct jv e = jv_first(map); e.doc; e = jv_next(map, e))
		show_reference(s, e, what, jv_name(e));
}

/* Who may be pushed to, and with which key. */
static void show_repos(struct str *s, const struct plan *p)
{
	struct jv all = jv_path(p->manifest, "git.repos");

	for (struct jv e = jv_first(all); e.doc; e = jv_next(all, e))
		str_addf(s, "%-10s %s <-> %s\n", "git", jv_name(e), jv_text(jv_get(e, "url")));
	for (struct jv e = jv_first(all); e.doc; e = jv_next(all, e))
		show_reference(s, jv_get(e, "key"), "git key", jv_name(e));
}

static void show_files(struct str *s, const struct plan *p)
{
	struct jv skills = jv_path(p->manifest, "agent.skills");
	const char *prompt = plan_text(p, "agent.prompt", NULL), *build = plan_text(p, "agent.build", NULL);

	if (build)
		str_addf(s, "%-10s %s is what %s is built from\n", "folder", build, plan_text(p, "agent.image", ""));
	if (prompt)
		str_addf(s, "%-10s %s is the agent's prompt\n", "file", prompt);
	for (struct jv e = jv_first(skills); e.doc; e = jv_next(skills, e))
		str_addf(s, "%-10s %s is a skill of the agent's\n", "folder", jv_text(e));
}

/* show: the compact lines of the preflight, control characters filtered (walls W21, W22). */
static int run_show(struct cmd *cmd)
{
	struct plan *p = plan_read(cmd);
	struct jv command = jv_path(p->manifest, "agent.command");
	const char *allow = jv_text(jv_path(p->root, "subnet.allow"));
	const char *upstream_ca = plan_text(p, "egress.upstream_ca", NULL);
	struct str s = STR_EMPTY;
	int ports[3];
	size_t n = plan_ports(p, ports);

	str_addf(&s, "bottle     %s\n", p->slug);
	str_addf(&s, "agent      %s, user %s: ", plan_text(p, "agent.image", ""),
		 plan_text(p, "agent.user", "root"));
	show_list(&s, command, " ");
	str_add(&s, "\nenv        ");
	show_list(&s, jv_path(p->manifest, "agent.env"), " ");
	str_addf(&s, "\nbundle     %s\nallowlist  ", manifest_bundle_image(p->manifest));
	show_list(&s, jv_path(p->manifest, "egress.allowlist"), " ");
	str_add(&s, "\n");
	show_references(&s, jv_path(p->manifest, "agent.env"), "secret");
	show_references(&s, jv_path(p->manifest, "egress.credentials"), "credential");
	show_repos(&s, p);
	show_files(&s, p);
	if (upstream_ca)
		str_addf(&s, "%-10s %s is trusted for upstream servers\n", "file", upstream_ca);
	str_addf(&s, "reaches    %s, ports", allow ? allow : "(no subnet yet)");
	for (size_t i = 0; i < n; i++)
		str_addf(&s, " %d", ports[i]);
	str_add(&s, "\n");
	scrub(s.text, true);
	out_all(s.text, strlen(s.text));
	return BB_OK;
}

static const struct verb verbs[] = {
	{ "new", "[MANIFEST]", "wrap a manifest into a plan", PLAN_IN | PLAN_OUT | DEFAULT_VERB, run_new },
	{ "check", "[FILE]", "name every fault of a manifest or plan", 0, run_check },
	{ "get", "PATH", "print one member, by names joined with dots", PLAN_IN, run_get },
	{ "merge", "FILE FILE", "join the plans of two branches", PLAN_OUT, run_merge },
	{ "show", "", "print what would run, for a person", PLAN_IN, run_show },
	{ .name = NULL }
};

const struct applet plan_applet = {
	.name = "bb-plan", .section = NULL, .summary = "make, check, read and join plans",
	.reads = "manifest", .exits = "1 64 65 74", .verbs = verbs,
};
