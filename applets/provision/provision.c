/* SPDX-License-Identifier: MIT */
/* bb-provision: prepare a running machine for work: owners, environment, the bundle's CA, prompt, skills, git, and
 * the way to the operator.
 *
 * One script does all steps. It goes by the standard input of one exec, so that no secret is an argument; skills and
 * relay are sent before it (send.c). Secrets are read here, at the last moment, and go nowhere else. The
 * script is shell/guest/provision.sh. */
#include "provision/provision.h"
#include "stage.h"
#include "basic/io.h"
#include "basic/names.h"
#include "basic/undo.h"
#include "part/bundle.h"
#include "part/proof.h"
#include "part/wants.h"
#include "plan/manifest.h"
#include "plan/rules.h"
#include "plan/wish.h"
#include "record/bottle.h"
#include "tool/docker_container.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* An address of guest/relay.c, which needs no token. */
static const char *relay(int port, const char *path)
{
	return mem_printf("http://127.0.0.1:%d%s", RELAY_FURTHER + port, path);
}

/* provision.sh does the steps. The other scripts hold the functions that it calls, so they come first. */
static const char guest_script[] = {
#include "guest/shells.h"
#include "guest/clients.h"
#include "guest/provision.h"
0 };

/* In the order in which they are done. The certificate is tested with the environment in place. Each is a verb, too, and a
 * function of provision.sh. */
static const struct step {
	const char *name;
	bool relayed;                    /* it goes through the relay */
	const char *asked[2];            /* the members of the manifest that ask for it; none: always done */
} all_steps[] = {
	{ "init", false, { NULL } },
	{ "env", true, { NULL } },
	{ "ca", true, { NULL } },
	{ "prompt", false, { "agent.prompt" } },
	{ "skills", false, { "agent.skills" } },
	{ "git", true, { "git.repos", "git.user" } },
	{ "supervise", true, { "supervise" } },
};

static const struct step *step_of(const char *name)
{
	for (size_t i = 0; i < COUNT(all_steps); i++)
		if (!strcmp(all_steps[i].name, name))
			return &all_steps[i];
	die(BB_BUG, "please report this", "there is no step %s", name);
}

static bool wanted(const struct plan *p, const char *name)
{
	const struct step *step = step_of(name);

	for (size_t i = 0; i < COUNT(step->asked); i++) {
		struct jv v = step->asked[i] ? jv_path(p->manifest, step->asked[i]) : (struct jv){ NULL, 0 };

		if (jv_true(v) || jv_text(v) || jv_count(v))
			return true;
	}
	return !step->asked[0];
}

/* The first of these steps that goes through the relay; "" if none does. */
static const char *relayed(const struct list *steps)
{
	for (size_t i = 0; i < steps->n; i++)
		if (step_of(steps->item[i])->relayed)
			return steps->item[i];
	return "";
}

/* What is known to the running container alone. */
struct handover {
	const char *token, *nonce, *ca;
};

static void tell_secret(const struct bundle_secret *secret, void *arg)
{
	str_addf(arg, " %s", secret->where);
}

/* A line for the hand-over: "NAME BASE64". */
static void add_secret(const struct bundle_secret *secret, void *arg)
{
	const struct plan *p = ((void **)arg)[0];
	struct str value = STR_EMPTY, *lines = ((void **)arg)[1];

	reference_read(&value, secret->reference, p->base, secret->where);
	if (!value.len)
		die(BB_PLAN, "give it a value, or leave it out of the manifest", "%s is empty", secret->where);
	str_addf(lines, "%s ", secret->name);
	str_add_base64(lines, value.text, value.len);
	str_add(lines, "\n");
}

/* Send the secrets into the bundle's memory (wall W10). Token, nonce and public certificate come back, in this
 * order. */
static struct handover hand_over(const struct plan *p, const struct proof *proof, bool secrets)
{
	const char *const program[] = { "/usr/lib/bottle/handover", proof->nonce, NULL };
	struct str lines = STR_EMPTY, out = STR_EMPTY;
	struct docker_end end;
	struct handover h;
	char *text;

