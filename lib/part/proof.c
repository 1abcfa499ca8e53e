/* SPDX-License-Identifier: MIT */
/* proof.c: write down what a passed probe was bound to, and compare it with what runs now. */
#include "part/proof.h"
#include "basic/io.h"
#include "basic/paths.h"
#include "basic/process.h"
#include "part/policy.h"
#include "record/bottle.h"
#include "record/saved.h"

#include <stdio.h>
#include <string.h>

struct world {
	const char *boot;
	long long vmm, vmm_start;        /* process id; clock ticks since boot, proc(5) stat field 22 */
};

long long proof_vmm(const struct plan *p)
{
	struct machine m = bottle_machine(p->slug);

	return m.engine->read(m.name).pid;
}

static struct docker_container ask_docker(const struct plan *p)
{
	struct docker_container c;

	if (docker_container(plan_bundle_name(p), true, &c) != DOCKER_FOUND)
		die(BB_TOOL, mem_printf("bb-stop %s, then start again", p->slug), "docker inspect: %s", c.why);
	if (!c.running)
		die(BB_TOOL, mem_printf("see bb-bundle logs %s", p->slug), "the bundle %s does not run", plan_bundle_name(p));
	return c;
}

static struct world world_of(const struct plan *p, long long vmm)
{
	struct world now = { .boot = boot_id(), .vmm = vmm };

	now.vmm_start = now.vmm ? process_start(now.vmm) : 0;
	if (now.vmm_start <= 0)
		die(BB_TOOL, mem_printf("see bb-vm logs %s", p->slug), "%s does not run", plan_vm_name(p));
	return now;
}

const char *proof_bound(const struct plan *p, const struct machine_row *row, const struct docker_container *container, const char *nonce)
{
	struct world now = world_of(p, row->pid);
	struct jw w = JW_EMPTY;

	jw_open(&w, NULL, '{');
	jw_text(&w, "boot", now.boot);
	jw_int(&w, "vmm", now.vmm);
	jw_int(&w, "vmm_start", now.vmm_start);
	jw_text(&w, "container", container->id);
	jw_text(&w, "container_start", container->started);
	jw_text(&w, "nonce", nonce);
	jw_close(&w, '}');
	return w.out.text;
}

/* The bottle's saved plan; absent if none can be read. */
static struct jv saved_plan(const struct plan *p)
{
	struct str *text = mem_get(sizeof *text);
	struct json_error error;

	*text = (struct str)STR_EMPTY;
	if (!saved_read(p->slug, text))
		return (struct jv){ NULL, 0 };
	return json_parse(text->text, text->len, &error);
}

void proof_revoke(const struct plan *p)
{
	struct jv saved = saved_plan(p);
	struct str out = STR_EMPTY;

	if (!jv_get(saved, "probe").doc)
		return;
	json_splice(&out, saved, "probe", NULL);
	saved_write(p->slug, out.text, out.len);
}

/* Is it the proof in the bottle's saved plan? Old copies of the plan may hold one that was revoked. */
static bool is_current(const struct plan *p)
{
	struct jv mine = jv_get(p->root, "probe"), saved = jv_get(saved_plan(p), "probe");

	return mine.doc && saved.doc && !strcmp(jv_raw(mine), jv_raw(saved));
}

static bool same_text(struct jv bound, const char *name, const char *now)
{
	const char *then = jv_text(jv_get(bound, name));

	return then && *then && !strcmp(then, now);
}

static bool same_number(struct jv bound, const char *name, long long now)
{
	long long then;

	return jv_int(jv_get(bound, name), &then) && then == now;
}

static void another(const struct plan *p, const char *what) __attribute__((noreturn));

static void another(const struct plan *p, const char *what)
{
	die(BB_REFUSED, "run bb-probe run again", "the %s of %s is another than the one that was probed", what, p->slug);
}

struct proof proof_machine(const struct plan *p)
{
	struct jv bound = jv_path(p->root, "probe.bound");
	struct proof proof = { jv_text(jv_get(bound, "container")), jv_text(jv_get(bound, "nonce")) };
	long long passed = 0, failed = -1;
	struct machine_wish w;
	struct world now;

	jv_int(jv_path(p->root, "probe.passed"), &passed);
	jv_int(jv_path(p->root, "probe.failed"), &failed);
	if (!bound.doc || passed < 1 || failed != 0 || !proof.container || !proof.nonce ||
	    strlen(proof.container) != 64 || proof.container[strspn(proof.container, "0123456789abcdef")])
		die(BB_REFUSED, "run bb-probe run first", "it was not proven that %s reaches its bundle only", plan_vm_name(p));
	if (!is_current(p))
		die(BB_REFUSED, "run bb-probe run again", "the proof in this plan is not the last one of %s", p->slug);
	w = wish_of(p);
	now = world_of(p, policy_require(p, &w).pid);
	if (!same_text(bound, "boot", now.boot) || !same_number(bound, "vmm", now.vmm) ||
	    !same_number(bound, "vmm_start", now.vmm_start))
		another(p, "machine");
	return proof;
}

/* Does a living bb-guard watch that container? It writes "PID START CONTAINER" of itself, and it stops the machine
 * as soon as the container ends. */
static bool guarded(const struct plan *p, const char *container)
{
	struct str text = STR_EMPTY;
	long long pid = 0, start = 0;
	char id[80] = "";

	return io_read_file(state_bottle_file(p->slug, "guarded"), &text, 256) == IO_OK &&
	       sscanf(text.text, "%lld %lld %79s", &pid, &start, id) == 3 && start && process_start(pid) == start &&
	       !strcmp(id, container);
}

void proof_require(const struct plan *p)
{
	struct proof proof = proof_machine(p);
	struct docker_container now;

	if (guarded(p, proof.container))
		return;
	now = ask_docker(p);
	if (strcmp(now.id, proof.container) || !same_text(jv_path(p->root, "probe.bound"), "container_start", now.started))
		another(p, "bundle");
}
