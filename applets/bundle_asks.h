/* SPDX-License-Identifier: MIT */
/* bundle_asks.h: verbs of bb-bundle by which agent, scanner and operator speak with each other. Private to applets/bundle*.c. */
#ifndef BB_BUNDLE_ASKS_H
#define BB_BUNDLE_ASKS_H

#include "basic/cli.h"

/* requests SLUG: print what waits, "ID AGE TEXT" a line, oldest first. */
int run_requests(struct cmd *cmd);

/* answer SLUG ID [TEXT] --for SECONDS: answer one; TEXT is standard input if it is not there. 1 if none waits by that id. */
int run_answer(struct cmd *cmd);

/* waive SLUG ID: let the finding of that id pass in this bundle; prints its rule. 1 if the bundle told no such finding. */
int run_waive(struct cmd *cmd);

#endif
