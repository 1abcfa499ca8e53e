/* SPDX-License-Identifier: MIT */
/* bb-probe: prove from inside the guest that it reaches its bundle and nothing else.
 *
 * A policy that is written down may not be in force. So a small program is sent into the guest before any secret,
 * image code or agent. It tries what must work and what must not. It is believed only where something on this side
 * agrees: canaries of ours, the container's nonce, the engine's log of denials. */
#include "probe/probe.h"
#include "stage.h"
#include "basic/io.h"
#include "basic/names.h"
#include "basic/net.h"
#include "basic/paths.h"
#include "part/bundle.h"
#include "part/proof.h"
#include "part/policy.h"
#include "plan/wish.h"
#include "record/bottle.h"
#include "record/saved.h"

#include <stdio.h>
#include <string.h>

enum { EXEC_MS = 5 * 60 * 1000, MAX_LOG = 32 << 20 };

static const char a_name[] = "example.com";      /* RFC 2606: it exists, and belongs to nobody */

/* --- what is seen from this side --- */

/* The engine's log of denials; NULL if it keeps none. Its size before, its new part afterwards. */
static const char *denial_log(const struct plan *p)
{
	struct machine m = bottle_machine(p->slug);

	return m.engine->denials(m.name);
}

static struct str log_text(const struct plan *p)
{
	const char *file = denial_log(p);
	struct str text = STR_EMPTY;

	if (file && io_read_file(file, &text, MAX_LOG) != IO_OK)
		str_clear(&text);
	return text;
}

/* The new lines: "[TIME]: egress policy denied WHAT". WHAT is the whole rest of the line, since a guest can put
 * words into it. */
static struct list denials_since(const struct plan *p, size_t seen)
{
	static const char mark[] = "]: egress policy denied ";
	struct str log = log_text(p);
	char *rest = log.text + (log.len >= seen ? seen : 0);
	struct list found = { 0 };

	while (*rest) {
		const char *line = take_line(&rest), *at = strstr(line, mark);

		if (at)
			list_add(&found, at + strlen(mark));
	}
	return found;
}

static bool is_loopback(const char *hex)
{
	size_t n = strlen(hex);

	if (n == 8 || !strncmp(hex, "0000000000000000FFFF0000", 24))      /* 127.0.0.0/8, also as ::ffff: */
		return !strcmp(hex + n - 2, "7F");
	return !strcmp(hex, "00000000000000000000000001000000");
}

/* In the container only the selected ports may listen on more than its own loopback (docs/bundle.md). `text` is
 * /proc/net/tcp and tcp6: "sl local_address rem_address st ...", addresses in hex, state 0A is listening. */
static void check_listeners(struct attempts *all, const struct plan *p, char *text)
{
	struct attempt *a = attempt_add(all, PROBE_INSIDE, NULL, "what listens in the container");
	int ports[BUNDLE_PORTS];
	size_t n = plan_ports(p, ports), shown = 0;

	a->verdict = PROBE_INDETERMINATE;
	a->why = "its table of sockets does not show the selected ports";
	while (*text) {
		char local[33], far[40];
		unsigned port, state;
		bool meant = false;

		if (sscanf(take_line(&text), " %*u: %32[0-9A-F]:%4x %39s %2x", local, &port, far, &state) != 4 || state != 10)
			continue;
		for (size_t i = 0; i < n; i++)
			if (ports[i] == (int)port) {
				meant = true;
				ports[i] = 0;
				shown++;
			}
		if (meant || is_loopback(local))
			continue;
		a->verdict = PROBE_FAIL;
		a->why = mem_printf("port %u listens on more than 127.0.0.1", port);
		return;
	}
	if (shown == n) {
		a->verdict = PROBE_PASS;
		a->why = "the selected ports, all else on its loopback";
	}
}