	if (secrets)
		bundle_secrets(p, add_secret, (void *[]){ (void *)(uintptr_t)p, &lines });
	/* If the bundle's own program printed a reason, it refused. Otherwise it is not there, or Docker failed. */
	end = docker_container_exec(proof->container, program, lines.text, &out);
	if (!end.ok)
		die(strncmp(end.said, "handover:", 9) ? BB_TOOL : BB_REFUSED,
		    mem_printf("see bb-bundle logs %s; run bb-probe run again", p->slug),
		    "the bundle of %s takes no secrets: %s", p->slug, end.said);
	text = out.text;
	h.token = take_line(&text);
	h.nonce = take_line(&text);
	h.ca = text;
	if (strlen(h.token) < 32 || strspn(h.token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") !=
	    strlen(h.token) || strcmp(h.nonce, proof->nonce) || strncmp(h.ca, "-----BEGIN CERTIFICATE-----\n", 28) ||
	    strstr(h.ca, "PRIVATE"))
		die(BB_REFUSED, "share/bottlebox/docs/bundle.md says what an image must keep",
		    "the bundle image does not keep its contract");
	return h;
}

/* --- the guest's environment --- */

static void add_export(struct str *file, const char *name, const char *value)
{
	str_add(file, "export ");
	str_add_assignment(file, name, value);
}

/* Variables for clients that use neither the system's certificates nor the usual proxy variables. Sources: Node.js
 * "NODE_USE_ENV_PROXY" (from 22.21 and 24), git-config(1) http.proxyAuthMethod (else each call is tried without the
 * token first), pip, AWS CLI, Cargo, Deno, npm and Bundler, each by its page on environment variables. */
static const struct { const char *name, *value; } clients[] = {
	{ "NODE_USE_ENV_PROXY", "1" }, { "GIT_HTTP_PROXY_AUTHMETHOD", "basic" },
	{ "PIP_CERT", CA_STORE }, { "AWS_CA_BUNDLE", CA_STORE }, { "CARGO_HTTP_CAINFO", CA_STORE }, { "DENO_CERT", CA_STORE },
	{ "npm_config_cafile", CA_STORE }, { "BUNDLE_SSL_CA_CERT", CA_STORE },
};

/* The variables given at create, with the relay in place of the proxy; then those of later steps, then the
 * manifest's own. The file is read last, so it wins over the machine's row and the image. These cannot set our names
 * either: each is exported or unset. */
static void make_env(struct str *file, const struct plan *p, const struct machine_wish *w)
{
	static const char *const proxies[] = { "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy" };
	struct jv own = jv_path(p->manifest, "agent.env");

	for (size_t i = 0; i < w->env.n; i++) {
		const char *pair = w->env.item[i];
		size_t n = strcspn(pair, "=");

		add_export(file, mem_text(pair, n), pair + n + 1);
	}
	for (size_t i = 0; i < COUNT(proxies); i++)
		add_export(file, proxies[i], relay(PORT_DLP, ""));
	for (size_t i = 0; i < COUNT(clients); i++)
		add_export(file, clients[i].name, clients[i].value);
	str_add(file, "export SHELL=\"${SHELL:-/bin/sh}\" COLORTERM=\"${COLORTERM:-truecolor}\"\n");
	str_add(file, "unset GIT_GATE_URL MCP_SUPERVISE_URL BOT_BOTTLE_PROMPT BOT_BOTTLE_MCP\n");
	/* For clients other than the image's git. git itself has it from its configuration. */
	if (jv_count(jv_path(p->manifest, "git.repos")))
		add_export(file, "GIT_GATE_URL", relay(PORT_GIT, ""));
	if (wanted(p, "prompt"))
		add_export(file, "BOT_BOTTLE_PROMPT", "/run/bot-bottle/prompt");
	if (wanted(p, "supervise")) {
		add_export(file, "MCP_SUPERVISE_URL", relay(PORT_SUPERVISE, "/mcp"));
		add_export(file, "BOT_BOTTLE_MCP", "/run/bot-bottle/mcp.json");
	}
	for (struct jv e = jv_first(own); e.doc; e = jv_next(own, e)) {
		struct str value = STR_EMPTY;

		if (!jv_text(e))
			reference_read(&value, e, p->base, mem_printf("agent.env.%s", jv_name(e)));
		add_export(file, jv_name(e), jv_text(e) ? jv_text(e) : value.text);
	}
}

/* --- the script --- */

/* Names that the script assigns to. If the image exports one of them, an assignment would export it too. */
static const char names_of_script[] =
	"unset STEPS NOW AGENT_USER WORKDIR ENV_FILE OURS CA NONCE BASIC BUNDLE PROMPT GATE REPOS GIT_NAME GIT_EMAIL SUPERVISE\n";

/* A line for each repository: its name at the gate, and the address that the agent will use. */
static const char *repos(const struct plan *p)
{
	struct jv all = jv_path(p->manifest, "git.repos");
	struct str lines = STR_EMPTY;

	for (struct jv e = jv_first(all); e.doc; e = jv_next(all, e))
		str_addf(&lines, "%s %s\n", jv_name(e), jv_text(jv_get(e, "url")));
	return lines.text;
}

static const char *make_script(const struct plan *p, const struct machine_wish *w, const struct list *steps,
			       const struct handover *h)
{
	struct str script = STR_EMPTY, env = STR_EMPTY, prompt = STR_EMPTY, user = STR_EMPTY, basic = STR_EMPTY;
	struct list ours = { 0 };

	list_add_all(&ours, env_names_of_ours);
	str_addf(&user, "bottle:%s", h->token);
	if (list_has(steps, "env"))
		make_env(&env, p, w);
	if (list_has(steps, "prompt"))
		prompt_read(&prompt, p);
	str_add_assignment(&script, "STEPS", list_line(steps));
	str_add_assignment(&script, "RELAYED", relayed(steps));
	str_add_assignment(&script, "AGENT_USER", plan_text(p, "agent.user", "root"));
	str_add_assignment(&script, "WORKDIR", plan_text(p, "agent.workdir", ""));
	str_add_assignment(&script, "ENV_FILE", env.text);
	str_add_assignment(&script, "OURS", list_line(&ours));
	str_add_assignment(&script, "CA", h->ca);
	str_add_assignment(&script, "NONCE", h->nonce);
	str_add_base64(&basic, user.text, user.len);
	str_add_assignment(&script, "BASIC", basic.text);
	str_add_assignment(&script, "BUNDLE", w->bundle);
	str_add_assignment(&script, "PROXY_PORT", mem_printf("%d", RELAY_FURTHER + PORT_DLP));
	str_add_assignment(&script, "PROMPT", prompt.text);
	str_add_assignment(&script, "GATE", relay(PORT_GIT, ""));
	str_add_assignment(&script, "REPOS", repos(p));
	str_add_assignment(&script, "GIT_NAME", plan_text(p, "git.user.name", ""));
	str_add_assignment(&script, "GIT_EMAIL", plan_text(p, "git.user.email", ""));
	str_add_assignment(&script, "SUPERVISE", relay(PORT_SUPERVISE, "/mcp"));
	str_add(&script, guest_script);
	return script.text;
}

/* --- running it, reading what it says --- */

struct outcome {
	struct list done, verified;
};

/* The guest's output decides nothing by itself: a step counts only if it was asked for, in its turn, once. */
static struct outcome read_outcome(char *text, const struct list *steps)
{
	struct outcome o = { .done = { 0 } };
	const char *line;

