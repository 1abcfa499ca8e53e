/* SPDX-License-Identifier: MIT */
/* targets.c: the tables of what is tried. docs/threats.md has the classes of attempts (E-01 to E-28). */
#include "probe/probe.h"
#include "basic/io.h"
#include "basic/names.h"
#include "basic/net.h"
#include "record/lease.h"

#include <string.h>

struct attempt *attempt_add(struct attempts *all, enum probe_class class, const char *order, const char *what)
{
	struct attempt *a;

	if (all->n == all->room) {
		size_t room = all->room ? all->room * 2 : 64;

		all->list = mem_grow(all->list, all->n * sizeof *all->list, room * sizeof *all->list);
		all->room = room;
	}
	a = &all->list[all->n++];
	*a = (struct attempt){ .id = mem_printf("t%zu", all->n), .class = class, .order = order, .what = what };
	return a;
}

/* Packets to loopback addresses stay in the guest, so the engine never denies them. */
static bool stays_inside(const char *ip)
{
	return !strncmp(ip, "127.", 4) || !strcmp(ip, "::1") || !strcmp(ip, "0.0.0.0");
}

/* Does what `order` sends leave the guest? */
static bool leaves(const char *order)
{
	struct list w = { 0 };
	char *copy = mem_text(order, strlen(order)), *save = NULL;

	for (char *t = strtok_r(copy, " ", &save); t; t = strtok_r(NULL, " ", &save))
		list_add(&w, t);
	return w.n > 1 && (!strcmp(w.item[0], "resolve") || !stays_inside(w.item[1]));
}

static void denied(struct attempts *all, enum probe_class class, const char *order)
{
	attempt_add(all, class, order, order)->leaves = leaves(order);
}

void probe_bundle_targets(struct attempts *all, const struct plan *p)
{
	static const int others[] = { PORT_EGRESS, 22, 80, 443, 2019, 8080, 8081, 9090 };
	const char *bundle = plan_need(p, "subnet.bundle");
	int ports[BUNDLE_PORTS];
	size_t n = plan_ports(p, ports);

	for (size_t i = 0; i < n; i++) {
		const char *order = mem_printf("tcp %s %d", bundle, ports[i]);

		attempt_add(all, PROBE_POSITIVE, order, order);
	}
	attempt_add(all, PROBE_POSITIVE, mem_printf("http %s %d bundle.internal /nonce", bundle, PORT_DLP),
		    "the nonce of this bottle's container by 8888");
	for (size_t i = 0; i < COUNT(others); i++) {
		const char *order = mem_printf("talk %s %d", bundle, others[i]);

		attempt_add(all, PROBE_INSIDE, order, order);
	}
}

/* There may be many bottles. The first of them stand for all. */
enum { OTHER_BOTTLES = 8 };

void probe_neighbour_targets(struct attempts *all, const char *slug)
{
	static const int ports[] = { PORT_DLP, PORT_GIT, PORT_SUPERVISE, PORT_EGRESS };
	struct cidrs taken = { 0 };

	lease_taken(&taken, slug);
	for (size_t i = 0; i < taken.n && i < OTHER_BOTTLES; i++)
		for (size_t k = 0; k < COUNT(ports); k++)
			denied(all, PROBE_OUTSIDE, mem_printf("tcp %s %d", range_bundle(taken.list[i]), ports[k]));
}

/* This host: each of its addresses, and those by which a VMM may reach it. */
static void host_targets(struct attempts *all, const char *gateway, int port)
{
	struct list own = { 0 };

	net_host_addresses(&own);
	if (gateway && !list_has(&own, gateway))
		list_add(&own, gateway);
	for (size_t i = 0; i < own.n; i++) {
		if (!strncmp(own.item[i], "fe80:", 5))      /* useless without an interface */
			continue;
		denied(all, PROBE_CANARY, mem_printf("tcp %s %d", own.item[i], port));
		denied(all, PROBE_CANARY, mem_printf("udp %s %d bottlebox", own.item[i], port));
	}
	denied(all, PROBE_CANARY, mem_printf("tcp 127.0.0.1 %d", port));
	denied(all, PROBE_CANARY, mem_printf("udp 127.0.0.1 %d bottlebox", port));
	denied(all, PROBE_CANARY, mem_printf("tcp 0.0.0.0 %d", port));
	denied(all, PROBE_CANARY, mem_printf("tcp ::1 %d", port));
	/* smolvm's own gateway for its virtio-net guests. */
	denied(all, PROBE_CANARY, mem_printf("tcp 100.96.0.1 %d", port));
	if (gateway) {
		denied(all, PROBE_CANARY, mem_printf("tcp ::ffff:%s %d", gateway, port));
		denied(all, PROBE_CANARY, mem_printf("udpto %s %d bottlebox", gateway, port));
		denied(all, PROBE_OUTSIDE, mem_printf("icmp %s", gateway));
	}
}

