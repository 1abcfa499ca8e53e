/* SPDX-License-Identifier: MIT */
/* bb-vm: create, start and use a bottle's machine. Verbs that make it take a plan; verbs on a machine that exists
 * take its SLUG. */
#include "stage.h"
#include "vm.h"
#include "basic/io.h"
#include "basic/names.h"
#include "basic/paths.h"
#include "basic/undo.h"
#include "part/vmrow.h"
#include "plan/document.h"
#include "record/inventory.h"
#include "record/ledger.h"
#include "tool/smolvm.h"

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
	struct jw w = JW_EMPTY;

	jw_open(&w, NULL, '{');
	jw_text(&w, "name", plan_vm_name(p));
	jw_text(&w, "engine", "smolvm");
	jw_text(&w, "version", smolvm_find()->version);
	jw_text(&w, "state", state);
	jw_close(&w, '}');
	return w.out.text;
}

/* --- create --- */

/* The smolfile section must say what follows from manifest and subnet (wall W24). */
static void compare_section(const struct plan *p, const struct smolfile *s)
{
	struct jv list = jv_path(p->root, "smolfile.create_args");
	size_t i = 0;

	plan_need(p, "smolfile.path");
	for (struct jv e = jv_first(list); e.doc; e = jv_next(list, e), i++)
		if (i >= s->create_args.n || !jv_text(e) || strcmp(jv_text(e), s->create_args.item[i]))
			break;
	if (i != s->create_args.n || jv_count(list) != i)
		die(BB_REFUSED, "run bb-smolfile again",
		    "section smolfile is not what manifest and subnet give");
}

