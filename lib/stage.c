/* SPDX-License-Identifier: MIT */
/* stage.c: what every verb does before and after its act: read the plan, name the owner, write the plan. */
#include "stage.h"
#include "basic/io.h"
#include "basic/paths.h"
#include "basic/proc.h"
#include "basic/undo.h"
#include "plan/manifest.h"
#include "record/bottle.h"
#include "record/ledger.h"
#include "record/saved.h"

#include <string.h>

struct owner stage_owner(const struct cmd *cmd)
{
	static struct owner o = { 0, 0, "", "" };
	static bool parsed;
	long long pid = parsed ? 0 : cmd_number(cmd, "owner", 1, 1 << 30, 0);

	if (pid && !owner_by_pid(&o, pid))
		die(BB_USAGE, "name the process whose bottle it is", "--owner %lld: there is no such process", pid);
	proc_follow(pid);
	parsed = true;
	return o;
}

void stage_enter(const struct cmd *cmd, const struct plan *p)
{
	struct owner o = stage_owner(cmd);
	const char *image = plan_text(p, "agent.image", "");

	if (o.pid)
		bottle_claim(p->slug, image, &o, false);
	else
		bottle_note(p->slug, image);
}

void stage_begin(const struct cmd *cmd, const struct plan *p, const char *kind, const char *name)
{
	stage_enter(cmd, p);
	ledger_begin(p->slug, kind, name);
}

struct plan *stage_read(const struct cmd *cmd)
{
	const char *file = cmd_value(cmd, "plan");
	struct plan *p = plan_file(file);

	if (p->dry && (cmd->verb->flags & ACTS) && !cmd_dry(cmd))
		die(BB_REFUSED, "make the plan again without --dry-run",
		    "the plan comes from a dry run: what it says was not done");
	if ((cmd->verb->flags & ACTS) && !cmd_dry(cmd) && !stage_owner(cmd).pid)
		bottle_touch(p->slug);
	return p;
}

static const char *checked_slug(const char *slug)
{
	if (!slug_ok(slug))
		die(BB_USAGE, "a bottle's name is lower-case letters, digits and single hyphens",
		    "'%s' is not the name of a bottle", slug);
	return slug;
}

const char *stage_slug(const struct cmd *cmd, int i)
{
	return checked_slug(cmd->operand[i]);
}

const char *stage_container(const struct cmd *cmd, const char *name)
{
	const char *id = cmd_value(cmd, name);

	if (id && (strlen(id) != 64 || strspn(id, "0123456789abcdef") != 64))
		die(BB_USAGE, "give all 64 digits: bb-bundle check SLUG", "--%s %s is not the id of a container", name, id);
	return id;
}

struct plan *stage_saved(const struct cmd *cmd, const char *slug)
{
	const char *file = cmd_value(cmd, "plan");
	struct plan *p;

	checked_slug(slug);
	if (!file) {
		file = state_bottle_file(slug, "plan.json");
		if (!io_exists(file) && !bottle_known(slug))
			bottle_unknown(slug);
		if (!io_exists(file))
			die(BB_PLAN, mem_printf("it is half made; take it down with: bb-stop %s", slug), "the bottle %s has no plan (%s)", slug, file);
	}
	p = plan_file(file);
	if (strcmp(p->slug, slug))
		die(BB_PLAN, "name the plan of that bottle", "%s is the plan of %s, not of %s", file, p->slug, slug);
	return p;
}

int stage_emit(const struct cmd *cmd, struct plan *p, const char *value)
{
	struct str marked = STR_EMPTY, out = STR_EMPTY;
	struct json_error error = { 0 };
	struct jv root = p->root;

	signals_obey();          /* the last moment at which all can be taken back */
	if (cmd_dry(cmd)) {
		json_splice(&marked, root, "dry_run", "true");
		root = json_parse(marked.text, marked.len, &error);
		if (!root.doc)
			die(BB_PLAN, "use a smaller manifest", "the plan would be %s", error.why);
	}
	json_splice(&out, root, cmd->self->section, value);
	if (!out.len || out.text[out.len - 1] != '\n')
		str_add(&out, "\n");
	/* All but the section is as it was read and checked. */
	if (out.len > JSON_MAX_BYTES)
		die(BB_PLAN, "use a smaller manifest", "the plan would be larger than 1 MiB");
	if (!json_check(value, strlen(value), &error))
		bug("section %s: %s", cmd->self->section, error.why);
	if ((cmd->verb->flags & ACTS) && !cmd_dry(cmd)) {
		state_bottle(p->slug);
		io_write_file(state_bottle_file(p->slug, "plan.json"), out.text, out.len, 0600);
	}
	out_all(out.text, out.len);
	undo_drop();
	return BB_OK;
}

void stage_report(const struct cmd *cmd, const struct plan *p, const char *json)
{
	const char *file = mem_printf("%s.report.json", cmd->self->section);

	state_bottle(p->slug);
	io_write_file(state_bottle_file(p->slug, file), json, strlen(json), 0600);
}
