/* SPDX-License-Identifier: MIT */
/* bundle.c: how the bundle's container is confined, and whether Docker really did it.
 *
 * The table is read twice: as options of `docker run`, and as what Docker must say of the container. */
#include "part/bundle.h"
#include "basic/io.h"
#include "basic/names.h"
#include "basic/net.h"
#include "basic/paths.h"
#include "record/bottle.h"

#include <string.h>

/* The options of `docker run`, each with the same fact as Docker tells it afterwards. Compared in this order. */
static const struct {
	const char *flag, *value;      /* flag NULL: it is what Docker does unasked; value NULL: a flag alone */
	enum docker_fact fact;
	const char *key, *want;        /* want NULL: shown by another row */
} confinement[] = {
	{ "--read-only", NULL, DOCKER_READ_ONLY, NULL, "true" },
	{ "--tmpfs", "/run/bottle:rw,nosuid,nodev,noexec,size=256m,mode=0755",
	  DOCKER_TMPFS, "/run/bottle", "rw,nosuid,nodev,noexec,size=256m,mode=0755" },
	{ "--tmpfs", "/tmp:rw,nosuid,nodev,noexec,size=64m", DOCKER_TMPFS, "/tmp", "rw,nosuid,nodev,noexec,size=64m" },
	{ "--cap-drop", "ALL", DOCKER_CAP_DROP, NULL, "[ALL]" },
	/* PID 1 needs these to give each daemon its own uid and to load its packet filter; it drops
	 * them for all that it starts. */
	{ "--cap-add", "CHOWN", DOCKER_CAP_ADD, NULL, "[CHOWN KILL NET_ADMIN SETGID SETPCAP SETUID]" },
	{ "--cap-add", "KILL", DOCKER_CAP_ADD, NULL, NULL },
	{ "--cap-add", "NET_ADMIN", DOCKER_CAP_ADD, NULL, NULL },
	{ "--cap-add", "SETGID", DOCKER_CAP_ADD, NULL, NULL },
	{ "--cap-add", "SETPCAP", DOCKER_CAP_ADD, NULL, NULL },
	{ "--cap-add", "SETUID", DOCKER_CAP_ADD, NULL, NULL },
	{ NULL, NULL, DOCKER_PRIVILEGED, NULL, "false" },
	{ "--security-opt", "no-new-privileges", DOCKER_SECURITY_OPT, NULL, "[no-new-privileges]" },
	{ "--pids-limit", "256", DOCKER_PIDS_LIMIT, NULL, "256" },
	{ "--restart", "no", DOCKER_RESTART, NULL, "no" },
	{ "--log-driver", "json-file", DOCKER_LOG_DRIVER, NULL, "json-file" },
	{ "--log-opt", "max-size=10m", DOCKER_LOG_OPT, "max-size", "10m" },
	{ "--log-opt", "max-file=3", DOCKER_LOG_OPT, "max-file", "3" },
	{ "--sysctl", "net.ipv6.conf.all.disable_ipv6=1", DOCKER_SYSCTL, "net.ipv6.conf.all.disable_ipv6", "1" },
	/* Nothing published; nothing of the host but the configuration file, read-only. */
	{ NULL, NULL, DOCKER_PORT_BINDINGS, NULL, "0" },
	{ NULL, NULL, DOCKER_PUBLISH_ALL, NULL, "false" },
	{ NULL, NULL, DOCKER_HOST_NAMESPACES, NULL, "" },
	{ NULL, NULL, DOCKER_DEVICES, NULL, "0" },
	{ NULL, NULL, DOCKER_MOUNTS, NULL, "1" },
	{ NULL, NULL, DOCKER_MOUNT_TARGETS, NULL, "/etc/bottle/bundle.json false" },
	{ NULL, NULL, DOCKER_NETWORKS, NULL, "1" },
};

/* Sizes that the manifest decides. The gate's repositories have a file system of their own, so that a full one does
 * not keep out secrets or questions. It is memory and counts as such. */
enum { DISK_MIB = 256, OTHER_MIB = 768 };

static long long disk_mib(const struct plan *p)
{
	long long mib;

	return jv_int(jv_path(p->manifest, "git.disk_mib"), &mib) ? mib : DISK_MIB;
}

static const char *disk_options(const struct plan *p)
{
	return mem_printf("rw,nosuid,nodev,noexec,size=%lldm,mode=0755", disk_mib(p));
}

static const char *memory(const struct plan *p)
{
	return mem_printf("%lld", (OTHER_MIB + disk_mib(p)) << 20);
}

static const char *config_path(const struct plan *p)
{
	return state_bottle_file(p->slug, "bundle.json");
}