	while (*text) {
		line = take_line(&text);
		if (!strncmp(line, "done ", 5) && o.done.n < steps->n && !strcmp(line + 5, steps->item[o.done.n]))
			list_add(&o.done, line + 5);
		else if (!strncmp(line, "done ", 5))
			die(BB_TOOL, "is the image's /bin/sh a POSIX shell?", "the guest says it did '%.60s', which was not its turn",
			    line + 5);
		else if (!strncmp(line, "verified ", 9) && list_has(steps, line + 9) && !list_has(&o.verified, line + 9))
			list_add(&o.verified, line + 9);
		else if (!strncmp(line, "note ", 5))
			warn("%s", line + 5);
		else if (!strncmp(line, "fail ", 5))
			die(BB_NO, "repair the image, or the manifest, and start again", "in the guest: %s", line + 5);
	}
	return o;
}

static struct outcome run_script(const struct plan *p, const char *script, const struct list *steps)
{
	static const char *const shell[] = { "/bin/sh", "-s", NULL };
	struct machine m = bottle_machine(p->slug);
	struct str out = STR_EMPTY, err = STR_EMPTY;
	struct outcome o;
	struct proc_end end;

	end = machine_exec(m, shell, &(struct machine_exec){ .user = "root", .input = script, .input_len = strlen(script),
							      .out = &out, .err = &err, .timeout_ms = SCRIPT_MS });
	o = read_outcome(out.text, steps);
	/* Every step must have reported itself: an exit status of 0 alone proves nothing. */
	if (!proc_ok(&end) || o.done.n != steps->n)
		die(BB_TOOL, mem_printf("see bb-vm logs %s; the image needs a POSIX sh", p->slug),
		    "the guest's script ended after %zu of %zu steps: %s (%s)", o.done.n, steps->n, m.engine->said(&err),
		    proc_text(&end));
	return o;
}

static void say(const struct plan *p, const struct list *steps)
{
	const char *box = plan_bundle_name(p), *machine = plan_vm_name(p), *command = bottle_machine(p->slug).engine->command;
	struct str secrets = STR_EMPTY;

	if (list_has(steps, "env"))
		bundle_secrets(p, tell_secret, &secrets);
	warn("+ docker exec -i %s /usr/lib/bottle/handover <its nonce>%s%s", box, secrets.len ? " < the secrets" : "", secrets.text);
	if (list_has(steps, "skills"))
		warn("+ %s exec --name %s -i -- /bin/sh -c <tar -x> <skills>", command, machine);
	if (*relayed(steps))
		warn("+ %s exec --name %s -i -- /bin/sh -c <cat> <relay>", command, machine);
	warn("+ %s exec --name %s -i -- /bin/sh -s <script: %s>", command, machine, list_line(steps));
}

static struct outcome act(const struct plan *p, const struct machine_wish *w, const struct list *steps)
{
	/* Before any secret is sent: is it still the machine that was probed? And, by its nonce, is it the
	 * container? */
	struct proof proof = proof_machine(p);
	struct handover h = hand_over(p, &proof, list_has(steps, "env"));
	const char *script;

