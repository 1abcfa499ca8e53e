/* vm_use.c: bb-vm's verbs on a machine that exists: exec, cp, logs, stop, delete. */
#include "bottle.h"
#include "bundle.h"
#include "io.h"
#include "ledger.h"
#include "manifest.h"
#include "plan.h"
#include "proof.h"
#include "smolvm.h"
#include "state.h"
#include "terminal.h"
#include "undo.h"
#include "vm.h"
#include "vmrow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STOP_MS = 120 * 1000, DELETE_MS = 120 * 1000, COPY_MS = 30 * 60 * 1000, MAX_LOG = 64 << 20 };

static const char guest_exec[] = {
#include "guest/exec.h"
0 };

struct list vm_words(const char *verb, const char *name)
{
	struct list w = { 0 };

	list_add(&w, "machine");
	list_add(&w, verb);
	list_add(&w, "--name");
	list_add(&w, name);
	return w;
}

bool vm_ours(const char *slug)
{
	const char *name = mem_printf("bot-bottle-%s", slug), *label = vmrow_label(name);

	return *label ? !strcmp(label, state_label(slug)) : ledger_is_open(slug, "machine", name);
}

static bool ours(const char *slug, const char *name)
{
	if (vm_ours(slug))
		return true;
	warn("machine %s is not bottlebox's (no label, not in the ledger) and stays", name);
	return false;
}

bool vm_stop(const char *slug)
{
	const char *name = mem_printf("bot-bottle-%s", slug);
	struct list words = vm_words("stop", name);
	struct str out = STR_EMPTY, err = STR_EMPTY;
	struct proc_end end;

	if (!vmrow_exists(name))
		return true;
	if (!ours(slug, name))
		return false;
	end = smolvm_run(&words, NULL, 0, &out, &err, STOP_MS);
	if (proc_ok(&end) || strstr(err.text, "not found"))
		return true;
	warn("smolvm machine stop %s: %s (%s)", name, smolvm_said(&err), proc_text(&end));
	return false;
}

/* smolvm up to 1.7.0 may say "Deleted" and leave the row, and 0.8 orphans a running VMM: so stop
 * first, look afterwards. */
bool vm_delete(const char *slug)
{
	const char *name = mem_printf("bot-bottle-%s", slug);
	struct list words = vm_words("delete", name);
	struct str out = STR_EMPTY, err = STR_EMPTY;
	struct proc_end end = { 0 };

	if (vmrow_exists(name)) {
		if (!ours(slug, name))
			return false;
		vm_stop(slug);
		list_add(&words, "--force");
		end = smolvm_run(&words, NULL, 0, &out, &err, DELETE_MS);
	}
	if (!vmrow_exists(name)) {
		ledger_undone(slug, "machine", name);
		return true;
	}
	warn("smolvm machine delete %s: %s (%s)", name, smolvm_said(&err), proc_text(&end));
	return false;
}

/* What stands behind `--`, else the manifest's agent.command. */
static void add_command(struct list *to, const struct cmd *cmd, const struct plan *p)
{
	struct jv own = jv_path(p->manifest, "agent.command");

	for (int i = 0; i < cmd->rests; i++)
		list_add(to, cmd->rest[i]);
	for (struct jv e = jv_first(own); !cmd->rests && e.doc; e = jv_next(own, e))
		list_add(to, jv_text(e));
	if (!to->n)
		die(BB_USAGE, "write: bb-vm exec SLUG -- COMMAND", "the manifest names no agent.command");
}

int run_exec(struct cmd *cmd)
{
	struct plan *p = plan_of(cmd, cmd->operand[0]);
	const char *user = cmd_value(cmd, "user"), *dir = cmd_value(cmd, "workdir");
	struct list words, command = { 0 };
	struct proc_end end;

	plan_owner(cmd);
	add_command(&command, cmd, p);
	if (cmd_value(cmd, "tty") && !isatty(STDIN_FILENO))
		die(BB_USAGE, "leave -t out", "-t needs a terminal on standard input");
	if (!user)
		user = plan_text(p, "agent.user", "root");
	if (!dir)
		dir = plan_text(p, "agent.workdir", "");
	/* A machine nobody has proven, or another than the proven one, gets nothing to run (wall W15). */
	proof_require(p, NULL);
	words = smolvm_exec_words(plan_vm_name(p), cmd_value(cmd, "interactive"), cmd_value(cmd, "tty"), "root");
	list_add(&words, "/bin/sh");
	list_add(&words, "-c");
	list_add(&words, guest_exec);
	list_add(&words, "sh");
	list_add(&words, user);
	list_add(&words, dir);
	list_add(&words, cmd_value(cmd, "tty") ? terminal_type() : "");
	list_add_all(&words, command.item);
	if (cmd_value(cmd, "tty"))
		terminal_keep();
	end = smolvm_attach(&words);
	if (cmd_value(cmd, "tty"))
		terminal_restore();
	if (end.error)
		die(BB_TOOL, "try the same by hand; its own log may say more", "smolvm: %s", proc_text(&end));
	return proc_status(&end);
}

