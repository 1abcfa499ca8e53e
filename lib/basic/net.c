/* SPDX-License-Identifier: MIT */
/* net.c: parse and compare IPv4 ranges, read interfaces and routes. Routes come from /proc/net/route (proc(5));
 * systems without it have interfaces only. */
#include "basic/net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static uint32_t mask_of(int bits)
{
	return bits ? UINT32_MAX << (32 - bits) : 0;
}

bool cidr_parse(const char *text, struct cidr *out)
{
	const char *slash = strchr(text, '/');
	size_t n = slash ? (size_t)(slash - text) : strlen(text);
	struct in_addr address;
	long long bits = 32;

	if (slash && !num_parse(slash + 1, 0, 32, &bits))
		return false;
	if (inet_pton(AF_INET, mem_text(text, n), &address) != 1)
		return false;
	out->bits = (int)bits;
	out->base = ntohl(address.s_addr) & mask_of(out->bits);
	return true;
}

const char *ip_text(uint32_t a)
{
	return mem_printf("%u.%u.%u.%u", a >> 24, a >> 16 & 255, a >> 8 & 255, a & 255);
}

const char *cidr_text(struct cidr c)
{
	return mem_printf("%s/%d", ip_text(c.base), c.bits);
}

bool cidr_overlap(struct cidr a, struct cidr b)
{
	uint32_t mask = mask_of(a.bits < b.bits ? a.bits : b.bits);

	return (a.base & mask) == (b.base & mask);
}

const struct cidr net_pool = { 0xc0a80000, 16 }, net_fallback_pool = { 0xc6120000, 15 };

enum {
	OCTETS = 255,         /* 0-254 are tried */
	NEVER = 17,           /* 192.168.17: looks like Docker's 172.17 and was left out from the start */
	FALLBACKS = 512       /* Docker's default pools may cover all of 192.168 */
};

struct cidr net_pool_range(unsigned first, unsigned i)
{
	unsigned octet = (first + i) % OCTETS;

	/* A round is one shorter than OCTETS, because NEVER is left out. */
	if (i < OCTETS - 1) {
		if ((OCTETS + NEVER - first) % OCTETS <= i)
			octet = (octet + 1) % OCTETS;
		return (struct cidr){ net_pool.base | octet << 8, 24 };
	}
	i -= OCTETS - 1;
	if (i >= FALLBACKS)
		return (struct cidr){ 0, 0 };
	return (struct cidr){ net_fallback_pool.base + ((first + i) % FALLBACKS << 8), 24 };
}

bool net_is_pool(struct cidr c)
{
	return (c.bits >= net_pool.bits && cidr_overlap(c, net_pool)) ||
	       (c.bits >= net_fallback_pool.bits && cidr_overlap(c, net_fallback_pool));
}

void cidrs_add(struct cidrs *all, struct cidr c)
{
	if (all->n == all->room) {
		size_t room = all->room ? all->room * 2 : 32;

		all->list = mem_grow(all->list, all->n * sizeof *all->list, room * sizeof *all->list);
		all->room = room;
	}
	all->list[all->n++] = c;
}

const struct cidr *cidrs_clash(const struct cidrs *all, struct cidr c)
{
	for (size_t i = 0; i < all->n; i++)
		if (cidr_overlap(all->list[i], c))
			return &all->list[i];
	return NULL;
}

/* Call `each` for every route of the main table: interface, range. */
static void walk_routes(void (*each)(const char *name, struct cidr c, void *arg), void *arg)
{
	FILE *f = fopen("/proc/net/route", "re");
	char line[256], name[32];
	unsigned destination, mask, flags;

	if (!f)
		return;
	/* Iface Destination Gateway Flags RefCnt Use Metric Mask ...; addresses in network order */
	while (fgets(line, sizeof line, f)) {
		struct cidr c;

		if (sscanf(line, "%31s %8x %*x %8x %*d %*u %*d %8x", name, &destination, &flags, &mask) != 4)
			continue;
		c.base = ntohl(destination);
		c.bits = __builtin_popcount(mask);
		if (flags & 1)      /* RTF_UP */
			each(name, c, arg);
	}
	fclose(f);
}