	script = make_script(p, w, steps, &h);
	if (list_has(steps, "skills"))
		send_skills(p);
	if (*relayed(steps))
		send_relay(p);
	/* The current time, because the guest's clock is compared with it. */
	return run_script(p, mem_printf("%sNOW=%lld\n%s", names_of_script, (long long)time(NULL), script), steps);
}

static int provision(struct cmd *cmd, struct plan *p, const struct list *steps)
{
	struct machine_wish wish = wish_of(p);
	struct outcome o = { .done = { 0 } };
	struct jw w = JW_EMPTY;

	plan_need(p, "vm.state");
	plan_need(p, "bundle.container");
	if (cmd_dry(cmd))
		say(p, steps);
	else
		o = act(p, &wish, steps);
	jw_open(&w, NULL, '{');
	jw_list(&w, "done", o.done.item, o.done.n);
	jw_list(&w, "verified", o.verified.item, o.verified.n);
	jw_close(&w, '}');
	return stage_emit(cmd, p, w.out.text);
}

/* The verb is a step, or all that the manifest asks for. */
static int run(struct cmd *cmd)
{
	struct plan *p = stage_read(cmd);
	struct list steps = { 0 };
	bool all = !strcmp(cmd->verb->name, "all");

	for (size_t i = 0; i < COUNT(all_steps); i++)
		if (all ? wanted(p, all_steps[i].name) : !strcmp(cmd->verb->name, all_steps[i].name))
			list_add(&steps, all_steps[i].name);
	if (!all && !wanted(p, cmd->verb->name))
		die(BB_PLAN, mem_printf("see bb-plan(5) for what the manifest can ask for"),
		    "the manifest asks for no %s", cmd->verb->name);
	return provision(cmd, p, &steps);
}

/* --- check --- */

/* Check all that will be needed from this host, before anything is made. Reports every fault, not only the first. */
static int run_check(struct cmd *cmd)
{
	struct plan *p = stage_read(cmd);
	struct faults all = { 0 };
	const char *why;
	int status;

	wants_check(p, &all);
	why = wants_images(p, &all);
	status = faults_say(&all);
	if (why)
		warn("the images could not be looked for: %s", why);
	return status;
}

static const struct verb verbs[] = {
	{ "all", "", "all steps that the manifest asks for", PLAN_IN | PLAN_OUT | ACTS, run },
	{ "init", "", "repair owners of the home folder and /tmp", PLAN_IN | PLAN_OUT | ACTS, run },
	{ "env", "", "credentials into the bundle, environment into the guest", PLAN_IN | PLAN_OUT | ACTS, run },
	{ "ca", "", "trust the bundle's CA, tried by a TLS request", PLAN_IN | PLAN_OUT | ACTS, run },
	{ "prompt", "", "the prompt, as a file of the agent's", PLAN_IN | PLAN_OUT | ACTS, run },
	{ "skills", "", "the skills, into the agent's home", PLAN_IN | PLAN_OUT | ACTS, run },
	{ "git", "", "who commits, and repositories by the gate, each asked for", PLAN_IN | PLAN_OUT | ACTS, run },
	{ "supervise", "", "the way to the operator, tried by a request", PLAN_IN | PLAN_OUT | ACTS, run },
	{ "check", "", "name every variable, file and image that is missing here", PLAN_IN, run_check },
	{ .name = NULL }
};

const struct applet provision_applet = {
	.name = "bb-provision", .section = "provision", .summary = "make a running machine a place to work in",
	.reads = "manifest subnet pack bundle vm", .exits = "1 64 65 69 74 75 77 128+n", .verbs = verbs,
};
