/* SPDX-License-Identifier: MIT */
/* unsaved.c: bb-vm unsaved: list the work that would be lost with the machine.
 *
 * The guest reports it. So it helps a forgetful operator, and protects against nothing. */
#include "stage.h"
#include "vm/vm.h"
#include "plan/document.h"
#include "record/bottle.h"

#include <stdio.h>
#include <string.h>

enum { LOOK_MS = 60 * 1000 };

static const char guest_unsaved[] = {
#include "guest/unsaved.h"
0 };

/* Turn a line "CHANGED<tab>COMMITS<tab>FOLDER" into text for people; false if the script did not print that. */
static bool add_line(struct str *out, const char *line)
{
	char changed[12] = "", commits[12] = "", folder[1025] = "";

	if (sscanf(line, "%11[0-9?]\t%11[0-9?]\t%1024[^\n]", changed, commits, folder) != 3)
		return false;
	scrub(folder, false);
	str_addf(out, "%s: ", folder);
	if (changed[0] == '?')
		str_add(out, "git cannot tell");
	else if (strcmp(changed, "0"))
		str_addf(out, "%s files changed%s", changed, strcmp(commits, "0") ? ", " : "");
	if (commits[0] != '?' && strcmp(commits, "0"))
		str_addf(out, "%s commits that no remote has", commits);
	str_add(out, "\n");
	return true;
}

int run_unsaved(struct cmd *cmd)
{
	struct plan *p = stage_saved(cmd, cmd->operand[0]);
	struct list words = vm_agent_words(p);
	struct machine m = bottle_machine(p->slug);
	struct str out = STR_EMPTY, err = STR_EMPTY, shown = STR_EMPTY;
	struct proc_end end;

	/* Without a proof no agent ever ran. Without a machine there is nothing, and asking the engine would leave a
	 * folder of that name. */
	if (!jv_get(p->root, "probe").doc || !m.engine->exists(m.name))
		return BB_OK;
	list_add_all(&words, (const char *const[]){ "/bin/sh", "-c", guest_unsaved, "sh", NULL });
	end = machine_exec(m, words.item, &(struct machine_exec){ .user = "root", .out = &out, .err = &err, .timeout_ms = LOOK_MS });
	if (!proc_ok(&end))
		die(BB_TOOL, mem_printf("see bb-vm logs %s", p->slug), "the work in %s cannot be looked at: %s (%s)",
		    m.name, m.engine->said(&err), proc_text(&end));
	for (char *text = out.text; *text; )
		add_line(&shown, take_line(&text));
	out_all(shown.text, shown.len);
	return shown.len ? BB_NO : BB_OK;
}
