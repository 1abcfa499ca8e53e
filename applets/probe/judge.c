/* SPDX-License-Identifier: MIT */
/* judge.c: turn answers and observations into verdicts. A guest may lie (wall W17). So where the engine has a
 * witness, it must confirm a refusal; what only the guest says is marked as such. */
#include "probe/probe.h"

#include <string.h>

static void rule(struct attempt *a, enum probe_verdict verdict, const char *why)
{
	a->verdict = verdict;
	a->why = why;
}

static bool is(const struct attempt *a, const char *const *words, size_t n)
{
	return word_index(a->got, words, n) >= 0;
}

/* It failed, and the guest was told so at once. */
static bool refused(const struct attempt *a)
{
	static const char *const words[] = { "refused", "reset", "closed", "unreachable", "denied", "absent", "noname" };

	return is(a, words, COUNT(words));
}

static bool reached(const struct attempt *a)
{
	static const char *const words[] = { "open", "answer" };

	return is(a, words, COUNT(words));
}

/* Something accepted the connection and closed it. Only in class inside can that be the gateway in front of a closed
 * port. */
static bool taken(const struct attempt *a)
{
	return !strcmp(a->got, "closed") && a->class != PROBE_INSIDE;
}

/* May the engine's own gateway have accepted it? */
static bool by_gateway(const struct attempt *a, const struct evidence *e)
{
	const char *port = strrchr(a->order, ' ');

	return e->engine && e->engine->accepts && !strncmp(a->order, "tcp ", 4) && port && !strcmp(port + 1, e->engine->accepts);
}

/* Is it a question to the engine's own resolver in the guest? */
static bool asks_nobody(const struct attempt *a, const struct evidence *e)
{
	const char *resolver = e->engine ? e->engine->resolver : NULL;

	return resolver && !strncmp(a->order, mem_printf("dns %s ", resolver), strlen(resolver) + 5);
}

/* Datagrams may be dropped silently. */
static bool wordless(const struct attempt *a)
{
	return !strcmp(a->got, "silent") && (!strncmp(a->order, "udp", 3) || !strncmp(a->order, "icmp", 4) ||
					     !strncmp(a->order, "dns", 3));
}

/* Is there a denial of exactly this that was not used for another attempt? Each line counts once. */
static bool witnessed(struct evidence *e, const char *what)
{
	for (size_t i = 0; i < e->denials.n; i++)
		if (e->denials.item[i] && !strcmp(e->denials.item[i], what)) {
			e->denials.item[i] = NULL;
			return true;
		}
	return false;
}

static void positive(struct attempt *a, const struct evidence *e)
{
	if (!strncmp(a->order, "http ", 5)) {
		if (!e->nonce)
			rule(a, PROBE_INDETERMINATE, "there is no nonce to compare with");
		else if (a->data && *e->nonce && strstr(a->data, e->nonce))
			rule(a, PROBE_PASS, "the nonce planted in the container came back");
		else
			rule(a, PROBE_FAIL, reached(a) ? "something else than this bottle's container answered" : a->got);
	} else if (!strcmp(a->got, "open")) {
		rule(a, PROBE_PASS, "open");
	} else {
		rule(a, PROBE_FAIL, a->got);
	}
}

/* Did our canary hear somebody at the address of `a`, by the same protocol? */
static const char *heard(const struct attempt *a, const struct evidence *e)
{
	const char *ip = strchr(a->order, ' ') + 1;
	const char *start = mem_printf("%s at %.*s from ", strncmp(a->order, "udp", 3) ? "TCP" : "UDP",
				       (int)strcspn(ip, " "), ip);

	for (size_t i = 0; a->class == PROBE_CANARY && i < e->heard.n; i++)
		if (!strncmp(e->heard.item[i], start, strlen(start)))
			return e->heard.item[i];
	return NULL;
}

static void negative(struct attempt *a, struct evidence *e)
{
	bool seen = e->witness && a->leaves && witnessed(e, e->engine->denial(a->order));

	if (heard(a, e))
		rule(a, PROBE_FAIL, "the canary heard it");
	else if ((reached(a) || taken(a)) && !(by_gateway(a, e) && (seen || !e->witness)))
		rule(a, PROBE_FAIL, "it got through");
	else if (seen)
		rule(a, PROBE_PASS, "denied, says the engine's log");
	else if (e->witness && a->leaves)
		rule(a, PROBE_INDETERMINATE, "the engine's log does not know of it: was it tried at all?");
	else if (a->class == PROBE_INSIDE && !strcmp(a->got, "silent"))
		rule(a, PROBE_PASS, "nobody speaks there; the container's own table shows who listens");
	else if (!e->engine && !strcmp(a->got, "noname") && !strncmp(a->order, "dns", 3))
		rule(a, PROBE_FAIL, "a resolver answered");
	else if (!refused(a) && !((a->leaves || asks_nobody(a, e)) && (wordless(a) || by_gateway(a, e))))
		rule(a, PROBE_INDETERMINATE, a->got);
	else if (a->leaves)
		rule(a, PROBE_ASSUMED, mem_printf("%s, assuming an honest guest", refused(a) ? "refused" : a->got));
	else
		rule(a, PROBE_PASS, a->got);
}

/* --- what is in the guest --- */