static void add_route(const char *name, struct cidr c, void *all)
{
	(void)name;
	if (c.bits > 0)
		cidrs_add(all, c);
}

static struct ifaddrs *interfaces(void)
{
	struct ifaddrs *first;

	if (getifaddrs(&first) < 0)
		die(BB_IO, "check permissions, limits and free space", "list the host's addresses:");
	return first;
}

void net_host_ranges(struct cidrs *all)
{
	struct ifaddrs *first = interfaces();

	for (struct ifaddrs *i = first; i; i = i->ifa_next) {
		struct sockaddr_in address, mask;
		struct cidr c;

		if (!i->ifa_addr || i->ifa_addr->sa_family != AF_INET || !i->ifa_netmask)
			continue;
		memcpy(&address, i->ifa_addr, sizeof address);
		memcpy(&mask, i->ifa_netmask, sizeof mask);
		c.bits = __builtin_popcount(mask.sin_addr.s_addr);
		c.base = ntohl(address.sin_addr.s_addr) & mask_of(c.bits);
		cidrs_add(all, c);
	}
	freeifaddrs(first);
	walk_routes(add_route, all);
}

void net_host_addresses(struct list *all)
{
	struct ifaddrs *first = interfaces();

	for (struct ifaddrs *i = first; i; i = i->ifa_next) {
		char text[INET6_ADDRSTRLEN];
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
		const char *shown = NULL;

		if (!i->ifa_addr || (i->ifa_flags & IFF_LOOPBACK &&
		    i->ifa_addr->sa_family == AF_INET &&
		    (memcpy(&v4, i->ifa_addr, sizeof v4), ntohl(v4.sin_addr.s_addr) >> 24 == 127)))
			continue;
		if (i->ifa_addr->sa_family == AF_INET) {
			memcpy(&v4, i->ifa_addr, sizeof v4);
			shown = inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
		} else if (i->ifa_addr->sa_family == AF_INET6) {
			memcpy(&v6, i->ifa_addr, sizeof v6);
			if (!IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr))
				shown = inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
		}
		if (shown && !list_has(all, shown))
			list_add(all, mem_text(shown, strlen(shown)));
	}
	freeifaddrs(first);
	list_sort(all);
}

bool net_is_global(const char *address)
{
	static const char *const not_global[] = { "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10",
						  "127.0.0.0/8", "169.254.0.0/16", "198.18.0.0/15" };
	struct cidr one, range;

	if (strchr(address, ':'))        /* 2000::/3 is what is handed out (RFC 4291) */
		return *address == '2' || *address == '3';
	if (!cidr_parse(address, &one))
		return true;
	for (size_t i = 0; i < COUNT(not_global); i++)
		if (cidr_parse(not_global[i], &range) && cidr_overlap(one, range))
			return false;
	return true;
}

bool net_answers(const char *ip, int port, int ms)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	int fd = socket(AF_INET, SOCK_STREAM, 0), error = 0;
	socklen_t size = sizeof error;
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	bool answers;

	if (fd < 0 || inet_pton(AF_INET, ip, &to.sin_addr) != 1)
		die(BB_IO, "check permissions, limits and free space", "make a socket to %s:", ip);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	answers = connect(fd, (struct sockaddr *)&to, sizeof to) == 0;
	if (!answers && errno == EINPROGRESS && poll(&p, 1, ms) == 1 &&
	    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0)
		answers = error == 0;
	close(fd);
	return answers;
}

const char *net_source_to(const char *ip)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9) }, own = { 0 };
	socklen_t size = sizeof own;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	bool known;

	if (fd < 0 || inet_pton(AF_INET, ip, &to.sin_addr) != 1)
		die(BB_IO, "check permissions, limits and free space", "make a socket to %s:", ip);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	/* Connecting a datagram socket sends nothing: the kernel only chooses the route. */
	known = connect(fd, (struct sockaddr *)&to, sizeof to) == 0 &&
		getsockname(fd, (struct sockaddr *)&own, &size) == 0;
	close(fd);
	return known ? ip_text(ntohl(own.sin_addr.s_addr)) : NULL;
}
