/* SPDX-License-Identifier: MIT */
/* relay.c: the bundle's ports on the guest's own loopback, with the token added: `relay BUNDLE <TOKEN`.
 *
 * Many clients take no user name in a proxy's address (JVM, sudo, old ones), and what stands in an environment is read
 * by every child. So the token is in this process alone, under a uid of its own (wall W35). It adds one header to a
 * request and forwards to the bundle's address, nothing else: all that is judged is judged by the bundle.
 * On standard input: what stands behind "Authorization: ". It ends with 0, and prints the process that goes on in the
 * background, once that listens. One process for each connection; no time limits, as a model may be silent for minutes. */
#define _GNU_SOURCE
#include "basic/names.h"
#include "flow.h"
#include "text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RELAY_UID = 18888, CONNECTIONS = 512, REFUSALS = 64, DIAL_MS = 10000, LAST_MS = 1000, TOKEN = 512 };

/* The bundle's own ports may be wanted by others in a guest (Jupyter): here each is RELAY_FURTHER up. */
static const struct door { unsigned short there; const char *header; } doors[] = {
	{ PORT_DLP, "Proxy-Authorization" },
	{ PORT_GIT, "Authorization" },
	{ PORT_SUPERVISE, "Authorization" },
};
enum { DOORS = sizeof doors / sizeof *doors };

static char token[TOKEN];

static void complain(const char *what, const char *why)
{
	char line[256];
	struct text t = { line, 0, sizeof line - 1 };

	add(&t, "relay: ");
	add(&t, what);
	add(&t, ": ");
	add(&t, why);
	line[t.len++] = '\n';
	if (write(STDERR_FILENO, line, t.len) < 0)
		_exit(1);
}

/* --- one connection --- */

/* To the bundle, or -1. */
static int dial_bundle(in_addr_t bundle, unsigned short port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = bundle, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), error = 0;
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	socklen_t n = sizeof error;

	if (fd < 0 || (connect(fd, (struct sockaddr *)&to, sizeof to) < 0 && errno != EINPROGRESS))
		return -1;
	if (poll(&p, 1, DIAL_MS) == 1)
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n);
	else
		error = ETIMEDOUT;
	errno = error;
	return error ? -1 : fd;
}

/* The end of what a client is sent. What it still sends is read first: a close over unread bytes is a reset, which may take
 * the answer with it. */
static void say_good_bye(int client)
{
	char bytes[4096];
	struct pollfd p = { .fd = client, .events = POLLIN };

	shutdown(client, SHUT_WR);
	while (poll(&p, 1, LAST_MS) == 1 && read(client, bytes, sizeof bytes) > 0)
		;
}

/* An answer of our own, the last one. False: nobody is there. */
static int tell(int client, const char *status, const char *why)
{
	char bytes[512];
	struct text t = { bytes, 0, sizeof bytes };

	add(&t, "HTTP/1.1 ");
	add(&t, status);
	add(&t, "\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\nbottle: ");
	add(&t, why);
	add(&t, "\n");
	return write(client, bytes, t.len) > 0;
}

static void answer(int client, const char *status, const char *why)
{
	if (tell(client, status, why))
		say_good_bye(client);
}

static int take_in(int fd, struct flow *f)
{
	ssize_t n = read(fd, f->in.bytes + f->in.len, f->in.room - f->in.len);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	f->in.len += (size_t)n;
	f->ended = n == 0;
	return 1;
}

/* What goes out of this flow goes to fd; what cannot yet stays, and in time no more is read. False: nobody is there. */
static int put_out(int fd, struct flow *f)
{
	while (f->out.len) {
		ssize_t n = write(fd, f->out.bytes, f->out.len);

		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		memmove(f->out.bytes, f->out.bytes + n, f->out.len - (size_t)n);
		f->out.len -= (size_t)n;
		if (!f->out.len)
			flow_step(f);
	}
	if (f->ended && !f->in.len && !f->told) {
		f->told = 1;
		shutdown(fd, SHUT_WR);
	}
	return 1;
}

/* The bundle reads no more, having answered what it has not read (a body that is too large). What the client still sends is
 * forgotten, so that it comes to read that answer. */
static void forget(struct flow *up)
{
	up->in.len = up->out.len = 0;
	up->part = PART_ALL;
	up->told = 1;
}

/* What to wait for at one side. Nothing: then not even for its end, which would be told again and again. */
static struct pollfd watch(int fd, const struct flow *from, const struct flow *to)
{
	short events = (short)((!from->ended && from->in.len < from->in.room ? POLLIN : 0) | (to->out.len ? POLLOUT : 0));

	return (struct pollfd){ .fd = events ? fd : -1, .events = events };
}

