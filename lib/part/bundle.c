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
static const struct docker_rule confinement[] = {
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

bool bundle_beside(const struct plan *p)
{
	return bottle_machine(p->slug).engine->can(MACHINE_BESIDE_BUNDLE);
}

struct list bundle_options(const struct plan *p)
{
	const char *const address[] = { "--network", plan_bundle_name(p), "--ip", plan_need(p, "subnet.bundle"), NULL };
	const char *const way_out[] = { "--network", BUNDLE_WAY_OUT, NULL };
	struct list w = { 0 };

	list_add_all(&w, bundle_beside(p) ? way_out : address);
	list_add(&w, "--hostname");
	list_add(&w, "bundle");
	docker_add_labels(&w, p->slug);
	list_add(&w, "--label");
	list_addf(&w, LABEL_CONFIG "=%s", bundle_digest(p));
	docker_add_file(&w, config_path(p), "/etc/bottle/bundle.json");
	docker_add_rules(&w, confinement, COUNT(confinement));
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

/* Docker tells of networks by their names' order, and BUNDLE_WAY_OUT comes after ours. */
static const char *without_way_out(const char *networks)
{
	const char *second = strstr(networks, " " BUNDLE_WAY_OUT " ");

	return second ? mem_text(networks, (size_t)(second + 1 - networks)) : networks;
}

struct docker_container bundle_verify(const struct plan *p, const char *container)
{
	const char *network = mem_printf("%s %s/24 %s ", plan_bundle_name(p), plan_need(p, "subnet.bundle"), plan_need(p, "subnet.gateway"));
	bool beside = bundle_beside(p);
	/* What this bottle's alone is like. */
	const struct {
		const char *what;
		struct docker_asked asked;
		const char *want;
	} own[] = {
		{ "label " LABEL_CONFIG, { .fact = DOCKER_LABEL, .key = LABEL_CONFIG }, bundle_digest(p) },
		{ "mount", { .fact = DOCKER_MOUNT_SOURCES }, config_path(p) },
		{ "number of networks", { .fact = DOCKER_NETWORKS }, beside ? "2" : "1" },
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
	n += docker_ask_rules(asked + n, confinement, COUNT(confinement));
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
	for (n = 0; n < COUNT(own); n++) {
		/* The second network is Docker's own bridge, whose address is not ours to choose. */
		const char *is = beside && !strcmp(own[n].what, "network") ? without_way_out(asked[n].is) : asked[n].is;

		want(own[n].what, is, own[n].want);
	}
	for (size_t i = 0; i < COUNT(confinement); i++)
		if (confinement[i].want)
			want(docker_fact_name(confinement[i].fact, confinement[i].key), asked[n++].is, confinement[i].want);
	return c;
}

/* --- is it there? --- */

bool bundle_listens(const char *container, int port)
{
	static const char *const cat[] = { "cat", "/proc/net/tcp", NULL };
	const char *line, *local = mem_printf(":%04X ", (unsigned)port);
	struct str out = STR_EMPTY;
	char *text;

	if (!docker_container_exec(container, cat, NULL, &out).ok)
		return false;
	/* "sl local_address rem_address st ...": 0A is listening. */
	for (text = out.text; *text; ) {
		line = take_line(&text);
		if (strstr(line, local) && strstr(line, ":0000 0A "))
			return true;
	}
	return false;
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
