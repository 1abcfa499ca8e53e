/* vm.h: the parts of bb-vm that its two files share. Private to applets/vm*.c. */
#ifndef BB_VM_H
#define BB_VM_H

#include "cli.h"
#include "str.h"

/* smolvm machine VERB --name NAME */
struct list vm_words(const char *verb, const char *name);

/* Stop, or remove, a machine by name; true if it is so now. They warn and never die: undo uses them. */
bool vm_stop(const char *name);
bool vm_delete(const char *name);

int run_exec(struct cmd *cmd);
int run_cp(struct cmd *cmd);
int run_logs(struct cmd *cmd);
int run_stop(struct cmd *cmd);
int run_delete(struct cmd *cmd);

#endif