static void carry(int client, int bundle, const struct door *door)
{
	static struct flow up, down;
	int deaf = 0;

	flow_init(&up, door->header, token, door->there == PORT_DLP);
	flow_init(&down, NULL, NULL, 0);
	while (!up.told || !down.told) {
		struct pollfd p[] = { watch(client, &up, &down), watch(bundle, &down, &up) };

		if (poll(p, 2, -1) < 0 && errno != EINTR)
			return;
		if (p[0].revents & POLLERR || (p[0].events & POLLIN && p[0].revents && !take_in(client, &up)))
			return;
		/* A reset comes behind what was sent before it. */
		if (p[1].events & POLLIN && p[1].revents && !take_in(bundle, &down))
			down.ended = 1;
		flow_answered(&up, down.in.bytes, down.in.len);
		flow_step(&up);
		flow_step(&down);
		deaf = deaf || !put_out(bundle, &up);
		if (deaf)
			forget(&up);
		if (!put_out(client, &down))
			return;
		if (flow_stuck(&up)) {
			answer(client, "431 Request Header Fields Too Large", "the head of this request is larger than 64 KiB");
			return;
		}
	}
	say_good_bye(client);
}

static void serve(int client, in_addr_t address, const struct door *door)
{
	int bundle = dial_bundle(address, door->there), on = 1;

	if (bundle < 0) {
		answer(client, "502 Bad Gateway", "the bundle does not answer; whoever runs this bottle sees why by bb-list");
		return;
	}
	fcntl(client, F_SETFL, O_NONBLOCK);
	setsockopt(client, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
	setsockopt(bundle, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
	setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	setsockopt(bundle, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	carry(client, bundle, door);
}

/* --- the process that listens --- */

static int listen_at(unsigned short port)
{
	struct sockaddr_in here = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (fd < 0 || bind(fd, (struct sockaddr *)&here, sizeof here) < 0 || listen(fd, 128) < 0)
		return -1;
	return fd;
}

/* Out of everybody's reach: another user's process, which nobody may trace, and the last to go when memory is short. */
static int withdraw(void)
{
	struct rlimit most = { CONNECTIONS + REFUSALS + 1, CONNECTIONS + REFUSALS + 1 };
	int fd = open("/proc/self/oom_score_adj", O_WRONLY);

	if (fd >= 0 && write(fd, "-900", 4) < 0)
		errno = 0;      /* a container may forbid it */
	close(fd);
	if (setgroups(0, NULL) < 0 || setgid(RELAY_UID) < 0 || setuid(RELAY_UID) < 0)
		return 0;
	setrlimit(RLIMIT_NPROC, &most);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
}

/* Nothing of the caller's stays open: smolvm's exec waits for the end of its output. */
static void detach(void)
{
	int null = open("/dev/null", O_RDWR);

	setsid();
	if (chdir("/") < 0)
		_exit(1);
	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	if (null > 2)
		close(null);
}

/* A process for this client; for one too many, to tell it so: what waits for the end of its request must not be the
 * process that listens. Returns whether there is one more now. */
static int start(int client, const int *listener, in_addr_t bundle, const struct door *door, int full)
{
	static const char busy[] = "503 Service Unavailable",
		why[] = "too many connections are open already; try again when some of them have ended";
	pid_t child = fork();

	if (child == 0) {
		for (int i = 0; i < DOORS; i++)
			close(listener[i]);
		if (full)
			answer(client, busy, why);
		else
			serve(client, bundle, door);
		_exit(0);
	}
	if (child < 0)
		tell(client, busy, why);
	close(client);
	return child > 0;
}

static void wake(int number)
{
	(void)number;
}

static void listen_on(const int *listener, in_addr_t bundle)
{
	/* The end of a child wakes us, so that it is gone, and counted, at once. */
	struct sigaction ended = { .sa_handler = wake };
	struct pollfd p[DOORS];
	int running = 0;

	sigaction(SIGCHLD, &ended, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	for (;;) {
		for (int i = 0; i < DOORS; i++)
			p[i] = (struct pollfd){ .fd = listener[i], .events = POLLIN };
		if (poll(p, DOORS, -1) < 0)
			memset(p, 0, sizeof p);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			running--;
		for (int i = 0; i < DOORS; i++) {
			int client = p[i].revents ? accept4(listener[i], NULL, NULL, SOCK_CLOEXEC) : -1;

			if (client >= 0)
				running += start(client, listener, bundle, &doors[i], running >= CONNECTIONS);
		}
	}
}

int main(int argc, char **argv)
{
	in_addr_t bundle = argc == 2 ? inet_addr(argv[1]) : INADDR_NONE;
	ssize_t n = read(STDIN_FILENO, token, sizeof token - 1);
	int listener[DOORS];
	char pid[24];
	struct text t = { pid, 0, sizeof pid };
	pid_t child;

	if (bundle == INADDR_NONE || n < 1) {
		complain("usage", "relay BUNDLE <TOKEN");
		return 64;
	}
	token[strcspn(token, "\r\n")] = '\0';
	for (int i = 0; i < DOORS; i++) {
		listener[i] = listen_at(doors[i].there + RELAY_FURTHER);
		if (listener[i] < 0) {
			char name[32] = "127.0.0.1:";
			struct text here = { name, strlen(name), sizeof name - 1 };
			int why = errno;

			add_number(&here, doors[i].there + RELAY_FURTHER);
			complain(name, strerror(why));
			return 1;
		}
	}
	if (!withdraw()) {
		complain("another user", strerror(errno));
		return 1;
	}
	child = fork();
	if (child < 0) {
		complain("fork", strerror(errno));
		return 1;
	}
	if (child == 0) {
		detach();
		listen_on(listener, bundle);
	}
	add_number(&t, child);
	add(&t, "\n");
	return write(STDOUT_FILENO, pid, t.len) < 0;
}
