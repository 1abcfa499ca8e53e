/* bb-provision: make a running machine a place to work in: owners, environment, the bundle's CA.
 *
 * One script over one exec's standard input does all steps, so that no secret is ever an argument.
 * Secrets are read here, at the last moment, and go nowhere else. The script is shell/guest/provision.sh. */
#include "bundle.h"
#include "docker.h"
#include "io.h"
#include "manifest.h"
#include "proof.h"
#include "smolfile.h"
#include "smolvm.h"
#include "undo.h"

#include <stdio.h>
#include <string.h>

enum { SCRIPT_MS = 10 * 60 * 1000 };

static const char guest_script[] =
#include "guest/provision.h"
;

/* What only the running container knows. */
struct handover {
	const char *token, *nonce, *ca;
};

/* Token, nonce and the public certificate, in this order (docs/bundle.md). */
static struct handover take_over(const struct plan *p, const char *container)
{
	struct list words = docker_words("exec", container, "cat", "/run/bottle/token",
					 "/run/bottle/nonce", "/run/bottle/ca.pem", NULL);
	struct str out = STR_EMPTY, err = STR_EMPTY;
	struct handover h;
	char *text;

	if (!docker_try(&words, NULL, &out, &err))
		die(BB_TOOL, mem_printf("see bb-bundle logs %s", p->slug), "the bundle does not hand over: %s",
		    docker_said(&err));
	text = out.text;
	h.token = take_line(&text);
	h.nonce = take_line(&text);
	h.ca = text;
	if (strlen(h.token) < 32 || strspn(h.token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") !=
	    strlen(h.token) || !*h.nonce || strncmp(h.ca, "-----BEGIN CERTIFICATE-----\n", 28) ||
	    strstr(h.ca, "PRIVATE"))
		die(BB_REFUSED, "see docs/bundle.md for what an image must provide",
		    "the bundle image does not keep its contract");
	return h;
}

/* Each credential into the bundle's memory, for 9099 alone (wall W10). */
static void give_credentials(const struct plan *p, const char *container, bool dry)
{
	struct jv all = jv_path(p->manifest, "egress.credentials");
	int i = 0;

	for (struct jv e = jv_first(all); e.doc; e = jv_next(all, e), i++) {
		const char *name = mem_printf("cred-%d", i);
		struct list words = docker_words("exec", "-i", container, "/usr/lib/bottle/put-secret", name, NULL);
		struct str value = STR_EMPTY, out = STR_EMPTY, err = STR_EMPTY;

		if (dry) {
			warn("+ docker exec -i %s /usr/lib/bottle/put-secret %s <credential of %s", container, name,
			     jv_name(e));
			continue;
		}
		reference_read(&value, e, p->base, mem_printf("egress.credentials.%s", jv_name(e)));
		if (!docker_try(&words, value.text, &out, &err))
			die(BB_TOOL, mem_printf("see bb-bundle logs %s", p->slug),
			    "the bundle does not take the credential of %s: %s", jv_name(e), docker_said(&err));
	}
}

/* --- the guest's environment --- */

static void add_export(struct str *file, const char *name, const char *value)
{
	str_addf(file, "export %s=", name);
	str_add_quoted(file, value);
	str_add(file, "\n");
}

/* All that create gave, the proxies with the token in them, then what the manifest only names. */
static void make_env(struct str *file, const struct plan *p, const struct smolfile *s, const struct handover *h)
{
	static const char *const proxies[] = { "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy" };
	struct jv own = jv_path(p->manifest, "agent.env");

	for (size_t i = 0; i < s->env.n; i++) {
		const char *pair = s->env.item[i];
		size_t n = strcspn(pair, "=");

		add_export(file, mem_text(pair, n), pair + n + 1);
	}
	for (size_t i = 0; i < COUNT(proxies); i++)
		add_export(file, proxies[i], mem_printf("http://bottle:%s@%s:8888", h->token, s->bundle));
	for (struct jv e = jv_first(own); e.doc; e = jv_next(own, e)) {
		struct str value = STR_EMPTY;

		if (jv_text(e))
			continue;
		reference_read(&value, e, p->base, mem_printf("agent.env.%s", jv_name(e)));
		add_export(file, jv_name(e), value.text);
	}
}

static void add_assignment(struct str *script, const char *name, const char *value)
{
	str_addf(script, "%s=", name);
	str_add_quoted(script, value);
	str_add(script, "\n");
}

static const char *make_script(const struct plan *p, const struct smolfile *s, const char *steps,
			       const struct handover *h)
{
	struct str script = STR_EMPTY, env = STR_EMPTY;

	if (strstr(steps, "env"))
		make_env(&env, p, s, h);
	add_assignment(&script, "STEPS", steps);
	add_assignment(&script, "AGENT_USER", plan_text(p, "agent.user", "root"));
	add_assignment(&script, "WORKDIR", plan_text(p, "agent.workdir", ""));
	add_assignment(&script, "ENV_FILE", env.text);
	add_assignment(&script, "CA", h->ca);
	add_assignment(&script, "NONCE", h->nonce);
	str_add(&script, guest_script);
	return script.text;
}

/* --- running it, reading what it says --- */

struct outcome {
	struct list done;
	bool verified;
};

static struct outcome read_outcome(char *text)
{
	struct outcome o = { .verified = false };
	const char *line;

