/* SPDX-License-Identifier: MIT */
/* wish.c: work out the variables, the address and the sizes with which a machine is created. */
#include "plan/wish.h"
#include "basic/names.h"
#include "basic/net.h"

#include <string.h>

/* The manifest's names of the sizes, and what they are if it does not say. */
static const struct { const char *member; long long otherwise; } sizes[MACHINE_SIZES] = {
	[MACHINE_CPUS] = { "vm.cpus", 2 },
	[MACHINE_MEMORY_MIB] = { "vm.memory_mib", 2048 },
	[MACHINE_DISK_GIB] = { "vm.disk_gib", 0 },
};

static const char *const ca_variables[] = {
	"CODEX_CA_CERTIFICATE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO", "NODE_EXTRA_CA_CERTS",
	"REQUESTS_CA_BUNDLE", "SSL_CERT_FILE",
};

/* The proxy's address is an IP address, because a bottle has no DNS. The token for 8888 is not here: bb-provision
 * alone brings it into the guest (wall W1). The same holds for all that a manifest may change while its machine
 * stays. */
static void add_env(struct machine_wish *w)
{
	for (size_t i = 0; i < COUNT(ca_variables); i++)
		list_addf(&w->env, "%s=" CA_STORE, ca_variables[i]);
	list_addf(&w->env, "HTTP_PROXY=http://%s:%d", w->bundle, PORT_DLP);
	list_addf(&w->env, "HTTPS_PROXY=http://%s:%d", w->bundle, PORT_DLP);
	list_addf(&w->env, "http_proxy=http://%s:%d", w->bundle, PORT_DLP);
	list_addf(&w->env, "https_proxy=http://%s:%d", w->bundle, PORT_DLP);
	list_addf(&w->env, "NO_PROXY=%s,localhost,127.0.0.1", w->bundle);
	list_addf(&w->env, "no_proxy=%s,localhost,127.0.0.1", w->bundle);
	list_sort(&w->env);
}

/* The section must describe one /24 and its second address. It may have been edited. */
static void check_subnet(const struct plan *p, const struct machine_wish *w)
{
	const char *cidr = plan_need(p, "subnet.cidr");
	struct cidr range, one;

	if (!cidr_parse(cidr, &range) || !net_is_pool(range) || range.bits != 24 || strcmp(cidr, cidr_text(range)) ||
	    !cidr_parse(w->allow, &one) || one.bits != 32 || strcmp(ip_text(one.base), range_bundle(range)) ||
	    strcmp(w->allow, cidr_text(one)) || strcmp(w->bundle, ip_text(one.base)))
		die(BB_PLAN, "run bb-subnet again",
		    "subnet: %s, bundle %s, allow %s do not fit together", cidr, w->bundle, w->allow);
}

struct machine_wish wish_of(const struct plan *p)
{
	struct machine_wish w = { .name = plan_vm_name(p), .slug = p->slug };

	w.source = jv_text(jv_path(p->root, "pack.artifact"));
	w.bundle = plan_need(p, "subnet.bundle");
	w.allow = plan_need(p, "subnet.allow");
	check_subnet(p, &w);
	for (size_t i = 0; i < MACHINE_SIZES; i++)
		if (!jv_int(jv_path(p->manifest, sizes[i].member), &w.size[i]))
			w.size[i] = sizes[i].otherwise;
	add_env(&w);
	return w;
}
