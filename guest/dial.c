/* SPDX-License-Identifier: MIT */
/* dial.c: the orders of the probing helper that try to reach something. */
#include "probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static socklen_t address(struct sockaddr_storage *to, const char *ip, const char *port)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)to;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)to;

	memset(to, 0, sizeof *to);
	if (inet_pton(AF_INET, ip, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((unsigned short)atoi(port));
		return sizeof *v4;
	}
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons((unsigned short)atoi(port));
	return inet_pton(AF_INET6, ip, &v6->sin6_addr) == 1 ? sizeof *v6 : 0;
}

/* Make a socket and begin to connect it to `to`. -1, with the outcome filled, if that failed. */
static int dial(struct outcome *o, const struct sockaddr *to, socklen_t size, int type, int protocol)
{
	int fd = socket(to->sa_family, type | SOCK_NONBLOCK, protocol), error = 0;
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	socklen_t n = sizeof error;

	if (fd < 0 || (connect(fd, to, size) < 0 && errno != EINPROGRESS)) {
		failed(o, errno);
		return -1;
	}
	if (poll(&p, 1, limit_ms) == 0)
		error = ETIMEDOUT;
	else
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n);
	if (error) {
		failed(o, error);
		return -1;
	}
	return fd;
}

/* The same to an address and a port. */
static int dial_ip(struct outcome *o, char **w, int type)
{
	struct sockaddr_storage to;
	socklen_t size = address(&to, w[0], w[1]);

	return dial(o, (struct sockaddr *)&to, size, type, 0);
}

/* Read until the end, the time limit, or enough data. errno tells what ended it (0: the end, or enough). */
static void take(struct outcome *o, int fd, int ms, int once)
{
	long end = now_ms() + ms;

	errno = 0;
	while (o->len < sizeof o->data) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		long left = end - now_ms();
		ssize_t n;

		if (left <= 0 || poll(&p, 1, (int)left) == 0) {
			errno = ETIMEDOUT;
			return;
		}
		n = read(fd, o->data + o->len, sizeof o->data - o->len);
		if (n <= 0)
			return;
		o->len += (size_t)n;
		if (once)
			return;
	}
}

/* tcp IP PORT. A gateway may accept before it dials, so only what happens next tells open from closed at once. */
static void try_tcp(struct outcome *o, char **w)
{
	int fd = dial_ip(o, w, SOCK_STREAM);

	if (fd < 0)
		return;
	take(o, fd, 2000, 1);
	o->got = "open";
	if (!o->len && errno != ETIMEDOUT) {
		failed(o, errno ? errno : ECONNRESET);
		if (!o->error || o->error == ECONNRESET)
			o->got = "closed";
	}
}

/* http IP PORT HOST PATH: one GET in absolute form, as a proxy takes it. */
static void try_http(struct outcome *o, char **w)
{
	int fd = dial_ip(o, w, SOCK_STREAM);
	char bytes[512];
	struct text request = { bytes, 0, sizeof bytes };

	if (fd < 0)
		return;
	add(&request, "GET http://");
	add(&request, w[2]);
	add(&request, w[3]);
	add(&request, " HTTP/1.1\r\nHost: ");
	add(&request, w[2]);
	add(&request, "\r\nConnection: close\r\n\r\n");
	if (write(fd, bytes, request.len) < 0)
		failed(o, errno);
	take(o, fd, limit_ms, 0);
	if (o->len)
		o->got = "answer";
	else
		failed(o, errno ? errno : ECONNRESET);
}

/* talk IP PORT: does anybody speak HTTP there? The gateway of smolvm 1.7.7 accepts connections to closed ports and
 * keeps them, so only an answer means open. */
static void try_talk(struct outcome *o, char **w)
{
	static const char request[] = "GET / HTTP/1.0\r\n\r\n";
	int fd = dial_ip(o, w, SOCK_STREAM);

	if (fd < 0)
		return;
	o->got = "silent";
	if (write(fd, request, sizeof request - 1) < 0)
		failed(o, errno);
	else
		take(o, fd, limit_ms, 1);
	if (o->len)
		o->got = "answer";
	else if (errno != ETIMEDOUT)
		o->got = "closed";
}

static void answer_or(struct outcome *o, int fd)
{
	take(o, fd, limit_ms, 1);
	if (o->len)
		o->got = "answer";
	else
		failed(o, errno ? errno : ETIMEDOUT);
}

/* udp IP PORT TEXT: by a connected socket, so that an ICMP error is reported. */
static void try_udp(struct outcome *o, char **w)
{
	int fd = dial_ip(o, w, SOCK_DGRAM);

	if (fd < 0)
		return;
	if (send(fd, w[2], strlen(w[2]), 0) < 0)
		failed(o, errno);
	else
		answer_or(o, fd);
}

/* udpto IP PORT TEXT: by an unconnected socket, which a VMM may handle in another way. */
static void try_udpto(struct outcome *o, char **w)
{
	struct sockaddr_storage to;
	socklen_t size = address(&to, w[0], w[1]);
	int fd = socket(to.ss_family, SOCK_DGRAM, 0);

	if (fd < 0 || sendto(fd, w[2], strlen(w[2]), 0, (struct sockaddr *)&to, size) < 0)
		failed(o, errno);
	else
		answer_or(o, fd);
}

