/* SPDX-License-Identifier: MIT */
/* bb-plan: make, check, read and join plans. Runs no tool and changes nothing. */
#include "stage.h"
#include "basic/io.h"
#include "plan/document.h"
#include "plan/manifest.h"
#include "plan/source.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Refuse two inputs, of which one would be ignored. */
static void only_one(const struct cmd *cmd, int i)
{
	const char *file = cmd_value(cmd, "plan");

	if (file && cmd->operands > i)
		die(BB_USAGE, "leave one of them out", "%s and --plan %s are two plans", cmd->operand[i], file);
}

/* The plan that a verb reads: from its operand `i`, or from where all applets read. */
static struct plan *operand_plan(struct cmd *cmd, int i)
{
	only_one(cmd, i);
	return cmd->operands > i ? plan_file(cmd->operand[i]) : stage_read(cmd);
}

/* new FILE: wrap a manifest; its own folder becomes `base`. Without FILE: from stdin. */
static int run_new(struct cmd *cmd)
{
	struct plan *p = operand_plan(cmd, 0);

	out_all(p->text, p->len);
	return BB_OK;
}

/* check: every fault of every file at once. Nothing on stdout; 0, or 65. */
static int run_check(struct cmd *cmd)
{
	int files = cmd->operands ? cmd->operands : 1, bad = 0;

	only_one(cmd, 0);
	for (int i = 0; i < files; i++) {
		const char *file = cmd->operands ? cmd->operand[i] : cmd_value(cmd, "plan"), *hint;
		struct list faults = { 0 };
		struct source s;

		/* Go on with the other files. */
		if (files > 1 && strcmp(file, "-") && access(file, R_OK) < 0) {
			warn("%s %s", file, io_open_why(errno));
			bad++;
			continue;
		}
		s = source_read(file);
		hint = plan_faults(s.text.text, s.text.len, &faults);
		if (files == 1 && faults.n == 1)
			die(BB_PLAN, hint, "%s: %s", s.where, faults.item[0]);
		for (size_t k = 0; k < faults.n; k++)
			warn("%s: %s", s.where, faults.item[k]);
		if (files == 1 && faults.n)
			die(BB_PLAN, hint, "%s: %zu faults", s.where, faults.n);
		bad += faults.n > 0;
	}
	if (bad)
		die(BB_PLAN, "the lines above name every fault", "%d of %d files cannot be used", bad, files);
	return BB_OK;
}

/* get PATH: print one member, "subnet.bundle" or "/subnet/bundle"; a string without its quotes, anything else as
 * JSON. 1 if it is not there. */
