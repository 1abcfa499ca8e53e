/* SPDX-License-Identifier: MIT */
/* net.h: IPv4 ranges, and what this host already has of them. */
#ifndef BB_NET_H
#define BB_NET_H

#include "basic/str.h"

struct cidr {
	uint32_t base;      /* host byte order, host bits zero */
	int bits;
};

struct cidrs {
	struct cidr *list;
	size_t n, room;
};

/* "192.168.3.0/24" or an address alone (/32). Host bits are cut off. */
bool cidr_parse(const char *text, struct cidr *out);
const char *cidr_text(struct cidr c);
const char *ip_text(uint32_t address);
bool cidr_overlap(struct cidr a, struct cidr b);
void cidrs_add(struct cidrs *all, struct cidr c);

/* Where bottles get their ranges from: 192.168.0.0/16, then 198.18.0.0/15 (RFC 2544: benchmarks). */
extern const struct cidr net_pool, net_fallback_pool;

/* The i-th /24 of both pools, the first pool beginning with its range number `first`. bits 0 after the last. */
struct cidr net_pool_range(unsigned first, unsigned i);

/* Does `c` lie in one of the two? */
bool net_is_pool(struct cidr c);

/* The first member of `all` that overlaps `c`, or NULL. */
const struct cidr *cidrs_clash(const struct cidrs *all, struct cidr c);

/* Add the networks of the host's interfaces and (Linux) its routes, the default route left out. */
void net_host_ranges(struct cidrs *all);

/* Add the host's own addresses as text, loopback left out; IPv6 too. Sorted, each once. */
void net_host_addresses(struct list *all);

/* Could `address` be one on the internet? False for the usual private, loopback and link-local ranges. */
bool net_is_global(const char *address);

/* Connect to ip:port within `ms`: true if something accepted. */
bool net_answers(const char *ip, int port, int ms);

/* Our own address on the route that the kernel would choose to `ip`, by all its tables and rules; NULL if there is
 * none. Sends nothing. */
const char *net_source_to(const char *ip);

#endif
