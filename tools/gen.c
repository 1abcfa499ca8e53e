/* SPDX-License-Identifier: MIT */
/* gen.c: a second main over the same records. Prints what applets say about themselves, one fact a
 * line, fields parted by tabs; tools/gen makes the pages and completions from it.
 *
 *   applet  NAME  SUMMARY  READS  WRITES  EXITS
 *   verb    NAME  VERB  OPERANDS  FLAGS  SUMMARY        FLAGS: i o a d r, see flags[]
 *   option  NAME  VERBS  LETTER  LONG  ARG  HELP        VERBS: words that may use it, with commas
 *
 * A field with nothing in it is "-". */
#include "cli.h"
#include "str.h"

#include <string.h>

static const struct {
	unsigned flag;
	const char *letter;
} flags[] = {
	{ PLAN_IN, "i" }, { PLAN_OUT, "o" }, { ACTS, "a" }, { DEFAULT_VERB, "d" }, { REST, "r" },
};

/* Verbs on a bottle that read its saved plan, and so take --plan in its place (plan_of in lib/plan.h);
 * no flag of the record says so. */
static const struct {
	const char *applet, *verb;
} saved_plan[] = {
	{ "bb-vm", "exec" }, { "bb-vm", "cp" }, { "bb-vm", "logs" },
};

static const char *or_dash(const char *text)
{
	return text && *text ? text : "-";
}

/* Does "exec, wait: how long" begin with a list of verbs, and is `verb` one of them? */
static bool is_for(const struct applet *a, const char *help, const char *verb)
{
	size_t n = strcspn(help, ":");
	bool lists_verbs = false, named = false;
	char *head, *save = NULL;

	if (!help[n])
		return true;
	head = mem_text(help, n);
	for (char *w = strtok_r(head, ", ", &save); w; w = strtok_r(NULL, ", ", &save)) {
		const struct verb *v = a->verbs;

		while (v->name && strcmp(v->name, w))
			v++;
		if (!v->name)
			return true;      /* a plain sentence with a colon in it */
		lists_verbs = true;
		named = named || !strcmp(w, verb);
	}
	return !lists_verbs || named;
}

/* The parser takes every option of an applet with each of its verbs; this says where it has a meaning. */
static bool has_meaning(const struct applet *a, const struct verb *v, const struct opt *o)
{
	if (!strcmp(o->name, "dry-run"))
		return v->flags & (ACTS | DRY);
	if (!strcmp(o->name, "owner"))
		return v->flags & (ACTS | OWNED);
	if (strcmp(o->name, "plan"))
		return is_for(a, o->help, v->name);
	for (size_t i = 0; i < COUNT(saved_plan); i++)
		if (!strcmp(saved_plan[i].applet, a->name) && !strcmp(saved_plan[i].verb, v->name))
			return true;
	return v->flags & PLAN_IN;
}

static void print_option(struct str *s, const struct applet *a, const struct opt *o)
{
	struct str verbs = STR_EMPTY;

	for (const struct verb *v = a->verbs; v->name; v++)
		if (has_meaning(a, v, o))
			str_addf(&verbs, "%s%s", verbs.len ? "," : "", v->name);
	if (!verbs.len)
		bug("%s: no verb can use --%s", a->name, o->name);
	str_addf(s, "option\t%s\t%s\t%c\t%s\t%s\t%s\n", a->name, verbs.text, o->letter ? o->letter : '-',
		 o->name, or_dash(o->arg), o->help);
}

static void print_applet(struct str *s, const struct applet *a)
{
	const struct opt *o;
	unsigned all = 0;

	str_addf(s, "applet\t%s\t%s\t%s\t%s\t%s\n", a->name, a->summary, or_dash(a->reads),
		 or_dash(a->section), or_dash(a->exits));
	for (const struct verb *v = a->verbs; v->name; v++) {
		str_addf(s, "verb\t%s\t%s\t%s\t-", a->name, v->name, or_dash(v->operands));
		for (size_t i = 0; i < COUNT(flags); i++)
			if (v->flags & flags[i].flag)
				str_add(s, flags[i].letter);
		str_addf(s, "\t%s\n", v->summary);
		all |= v->flags;
	}
	for (size_t i = 0; (o = cmd_option(a, all, i)); i++)
		print_option(s, a, o);
}

int main(void)
{
	struct str s = STR_EMPTY;

	program_name = "gen";
	for (const struct applet *const *a = applets; *a; a++)
		print_applet(&s, *a);
	out_all(s.text, s.len);
	return BB_OK;
}