/* icmp IP: one echo request. A raw socket receives everything that arrives, so only a reply from there counts. */
static void try_icmp(struct outcome *o, char **w)
{
	unsigned char echo[8] = { 8, 0, 0xf7, 0xff };      /* type, code, checksum of these eight bytes */
	struct sockaddr_storage to;
	socklen_t size = address(&to, w[0], "0");
	int fd = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
	long end = now_ms() + limit_ms;

	if (fd < 0 || connect(fd, (struct sockaddr *)&to, size) < 0 || send(fd, echo, sizeof echo, 0) < 0) {
		failed(o, errno);
		return;
	}
	while (now_ms() < end) {
		o->len = 0;
		take(o, fd, (int)(end - now_ms()), 1);
		if (o->len > 20 && o->data[20] == 0) {      /* after the IP header: type 0, echo reply */
			o->got = "answer";
			return;
		}
		if (o->len > 20 && o->data[20] == 3) {      /* destination unreachable */
			o->len = 0;
			o->got = "unreachable";
			return;
		}
	}
	o->len = 0;
	failed(o, ETIMEDOUT);
}

/* dns IP PORT NAME: a raw query for its A record over UDP. */
static void try_dns(struct outcome *o, char **w)
{
	unsigned char q[300] = { 0xb0, 0x77, 1, 0, 0, 1 };
	size_t n = 12;
	int fd = dial_ip(o, w, SOCK_DGRAM);

	if (fd < 0)
		return;
	for (const char *label = w[2]; *label && n < 270; ) {
		size_t len = strcspn(label, ".");

		q[n++] = (unsigned char)len;
		memcpy(q + n, label, len);
		n += len;
		label += len + (label[len] == '.');
	}
	q[n + 2] = q[n + 4] = 1;
	n += 5;
	if (send(fd, q, n, 0) < 0)
		failed(o, errno);
	else
		answer_or(o, fd);
	/* NXDOMAIN, SERVFAIL, REFUSED: somebody answered, without an address. */
	if (o->len >= 4 && (o->data[3] & 15))
		o->got = "noname";
}

/* resolve NAME: by the C library, as programs do. */
static void try_resolve(struct outcome *o, char **w)
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM }, *found;

	if (getaddrinfo(w[0], NULL, &hints, &found) == 0)
		o->got = "answer";
	else
		o->got = "noname";
}

/* unix PATH */
static void try_unix(struct outcome *o, char **w)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };

	strncpy(to.sun_path, w[0], sizeof to.sun_path - 1);
	if (dial(o, (struct sockaddr *)&to, sizeof to, SOCK_STREAM, 0) >= 0)
		o->got = "open";
}

/* vsock CID FROM TO: data is the list of ports that answer. The structure is that of linux/vm_sockets.h, which musl
 * lacks. */
struct vsock_address {
	unsigned short family, reserved;
	unsigned port, cid;
	unsigned char zero[4];
};

/* Try ports FROM to TO at once: a port where nobody listens may never answer. */
static void try_vsock(struct outcome *o, char **w)
{
	unsigned from = (unsigned)atoi(w[1]), n = (unsigned)atoi(w[2]) - from + 1;
	struct pollfd p[512];
	long end = now_ms() + 1500;

	if (n > sizeof p / sizeof *p)
		n = sizeof p / sizeof *p;
	o->got = "refused";
	for (unsigned i = 0; i < n; i++) {
		struct vsock_address to = { .family = AF_VSOCK, .port = from + i, .cid = (unsigned)atoi(w[0]) };

		p[i].events = POLLOUT;
		p[i].fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_NONBLOCK, 0);
		if (p[i].fd < 0) {
			failed(o, errno);
			return;
		}
		if (connect(p[i].fd, (struct sockaddr *)&to, sizeof to) < 0 && errno != EINPROGRESS)
			p[i].fd = -1;
	}
	for (long left; (left = end - now_ms()) > 0 && poll(p, n, (int)left) > 0; )
		for (unsigned i = 0; i < n; i++)
			if (p[i].fd >= 0 && p[i].revents) {
				int error = 0;
				socklen_t size = sizeof error;

				getsockopt(p[i].fd, SOL_SOCKET, SO_ERROR, &error, &size);
				if (!error) {
					struct text t = { o->data, o->len, sizeof o->data - 1 };

					o->got = "open";
					add_number(&t, (long)(from + i));
					add(&t, " ");
					o->len = t.len;
				}
				p[i].fd = -1;
			}
}

const struct kind dial_kinds[] = {
	{ "tcp", 2, try_tcp },         { "udp", 3, try_udp },   { "udpto", 3, try_udpto }, { "icmp", 1, try_icmp },
	{ "http", 4, try_http },       { "talk", 2, try_talk }, { "dns", 3, try_dns },   { "resolve", 1, try_resolve },
	{ "unix", 1, try_unix },       { "vsock", 3, try_vsock }, { NULL, 0, NULL }
};
