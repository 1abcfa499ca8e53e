/* SPDX-License-Identifier: MIT */
/* asks.h: the verbs of bb-bundle for requests, answers and waivers. Private to applets/bundle. */
#ifndef BB_BUNDLE_ASKS_H
#define BB_BUNDLE_ASKS_H

#include "basic/cli.h"

/* requests SLUG: print the open requests, "ID AGE TEXT" in a line, oldest first. */
int run_requests(struct cmd *cmd);

/* answer SLUG ID [TEXT] --for SECONDS: answer one; without TEXT it is read from stdin. 1 if no such request is open. */
int run_answer(struct cmd *cmd);

/* waive SLUG ID: let the finding of that id pass in this bundle, and print its rule. 1 if the bundle reported no
 * such finding. */
int run_waive(struct cmd *cmd);

#endif
