/* SPDX-License-Identifier: MIT */
/* ledger_logs.h: the verb keep-logs of bb-ledger. Private to applets/ledger*.c. */
#ifndef BB_LEDGER_LOGS_H
#define BB_LEDGER_LOGS_H

#include "basic/cli.h"

int run_keep_logs(struct cmd *cmd);

#endif
