/* SPDX-License-Identifier: MIT */
/* exec.c: bb-vm exec: run a command in the guest, on our terminal or pipes. */
#include "stage.h"
#include "vm/vm.h"
#include "basic/terminal.h"
#include "part/proof.h"
#include "plan/document.h"
#include "plan/rules.h"
#include "record/bottle.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ONE_EXEC_MS = 60 * 1000 };

static const char guest_exec[] = {
#include "guest/exec.h"
0 };

/* Add the words after `--`, or else the manifest's agent.command. */
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

/* One --env: NAME[,NAME...] of our environment, as lines for the guest's shell. */
static void add_variables(struct str *lines, const char *names)
{
	for (size_t n; *names; names += n + (names[n] == ',')) {
		const char *name, *why, *value;

		n = strcspn(names, ",");
		name = mem_text(names, n);
		why = rule_env_name(name);
		if (strchr(name, '='))
			die(BB_USAGE, "export it, and give its name alone: a command line can be read by others",
			    "--env %.*s: a value does not belong here", (int)strcspn(name, "="), name);
		if (why)
			die(BB_USAGE, "give the names of variables of your own", "--env: %s %s", name, why);
		value = getenv(name);
		if (!value)
			die(BB_USAGE, mem_printf("export %s first", name), "--env: the variable %s is not set", name);
		str_add(lines, "export ");
		str_add_assignment(lines, name, value);
	}
}

/* Send the variables by standard input into a file in the guest's memory, which the exec of the command reads and
 * removes: with smolvm's -e they would be on a command line. Returns the file's path, or "" without --env. */
static const char *send_variables(const struct plan *p, const char *names)
{
	static const char keep[] = "umask 077; d=/run/bot-bottle; [ -d $d ] || d=/run; f=$d/once.$$; cat >$f && echo $f";
	const char *const words[] = { "/bin/sh", "-c", keep, NULL };
	struct machine m = bottle_machine(p->slug);
	struct str lines = STR_EMPTY, out = STR_EMPTY, err = STR_EMPTY;
	struct proc_end end;

	if (!names)
		return "";
	add_variables(&lines, names);
	end = machine_exec(m, words, &(struct machine_exec){ .user = "root", .input = lines.text, .input_len = lines.len, .out = &out,
							      .err = &err, .timeout_ms = ONE_EXEC_MS });
	str_chomp(&out);
	if (!proc_ok(&end) || strncmp(out.text, "/run/", 5))
		die(BB_TOOL, mem_printf("see bb-vm logs %s", p->slug), "the variables did not reach the guest: %s (%s)",
		    m.engine->said(&err), proc_text(&end));
	return out.text;
}

static void add_guest_exec(struct list *words, const char *user, const char *dir, const char *term, const char *once)
{
	list_add_all(words, (const char *const[]){ "/bin/sh", "-c", guest_exec, "sh", user, dir, term, once, NULL });
}

struct list vm_agent_words(const struct plan *p)
{
	struct list words = { 0 };

	add_guest_exec(&words, plan_text(p, "agent.user", "root"), plan_text(p, "agent.workdir", ""), "", "");
	return words;
}

/* A name that the manifest may not set, the command line may not set either. */
static const char *judged(const struct cmd *cmd, const char *name, rule *may_be)
{
	const char *value = cmd_value(cmd, name), *why = value ? may_be(value) : NULL;

	if (why)
		die(BB_USAGE, "see bb-plan(5), agent", "--%s %s %s", name, value, why);
	return value;
}

int run_exec(struct cmd *cmd)
{
	struct plan *p = stage_saved(cmd, cmd->operand[0]);
	const char *user = judged(cmd, "user", rule_user), *dir = judged(cmd, "workdir", rule_guest_path);
	struct list words = { 0 }, command = { 0 };
	struct machine m = bottle_machine(p->slug);
	struct proc_end end;

	stage_owner(cmd);
	add_command(&command, cmd, p);
	if (cmd_value(cmd, "tty") && !isatty(STDIN_FILENO))
		die(BB_USAGE, "leave -t out", "-t needs a terminal on standard input");
	if (!user)
		user = plan_text(p, "agent.user", "root");
	if (!dir)
		dir = plan_text(p, "agent.workdir", "");
	/* Nothing runs in a machine without a proof, or in another than the one that was proven (wall W15). */
	proof_require(p);
	add_guest_exec(&words, user, dir, cmd_value(cmd, "tty") ? terminal_type() : "",
		       send_variables(p, cmd_value(cmd, "env")));
	list_add_all(&words, command.item);
	if (cmd_value(cmd, "tty"))
		terminal_keep();
	end = machine_exec(m, words.item, &(struct machine_exec){ .user = "root", .interactive = cmd_value(cmd, "interactive"),
								   .tty = cmd_value(cmd, "tty") });
	if (cmd_value(cmd, "tty"))
		terminal_restore();
	if (end.error)
		die(BB_TOOL, "try the same by hand; its own log may say more", "%s: %s", m.engine->name, proc_text(&end));
	return proc_status(&end);
}
