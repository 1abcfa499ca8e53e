/* SPDX-License-Identifier: MIT */
/* lease.h: which bottle has which range. In state.db, table leases; one lease per bottle. */
#ifndef BB_LEASE_H
#define BB_LEASE_H

#include "basic/net.h"

/* Add the ranges that other bottles than `slug` have. Reads only; no database means no leases. */
void lease_taken(struct cidrs *all, const char *slug);

/* The range leased to `slug`, or NULL. */
const char *lease_of(const char *slug);

/* Call `each` for every slug that has a lease. It must not open the database to write. */
void lease_each(void (*each)(const char *slug, void *arg), void *arg);

/* Write the lease; a range that somebody else got meanwhile dies with 75. Call under the lock. */
void lease_take(const char *slug, const char *cidr);

/* Give it back; true if there was one. */
bool lease_release(const char *slug);

#endif
