/* SPDX-License-Identifier: MIT */
/* docker_confined.c: how a machine that is a container is confined, and whether Docker really did it.
 *
 * The table is read twice: as options of `docker create`, and as what Docker must say of the container. */
#include "tool/docker_machine.h"
#include "basic/json.h"
#include "tool/docker_container.h"
#include "tool/docker_network.h"

#include <string.h>

static const struct docker_rule confinement[] = {
	/* What a package manager needs, and su. */
	{ "--cap-drop", "ALL", DOCKER_CAP_DROP, NULL, "[ALL]" },
	{ "--cap-add", "CHOWN", DOCKER_CAP_ADD, NULL, "[CHOWN DAC_OVERRIDE FOWNER FSETID KILL SETFCAP SETGID SETUID SYS_CHROOT]" },
	{ "--cap-add", "DAC_OVERRIDE", DOCKER_CAP_ADD, NULL, NULL },
	{ "--cap-add", "FOWNER", DOCKER_CAP_ADD, NULL, NULL },
	{ "--cap-add", "FSETID", DOCKER_CAP_ADD, NULL, NULL },
	{ "--cap-add", "KILL", DOCKER_CAP_ADD, NULL, NULL },
	{ "--cap-add", "SETFCAP", DOCKER_CAP_ADD, NULL, NULL },
	{ "--cap-add", "SETGID", DOCKER_CAP_ADD, NULL, NULL },
	{ "--cap-add", "SETUID", DOCKER_CAP_ADD, NULL, NULL },
	{ "--cap-add", "SYS_CHROOT", DOCKER_CAP_ADD, NULL, NULL },
	{ NULL, NULL, DOCKER_PRIVILEGED, NULL, "false" },
	{ "--security-opt", "no-new-privileges", DOCKER_SECURITY_OPT, NULL, "[no-new-privileges]" },
	{ "--pids-limit", "4096", DOCKER_PIDS_LIMIT, NULL, "4096" },
	{ "--restart", "no", DOCKER_RESTART, NULL, "no" },
	{ "--log-driver", "none", DOCKER_LOG_DRIVER, NULL, "none" },
	/* Of the image's own ENTRYPOINT, USER and HEALTHCHECK nothing runs before the proof (wall W14). A sleeper that is
	 * process 1 hears no TERM. */
	{ "--user", "0:0", DOCKER_USER, NULL, "0:0" },
	{ "--no-healthcheck", NULL, DOCKER_HEALTHCHECK, NULL, "[NONE]" },
	{ "--stop-signal", "KILL", DOCKER_STOP_SIGNAL, NULL, "KILL" },
	/* Where bb-provision keeps what is secret: in memory. The relay runs from there. */
	{ "--tmpfs", "/run:rw,nosuid,nodev,exec,size=64m,mode=0755", DOCKER_TMPFS, "/run", "rw,nosuid,nodev,exec,size=64m,mode=0755" },
	{ "--sysctl", "net.ipv6.conf.all.disable_ipv6=1", DOCKER_SYSCTL, "net.ipv6.conf.all.disable_ipv6", "1" },
	/* Docker's own resolver in the container then has nobody to ask: it asks from the container's own network. */
	{ "--dns", "127.0.0.1", DOCKER_RESOLVERS, NULL, "[127.0.0.1]" },
	{ NULL, NULL, DOCKER_PORT_BINDINGS, NULL, "0" },
	{ NULL, NULL, DOCKER_PUBLISH_ALL, NULL, "false" },
	{ NULL, NULL, DOCKER_HOST_NAMESPACES, NULL, "" },
	{ NULL, NULL, DOCKER_DEVICES, NULL, "0" },
	{ NULL, NULL, DOCKER_HOST_MOUNTS, NULL, "" },
	{ NULL, NULL, DOCKER_NETWORKS, NULL, "1" },
};