/* The pack must be the one for the image's id, in our cache, where only we can write. */
static const char *artifact(const struct plan *p, bool dry)
{
	const char *path = plan_need(p, "pack.artifact"), *id = strchr(plan_need(p, "pack.image_id"), ':');
	const char *start = mem_printf("%s/%.32s-", cache_packs(), id ? id + 1 : "?");
	const char *end = mem_printf("-%s.smolmachine", smolvm_find()->version);
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

static struct list create_words(const struct plan *p, const struct smolfile *s, bool dry)
{
	struct list w = { 0 };

	list_add(&w, "machine");
	list_add(&w, "create");
	list_add(&w, "--name");
	list_add(&w, plan_vm_name(p));
	list_add(&w, "--from");
	list_add(&w, artifact(p, dry));
	list_add_all(&w, s->create_args.item);
	if (smolvm_can(SMOLVM_LABELS)) {
		list_add(&w, "--label");
		list_addf(&w, LABEL_SLUG "=%s", p->slug);
		list_add(&w, "--label");
		list_addf(&w, LABEL_BOTTLE "=%s", state_label(p->slug));
	}
	list_add(&w, "--");
	list_add_all(&w, vmrow_sleeper);
	return w;
}

static void undo_create(void *slug)
{
	vm_delete(slug);
}

static int run_create(struct cmd *cmd)
{
	struct plan *p = stage_read(cmd);
	struct smolfile s = smolfile_of(p);
	struct str out = STR_EMPTY, err = STR_EMPTY;
	const char *name = plan_vm_name(p);
	struct list words;
	struct proc_end end;
	int lock;

	compare_section(p, &s);
	words = create_words(p, &s, cmd_dry(cmd));
	if (cmd_dry(cmd)) {
		warn("%s", smolvm_line(&words));
		return stage_emit(cmd, p, section(p, "none"));
	}
	lock = smolvm_lock();
	if (vmrow_exists(name))
		die(BB_BUSY, mem_printf("remove it: bb-vm delete %s", p->slug), "a machine %s exists already", name);
	stage_begin(cmd, p, "machine", name);
	undo_push(undo_create, (void *)(uintptr_t)p->slug);
	end = smolvm_run(&words, NULL, 0, &out, &err, CREATE_MS);
	if (!proc_ok(&end))
		die(BB_TOOL, "bb-vm create --dry-run --plan PLAN shows the command, to try it by hand", "smolvm machine create: %s (%s)",
		    smolvm_said(&err), proc_text(&end));
	if (!vmrow_exists(name))
		die(BB_TOOL, "is HOME or XDG_DATA_HOME the one smolvm uses?",
		    "smolvm says it created %s, but it is not in %s", name, smolvm_database());
	ledger_done(p->slug, "machine", name, smolvm_data_folder(name));
	io_unlock(lock);
	return stage_emit(cmd, p, section(p, "created"));
}

/* --- start --- */

/* The state by the row; "" if it has none. */
static const char *state_of(const char *name)
{
	struct vmrow r = vmrow_read(name);
	const char *state = r.found ? jv_text(jv_get(r.row, "state")) : NULL;

	return state ? state : "";
}

/* What was launched, as smolvm wrote it down. That repeats the request and is no proof (wall W16), but a difference
 * is a reason to stop. */
static void check_launched(const struct plan *p, const struct smolfile *s)
{
	const char *file = mem_printf("%s/agent.config.json", smolvm_data_folder(plan_vm_name(p)));
	struct json_error error = { 0 };
	struct str text = STR_EMPTY;
	struct jv root;

	if (io_read_file(file, &text, JSON_MAX_BYTES) != IO_OK)
		die(BB_REFUSED, "this smolvm may be too new", "%s is missing: what was launched cannot be read", file);
	root = json_parse(text.text, text.len, &error);
	if (!jv_true(jv_path(root, "resources.network")) ||
	    !vmrow_is_set(jv_path(root, "resources.allowed_cidrs"), s->allow))
		die(BB_REFUSED, "delete the machine and create it again", "%s does not say that only %s is allowed",
		    file, s->allow);
}

static void undo_start(void *slug)
{
	vm_stop(slug);
}

/* A VMM without progress may live on and hold the disks that the next start needs. */
static bool end_half_start(void *slug)
{
	return vm_stop(slug);
}

static void launch(const struct plan *p, const struct list *words)
{
	struct str out = STR_EMPTY, err = STR_EMPTY;
	struct proc_end end = smolvm_boot(words, &out, &err, START_MS, end_half_start, (void *)(uintptr_t)p->slug);

	if (!proc_ok(&end))
		die(BB_TOOL, mem_printf("see bb-vm logs %s", p->slug), "smolvm machine start: %s (%s)",
		    smolvm_said(&err), proc_text(&end));
}

static int run_start(struct cmd *cmd)
{
	struct plan *p = stage_read(cmd);
	struct smolfile s = smolfile_of(p);
	const char *name = plan_vm_name(p);
	struct list words = vm_words("start", name);
	int lock;

	if (cmd_dry(cmd)) {
		warn("%s", smolvm_line(&words));
		return stage_emit(cmd, p, section(p, "none"));
	}
	lock = smolvm_lock();
	/* Whatever happened before: nothing starts unless the row has exactly our policy. */
	vmrow_require(p, &s);
	if (!vm_ours(p->slug))
		die(BB_REFUSED, "remove it by hand: smolvm machine delete; then start again", "machine %s is not bottlebox's (no label, not in the ledger)",
		    name);
	/* After a crash of the host the row may still say "running". */
	if (strcmp(state_of(name), "running") || !inventory_machine_runs(p->slug)) {
		undo_push(undo_start, (void *)(uintptr_t)p->slug);
		launch(p, &words);
	}
	check_launched(p, &s);
	io_unlock(lock);
	return stage_emit(cmd, p, section(p, "running"));
}

/* --- wait --- */

/* While the guest boots, exec fails or is killed: repeat it until one works (docs/smolvm.md, "Boot and the first exec"). */
static int run_wait(struct cmd *cmd)
{
	struct plan *p = stage_read(cmd);
	long long limit = cmd_number(cmd, "timeout", 1, 86400, WAIT_MS / 1000) * 1000;
	long long deadline = clock_ms() + limit;
	struct list words = smolvm_exec_words(plan_vm_name(p), false, false, NULL);
	struct str out = STR_EMPTY, err = STR_EMPTY;
	int pause = 100, ended = 0;

	list_add_all(&words, (const char *const[]){ "/bin/sh", "-c", ":", NULL });
	if (cmd_dry(cmd)) {
		warn("%s", smolvm_line(&words));
		return stage_emit(cmd, p, section(p, "none"));
	}
	for (;;) {
		struct proc_end end;

		str_clear(&err);
		end = smolvm_run(&words, NULL, 0, &out, &err, ONE_EXEC_MS);
		if (proc_ok(&end))
			return stage_emit(cmd, p, section(p, "ready"));
		/* 1.7.7 reports this for a machine that has just started, too, and then corrects itself. Only after
		 * three seconds it is believed. */
		ended = strcmp(state_of(plan_vm_name(p)), "running") ? ended + 1 : 0;
		if (ended == ENDED_LOOKS)
			die(BB_TOOL, mem_printf("run bb-vm start first; see bb-vm logs %s", p->slug),
			    "%s does not run: %s", plan_vm_name(p), smolvm_said(&err));
		if (clock_ms() >= deadline)
			die(BB_BUSY, mem_printf("see bb-vm logs %s", p->slug),
			    "%s does not run commands after %lld s: %s", plan_vm_name(p), limit / 1000,
			    smolvm_said(&err));
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
