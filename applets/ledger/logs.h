/* SPDX-License-Identifier: MIT */
/* logs.h: the verb keep-logs of bb-ledger. Private to applets/ledger. */
#ifndef BB_LEDGER_LOGS_H
#define BB_LEDGER_LOGS_H

#include "basic/cli.h"

int run_keep_logs(struct cmd *cmd);

#endif