/* --- cp --- */

/* The part behind "SLUG:", or NULL if there is none. */
static const char *guest_path(const char *word, const char **slug)
{
	const char *colon = strchr(word, ':');

	if (!colon || colon[1] != '/' || memchr(word, '/', (size_t)(colon - word)))
		return NULL;
	*slug = mem_text(word, (size_t)(colon - word));
	return colon + 1;
}

static const char *guest_digest(const char *name, const char *path)
{
	struct list words = smolvm_exec_words(name, false, false, "root");
	struct str out = STR_EMPTY, err = STR_EMPTY;
	struct proc_end end;

	list_add_all(&words, (const char *const[]){ "/bin/sh", "-c", "exec sha256sum \"$@\"", "sh", NULL });
	list_add(&words, "--");
	list_add(&words, path);
	end = smolvm_run(&words, NULL, 0, &out, &err, COPY_MS);
	if (!proc_ok(&end) || out.len < 64)
		die(BB_IO, "does the guest have sha256sum, and the file?", "%s in %s cannot be read: %s", path, name,
		    smolvm_said(&err));
	return mem_text(out.text, 64);
}

static void remove_temporary(void *path)
{
	unlink(path);
}

/* A new empty file of ours beside `path`, removed if we fail. */
static const char *temporary_beside(const char *path)
{
	char *temporary = mem_printf("%s.XXXXXX", path);
	int fd = mkstemp(temporary);

	if (fd < 0)
		die(BB_IO, "check that the folder can be written", "create %s:", temporary);
	close(fd);
	undo_push(remove_temporary, temporary);
	return temporary;
}

/* One regular file; both sides are compared afterwards, because uploads could be invisible to exec
 * up to 1.9.0 (smolvm-versions.md 4.2). */
int run_cp(struct cmd *cmd)
{
	const char *slug = NULL, *from = guest_path(cmd->operand[0], &slug), *to = guest_path(cmd->operand[1], &slug);
	struct str out = STR_EMPTY, err = STR_EMPTY;
	struct list words = { 0 };
	const char *name, *host;
	struct proc_end end;

	if (!from == !to)
		die(BB_USAGE, "write: bb-vm cp FILE SLUG:/path, or the other way round",
		    "exactly one side must be in a bottle");
	name = plan_vm_name(plan_of(cmd, slug));
	host = to ? cmd->operand[0] : temporary_beside(cmd->operand[1]);
	if (to && !io_is_file(host))
		die(BB_USAGE, "name a regular file", "%s is not a regular file", host);
	list_add(&words, "machine");
	list_add(&words, "cp");
	/* With a '/', smolvm takes no host file for "machine:path". */
	host = strchr(host, '/') ? host : mem_printf("./%s", host);
	list_add(&words, to ? host : mem_printf("%s:%s", name, from));
	list_add(&words, to ? mem_printf("%s:%s", name, to) : host);
	end = smolvm_run(&words, NULL, 0, &out, &err, COPY_MS);
	if (!proc_ok(&end))
		die(BB_IO, "is the bottle running?", "smolvm machine cp: %s", smolvm_said(&err));
	if (strcmp(digest_file(host), guest_digest(name, to ? to : from)))
		die(BB_IO, "try again", "%s did not arrive as it was", to ? host : from);
	if (from && rename(host, cmd->operand[1]) < 0)
		die(BB_IO, "check permissions, limits and free space", "write %s:", cmd->operand[1]);
	undo_drop();
	return BB_OK;
}

/* --- logs, stop, delete --- */

int run_logs(struct cmd *cmd)
{
	struct plan *p = plan_of(cmd, cmd->operand[0]);
	const char *file = mem_printf("%s/agent-console.log", smolvm_data_folder(plan_vm_name(p)));
	struct str text = STR_EMPTY;

	if (io_read_file(file, &text, MAX_LOG) != IO_OK)
		die(BB_NO, "it is written when the machine starts", "%s does not exist", file);
	scrub(text.text, true);        /* the guest wrote this (wall W22) */
	out_all(text.text, strlen(text.text));
	return BB_OK;
}

/* By slug alone, without a plan: teardown must work when the plan is gone. */
static int by_slug(struct cmd *cmd, bool (*act)(const char *slug))
{
	const char *slug = slug_operand(cmd, 0), *bundle = cmd_value(cmd, "bundle"), *other;
	int lock;
	bool done;

	bottle_here(slug);
	lock = smolvm_lock();
	/* Looked at behind the lock: a machine is made when its bundle runs, so another bundle means another machine. */
	other = bundle ? bundle_running(slug, false) : NULL;
	if (other && strcmp(other, bundle)) {
		io_unlock(lock);
		return BB_OK;
	}
	done = act(slug);
	io_unlock(lock);
	if (!done && !vm_ours(slug))
		return BB_REFUSED;
	return done ? BB_OK : BB_NO;
}

int run_stop(struct cmd *cmd)
{
	return by_slug(cmd, vm_stop);
}

int run_delete(struct cmd *cmd)
{
	return by_slug(cmd, vm_delete);
}
