/* SPDX-License-Identifier: MIT */
/* ledger.h: what bottles made, written down before it is made. Table ledger of the state database (statedb.c).
 *
 * The line is on disk before ledger_begin returns; otherwise it dies with 74, and the act must not be done. So after
 * any crash, the open acts of a bottle include all that it made. Kinds: network, container, machine, pack. */
#ifndef BB_LEDGER_H
#define BB_LEDGER_H

#include "basic/base.h"

void ledger_begin(const char *slug, const char *kind, const char *name);

/* The act is done; `id` is what Docker or smolvm calls the thing. */
void ledger_done(const char *slug, const char *kind, const char *name, const char *id);

/* The act has been taken back. Nothing happens if it is not open. Never dies, because teardown must go on without
 * its ledger: false, and a warning. */
bool ledger_undone(const char *slug, const char *kind, const char *name);

struct act {
	const char *kind, *name, *id;     /* id "": begun, and it is unknown how it ended */
	const char *at;
};

/* The open acts of a bottle, newest first. */
void ledger_open(const char *slug, void (*each)(const struct act *act, void *arg), void *arg);

/* The acts opened since line `mark` of the ledger: what an owner made of a bottle that was there before. A container
 * or network that was there and was only written down again ("kept") is not among them. */
void ledger_open_since(const char *slug, long long mark, void (*each)(const struct act *act, void *arg), void *arg);

/* Is that act open? */
bool ledger_is_open(const char *slug, const char *kind, const char *name);

#endif
