/* SPDX-License-Identifier: MIT */
/* bb-vm: create, start and use a bottle's machine. Verbs that make it take a plan; verbs on a machine that exists
 * take its SLUG. */
#include "stage.h"
#include "vm/vm.h"
#include "basic/io.h"
#include "basic/names.h"
#include "basic/paths.h"
#include "basic/undo.h"
#include "part/policy.h"
#include "plan/document.h"
#include "record/bottle.h"
#include "record/inventory.h"
#include "record/ledger.h"
#include "tool/docker_image.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	CREATE_MS = 10 * 60 * 1000,       /* 1.7.0 unpacks disk templates here: 110 s on a slow machine */
	START_MS = 15 * 60 * 1000,        /* 1.32.2 may expand a 20 GiB sparse template at the first start */
	WAIT_MS = 5 * 60 * 1000,
	ONE_EXEC_MS = 60 * 1000,
	ENDED_LOOKS = 6                   /* with pauses of 0.1 s, doubled each time */
};

static const char *section(const struct plan *p, const char *state)
{
	const struct machine_engine *e = bottle_machine(p->slug).engine;
	struct jw w = JW_EMPTY;

	jw_open(&w, NULL, '{');
	jw_text(&w, "name", plan_vm_name(p));
	jw_text(&w, "engine", e->name);
	jw_text(&w, "version", e->version());
	jw_text(&w, "state", state);
	jw_close(&w, '}');
	return w.out.text;
}

/* --- create --- */

/* The smolfile section must say what follows from manifest and subnet (wall W24). */
static void compare_section(const struct plan *p, const struct list *options)
{
	struct jv list = jv_path(p->root, "smolfile.create_args");
	size_t i = 0;

	plan_need(p, "smolfile.path");
	for (struct jv e = jv_first(list); e.doc; e = jv_next(list, e), i++)
		if (i >= options->n || !jv_text(e) || strcmp(jv_text(e), options->item[i]))
			break;
	if (i != options->n || jv_count(list) != i)
		die(BB_REFUSED, "run bb-smolfile again",
		    "section smolfile is not what manifest and subnet give");
}

/* An engine without packs takes the image itself, by its id. */
static const char *image_id(const struct plan *p, bool dry)
{
	const char *id = plan_need(p, "pack.artifact"), *there, *architecture;

	if (strcmp(id, plan_need(p, "pack.image_id")))
		die(BB_REFUSED, "run bb-pack build again", "the plan's artifact %s is not the image's id", id);
	if (!dry && (!docker_image(id, &there, &architecture) || strcmp(there, id)))
		die(BB_PLAN, "run bb-pack build again", "there is no image %s", id);
	return id;
}

/* The pack must be the one for the image's id, in our cache, where only we can write. */
static const char *artifact(const struct plan *p, bool dry)
{
	const char *path = plan_need(p, "pack.artifact"), *id = strchr(plan_need(p, "pack.image_id"), ':');
	const char *start = mem_printf("%s/%.32s-", cache_packs(), id ? id + 1 : "?");
	const char *end = mem_printf("-%s.smolmachine", bottle_machine(p->slug).engine->version());
	size_t n = strlen(path);
	struct stat st;

	if (strncmp(path, start, strlen(start)) || strchr(path + strlen(start), '/') || n < strlen(end) ||
	    strcmp(path + n - strlen(end), end))
		die(BB_REFUSED, "run bb-pack build again", "the pack %s is not %s...%s", path, start, end);
	if (dry)         /* with --dry-run, bb-pack made none */
		return path;
	if (lstat(path, &st) < 0)
		die(BB_PLAN, "run bb-pack build again", "the pack %s:", path);
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 022))
		die(BB_REFUSED, "remove it and run bb-pack build again", "the pack %s is not a file of ours alone", path);
	return path;
}

static void undo_create(void *slug)
{
	vm_delete(slug);
}

