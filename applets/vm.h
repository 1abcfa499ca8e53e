/* SPDX-License-Identifier: MIT */
/* vm.h: the parts of bb-vm that its two files share. Private to applets/vm*.c. */
#ifndef BB_VM_H
#define BB_VM_H

#include "basic/cli.h"
#include "plan/document.h"

/* smolvm machine VERB --name NAME */
struct list vm_words(const char *verb, const char *name);

/* Stop, or remove, a bottle's machine; true if it is so now. They warn and never die: undo uses them. One that is not
 * ours, by label or ledger, is left alone. */
bool vm_stop(const char *slug);
bool vm_delete(const char *slug);

/* By its label, or, where smolvm knew none when it was made, by the ledger. A name alone proves nothing. */
bool vm_ours(const char *slug);

/* smolvm machine exec ... as the agent, in its folder, with its environment; the command is to be added. */
struct list vm_agent_words(const struct plan *p);

int run_exec(struct cmd *cmd);
int run_unsaved(struct cmd *cmd);
int run_cp(struct cmd *cmd);
int run_logs(struct cmd *cmd);
int run_stop(struct cmd *cmd);
int run_delete(struct cmd *cmd);

#endif
