/* SPDX-License-Identifier: MIT */
/* inventory.c: list containers, networks and machines of bottles, from Docker and from the engines of machines. */
#include "record/inventory.h"
#include "basic/names.h"
#include "basic/paths.h"
#include "record/bottle.h"
#include "tool/docker.h"

#include <string.h>

struct asking {
	void (*each)(const struct thing *t, void *arg);
	void *arg;
	struct list *blind;
};

/* Pass on what has a label or a name of ours. Everything else is not shown. */
static void tell(const struct asking *a, const struct thing *t)
{
	/* Not the registry of a pack that is being made: bb-pack takes care of that. */
	if (*t->slug || (!strncmp(t->name, NAME_PREFIX, strlen(NAME_PREFIX)) &&
			 strncmp(t->name, NAME_REGISTRY, strlen(NAME_REGISTRY))))
		a->each(t, a->arg);
}

/* The label decides whose it is: anybody can use a slug. */
static void own(struct thing *t, const char *label)
{
	if (strcmp(label, state_label(t->slug)))
		t->slug = "";
}

static const char *word(char **line)
{
	char *start = *line;
	size_t n = strcspn(start, "\t");

	*line += n + (start[n] == '\t');
	return mem_text(start, n);
}

#define LABELS "{{.Label \"" LABEL_SLUG "\"}}\t{{.Label \"" LABEL_BOOT "\"}}\t{{.Label \"" LABEL_BOTTLE "\"}}"

static bool ask(const struct asking *a, struct list words, struct str *out)
{
	struct str err = STR_EMPTY;

	if (docker_ask(&words, out, &err))
		return true;
	list_addf(a->blind, "containers and networks: %s", docker_said(&err));
	return false;
}

/* Is it a line of a listing, with a name of Docker's and a known word for the state? */
static bool line_ok(const struct thing *t, const char *state)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
	static const char names[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";

	return *t->name && (strncmp(t->name, NAME_PREFIX, strlen(NAME_PREFIX)) || !t->name[strspn(t->name, names)]) &&
	       (!state || (*state && !state[strspn(state, letters)]));
}

/* A listing has one thing in each line. Pass on the lines that can be read, and one sentence for those that cannot,
 * since a missing thing may be among them. An empty listing means that there is nothing. */
static void tell_lines(const struct asking *a, struct str *out, const char *kind, size_t tabs)
{
	bool box = !strcmp(kind, "container");
	const char *bad = out->len && out->text[out->len - 1] != '\n' ? "its end is missing" : NULL;
	char *text = out->text;

	if (strlen(text) != out->len)
		bad = "it has a NUL in it";
	while (*text) {
		bool whole = strchr(text, '\n') != NULL;
		char *line = (char *)(uintptr_t)take_line(&text);
		const char *first = mem_text(line, strlen(line)), *state = NULL;
		struct thing t = { .kind = kind, .image = "" };
		size_t n = 0;

		for (const char *c = line; *c; c++)
			n += *c == '\t';
		t.name = word(&line);
		if (box) {
			state = word(&line);
			t.runs = !strcmp(state, "running");
			t.image = word(&line);
		}
		t.slug = word(&line);
		t.boot = word(&line);
		if (!whole || n != tabs || !line_ok(&t, state)) {
			bad = bad ? bad : mem_printf("'%.60s'", first);
			continue;
		}
		own(&t, word(&line));
		tell(a, &t);
	}
	if (bad)
		list_addf(a->blind, "%ss: Docker's answer cannot be read: %s", kind, bad);
}

static void ask_docker(const struct asking *a)
{
	struct str out = STR_EMPTY;

	if (!ask(a, docker_words("ps", "-a", "--no-trunc", "--format", "{{.Names}}\t{{.State}}\t{{.Image}}\t" LABELS, NULL), &out))
		return;
	tell_lines(a, &out, "container", 5);
	str_clear(&out);
	if (ask(a, docker_words("network", "ls", "--no-trunc", "--format", "{{.Name}}\t" LABELS, NULL), &out))
		tell_lines(a, &out, "network", 3);
}

struct naming {
	const struct asking *a;
	const struct machine_engine *engine;
};

static void add_machine(const struct machine_listed *m, void *arg)
{
	const struct naming *n = arg;
	struct thing t = { .kind = "machine", .name = m->name, .slug = m->slug, .boot = "", .image = "", .runs = m->runs, .ran = m->ran,
			   .unreadable = m->unreadable };

	own(&t, m->owner);
	if (t.unreadable)
		list_addf(n->a->blind, "machines: %s's row of %s cannot be read", n->engine->name, t.name);
	tell(n->a, &t);
}

void inventory_each(void (*each)(const struct thing *t, void *arg), void *arg, struct list *blind)
{
	struct asking a = { each, arg, blind };

	ask_docker(&a);
	for (size_t i = 0; machine_engines[i]; i++) {
		struct naming n = { &a, machine_engines[i] };
		const char *why = n.engine->list(add_machine, &n);

		if (why)
			list_addf(blind, "machines: %s: %s", n.engine->store(), why);
	}
}

struct look {
	const char *name;
	bool runs;
};

static void look_at(const struct machine_listed *m, void *arg)
{
	struct look *l = arg;

	l->runs = l->runs || (m->runs && !strcmp(m->name, l->name));
}

bool inventory_machine_runs(const char *slug)
{
	struct machine m = bottle_machine(slug);
	struct look l = { m.name, false };

	m.engine->list(look_at, &l);
	return l.runs;
}