/* What is asked beside the table. */
enum { STATUS, PID, IMAGE, ENTRYPOINT, COMMAND, ENVIRONMENT, MEMORY, CPUS, MODE, ADDRESS, KINDS, OWN };
static const enum docker_fact own[OWN] = {
	[STATUS] = DOCKER_STATUS, [PID] = DOCKER_PID, [IMAGE] = DOCKER_IMAGE_ID, [ENTRYPOINT] = DOCKER_ENTRYPOINT,
	[COMMAND] = DOCKER_COMMAND, [ENVIRONMENT] = DOCKER_ENVIRONMENT, [MEMORY] = DOCKER_MEMORY, [CPUS] = DOCKER_CPUS,
	[MODE] = DOCKER_NETWORK_MODE, [ADDRESS] = DOCKER_NETWORK_ASKED, [KINDS] = DOCKER_MOUNT_KINDS,
};

/* machine_row.own */
struct row {
	struct docker_asked asked[OWN + COUNT(confinement)];
	const char *lacks;             /* why Docker cannot say all of it; NULL: it said all */
	const char *leads;             /* for docker_machine_allowed */
};

const char *docker_machine_address(const struct machine_wish *w)
{
	struct cidr one;

	if (!cidr_parse(w->allow, &one))
		bug("the range %s", w->allow);
	return range_machine((struct cidr){ one.base & ~255u, 24 });
}

static const char *memory_of(const struct machine_wish *w)
{
	return mem_printf("%lld", w->size[MACHINE_MEMORY_MIB] << 20);
}

struct list docker_machine_options(const struct machine_wish *w)
{
	const char *const place[] = { "--network", name_bundle(w->slug), "--ip", docker_machine_address(w), "--entrypoint", machine_sleeper[0], NULL };
	struct list o = { 0 };

	if (w->size[MACHINE_DISK_GIB])
		die(BB_PLAN, "take vm.disk_gib out of the manifest", "Docker gives a container no disk of a size");
	list_add_all(&o, place);
	list_addf(&o, "--memory=%s", memory_of(w));
	list_addf(&o, "--memory-swap=%s", memory_of(w));
	list_addf(&o, "--cpus=%lld", w->size[MACHINE_CPUS]);
	docker_add_rules(&o, confinement, COUNT(confinement));
	for (size_t i = 0; i < w->env.n; i++) {
		list_add(&o, "-e");
		list_add(&o, w->env.item[i]);
	}
	return o;
}

struct machine_row docker_machine_read(const char *name)
{
	struct row *row = mem_get(sizeof *row);
	struct machine_row r = { .state = "", .own = row };
	struct docker_container c;
	enum docker_answer answer;
	size_t n = 0;

	memset(row, 0, sizeof *row);
	for (size_t i = 0; i < OWN; i++)
		row->asked[n++] = (struct docker_asked){ .fact = own[i] };
	n += docker_ask_rules(row->asked + n, confinement, COUNT(confinement));
	answer = docker_container_facts(name, &c, row->asked, n);
	if (answer == DOCKER_UNREADABLE)
		die(BB_REFUSED, "this docker may be too new", "the container %s cannot be read: %s", name, c.why);
	r.found = answer != DOCKER_ABSENT;
	if (answer == DOCKER_LACKS)
		row->lacks = mem_printf("it is not confined as asked: %s", c.why);
	if (answer != DOCKER_FOUND)
		return r;
	r.state = row->asked[STATUS].is;
	num_parse(row->asked[PID].is, 0, 1 << 30, &r.pid);
	return r;
}

/* The image may add variables of its own, but none of ours with another value. */
static bool has_our_env(const char *json, const struct machine_wish *w)
{
	const char *whole = mem_printf("{\"env\":%s}", json);      /* a document of ours is an object */
	struct json_error error;
	struct jv env = jv_get(json_parse(whole, strlen(whole), &error), "env");
	size_t found = 0;

	for (struct jv e = jv_first(env); e.doc; e = jv_next(env, e))
		for (size_t i = 0; jv_text(e) && i < w->env.n; i++) {
			const char *ours = w->env.item[i];

			if (!strcmp(jv_text(e), ours))
				found++;
			else if (!strncmp(jv_text(e), ours, strcspn(ours, "=") + 1))
				return false;
		}
	return found == w->env.n;
}

