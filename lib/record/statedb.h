/* SPDX-License-Identifier: MIT */
/* statedb.h: the state database, state.db in the state folder (SQLite, WAL).
 *
 * Its schema is a number (user_version), raised in a transaction by the first program that knows more; a newer one
 * than ours dies with 65 and nothing is touched. Every commit is on disk before the call returns. */
#ifndef BB_STATEDB_H
#define BB_STATEDB_H

#include "basic/db.h"

/* Open it at our version. NULL if there is none, unless DB_CREATE makes it. If it is damaged, dies with 74 and says
 * how to make a new one. */
struct db *statedb_open(enum db_mode mode);

/* The path of the database. */
const char *statedb_path(void);

/* The current time, as the columns have it: "2026-01-02T03:04:05Z". */
const char *statedb_now(void);

#endif
