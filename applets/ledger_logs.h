/* SPDX-License-Identifier: MIT */
/* ledger_logs.h: private to bb-ledger: its verb keep-logs. */
#ifndef BB_LEDGER_LOGS_H
#define BB_LEDGER_LOGS_H

#include "basic/cli.h"

int run_keep_logs(struct cmd *cmd);

#endif