/* Volumes of the image are new and empty; nothing else may be mounted. */
static bool only_volumes(const char *kinds)
{
	while (!strncmp(kinds, "volume ", 7))
		kinds += 7;
	return !*kinds;
}

static const char *differs(const struct docker_asked *a, const char *want)
{
	return strcmp(a->is, want) ? mem_printf("its %s is '%.200s', not '%s'", docker_fact_name(a->fact, a->key), a->is, want) : NULL;
}

const char *docker_machine_fault(const struct machine_row *r, const struct machine_wish *w)
{
	const struct row *row = r->own;
	const struct { int fact; const char *want; } wants[] = {
		{ IMAGE, w->source ? w->source : "none" },
		{ ENTRYPOINT, mem_printf("[%s]", machine_sleeper[0]) },
		{ COMMAND, mem_printf("[%s]", machine_sleeper[1]) },
		{ MEMORY, memory_of(w) },
		{ CPUS, mem_printf("%lld", w->size[MACHINE_CPUS] * 1000000000) },
	};
	const char *why = row->lacks;
	size_t n = OWN;

	for (size_t i = 0; i < COUNT(wants) && !why; i++)
		why = differs(&row->asked[wants[i].fact], wants[i].want);
	if (!why && !has_our_env(row->asked[ENVIRONMENT].is, w))
		why = "its environment is not as asked";
	if (!why && !only_volumes(row->asked[KINDS].is))
		why = mem_printf("it has mounts: %.200s", row->asked[KINDS].is);
	for (size_t i = 0; i < COUNT(confinement) && !why; i++)
		if (confinement[i].want)
			why = differs(&row->asked[n++], confinement[i].want);
	return why;
}

/* --- where it leads --- */

static const char *leads(const struct row *row, const struct machine_wish *w)
{
	const char *const members[] = { w->name, name_bundle(w->slug), NULL };
	const char *why;

	if (row->lacks)
		return row->lacks;
	if (strcmp(row->asked[MODE].is, name_bundle(w->slug)))
		return mem_printf("it is in the network %.100s", row->asked[MODE].is);
	if (strcmp(row->asked[ADDRESS].is, mem_printf("%s ", docker_machine_address(w))))
		return mem_printf("its address is %.100s", row->asked[ADDRESS].is);
	why = docker_network_leads(name_bundle(w->slug), members);
	return why ? mem_printf("network %s: %s", name_bundle(w->slug), why) : NULL;
}

enum machine_policy docker_machine_policy(const struct machine_row *r, const struct machine_wish *w)
{
	struct row *row = (struct row *)(uintptr_t)r->own;

	row->leads = leads(row, w);
	return row->leads ? MACHINE_OTHER : MACHINE_OURS;
}

const char *docker_machine_allowed(const struct machine_row *r)
{
	const struct row *row = r->own;

	return row->leads ? row->leads : "its bundle only";
}

/* What it was asked for, Docker tells even if it did something else. The address it has only while it runs. */
void docker_machine_check(const struct machine_wish *w)
{
	struct docker_asked asked = { .fact = DOCKER_NETWORK_ADDRESSES };
	const char *want = mem_printf("%s %s/24 ", name_bundle(w->slug), docker_machine_address(w));
	struct docker_container c;

	if (docker_container_facts(w->name, &c, &asked, 1) != DOCKER_FOUND || !c.running)
		die(BB_TOOL, "docker logs and docker events may say why", "%s does not run", w->name);
	if (strncmp(asked.is, want, strlen(want)))
		die(BB_REFUSED, "delete the machine and create it again", "%s is at '%s', not at '%s'", w->name, asked.is, want);
}