static const char *const outside[] = {
	"tcp 1.1.1.1 443", "tcp 1.1.1.1 853", "tcp 1.1.1.1 53", "tcp 8.8.8.8 443",
	"udp 1.1.1.1 443 bottlebox", "udpto 8.8.8.8 443 bottlebox", "icmp 1.1.1.1",
	"tcp 169.254.169.254 80", "tcp ::ffff:169.254.169.254 80",
	"tcp 2606:4700:4700::1111 443", "udp 2606:4700:4700::1111 443 bottlebox",
};

/* Resolvers: public ones, smolvm's gateway, systemd's stub, Docker's. The host's own are added. */
static const char *const resolvers[] = { "1.1.1.1", "8.8.8.8", "100.96.0.1", "127.0.0.53", "127.0.0.11" };

/* Add the name servers in resolv.conf(5) of this host. */
static void host_resolvers(struct list *all)
{
	struct str text = STR_EMPTY;
	char *rest;

	if (io_read_file("/etc/resolv.conf", &text, 64 * 1024) != IO_OK)
		return;
	rest = text.text;
	while (*rest) {
		const char *line = take_line(&rest);
		const char *ip = !strncmp(line, "nameserver", 10) ? line + 10 + strspn(line + 10, " \t") : "";
		const char *address = mem_text(ip, strspn(ip, "0123456789.:abcdefABCDEF"));

		if (*address && strncmp(address, "fe80", 4) && !list_has(all, address))
			list_add(all, address);
	}
}

static void name_targets(struct attempts *all, const char *gateway, const struct list *names)
{
	struct list asked = { 0 };

	for (size_t i = 0; i < COUNT(resolvers); i++)
		list_add(&asked, resolvers[i]);
	host_resolvers(&asked);
	if (gateway)
		list_add(&asked, gateway);
	for (size_t i = 0; i < asked.n && !names; i++)
		denied(all, PROBE_OUTSIDE, mem_printf("dns %s 53 r%zu.bottlebox.invalid", asked.item[i], i));
	if (!names)
		denied(all, PROBE_OUTSIDE, "resolve libc.bottlebox.invalid");
	for (size_t k = 0; names && k < names->n; k++) {
		for (size_t i = 0; i < asked.n; i++)
			denied(all, PROBE_OUTSIDE, mem_printf("dns %s 53 %s", asked.item[i], names->item[k]));
		denied(all, PROBE_OUTSIDE, mem_printf("resolve %s", names->item[k]));
	}
}

/* Paths of sockets of the host, and the port ranges where vsock services are. */
static const char *const guest[] = {
	"unix /var/run/docker.sock", "unix /run/docker.sock", "vsock 2 1 512", "vsock 2 1000 1100", "vsock 2 5900 6100",
	"each /proc cmdline", "mounts", "each /sys/bus/virtio/devices device",
};

void probe_other_targets(struct attempts *all, const char *gateway, const char *neighbour, int canary_port,
			 const struct list *names)
{
	host_targets(all, gateway, canary_port);
	name_targets(all, gateway, names);
	if (neighbour)
		denied(all, PROBE_OUTSIDE, mem_printf("tcp %s %d", neighbour, PORT_DLP));
	for (size_t i = 0; i < COUNT(outside); i++)
		denied(all, PROBE_OUTSIDE, outside[i]);
	for (size_t i = 0; i < COUNT(guest); i++)
		attempt_add(all, PROBE_GUEST, guest[i], guest[i]);
}
