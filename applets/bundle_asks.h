/* SPDX-License-Identifier: MIT */
/* bundle_asks.h: verbs of bb-bundle that pass on what the agent asks. Private to applets/bundle*.c. */
#ifndef BB_BUNDLE_ASKS_H
#define BB_BUNDLE_ASKS_H

#include "cli.h"

/* requests SLUG: print what waits, "ID AGE TEXT" a line, oldest first. */
int run_requests(struct cmd *cmd);

/* answer SLUG ID [TEXT] --for SECONDS: answer one; TEXT is standard input if it is not there. 1 if none waits by that id. */
int run_answer(struct cmd *cmd);

#endif
