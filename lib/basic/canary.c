/* SPDX-License-Identifier: MIT */
/* canary.c: listen, dial the own addresses, and sort what arrived into ours and everybody else's. */
#include "basic/canary.h"
#include "basic/undo.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PORTS_TRIED = 20, SETTLE_MS = 200, DIAL_MS = 1000, HEARD_MAX = 100 };

/* What our own dials send. Random, so that a guest cannot pass for us. */
static const char *own_word(void)
{
	static char word[33];
	unsigned char bytes[16];
	int fd;

	if (*word)
		return word;
	fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, bytes, sizeof bytes) != (ssize_t)sizeof bytes)
		die(BB_IO, "is /dev mounted?", "read /dev/urandom:");
	close(fd);
	for (size_t i = 0; i < sizeof bytes; i++)
		memcpy(word + 2 * i, mem_printf("%02x", bytes[i]), 2);
	return word;
}

static int open_socket(int family, int type, int port, int *got)
{
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port) };
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	struct sockaddr *any = family == AF_INET6 ? (struct sockaddr *)&v6 : (struct sockaddr *)&v4;
	socklen_t size = family == AF_INET6 ? sizeof v6 : sizeof v4;
	int fd = socket(family, type, 0), off = 0, on = 1;

	if (fd < 0)
		return -1;
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	if (family == AF_INET6) {
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
		setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on);
	}
#ifdef IP_PKTINFO
	setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
#endif
	if (bind(fd, any, size) < 0 || (type == SOCK_STREAM && listen(fd, 128) < 0) ||
	    getsockname(fd, any, &size) < 0) {
		close(fd);
		return -1;
	}
	*got = ntohs(family == AF_INET6 ? v6.sin6_port : v4.sin_port);
	return fd;
}

struct canary canary_open(void)
{
	static const int families[] = { AF_INET6, AF_INET };

	for (int i = 0; i < PORTS_TRIED; i++) {
		for (size_t f = 0; f < COUNT(families); f++) {
			struct canary c = { .tcp = open_socket(families[f], SOCK_STREAM, 0, &c.port) };

			if (c.tcp < 0)
				continue;
			c.udp = open_socket(families[f], SOCK_DGRAM, c.port, &c.port);
			if (c.udp >= 0)
				return c;
			close(c.tcp);
		}
	}
	die(BB_IO, "does a limit forbid it? ulimit -n", "no port to listen on:");
}

/* "10.0.0.1" for ::ffff:10.0.0.1. */
static const char *address_text(const struct sockaddr_storage *a)
{
	const struct sockaddr_in6 *v6 = (const void *)a;
	const struct sockaddr_in *v4 = (const void *)a;
	char text[INET6_ADDRSTRLEN] = "?";

	if (a->ss_family == AF_INET)
		inet_ntop(AF_INET, &v4->sin_addr, text, sizeof text);
	else if (a->ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr))
		inet_ntop(AF_INET, v6->sin6_addr.s6_addr + 12, text, sizeof text);
	else if (a->ss_family == AF_INET6)
		inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof text);
	return mem_text(text, strlen(text));
}

/* Our own addresses: the kernel answers at once, unless somebody has filled the queue. */
static void dial(const char *address, int port, int type)
{
	struct sockaddr_storage to = { 0 };
	struct sockaddr_in6 *v6 = (void *)&to;
	struct sockaddr_in *v4 = (void *)&to;
	bool six = strchr(address, ':') != NULL;
	int fd = socket(six ? AF_INET6 : AF_INET, type, 0);
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	ssize_t said;

	if (fd < 0)
		return;
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	to.ss_family = six ? AF_INET6 : AF_INET;
	if (six)
		v6->sin6_port = htons((uint16_t)port);
	else
		v4->sin_port = htons((uint16_t)port);
	if (inet_pton(to.ss_family, address, six ? (void *)&v6->sin6_addr : (void *)&v4->sin_addr) == 1 &&
	    (connect(fd, (struct sockaddr *)&to, six ? sizeof *v6 : sizeof *v4) == 0 ||
	     (errno == EINPROGRESS && poll(&p, 1, DIAL_MS) == 1))) {
		said = send(fd, own_word(), strlen(own_word()), MSG_NOSIGNAL);
		(void)said;      /* if this fails, the caller sees that we were not heard */
	}
	close(fd);
}

