/* SPDX-License-Identifier: MIT */
/* undo.h: the verbs of bb-ledger that take back. Private to applets/ledger.
 *
 * What is taken back are the open acts of the ledger. With an owner, it is only what that owner made: a bottle that
 * was there before is handed back. */
#ifndef BB_LEDGER_UNDO_H
#define BB_LEDGER_UNDO_H

#include "basic/cli.h"
#include "basic/str.h"

const char *ledger_joined(const struct list *l, const char *between);

int run_undo(struct cmd *cmd);
int run_reap(struct cmd *cmd);

#endif