static int run_create(struct cmd *cmd)
{
	struct plan *p = stage_read(cmd);
	struct machine_wish wish = wish_of(p);
	struct machine m = bottle_machine(p->slug);
	struct str out = STR_EMPTY, err = STR_EMPTY;
	struct list words = m.engine->options(&wish);
	struct proc_end end;
	int lock;

	compare_section(p, &words);
	wish.source = m.engine->pack ? artifact(p, cmd_dry(cmd)) : image_id(p, cmd_dry(cmd));
	words = m.engine->create(&wish);
	if (cmd_dry(cmd)) {
		warn("%s", m.engine->line(&words));
		return stage_emit(cmd, p, section(p, "none"));
	}
	lock = m.engine->lock();
	if (m.engine->exists(m.name))
		die(BB_BUSY, mem_printf("remove it: bb-vm delete %s", p->slug), "a machine %s exists already", m.name);
	stage_begin(cmd, p, "machine", m.name);
	undo_push(undo_create, (void *)(uintptr_t)p->slug);
	end = machine_run(m.engine, &words, &out, &err, CREATE_MS);
	if (!proc_ok(&end))
		die(BB_TOOL, "bb-vm create --dry-run --plan PLAN shows the command, to try it by hand", "%s create: %s (%s)",
		    m.engine->command, m.engine->said(&err), proc_text(&end));
	if (!m.engine->exists(m.name))
		die(BB_TOOL, mem_printf("is HOME or XDG_DATA_HOME the one %s uses?", m.engine->name),
		    "%s says it created %s, but it is not in %s", m.engine->name, m.name, m.engine->store());
	ledger_done(p->slug, "machine", m.name, m.engine->folder(m.name));
	io_unlock(lock);
	return stage_emit(cmd, p, section(p, "created"));
}

/* --- start --- */

static void undo_start(void *slug)
{
	vm_stop(slug);
}

/* A VMM without progress may live on and hold the disks that the next start needs. */
static bool end_half_start(void *slug)
{
	return vm_stop(slug);
}

static void launch(const struct plan *p, struct machine m, const struct machine_wish *wish, const struct list *words)
{
	struct str out = STR_EMPTY, err = STR_EMPTY;
	struct proc_end end = machine_boot(m.engine, words, &out, &err, START_MS, end_half_start, (void *)(uintptr_t)p->slug);

	if (!proc_ok(&end) && m.engine->mend && m.engine->mend(&err, wish)) {
		policy_require(p, wish);       /* of what was changed just now */
		end = machine_boot(m.engine, words, &out, &err, START_MS, end_half_start, (void *)(uintptr_t)p->slug);
	}
	if (!proc_ok(&end))
		die(BB_TOOL, mem_printf("see bb-vm logs %s", p->slug), "%s start: %s (%s)",
		    m.engine->command, m.engine->said(&err), proc_text(&end));
}

static int run_start(struct cmd *cmd)
{
	struct plan *p = stage_read(cmd);
	struct machine_wish wish = wish_of(p);
	struct machine m = bottle_machine(p->slug);
	struct list words = m.engine->start(m.name);
	struct machine_row row;
	int lock;

	if (cmd_dry(cmd)) {
		warn("%s", m.engine->line(&words));
		return stage_emit(cmd, p, section(p, "none"));
	}
	lock = m.engine->lock();
	/* Whatever happened before: nothing starts unless the row has exactly our policy. */
	row = policy_require(p, &wish);
	if (!vm_ours(p->slug))
		die(BB_REFUSED, mem_printf("remove it by hand (%s delete), then start again", m.engine->command),
		    "machine %s is not bottlebox's (no label, not in the ledger)", m.name);
	/* After a crash of the host the row may still say "running". */
	if (strcmp(row.state, "running") || !inventory_machine_runs(p->slug)) {
		undo_push(undo_start, (void *)(uintptr_t)p->slug);
		launch(p, m, &wish, &words);
	}
	m.engine->check_launched(&wish);
	io_unlock(lock);
	return stage_emit(cmd, p, section(p, "running"));
}

/* --- wait --- */