static const char *ask_container(struct attempts *all, const struct plan *p, const char *id)
{
	static const char *const cat[] = { "cat", "/run/bottle/nonce", "/proc/net/tcp", "/proc/net/tcp6", NULL };
	struct str out = STR_EMPTY;
	struct docker_end end;
	const char *nonce;
	char *text;

	/* Without IPv6 there is no tcp6. cat then fails, but has printed the rest. */
	end = docker_container_exec(id, cat, NULL, &out);
	text = out.text;
	nonce = take_line(&text);
	if (strlen(nonce) < 16)
		die(BB_TOOL, mem_printf("see bb-bundle logs %s", p->slug), "the bundle does not say its nonce: %s",
		    end.said);
	check_listeners(all, p, text);
	return nonce;
}

/* How the VMM's process is confined, as the kernel tells (wall W20): reported, not judged. */
static void report_vmm(struct attempts *all, const struct plan *p)
{
	static const char *const facts[] = { "Uid", "Groups", "CapEff", "NoNewPrivs", "Seccomp" };
	struct attempt *a = attempt_add(all, PROBE_OUTSIDE, NULL, "how the VMM's process is confined");
	struct str text = STR_EMPTY, told = STR_EMPTY;
	char *rest;

	if (io_read_file(mem_printf("/proc/%lld/status", proof_vmm(p)), &text, 64 * 1024) != IO_OK) {
		a->verdict = PROBE_INDETERMINATE;
		a->why = "its process is not there";
		return;
	}
	rest = text.text;
	while (*rest) {
		const char *line = take_line(&rest), *colon = strchr(line, ':');
		const char *name = colon ? mem_text(line, (size_t)(colon - line)) : "";

		if (colon && word_index(name, facts, COUNT(facts)) >= 0)
			str_addf(&told, "%s%s %s", told.len ? ", " : "", name, colon + 1 + strspn(colon + 1, " \t"));
	}
	for (char *c = told.text; *c; c++)
		if (*c == '\t')
			*c = ' ';
	a->why = told.text;
}

/* --- the two ways in --- */

/* Send the helper by standard input into the machine. What its shell prints matters only if the helper printed
 * nothing. */
static void run_in_machine(struct attempts *all, const struct plan *p)
{
	const char *const words[] = { "/bin/sh", "-c", probe_receive, NULL };
	struct machine m = bottle_machine(p->slug);
	struct str input = STR_EMPTY, out = STR_EMPTY, err = STR_EMPTY;
	struct proc_end end;

	probe_input(&input, all);
	end = machine_exec(m, words, &(struct machine_exec){ .user = "root", .input = input.text, .input_len = input.len, .out = &out,
							      .err = &err, .timeout_ms = EXEC_MS });
	probe_answers(all, out.text);
	if (!out.len)
		die(BB_REFUSED, "the image needs a POSIX sh and one folder in which a program may run",
		    "the probing helper did not run: %s (%s)", m.engine->said(&err), proc_text(&end));
}

/* --exec: run the helper in any other sandbox, by the words given and then sh -c SCRIPT, because standard input may
 * not get through. */
static void run_by(struct attempts *all, const char *prefix)
{
	char *copy = mem_text(prefix, strlen(prefix)), *save = NULL;
	struct list words = { 0 };
	struct str out = STR_EMPTY, err = STR_EMPTY;
	struct proc_end end;
	char *said;

	for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save))
		list_add(&words, w);
	if (!words.n)
		die(BB_USAGE, "as in --exec 'docker exec NAME'", "--exec needs words that run something elsewhere");
	list_add_all(&words, (const char *const[]){ "/bin/sh", "-c", NULL });
	probe_words(&words, all);
	end = proc_run(&(struct proc){ .argv = words.item, .out = &out, .err = &err, .timeout_ms = EXEC_MS });
	probe_answers(all, out.text);
	said = err.text;
	if (end.error)
		die(BB_TOOL, "is it installed?", "%s: %s", words.item[0], proc_text(&end));
	if (!out.len)
		die(BB_TOOL, "it must run /bin/sh -c by these words, as docker exec NAME does",
		    "the probing helper did not run: %s (%s)", take_line(&said), proc_text(&end));
}

