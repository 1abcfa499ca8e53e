/* SPDX-License-Identifier: MIT */
/* ledger_undo.h: bb-ledger's verbs that take back. Private to applets/ledger*.c.
 *
 * What is to be taken back is what the ledger has open. With an owner it is what that owner made: of a bottle that was
 * there before he came, no more than that, and it is handed back. */
#ifndef BB_LEDGER_UNDO_H
#define BB_LEDGER_UNDO_H

#include "basic/cli.h"
#include "basic/str.h"

const char *ledger_joined(const struct list *l, const char *between);

int run_undo(struct cmd *cmd);
int run_reap(struct cmd *cmd);

#endif
