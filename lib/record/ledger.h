/* SPDX-License-Identifier: MIT */
/* ledger.h: what bottles have made, told before it is made. Table ledger of the state database (statedb.c).
 *
 * The line is on disk before ledger_begin returns, or it dies with 74 and nothing is to be done. So after any crash
 * the open acts of a bottle are a superset of what it made. Kinds: network, container, machine, pack. */
#ifndef BB_LEDGER_H
#define BB_LEDGER_H

#include "basic/base.h"

void ledger_begin(const char *slug, const char *kind, const char *name);

/* The same act is done; `id` is what the world calls it. */
void ledger_done(const char *slug, const char *kind, const char *name, const char *id);

/* It has been taken back. Nothing happens if no such act is open. Never dies: teardown goes on without its ledger
 * (false, and a warning). */
bool ledger_undone(const char *slug, const char *kind, const char *name);

struct act {
	const char *kind, *name, *id;     /* id "" : begun, and nobody knows how it ended */
	const char *at;
};

/* The open acts of a bottle, newest first. */
void ledger_open(const char *slug, void (*each)(const struct act *act, void *arg), void *arg);

/* Those that were not open yet at line `mark` of the ledger: what an owner made of a bottle that was there before. A
 * container or network that was there and is only told again ("kept") is not among them. */
void ledger_open_since(const char *slug, long long mark, void (*each)(const struct act *act, void *arg), void *arg);

/* Is that act open? */
bool ledger_is_open(const char *slug, const char *kind, const char *name);

#endif