/* --- verbs --- */

static const char *section(const struct attempts *all, bool witness, const char *bound)
{
	struct probe_sums s = probe_sum(all);
	struct jw w = JW_EMPTY;

	jw_open(&w, NULL, '{');
	jw_int(&w, "passed", (long long)s.passed);
	jw_int(&w, "failed", (long long)s.failed);
	jw_int(&w, "assumed", (long long)s.assumed);
	jw_bool(&w, "witness", witness);
	if (bound)
		jw_raw(&w, "bound", bound);
	jw_close(&w, '}');
	return w.out.text;
}

/* Dial our own addresses and no others: nothing may be sent to an address of somebody else. */
static void control_all(struct canary *c)
{
	struct list own = { 0 };

	net_host_addresses(&own);
	list_add(&own, "127.0.0.1");
	for (size_t i = 0; i < own.n; i++)
		if (strncmp(own.item[i], "fe80:", 5))
			canary_control(c, own.item[i]);
}

/* The address after the bundle's, on the same bridge: it is nobody's, and not on the list. */
static const char *neighbour_of(const char *bundle)
{
	struct cidr c;

	return cidr_parse(bundle, &c) ? range_gateway(c) : NULL;
}

/* Names that a working resolver would know: one that surely exists, since a resolver that answers "no such name"
 * would otherwise stay hidden; and the first host that the bottle may talk to, which a resolver of the local network
 * may know instead. */
static struct list existing_names(struct jv allowlist)
{
	struct list names = { 0 };

	list_add(&names, a_name);
	for (struct jv e = jv_first(allowlist); e.doc && names.n == 1; e = jv_next(allowlist, e))
		if (jv_text(e) && !strchr(jv_text(e), '*') && strcmp(jv_text(e), a_name))
			list_add(&names, jv_text(e));
	return names;
}

/* Refuse: keep the report in the bottle's folder, print the failures, write no plan. */
static void refuse(const struct cmd *cmd, const struct plan *p, const struct attempts *all)
{
	if (cmd_value(cmd, "tap"))
		probe_tap(all);
	probe_say_failures(all);
	die(BB_REFUSED, "they are named above; bb-start --until wait MANIFEST, then bb-probe run --tap --plan PLAN show all",
	    "%s is not proven: %zu of %zu probes failed", plan_vm_name(p), probe_sum(all).failed, all->n);
}

/* Try and judge everything. `all` gets also what this side saw. */
static void prove(struct attempts *all, const struct plan *p, const struct machine_wish *w, struct evidence *e)
{
	const char *gateway = plan_need(p, "subnet.gateway");
	struct list names = existing_names(jv_path(p->manifest, "egress.allowlist"));
	struct canary c = canary_open();
	size_t seen = log_text(p).len;

	probe_bundle_targets(all, p);
	probe_neighbour_targets(all, p->slug);
	probe_other_targets(all, gateway, neighbour_of(w->bundle), c.port, e->witness ? NULL : &names);
	run_in_machine(all, p);
	control_all(&c);
	if (!e->engine->can(MACHINE_BESIDE_BUNDLE) && !list_has(&c.controls, gateway))      /* if it is not ours, nobody dialled it and its silence proves nothing */
		list_add(&c.controls, gateway);
	canary_take(&c, &e->controls, &e->heard);
	e->denials = denials_since(p, seen);
	report_vmm(all, p);
	probe_judge(all, e, &c);
}

/* With --tap no plan is written to standard output; the proof counts all the same. */
static void keep(const struct cmd *cmd, const struct plan *p, const char *proof)
{
	struct str out = STR_EMPTY;

	json_splice(&out, p->root, cmd->self->section, proof);
	saved_write(p->slug, out.text, out.len);
}

