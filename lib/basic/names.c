/* SPDX-License-Identifier: MIT */
/* names.c: build names, labels, addresses and ports of a bottle from its slug. */
#include "basic/names.h"

#include <string.h>

const struct bundle_port bundle_ports[BUNDLE_PORTS] = {
	{ "dlp", PORT_DLP, NULL },
	{ "git", PORT_GIT, "git.repos" },
	{ "supervise", PORT_SUPERVISE, "supervise" },
};

const char *name_machine(const char *slug)
{
	return mem_printf(NAME_PREFIX "%s", slug);
}

const char *name_bundle(const char *slug)
{
	return mem_printf(NAME_PREFIX "bundle-%s", slug);
}

const char *name_of(const char *kind, const char *slug)
{
	return strcmp(kind, "machine") ? name_bundle(slug) : name_machine(slug);
}

const char *name_slug(const char *kind, const char *name)
{
	const char *start = name_of(kind, "");
	size_t n = strlen(start);

	return !strncmp(name, start, n) && name[n] ? name + n : NULL;
}

const char *range_gateway(struct cidr range)
{
	return ip_text(range.base + 1);
}

const char *range_bundle(struct cidr range)
{
	return ip_text(range.base + 2);
}

const char *range_machine(struct cidr range)
{
	return ip_text(range.base + 3);
}

const char *port_daemon(int port)
{
	for (size_t i = 0; i < BUNDLE_PORTS; i++)
		if (bundle_ports[i].port == port)
			return bundle_ports[i].daemon;
	return NULL;
}
