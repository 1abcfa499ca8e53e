/* SPDX-License-Identifier: MIT */
/* bundle_config.c: the configuration file of the bundle's container, and the secrets that it is handed later. */
#include "part/bundle.h"
#include "basic/io.h"
#include "basic/names.h"
#include "basic/net.h"
#include "basic/paths.h"

#include <string.h>


/* The name of a secret in the configuration and in the hand-over. */
static const char *secret_name(const char *kind, int i)
{
	return mem_printf("%s-%d", kind, i);
}

static void add_repos(struct jw *w, const struct plan *p)
{
	struct jv all = jv_path(p->manifest, "git.repos");
	int i = 0;

	if (!all.doc)
		return;
	jw_open(w, "repos", '{');
	for (struct jv e = jv_first(all); e.doc; e = jv_next(all, e), i++) {
		jw_open(w, jv_name(e), '{');
		jw_text(w, "url", jv_text(jv_get(e, "url")));
		if (jv_get(e, "key").doc) {
			jw_text(w, "host_key", jv_text(jv_get(e, "host_key")));
			jw_text(w, "secret", secret_name("key", i));
		}
		jw_close(w, '}');
	}
	jw_close(w, '}');
}

void bundle_secrets(const struct plan *p, void (*each)(const struct bundle_secret *secret, void *arg), void *arg)
{
	struct jv hosts = jv_path(p->manifest, "egress.credentials"), repos = jv_path(p->manifest, "git.repos");
	int i = 0;

	for (struct jv e = jv_first(hosts); e.doc; e = jv_next(hosts, e))
		each(&(struct bundle_secret){ secret_name("cred", i++), mem_printf("egress.credentials.%s", jv_name(e)), e }, arg);
	i = 0;
	for (struct jv e = jv_first(repos); e.doc; e = jv_next(repos, e), i++)
		if (jv_get(e, "key").doc)
			each(&(struct bundle_secret){ secret_name("key", i), mem_printf("git.repos.%s.key", jv_name(e)),
						      jv_get(e, "key") }, arg);
}

static void add_credentials(struct jw *w, const struct plan *p)
{
	struct jv all = jv_path(p->manifest, "egress.credentials");
	int i = 0;

	jw_open(w, "credentials", '[');
	for (struct jv e = jv_first(all); e.doc; e = jv_next(all, e)) {
		const char *header = jv_text(jv_get(e, "header")), *prefix = jv_text(jv_get(e, "prefix"));

		jw_open(w, NULL, '{');
		jw_text(w, "host", jv_name(e));
		jw_text(w, "header", header ? header : "Authorization");
		jw_text(w, "prefix", prefix ? prefix : header ? "" : "Bearer ");
		if (jv_get(e, "only").doc)
			jw_raw(w, "only", jv_raw(jv_get(e, "only")));
		jw_text(w, "secret", secret_name("cred", i++));
		jw_close(w, '}');
	}
	jw_close(w, ']');
}

/* One more CA for upstream servers, from a file of the operator's. Public, so no secret. */
bool bundle_upstream_ca(struct str *pem, const struct plan *p)
{
	const char *file = plan_text(p, "egress.upstream_ca", NULL);

	if (!file)
		return false;
	file = plan_path(p, file);
	if (io_read_file(file, pem, 256 * 1024) != IO_OK)
		die(BB_PLAN, "name a PEM file", "egress.upstream_ca: %s is not a regular file", file);
	if (!strstr(pem->text, "-----BEGIN CERTIFICATE-----") || strstr(pem->text, "PRIVATE KEY"))
		die(BB_PLAN, "name a PEM file with certificates only", "egress.upstream_ca: %s is no certificate", file);
	return true;
}

/* The global addresses of this host. 9099 refuses all others anyway. */
static void add_own_addresses(struct jw *w)
{
	struct list own = { 0 }, global = { 0 };

	net_host_addresses(&own);
	for (size_t i = 0; i < own.n; i++)
		if (net_is_global(own.item[i]))
			list_add(&global, own.item[i]);
	jw_list(w, "deny_addresses", global.item, global.n);
}

static struct cidr range_of(const struct plan *p)
{
	struct cidr range;

	if (!cidr_parse(plan_need(p, "subnet.cidr"), &range))
		die(BB_PLAN, "run bb-subnet again", "subnet: %s is no range", plan_need(p, "subnet.cidr"));
	return range;
}

/* Where the daemons listen. The image has no table of its own. */
static void add_listen(struct jw *w, const int *ports, size_t n)
{
	jw_open(w, "listen", '{');
	jw_int(w, "egress", PORT_EGRESS);
	for (size_t i = 0; i < n; i++)
		jw_int(w, port_daemon(ports[i]), ports[i]);
	jw_close(w, '}');
}

static const char *config(const struct plan *p, bool with_addresses)
{
	struct jv allowlist = jv_path(p->manifest, "egress.allowlist"), dlp = jv_path(p->manifest, "egress.dlp");
	struct jv websocket = jv_path(p->manifest, "egress.websocket");
	struct str upstream_ca = STR_EMPTY;
	struct json_error error;
	struct jw w = JW_EMPTY;
	int ports[BUNDLE_PORTS];
	size_t n = plan_ports(p, ports);
	long long mib;

	jw_open(&w, NULL, '{');
	jw_int(&w, "version", 1);
	jw_text(&w, "bottle", p->slug);
	jw_open(&w, "daemons", '[');
	jw_text(&w, NULL, "egress");
	for (size_t i = 0; i < n; i++)
		jw_text(&w, NULL, port_daemon(ports[i]));
	jw_close(&w, ']');
	add_listen(&w, ports, n);
	/* Who may come in. If it does not say, that is who stands at the gateway: this host, where the machine dials from. */
	if (bundle_beside(p))
		jw_text(&w, "guest", range_machine(range_of(p)));
	jw_raw(&w, "allowlist", allowlist.doc ? jv_raw(allowlist) : "[]");
	jw_raw(&w, "ports", "[80,443]");
	add_credentials(&w, p);
	if (with_addresses)
		add_own_addresses(&w);
	if (bundle_upstream_ca(&upstream_ca, p))
		jw_text(&w, "upstream_ca", upstream_ca.text);
	add_repos(&w, p);
	if (dlp.doc)
		jw_raw(&w, "dlp", jv_raw(dlp));
	if (websocket.doc)
		jw_raw(&w, "websocket", jv_raw(websocket));
	if (jv_int(jv_path(p->manifest, "egress.limits.request_mib"), &mib)) {
		jw_open(&w, "limits", '{');
		jw_int(&w, "request_body", mib << 20);
		jw_close(&w, '}');
	}
	jw_close(&w, '}');
	str_add(&w.out, "\n");
	if (!json_check(w.out.text, w.out.len, &error))
		die(BB_PLAN, "is the CA file plain ASCII?", "the bundle's configuration would be bad JSON: %s", error.why);
	return w.out.text;
}

const char *bundle_config(const struct plan *p)
{
	return config(p, true);
}

const char *bundle_digest(const struct plan *p)
{
	const char *text = config(p, false);

	return digest_bytes(text, strlen(text));
}
