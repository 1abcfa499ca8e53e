/* SPDX-License-Identifier: MIT */
/* vm.h: what the files of bb-vm share. Private to applets/vm. */
#ifndef BB_VM_H
#define BB_VM_H

#include "basic/cli.h"
#include "plan/document.h"

/* Stop, or remove, a bottle's machine. True if it is stopped or removed now. They warn and never die, because undo
 * uses them. A machine that is not ours, by label or ledger, is left alone. */
bool vm_stop(const char *slug);
bool vm_delete(const char *slug);

/* Is the machine ours? By its label; or by the ledger, if the engine had no labels when it was made. A name alone proves
 * nothing. */
bool vm_ours(const char *slug);

/* The words that run a command in the guest as the agent, in its folder, with its environment. The caller adds the
 * command. */
struct list vm_agent_words(const struct plan *p);

int run_exec(struct cmd *cmd);
int run_unsaved(struct cmd *cmd);
int run_cp(struct cmd *cmd);
int run_logs(struct cmd *cmd);
int run_stop(struct cmd *cmd);
int run_delete(struct cmd *cmd);

#endif