/* While the guest boots, exec fails or is killed: repeat it until one works (docs/smolvm.md, "Boot and the first exec"). */
static int run_wait(struct cmd *cmd)
{
	static const char *const nothing[] = { "/bin/sh", "-c", ":", NULL };
	struct plan *p = stage_read(cmd);
	long long limit = cmd_number(cmd, "timeout", 1, 86400, WAIT_MS / 1000) * 1000;
	long long deadline = clock_ms() + limit;
	struct machine m = bottle_machine(p->slug);
	struct str out = STR_EMPTY, err = STR_EMPTY;
	int pause = 100, ended = 0;

	if (cmd_dry(cmd)) {
		struct list words = m.engine->exec(m.name, false, false, NULL);

		list_add_all(&words, nothing);
		warn("%s", m.engine->line(&words));
		return stage_emit(cmd, p, section(p, "none"));
	}
	for (;;) {
		struct proc_end end;

		str_clear(&err);
		end = machine_exec(m, nothing, &(struct machine_exec){ .out = &out, .err = &err, .timeout_ms = ONE_EXEC_MS });
		if (proc_ok(&end))
			return stage_emit(cmd, p, section(p, "ready"));
		/* 1.7.7 reports this for a machine that has just started, too, and then corrects itself. Only after
		 * three seconds it is believed. */
		ended = strcmp(m.engine->read(m.name).state, "running") ? ended + 1 : 0;
		if (ended == ENDED_LOOKS)
			die(BB_TOOL, mem_printf("run bb-vm start first; see bb-vm logs %s", p->slug),
			    "%s does not run: %s", m.name, m.engine->said(&err));
		if (clock_ms() >= deadline)
			die(BB_BUSY, mem_printf("see bb-vm logs %s", p->slug),
			    "%s does not run commands after %lld s: %s", m.name, limit / 1000, m.engine->said(&err));
		sleep_ms(pause);
		pause = pause < 2000 ? pause * 2 : 2000;
	}
}

static const struct opt opts[] = {
	{ 'i', "interactive", NULL, "exec", "feed our standard input to the command" },
	{ 0, "bundle", "ID", "stop delete", "not if another container is its bundle by now" },
	{ 't', "tty", NULL, "exec", "give the command a terminal" },
	{ 'e', "env", "NAMES", "exec", "give it these variables of ours as well: A,B" },
	{ 'u', "user", "USER", "exec", "run as USER instead of the manifest's" },
	{ 'w', "workdir", "DIR", "exec", "start in DIR instead of the manifest's" },
	{ 0, "timeout", "SECONDS", "wait", "how long (300)" },
	{ .name = NULL }
};

static const struct verb verbs[] = {
	{ "create", "", "make the machine from its pack; nothing runs yet", PLAN_IN | PLAN_OUT | ACTS, run_create },
	{ "start", "", "start it, if its policy is in place", PLAN_IN | PLAN_OUT | ACTS, run_start },
	{ "wait", "", "wait until it runs commands", PLAN_IN | PLAN_OUT | ACTS, run_wait },
	{ "exec", "SLUG", "run a command in it; without one, the manifest's", REST | OWNED | PLAN_FILE, run_exec },
	{ "cp", "FROM TO", "copy a file or a folder, SLUG:/path on one side", PLAN_FILE, run_cp },
	{ "unsaved", "SLUG", "name repositories in it whose work is nowhere else; 1 if there are any", PLAN_FILE, run_unsaved },
	{ "logs", "SLUG", "print what its console said", PLAN_FILE, run_logs },
	{ "stop", "SLUG", "stop it; stopped already is fine", 0, run_stop },
	{ "delete", "SLUG", "stop and remove it; gone already is fine", 0, run_delete },
	{ .name = NULL }
};

const struct applet vm_applet = {
	.name = "bb-vm", .section = "vm", .summary = "make, start, use and remove the machine",
	.reads = "manifest subnet smolfile pack", .exits = "1 64 65 69 74 75 77 128+n, exec: the command's own",
	.opts = opts, .verbs = verbs,
};
