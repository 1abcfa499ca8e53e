/* SPDX-License-Identifier: MIT */
/* bundle.c: how the bundle's container is confined, and whether Docker really did it.
 *
 * The table is read twice: as flags of `docker run`, and as what `docker inspect` must say. */
#include "part/bundle.h"
#include "basic/io.h"
#include "basic/names.h"
#include "basic/net.h"
#include "basic/paths.h"
#include "record/bottle.h"
#include "tool/docker.h"

#include <string.h>

/* The flags of `docker run`, each with the same fact as `docker inspect` shows it. Compared in this order. */
static const struct {
	const char *flag, *value;      /* value NULL: a flag alone */
	const char *format, *want;     /* format NULL: shown by another row */
} confinement[] = {
	{ "--read-only", NULL, "{{.HostConfig.ReadonlyRootfs}}", "true" },
	{ "--tmpfs", "/run/bottle:rw,nosuid,nodev,noexec,size=256m,mode=0755",
	  "{{index .HostConfig.Tmpfs \"/run/bottle\"}}", "rw,nosuid,nodev,noexec,size=256m,mode=0755" },
	{ "--tmpfs", "/tmp:rw,nosuid,nodev,noexec,size=64m",
	  "{{index .HostConfig.Tmpfs \"/tmp\"}}", "rw,nosuid,nodev,noexec,size=64m" },
	{ "--cap-drop", "ALL", "{{.HostConfig.CapDrop}}", "[ALL]" },
	/* PID 1 needs these to give each daemon its own uid and to load its packet filter; it drops
	 * them for all that it starts. */
	{ "--cap-add", "CHOWN", "{{.HostConfig.CapAdd}}", "[CHOWN KILL NET_ADMIN SETGID SETPCAP SETUID]" },
	{ "--cap-add", "KILL", NULL, NULL },
	{ "--cap-add", "NET_ADMIN", NULL, NULL },
	{ "--cap-add", "SETGID", NULL, NULL },
	{ "--cap-add", "SETPCAP", NULL, NULL },
	{ "--cap-add", "SETUID", "{{.HostConfig.Privileged}}", "false" },
	{ "--security-opt", "no-new-privileges", "{{.HostConfig.SecurityOpt}}", "[no-new-privileges]" },
	{ "--pids-limit", "256", "{{.HostConfig.PidsLimit}}", "256" },
	{ "--restart", "no", "{{.HostConfig.RestartPolicy.Name}}", "no" },
	{ "--log-driver", "json-file", "{{.HostConfig.LogConfig.Type}}", "json-file" },
	{ "--log-opt", "max-size=10m", "{{index .HostConfig.LogConfig.Config \"max-size\"}}", "10m" },
	{ "--log-opt", "max-file=3", "{{index .HostConfig.LogConfig.Config \"max-file\"}}", "3" },
	{ "--sysctl", "net.ipv6.conf.all.disable_ipv6=1",
	  "{{index .HostConfig.Sysctls \"net.ipv6.conf.all.disable_ipv6\"}}", "1" },
	/* Nothing published; nothing of the host but the configuration file, read-only. */
	{ NULL, NULL, "{{len .HostConfig.PortBindings}}", "0" },
	{ NULL, NULL, "{{.HostConfig.PublishAllPorts}}", "false" },
	{ NULL, NULL, "{{.HostConfig.PidMode}}{{.HostConfig.UTSMode}}{{.HostConfig.UsernsMode}}", "" },
	{ NULL, NULL, "{{len .HostConfig.Devices}}", "0" },
	{ NULL, NULL, "{{len .Mounts}}", "1" },
	{ NULL, NULL, "{{range .Mounts}}{{.Destination}} {{.RW}}{{end}}", "/etc/bottle/bundle.json false" },
	{ NULL, NULL, "{{len .NetworkSettings.Networks}}", "1" },
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

/* A field of --mount, which Docker reads as CSV (RFC 4180). */
static const char *mount_field(const char *text)
{
	struct str s = STR_EMPTY;

	if (!strpbrk(text, ",\""))
		return text;
	for (; *text; text++)
		str_addf(&s, *text == '"' ? "\"\"" : "%c", *text);
	return mem_printf("\"%s\"", s.text);
}

struct list bundle_run_words(const struct plan *p)
{
	const char *name = plan_bundle_name(p);
	struct list w = docker_words("run", "-d", "--pull", "never", "--name", name, "--network", name,
				     "--ip", plan_need(p, "subnet.bundle"), "--hostname", "bundle", NULL);

	docker_add_labels(&w, p->slug);
	list_add(&w, "--label");
	list_addf(&w, LABEL_CONFIG "=%s", bundle_digest(p));
	list_add(&w, "--mount");
	list_addf(&w, "type=bind,%s,dst=/etc/bottle/bundle.json,readonly", mount_field(mem_printf("src=%s", config_path(p))));
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

/* Newer engines say CAP_CHOWN where older ones say CHOWN. */
static const char *capabilities(const char *text)
{
	struct str s = STR_EMPTY;

	while (*text)
		if (!strncmp(text, "CAP_", 4))
			text += 4;
		else
			str_addf(&s, "%c", *text++);
	return s.text;
}

struct bundle_container bundle_verify(const struct plan *p, const char *container)
{
	const char *name = plan_bundle_name(p), *ip = plan_need(p, "subnet.bundle");
	struct str format = STR_EMPTY, out = STR_EMPTY, err = STR_EMPTY;
	struct bundle_container c;
	struct list words;
	const char *running;
	char *text;
	bool good;

	str_addf(&format, "{{.Id}}\n{{.State.StartedAt}}\n{{.State.Running}}\n"
		 "{{index .Config.Labels \"" LABEL_BOTTLE "\"}}\n{{index .Config.Labels \"" LABEL_CONFIG "\"}}\n"
		 "{{range .Mounts}}{{.Source}}{{end}}\n"
		 "{{range $n, $v := .NetworkSettings.Networks}}{{$n}} {{$v.IPAddress}}/{{$v.IPPrefixLen}} {{$v.Gateway}} "
		 "{{$v.GlobalIPv6Address}}{{end}}\n{{index .HostConfig.Tmpfs \"/run/git\"}}\n{{.HostConfig.Memory}}");
	for (size_t i = 0; i < COUNT(confinement); i++)
		if (confinement[i].format)
			str_addf(&format, "\n%s", confinement[i].format);
	words = docker_words("inspect", "--type", "container", "--format", format.text, "--", container, NULL);
	/* An option that was not given may be missing from the answer, and a template fails on that. */
	good = docker_try(&words, NULL, &out, &err);
	if (!good && docker_says(&err) == DOCKER_SAYS_TEMPLATE)
		die(BB_REFUSED, mem_printf("take it down with: bb-stop %s", p->slug), "the container is not confined as asked: %s",
		    docker_said(&err));
	if (!good)
		die(BB_TOOL, mem_printf("is it up? see bb-list; bb-stop %s takes it down", p->slug), "docker inspect: %s",
		    docker_said(&err));
	text = out.text;
	c.id = take_line(&text);
	c.started = take_line(&text);
	running = take_line(&text);
	c.running = !strcmp(running, "true");
	if (!docker_is_id(c.id) || !*c.started || (!c.running && strcmp(running, "false")))
		die(BB_TOOL, "try the same by hand; its own log may say more", "docker inspect %s: its answer cannot be read", name);
	/* A container that has ended has no address. Why it ended says more than its settings. */
	if (!c.running)
		return c;
	want("label " LABEL_BOTTLE, take_line(&text), state_label(p->slug));
	want("label " LABEL_CONFIG, take_line(&text), bundle_digest(p));
	want("mount", take_line(&text), config_path(p));
	want("network", take_line(&text), mem_printf("%s %s/24 %s ", name, ip, plan_need(p, "subnet.gateway")));
	want("file system for git", take_line(&text), disk_options(p));
	want("memory", take_line(&text), memory(p));
	for (size_t i = 0; i < COUNT(confinement); i++) {
		const char *asked = confinement[i].format, *is = asked ? take_line(&text) : NULL;

		if (asked)
			want(asked, strstr(asked, ".Cap") ? capabilities(is) : is, confinement[i].want);
	}
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
	const char *word[3];
	enum docker_answer answer = docker_inspect("container", name_bundle(slug), "rli", word, sure, why);
	bool is = answer == DOCKER_FOUND && !strcmp(word[0], "true") && !strcmp(word[1], state_label(slug));

	*id = is ? word[2] : NULL;
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