	while (*text) {
		line = take_line(&text);
		if (!strncmp(line, "done ", 5))
			list_add(&o.done, line + 5);
		else if (!strcmp(line, "note verified"))
			o.verified = true;
		else if (!strncmp(line, "note ", 5))
			warn("%s", line + 5);
		else if (!strncmp(line, "fail ", 5))
			die(BB_NO, "repair the image, or the manifest, and start again", "in the guest: %s", line + 5);
	}
	return o;
}

static struct outcome run_script(const struct plan *p, const char *script, const char *steps)
{
	struct list words = smolvm_exec_words(plan_vm_name(p), true, false, "root");
	struct str out = STR_EMPTY, err = STR_EMPTY;
	struct outcome o;
	struct proc_end end;
	size_t wanted = 1;

	list_add_all(&words, (const char *const[]){ "/bin/sh", "-s", NULL });
	end = smolvm_run(&words, script, strlen(script), &out, &err, SCRIPT_MS);
	o = read_outcome(out.text);
	for (const char *c = steps; *c; c++)
		wanted += *c == ' ';
	/* Every step must have said so itself: an exit status of 0 alone proves nothing. */
	if (!proc_ok(&end) || o.done.n != wanted)
		die(BB_TOOL, mem_printf("see bb-vm logs %s; the image needs a POSIX sh", p->slug),
		    "the guest's script ended after %zu of %zu steps: %s (%s)", o.done.n, wanted, smolvm_said(&err),
		    proc_text(&end));
	return o;
}

/* What a manifest may ask for already and this version does not do: said, never passed over. */
static void say_missing(const struct plan *p)
{
	static const char *const later[] = { "agent.prompt", "agent.skills", "git.user" };

	for (size_t i = 0; i < COUNT(later); i++)
		if (jv_path(p->manifest, later[i]).doc)
			warn("manifest.%s is not brought into the guest by this version", later[i]);
}

static int provision(struct cmd *cmd, const char *steps, bool credentials)
{
	struct plan *p = plan_read(cmd);
	struct smolfile s = smolfile_of(p);
	struct outcome o = { .verified = false };
	struct jw w = JW_EMPTY;

	plan_need(p, "vm.state");
	plan_need(p, "bundle.container");
	if (cmd_dry(cmd)) {
		if (credentials)
			give_credentials(p, plan_bundle_name(p), true);
		warn("+ docker exec %s cat /run/bottle/token /run/bottle/nonce /run/bottle/ca.pem", plan_bundle_name(p));
		warn("+ smolvm machine exec --name %s -i -- /bin/sh -s <script: %s", plan_vm_name(p), steps);
	} else {
		/* Before any secret moves: is it still the machine and the container that were checked? */
		struct bundle_container seen = bundle_verify(p, plan_bundle_name(p));
		const char *container = seen.id;
		struct handover h;

		if (!seen.running)
			die(BB_TOOL, mem_printf("see bb-bundle logs %s", p->slug), "the bundle of %s does not run", p->slug);
		proof_require(p, &seen);
		if (credentials)
			give_credentials(p, container, false);
		h = take_over(p, container);
		o = run_script(p, make_script(p, &s, steps, &h), steps);
		say_missing(p);
	}
	jw_open(&w, NULL, '{');
	jw_list(&w, "done", o.done.item, o.done.n);
	if (strstr(steps, "ca"))
		jw_bool(&w, "ca_verified", o.verified);
	jw_close(&w, '}');
	return plan_emit(cmd, p, w.out.text);
}

static int run_all(struct cmd *cmd)  { return provision(cmd, "init env ca", true); }
static int run_init(struct cmd *cmd) { return provision(cmd, "init", false); }
static int run_env(struct cmd *cmd)  { return provision(cmd, "env", true); }
static int run_ca(struct cmd *cmd)   { return provision(cmd, "ca", false); }

static const struct verb verbs[] = {
	{ "all", "", "all steps in one go", PLAN_IN | PLAN_OUT | ACTS, run_all },
	{ "init", "", "repair owners of the home folder and /tmp", PLAN_IN | PLAN_OUT | ACTS, run_init },
	{ "env", "", "credentials into the bundle, environment into the guest", PLAN_IN | PLAN_OUT | ACTS, run_env },
	{ "ca", "", "trust the bundle's CA, tried by a TLS request", PLAN_IN | PLAN_OUT | ACTS, run_ca },
	{ .name = NULL }
};

const struct applet provision_applet = {
	.name = "bb-provision", .section = "provision", .summary = "make a running machine a place to work in",
	.reads = "manifest subnet pack bundle vm", .exits = "1 64 65 69 74 75 77 128+n", .verbs = verbs,
};
