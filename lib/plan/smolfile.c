/* SPDX-License-Identifier: MIT */
/* smolfile.c: work out the variables, the address and the options with which a machine is created. */
#include "plan/smolfile.h"
#include "basic/names.h"
#include "basic/net.h"
#include "basic/toml.h"

#include <string.h>

/* smolvm 1.32.2: a storage that is not given is 20 GiB, and null in the row. */
const struct vm_size vm_sizes[VM_SIZES] = {
	{ "vm.cpus", "--cpus", "cpus", 2 },
	{ "vm.memory_mib", "--mem", "mem", 2048 },
	{ "vm.disk_gib", "--storage", "storage_gb", 0 },
};

static const char *const ca_variables[] = {
	"CODEX_CA_CERTIFICATE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO", "NODE_EXTRA_CA_CERTS",
	"REQUESTS_CA_BUNDLE", "SSL_CERT_FILE",
};

/* The proxy's address is an IP address, because a bottle has no DNS. The token for 8888 is not here: bb-provision
 * alone brings it into the guest (wall W1). The same holds for all that a manifest may change while its machine
 * stays. */
static void add_env(struct smolfile *s)
{
	for (size_t i = 0; i < COUNT(ca_variables); i++)
		list_addf(&s->env, "%s=" CA_STORE, ca_variables[i]);
	list_addf(&s->env, "HTTP_PROXY=http://%s:%d", s->bundle, PORT_DLP);
	list_addf(&s->env, "HTTPS_PROXY=http://%s:%d", s->bundle, PORT_DLP);
	list_addf(&s->env, "http_proxy=http://%s:%d", s->bundle, PORT_DLP);
	list_addf(&s->env, "https_proxy=http://%s:%d", s->bundle, PORT_DLP);
	list_addf(&s->env, "NO_PROXY=%s,localhost,127.0.0.1", s->bundle);
	list_addf(&s->env, "no_proxy=%s,localhost,127.0.0.1", s->bundle);
	list_sort(&s->env);
}

static void add_create_args(struct smolfile *s)
{
	list_add(&s->create_args, "--net");
	list_add(&s->create_args, "--allow-cidr");
	list_add(&s->create_args, s->allow);
	/* Closes DNS: with a host in the list, and be it an address, the gateway resolves no other name
	 * (docs/smolvm.md, "What the policy lets through"). */
	list_add(&s->create_args, "--allow-host");
	list_add(&s->create_args, s->bundle);
	for (size_t i = 0; i < VM_SIZES; i++) {
		if (!s->size[i])
			continue;
		list_add(&s->create_args, vm_sizes[i].flag);
		list_addf(&s->create_args, "%lld", s->size[i]);
	}
	for (size_t i = 0; i < s->env.n; i++) {
		list_add(&s->create_args, "-e");
		list_add(&s->create_args, s->env.item[i]);
	}
}

/* The section must describe one /24 and its second address. It may have been edited. */
static void check_subnet(const struct plan *p, const struct smolfile *s)
{
	const char *cidr = plan_need(p, "subnet.cidr");
	struct cidr range, one;

	if (!cidr_parse(cidr, &range) || !net_is_pool(range) || range.bits != 24 || strcmp(cidr, cidr_text(range)) ||
	    !cidr_parse(s->allow, &one) || one.bits != 32 || strcmp(ip_text(one.base), range_bundle(range)) ||
	    strcmp(s->allow, cidr_text(one)) || strcmp(s->bundle, ip_text(one.base)))
		die(BB_PLAN, "run bb-subnet again",
		    "subnet: %s, bundle %s, allow %s do not fit together", cidr, s->bundle, s->allow);
}

struct smolfile smolfile_of(const struct plan *p)
{
	struct smolfile s = { .size = { 0 } };

	s.bundle = plan_need(p, "subnet.bundle");
	s.allow = plan_need(p, "subnet.allow");
	check_subnet(p, &s);
	for (size_t i = 0; i < VM_SIZES; i++)
		if (!jv_int(jv_path(p->manifest, vm_sizes[i].member), &s.size[i]))
			s.size[i] = vm_sizes[i].otherwise;
	add_env(&s);
	add_create_args(&s);
	return s;
}

void smolfile_toml(struct str *out, const struct smolfile *s)
{
	toml_list(out, "env", s->env.item, s->env.n);
	toml_table(out, "network");
	toml_list(out, "allow_cidrs", &s->allow, 1);
}
