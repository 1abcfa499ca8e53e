/* SPDX-License-Identifier: MIT */
/* gen.c: a second main over the same records. Prints what applets say about themselves, one fact a
 * line, fields parted by tabs; tools/gen makes the pages and completions from it.
 *
 *   applet  NAME  SUMMARY  READS  WRITES  EXITS
 *   verb    NAME  VERB  OPERANDS  FLAGS  SUMMARY        FLAGS: i o a d r, see flags[]
 *   option  NAME  VERBS  LETTER  LONG  ARG  HELP        VERBS: words that may use it, with commas
 *
 * A field with nothing in it is "-". */
#include "basic/cli.h"
#include "basic/str.h"

#include <string.h>

static const struct {
	unsigned flag;
	const char *letter;
} flags[] = {
	{ PLAN_IN, "i" }, { PLAN_OUT, "o" }, { ACTS, "a" }, { DEFAULT_VERB, "d" }, { REST, "r" },
};

static const char *or_dash(const char *text)
{
	return text && *text ? text : "-";
}

static void print_option(struct str *s, const struct applet *a, const struct opt *o)
{
	struct str verbs = STR_EMPTY;

	for (const struct verb *v = a->verbs; v->name; v++)
		if (cmd_takes(v, o))
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