static bool is_own(const char *bytes, ssize_t n)
{
	return n == (ssize_t)strlen(own_word()) && !memcmp(bytes, own_word(), (size_t)n);
}

static void note(struct canary *c, const char *kind, bool own, const char *at, const char *from)
{
	if (own)
		list_addf(&c->ours, "%s %s", kind, at);
	else
		list_addf(&c->heard, "%s at %s from %s", kind, at, from);
}

static bool enough(const struct canary *c)
{
	signals_obey();
	return c->heard.n >= HEARD_MAX;
}

static void take_tcp(struct canary *c)
{
	struct sockaddr_storage from = { 0 }, at = { 0 };
	socklen_t size = sizeof from;
	int fd;

	while (!enough(c) && (fd = accept(c->tcp, (struct sockaddr *)&from, &size)) >= 0) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		socklen_t n = sizeof at;
		char word[64];
		ssize_t got = 0;

		fcntl(fd, F_SETFD, FD_CLOEXEC);
		getsockname(fd, (struct sockaddr *)&at, &n);
		if (poll(&p, 1, SETTLE_MS) == 1)
			got = recv(fd, word, sizeof word, MSG_DONTWAIT);
		note(c, "TCP", is_own(word, got), address_text(&at), address_text(&from));
		close(fd);
		size = sizeof from;
	}
}

/* The address a datagram was sent to, from its control messages. */
static const char *sent_to(struct msghdr *m)
{
	struct sockaddr_storage at = { .ss_family = AF_UNSPEC };
	struct sockaddr_in6 *v6 = (void *)&at;

	for (struct cmsghdr *h = CMSG_FIRSTHDR(m); h; h = CMSG_NXTHDR(m, h)) {
		if (h->cmsg_level == IPPROTO_IPV6 && h->cmsg_type == IPV6_PKTINFO) {
			at.ss_family = AF_INET6;
			memcpy(&v6->sin6_addr, CMSG_DATA(h), sizeof v6->sin6_addr);
			return address_text(&at);
		}
#ifdef IP_PKTINFO
		if (h->cmsg_level == IPPROTO_IP && h->cmsg_type == IP_PKTINFO) {
			struct in_pktinfo info;
			struct sockaddr_in *v4 = (void *)&at;

			memcpy(&info, CMSG_DATA(h), sizeof info);
			at.ss_family = AF_INET;
			v4->sin_addr = info.ipi_addr;
		}
#endif
	}
	return address_text(&at);
}

static void take_udp(struct canary *c)
{
	while (!enough(c)) {
		struct sockaddr_storage from = { 0 };
		char word[64], control[256];
		struct iovec io = { word, sizeof word };
		struct msghdr m = { .msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &io, .msg_iovlen = 1,
				    .msg_control = control, .msg_controllen = sizeof control };
		ssize_t n = recvmsg(c->udp, &m, MSG_DONTWAIT);

		if (n < 0)
			return;
		note(c, "UDP", is_own(word, n), sent_to(&m), address_text(&from));
	}
}

/* The queues are short. Empty them, so that what others sent does not keep our own dial out. */
void canary_control(struct canary *c, const char *address)
{
	list_add(&c->controls, address);
	dial(address, c->port, SOCK_STREAM);
	dial(address, c->port, SOCK_DGRAM);
	take_tcp(c);
	take_udp(c);
}

void canary_take(struct canary *c, struct list *controls, struct list *heard)
{
	sleep_ms(SETTLE_MS);       /* what is on its way arrives */
	take_tcp(c);
	take_udp(c);
	close(c->tcp);
	close(c->udp);
	for (size_t i = 0; i < c->controls.n; i++)
		if (list_has(&c->ours, mem_printf("TCP %s", c->controls.item[i])) &&
		    list_has(&c->ours, mem_printf("UDP %s", c->controls.item[i])))
			list_add(controls, c->controls.item[i]);
	*heard = c->heard;
}