struct list bundle_options(const struct plan *p)
{
	const char *const address[] = { "--network", plan_bundle_name(p), "--ip", plan_need(p, "subnet.bundle"), "--hostname", "bundle", NULL };
	struct list w = { 0 };

	list_add_all(&w, address);
	docker_add_labels(&w, p->slug);
	list_add(&w, "--label");
	list_addf(&w, LABEL_CONFIG "=%s", bundle_digest(p));
	docker_add_file(&w, config_path(p), "/etc/bottle/bundle.json");
	for (size_t i = 0; i < COUNT(confinement); i++) {
		if (!confinement[i].flag)
			continue;
		list_add(&w, confinement[i].flag);
		if (confinement[i].value)
			list_add(&w, confinement[i].value);
	}
	list_add(&w, "--tmpfs");
	list_addf(&w, "/run/git:%s", disk_options(p));
	list_addf(&w, "--memory=%s", memory(p));
	/* Not compared: an engine whose kernel does not count swap reports -1. */
	list_addf(&w, "--memory-swap=%s", memory(p));
	return w;
}

static void want(const char *what, const char *is, const char *wanted)
{
	if (strcmp(is, wanted))
		die(BB_REFUSED, "bb-stop NAME takes it down; then start again", "the container's %s is '%s', not '%s'", what, is, wanted);
}

struct docker_container bundle_verify(const struct plan *p, const char *container)
{
	const char *network = mem_printf("%s %s/24 %s ", plan_bundle_name(p), plan_need(p, "subnet.bundle"), plan_need(p, "subnet.gateway"));
	/* What this bottle's alone is like. */
	const struct {
		const char *what;
		struct docker_asked asked;
		const char *want;
	} own[] = {
		{ "label " LABEL_CONFIG, { .fact = DOCKER_LABEL, .key = LABEL_CONFIG }, bundle_digest(p) },
		{ "mount", { .fact = DOCKER_MOUNT_SOURCES }, config_path(p) },
		{ "network", { .fact = DOCKER_NETWORK_ADDRESSES }, network },
		{ "file system for git", { .fact = DOCKER_TMPFS, .key = "/run/git" }, disk_options(p) },
		{ "memory", { .fact = DOCKER_MEMORY }, memory(p) },
	};
	struct docker_asked asked[COUNT(own) + COUNT(confinement)];
	struct docker_container c;
	enum docker_answer answer;
	size_t n = 0;

	for (size_t i = 0; i < COUNT(own); i++)
		asked[n++] = own[i].asked;
	for (size_t i = 0; i < COUNT(confinement); i++)
		if (confinement[i].want)
			asked[n++] = (struct docker_asked){ .fact = confinement[i].fact, .key = confinement[i].key };
	answer = docker_container_facts(container, &c, asked, n);
	/* An option that was not given may be missing from the answer. */
	if (answer == DOCKER_LACKS)
		die(BB_REFUSED, mem_printf("take it down with: bb-stop %s", p->slug), "the container is not confined as asked: %s", c.why);
	if (answer != DOCKER_FOUND)
		die(BB_TOOL, mem_printf("is it up? see bb-list; bb-stop %s takes it down", p->slug), "docker inspect: %s", c.why);
	/* A container that has ended has no address. Why it ended says more than its settings. */
	if (!c.running)
		return c;
	want("label " LABEL_BOTTLE, c.label, state_label(p->slug));
	for (n = 0; n < COUNT(own); n++)
		want(own[n].what, asked[n].is, own[n].want);
	for (size_t i = 0; i < COUNT(confinement); i++)
		if (confinement[i].want)
			want(docker_fact_name(confinement[i].fact, confinement[i].key), asked[n++].is, confinement[i].want);
	return c;
}

/* --- the configuration file --- */

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

static bool running(const char *slug, bool sure, const char **id, const char **why)
{
	struct docker_container c;
	enum docker_answer answer = docker_container(name_bundle(slug), sure, &c);

	*why = c.why;
	*id = answer == DOCKER_FOUND && c.running && !strcmp(c.label, state_label(slug)) ? c.id : NULL;
	return answer != DOCKER_UNREADABLE;
}

const char *bundle_running(const char *slug)
{
	const char *id, *why;

	if (!running(slug, true, &id, &why))
		die(BB_TOOL, "try the same by hand; its own log may say more", "docker inspect %s: %s", name_bundle(slug), why);
	return id;
}

bool bundle_ask(const char *slug, const char **id, const char **why)
{
	return running(slug, false, id, why);
}

const char *bundle_needed(const char *slug)
{
	const char *id = bundle_running(slug);

	if (!id && !bottle_known(slug))
		bottle_unknown(slug);
	if (!id)
		die(BB_NO, "is it up? see bb-list", "no container %s of ours runs", name_bundle(slug));
	return id;
}