static int run_get(struct cmd *cmd)
{
	const char *path = cmd->operand[0];
	struct plan *p = operand_plan(cmd, 1);
	struct jv v = *path == '/' ? jv_pointer(p->root, path) : jv_path(p->root, path);
	struct str out = STR_EMPTY;

	if (!v.doc)
		return BB_NO;
	if (jv_is(v, JSON_STRING)) {
		if (!jv_text(v))
			die(BB_PLAN, "a shell could not hold it", "%s has a NUL character in it", path);
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

/* merge FILE FILE: the first plan, plus the sections that only the second has. Both must have the same manifest. */
static int run_merge(struct cmd *cmd)
{
	struct plan *a = plan_file(cmd->operand[0]), *b = plan_file(cmd->operand[1]);
	struct str out = STR_EMPTY, more = STR_EMPTY;
	struct json_error error;

	if (!jv_same(a->manifest, b->manifest))
		die(BB_PLAN, "make both from one: bb-plan new MANIFEST", "%s and %s have different manifests",
		    cmd->operand[0], cmd->operand[1]);
	for (struct jv e = jv_first(b->root); e.doc; e = jv_next(b->root, e)) {
		const char *name = jv_name(e);
		struct jv mine = jv_get(a->root, name);

		if (mine.doc && !is_frame(name) && !jv_same(mine, e))
			die(BB_PLAN, "run the applet that owns it once, before the two branches",
			    "section %s is in both plans and differs", name);
		if (mine.doc)
			continue;
		str_add(&more, more.len ? "," : "");
		json_quote(&more, name, strlen(name));
		str_add(&more, ":");
		str_add(&more, jv_raw(e));
	}
	json_append(&out, a->root, more.text);
	if (!json_check(out.text, out.len, &error))
		die(BB_PLAN, "use smaller plans", "the joined plan would be %s", error.why);
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

/* Where each value of agent.env comes from. So the preflight shows every variable and file of the host that would be
 * read (wall W21). */
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

/* The upstreams that may be pushed to, and with which key. */
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

/* show: print the compact lines of the preflight, control characters replaced (walls W21, W22). */
static int run_show(struct cmd *cmd)
{
	struct plan *p = operand_plan(cmd, 0);
	struct jv command = jv_path(p->manifest, "agent.command");
	const char *allow = jv_text(jv_path(p->root, "subnet.allow"));
	const char *upstream_ca = plan_text(p, "egress.upstream_ca", NULL);
	struct str s = STR_EMPTY;
	int ports[BUNDLE_PORTS];
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

/* --- diff --- */

static bool alike(struct jv a, struct jv b)
{
	struct jv other = jv_first(b);

	if (!a.doc || !b.doc || jv_type(a) != jv_type(b) || jv_count(a) != jv_count(b))
		return !a.doc && !b.doc;
	if (!jv_is(a, JSON_OBJECT) && !jv_is(a, JSON_ARRAY))
		return jv_text(a) && jv_text(b) ? !strcmp(jv_text(a), jv_text(b)) : !strcmp(jv_raw(a), jv_raw(b));
	for (struct jv e = jv_first(a); e.doc; e = jv_next(a, e)) {
		if (!alike(e, jv_is(a, JSON_OBJECT) ? jv_get(b, jv_name(e)) : other))
			return false;
		if (jv_is(a, JSON_ARRAY))
			other = jv_next(b, other);
	}
	return true;
}

/* One line for a script: no white space of the text's own in a value. */
static void add_value(struct str *out, struct jv v)
{
	char *text = v.doc ? mem_text(jv_raw(v), strlen(jv_raw(v))) : NULL;

	for (char *c = text; c && *c; c++)
		if (strchr("\t\r\n", *c))
			*c = ' ';
	if (text)
		scrub(text, false);
	str_addf(out, "\t%s", text ? text : "-");
}

static const char *member_path(const char *path, const char *name)
{
	struct str quoted = STR_EMPTY;

	if (name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")] == '\0' && *name)
		return mem_printf("%s%s%s", path, *path ? "." : "", name);
	json_quote(&quoted, name, strlen(name));
	return mem_printf("%s[%s]", path, quoted.text);
}

/* Compare two values: objects member by member; lists are shown whole. */
static void differ(struct str *out, const char *path, struct jv a, struct jv b)
{
	if (!jv_is(a, JSON_OBJECT) || !jv_is(b, JSON_OBJECT)) {
		str_add(out, path);
		add_value(out, a);
		add_value(out, b);
		str_add(out, "\n");
		return;
	}
	for (struct jv e = jv_first(a); e.doc; e = jv_next(a, e))
		if (!alike(e, jv_get(b, jv_name(e))))
			differ(out, member_path(path, jv_name(e)), e, jv_get(b, jv_name(e)));
	for (struct jv e = jv_first(b); e.doc; e = jv_next(b, e))
		if (!jv_get(a, jv_name(e)).doc)
			differ(out, member_path(path, jv_name(e)), jv_get(a, jv_name(e)), e);
}

/* diff OLD [NEW]: the differences between two manifests: "PATH<tab>OLD<tab>NEW", "-" for an absent value. 1 if there
 * are any. */
static int run_diff(struct cmd *cmd)
{
	struct plan *a = plan_file(cmd->operand[0]);
	struct plan *b = cmd->operands > 1 ? plan_file(cmd->operand[1]) : stage_read(cmd);
	struct str out = STR_EMPTY;

	if (!alike(a->manifest, b->manifest))
		differ(&out, "", a->manifest, b->manifest);
	out_all(out.text, out.len);
	return out.len ? BB_NO : BB_OK;
}

/* Dies with 65 if the machine itself would differ: image, processors, memory. Variables, repositories and the
 * operator's port are set by provisioning and may change. */
static void same_machine(const struct plan *a, const struct plan *b)
{
	static const char *const fixed[] = { "bottle", "agent.image", "agent.build", "vm" };

	for (size_t i = 0; i < COUNT(fixed); i++)
		if (!alike(jv_path(a->manifest, fixed[i]), jv_path(b->manifest, fixed[i])))
			die(BB_PLAN, mem_printf("leave it as it was, or: bb-stop %s, then a new start", a->slug),
			    "manifest.%s cannot change without a new machine", fixed[i]);
}

/* change FILE: replace the plan's manifest, and its folder, by that file's. 65 if the machine would not be the same. */
static int run_change(struct cmd *cmd)
{
	struct plan *p = stage_read(cmd), *from = plan_file(cmd->operand[0]);
	struct str half = STR_EMPTY, out = STR_EMPTY, base = STR_EMPTY;
	struct json_error error = { 0 };
	struct jv root;

	same_machine(p, from);
	json_quote(&base, from->base, strlen(from->base));
	json_splice(&half, p->root, "manifest", jv_raw(from->manifest));
	root = json_parse(half.text, half.len, &error);
	if (!root.doc)
		die(BB_PLAN, "use a smaller manifest", "the changed plan would be %s", error.why);
	json_splice(&out, root, "base", base.text);
	out_all(out.text, out.len);
	return BB_OK;
}

static const struct verb verbs[] = {
	{ "new", "[MANIFEST]", "wrap a manifest into a plan", PLAN_IN | PLAN_OUT | DEFAULT_VERB, run_new },
	{ "check", "[FILE...]", "name every fault of manifests or plans", PLAN_FILE, run_check },
	{ "get", "PATH [FILE]", "print one member: a.b, or /a/b where a name has a dot", PLAN_IN, run_get },
	{ "merge", "FILE FILE", "join the plans of two branches", PLAN_OUT, run_merge },
	{ "show", "[FILE]", "print what would run, for a person", PLAN_IN, run_show },
	{ "diff", "OLD [NEW]", "name what the second manifest says otherwise; 1 if anything", PLAN_IN, run_diff },
	{ "change", "MANIFEST", "put another manifest into a plan", PLAN_IN | PLAN_OUT, run_change },
	{ .name = NULL }
};

const struct applet plan_applet = {
	.name = "bb-plan", .section = NULL, .summary = "make, check, read and join plans",
	.reads = "manifest", .exits = "1 64 65 74 75", .verbs = verbs,
};