static int run_machine(struct cmd *cmd)
{
	struct plan *p = stage_read(cmd);
	struct machine_wish w = wish_of(p);
	struct evidence e = { .engine = NULL };
	struct attempts all = { 0 };
	struct docker_container container;
	struct machine_row row;
	const char *bound;

	plan_need(p, "vm.state");
	plan_need(p, "bundle.container");
	if (cmd_dry(cmd)) {
		warn("+ %s exec --name %s -i -- /bin/sh -c ... <the probing helper", bottle_machine(p->slug).engine->command, plan_vm_name(p));
		return stage_emit(cmd, p, section(&all, false, NULL));
	}
	container = bundle_verify(p, plan_bundle_name(p));
	if (!container.running)
		die(BB_TOOL, mem_printf("see bb-bundle logs %s", p->slug), "the bundle of %s does not run", p->slug);
	row = policy_require(p, &w);
	/* An older proof ends here, whatever the result. The new one must be about one machine, from the beginning
	 * to the end. */
	proof_revoke(p);
	e.nonce = ask_container(&all, p, container.id);
	bound = proof_bound(p, &row, &container, e.nonce);
	e.engine = bottle_machine(p->slug).engine;
	e.witness = denial_log(p) != NULL;
	prove(&all, p, &w, &e);
	stage_report(cmd, p, probe_report(&all));
	if (probe_sum(&all).failed)
		refuse(cmd, p, &all);
	/* The nonce that the guest brought back was the container's all the time. */
	row = policy_require(p, &w);
	if (strcmp(bound, proof_bound(p, &row, &container, e.nonce)))
		die(BB_REFUSED, "run bb-probe run again", "the machine of %s became another while it was probed", p->slug);
	if (probe_sum(&all).assumed)
		warn("%zu of %zu refusals are the guest's own word: this %s keeps no log of denials",
		     probe_sum(&all).assumed, all.n, e.engine->name);
	if (!cmd_value(cmd, "tap"))
		return stage_emit(cmd, p, section(&all, e.witness, bound));
	keep(cmd, p, section(&all, e.witness, bound));
	probe_tap(&all);
	return BB_OK;
}

/* Without a plan and a bundle: show what any other sandbox lets through. */
static int run_foreign(struct cmd *cmd)
{
	struct evidence e = { .engine = NULL };
	struct list names = existing_names((struct jv){ NULL, 0 });
	struct attempts all = { 0 };
	struct canary c;

	if (cmd_dry(cmd)) {
		warn("+ %s /bin/sh -c ... (the probing helper)", cmd_value(cmd, "exec"));
		return BB_OK;
	}
	c = canary_open();

	probe_other_targets(&all, NULL, NULL, c.port, &names);
	run_by(&all, cmd_value(cmd, "exec"));
	control_all(&c);
	canary_take(&c, &e.controls, &e.heard);
	probe_judge(&all, &e, &c);
	probe_tap(&all);
	return probe_sum(&all).failed ? BB_NO : BB_OK;
}

static int run_run(struct cmd *cmd)
{
	return cmd_value(cmd, "exec") ? run_foreign(cmd) : run_machine(cmd);
}

static const struct opt opts[] = {
	{ 0, "tap", NULL, NULL, "write what was found as TAP to standard output, not a plan" },
	{ 0, "exec", "WORDS", NULL, "probe what WORDS sh -c ... runs in, without a plan: docker exec NAME" },
	{ .name = NULL }
};

static const struct verb verbs[] = {
	{ "run", "", "try from inside what must work and what must not", PLAN_IN | PLAN_OUT | ACTS, run_run },
	{ .name = NULL }
};

const struct applet probe_applet = {
	.name = "bb-probe", .section = "probe", .summary = "prove from inside that the machine reaches its bundle only",
	.reads = "manifest subnet pack bundle vm", .exits = "1 64 65 69 74 77 128+n", .opts = opts, .verbs = verbs,
};