/* Is `value` in that NULL-ended list? A known text that ends in a punctuation mark is a prefix. */
static bool is_known(const char *value, const char *const *known)
{
	for (size_t i = 0; known && known[i]; i++) {
		size_t len = strlen(known[i]);

		if (strchr("./;", known[i][len - 1]) ? !strncmp(value, known[i], len) : !strcmp(value, known[i]))
			return true;
	}
	return false;
}

/* The first line "NAME VALUE" of `data` whose value is in neither list. */
static const char *stranger(const char *data, const char *const *known, const char *const *engines)
{
	char *lines = mem_text(data, strlen(data));

	while (*lines) {
		const char *line = take_line(&lines), *blank = strchr(line, ' ');
		char *value = mem_text(blank ? blank + 1 : line, strlen(blank ? blank + 1 : line));
		size_t len = strlen(value);

		while (len && value[len - 1] == ' ')
			value[--len] = '\0';
		if (!is_known(value, known) && !is_known(value, engines))
			return value;
	}
	return NULL;
}

/* The processes that may run beside the engine's own: our sleeper, our relay, this helper and the shell that received
 * it (wall W14). */
static const char *const processes[] = {
	"/run/bot-bottle/relay/", "/var/lib/bot-bottle/",
	"sleep 2147483647", "/run/.bb-probe.", "/dev/shm/.bb-probe.", "/tmp/.bb-probe.",
	"/var/tmp/.bb-probe.", "/root/.bb-probe.", "./.bb-probe.", "/bin/sh -c umask 077;", "sh -c umask 077;", NULL
};

/* File systems by which a folder of the host would appear. */
static const char *const host_mounts[] = { "virtiofs", "9p", "nfs", "nfs4", "cifs", "smb3", "vboxsf", "fuse", "fuseblk" };

static const char *host_mount(const char *data)
{
	char *kinds = mem_text(data, strlen(data)), *save = NULL;

	for (char *k = strtok_r(kinds, " \n", &save); k; k = strtok_r(NULL, " \n", &save))
		if (word_index(k, host_mounts, COUNT(host_mounts)) >= 0 || !strncmp(k, "fuse.", 5))
			return k;
	return NULL;
}

static void in_guest(struct attempt *a, const struct evidence *e)
{
	/* Of another sandbox nothing is known: what the first engine has is as good a measure as any. */
	const struct machine_engine *engine = e->engine ? e->engine : machine_engines[0];
	const char *found = NULL, *data = a->data ? a->data : "";

	if (!strncmp(a->order, "vsock", 5) && reached(a) && engine->vsock && !strcmp(data, mem_printf("%s ", engine->vsock))) {
		rule(a, PROBE_PASS, mem_printf("%s, %s's own name filter", engine->vsock, engine->name));
		return;
	}
	if (!strncmp(a->order, "unix", 4) || !strncmp(a->order, "vsock", 5)) {
		rule(a, reached(a) ? PROBE_FAIL : refused(a) ? PROBE_PASS : PROBE_INDETERMINATE,
		     reached(a) ? mem_printf("open: %s", data) : a->got);
		return;
	}
	/* Without a kernel of its own. */
	if (!strncmp(a->order, "each /sys/", 10) && !engine->devices) {
		rule(a, PROBE_ASSUMED, "this host's own: such a machine shares its kernel and sees its devices");
		return;
	}
	if (strcmp(a->got, "answer") || !*data) {
		rule(a, PROBE_INDETERMINATE, "it could not be listed");
		return;
	}
	if (!strcmp(a->order, "mounts"))
		found = host_mount(data);
	else if (strstr(a->order, "cmdline"))
		found = stranger(data, processes, engine->processes);
	else
		found = stranger(data, NULL, engine->devices);
	rule(a, found ? PROBE_FAIL : PROBE_PASS, found ? mem_printf("not expected here: %s", found) : "as expected");
}

/* --- what is seen from here --- */

static void canaries(struct attempts *all, const struct evidence *e, const struct canary *c)
{
	struct attempt *a;

	for (size_t i = 0; i < c->controls.n; i++) {
		a = attempt_add(all, PROBE_CANARY, NULL, mem_printf("control %s %d", c->controls.item[i], c->port));
		if (list_has(&e->controls, c->controls.item[i]))
			rule(a, PROBE_PASS, "our own canary is heard there from this host");
		else
			rule(a, PROBE_INDETERMINATE, "our own canary was not heard there even from this host");
	}
	a = attempt_add(all, PROBE_CANARY, NULL, "the canary heard nobody else");
	rule(a, e->heard.n ? PROBE_FAIL : PROBE_PASS, e->heard.n ? e->heard.item[0] : "silence");
}

void probe_judge(struct attempts *all, struct evidence *e, const struct canary *c)
{
	for (size_t i = 0; i < all->n; i++) {
		struct attempt *a = &all->list[i];

		if (!a->order)
			continue;
		if (!a->got)
			rule(a, PROBE_INDETERMINATE, "the helper gave no answer");
		else if (a->class == PROBE_POSITIVE)
			positive(a, e);
		else if (a->class == PROBE_GUEST)
			in_guest(a, e);
		else
			negative(a, e);
	}
	canaries(all, e, c);
}
