/* SPDX-License-Identifier: MIT */
/* cli.c: read options by the tables of the record, and print the help from it. Option names must be whole: an
 * abbreviation that works today is ambiguous tomorrow. */
#include "basic/cli.h"
#include "basic/io.h"
#include "basic/undo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
	unsigned flags;           /* for verbs with any of these */
	struct opt opt;
} common[] = {
	{ ACTS | DRY, { 'n', "dry-run", NULL, NULL, "check all, say what would be run, change nothing" } },
	{ ACTS | OWNED, { 0, "owner", "PID", NULL, "the process whose bottle it is" } },
	{ PLAN_IN | PLAN_FILE, { 0, "plan", "FILE", NULL, "read the plan from FILE instead of stdin" } },
	{ ~0u, { 'h', "help", NULL, NULL, "show this text" } },
	{ ~0u, { 0, "version", NULL, NULL, "show the version" } },
};

const struct opt *cmd_option(const struct applet *self, unsigned flags, size_t i)
{
	size_t own = 0;

	while (self->opts && self->opts[own].name)
		if (own++ == i)
			return &self->opts[i];
	i -= own;
	for (size_t k = 0; k < COUNT(common); k++)
		if ((flags & common[k].flags) && i-- == 0)
			return &common[k].opt;
	return NULL;
}

/* Is `word` one of the blank-separated `words`? */
static bool is_one_of(const char *words, const char *word)
{
	size_t len = strlen(word);

	for (size_t n; *words; words += n + (words[n] == ' ')) {
		n = strcspn(words, " ");
		if (n == len && !strncmp(words, word, n))
			return true;
	}
	return false;
}

bool cmd_takes(const struct verb *verb, const struct opt *o)
{
	for (size_t k = 0; k < COUNT(common); k++)
		if (o == &common[k].opt)
			return verb->flags & common[k].flags || common[k].flags == ~0u;
	return !o->verbs || is_one_of(o->verbs, verb->name);
}

/* How many of the verbs take it. */
static size_t count_takers(const struct applet *self, const struct opt *o)
{
	size_t n = 0;

	for (const struct verb *v = self->verbs; v->name; v++)
		n += cmd_takes(v, o);
	return n;
}

const struct applet *record_check(const struct applet *self)
{
	for (const struct opt *o = self->opts; o && o->name; o++) {
		size_t named = o->verbs ? 1 : 0;

		for (const char *c = o->verbs; c && *c; c++)
			named += *c == ' ';
		if (o->verbs && count_takers(self, o) != named)
			bug("%s: --%s is for '%s', and not all of these are its verbs", self->name, o->name, o->verbs);
	}
	return self;
}

/* The verbs that take it, as text: "exec and wait". */
static const char *takers(const struct applet *self, const struct opt *o)
{
	struct list names = { 0 };
	struct str s = STR_EMPTY;

	for (const struct verb *v = self->verbs; v->name; v++)
		if (cmd_takes(v, o))
			list_add(&names, v->name);
	for (size_t i = 0; i < names.n; i++)
		str_addf(&s, "%s%s", !i ? "" : i + 1 < names.n ? ", " : " and ", names.item[i]);
	return mem_printf("%s %s it", s.text, names.n > 1 ? "take" : "takes");
}

static unsigned all_flags(const struct applet *self)
{
	unsigned flags = 0;

	for (const struct verb *v = self->verbs; v->name; v++)
		flags |= v->flags;
	return flags;
}

/* --- help --- */

/* "exec SLUG -- COMMAND..."; a default verb stands in brackets. */
static const char *usage_of(const struct verb *v)
{
	bool optional = v->flags & DEFAULT_VERB;

	return mem_printf("%s%s%s%s%s%s%s%s", optional ? "[" : "", v->name, optional ? "]" : "",
			  *v->operands ? " " : "", v->operands, v->flags & REST ? " [-- COMMAND...]" : "",
			  v->flags & PLAN_IN ? " <plan" : "", v->flags & PLAN_OUT ? " >plan" : "");
}

void show_version(void)
{
	static const char version[] = "bottlebox " BB_VERSION "\n";

	out_all(version, sizeof version - 1);
	exit(BB_OK);
}

static void help(const struct applet *self)
{
	struct str s = STR_EMPTY;
	unsigned flags = all_flags(self);
	const struct opt *o;

	str_addf(&s, "usage: %s VERB [options]\n%s\n\n", self->name, self->summary);
	for (const struct verb *v = self->verbs; v->name; v++)
		str_addf(&s, "  %-27s %s\n", usage_of(v), v->summary);
	str_add(&s, "\n");
	for (size_t i = 0; (o = cmd_option(self, flags, i)); i++) {
		char *left = mem_printf("--%s%s%s", o->name, o->arg ? " " : "", o->arg ? o->arg : "");

		str_add(&s, o->letter ? mem_printf("  -%c, ", o->letter) : "      ");
		str_addf(&s, "%-23s %s%s%s\n", left, o->verbs ? o->verbs : "", o->verbs ? ": " : "", o->help);
	}
	str_addf(&s, "\nreads: %s   writes: %s   exit: 0 %s   manual: man %s\n", self->reads,
		 self->section ? self->section : "nothing", self->exits, self->name);
	out_all(s.text, s.len);
	exit(BB_OK);
}

static const char *try_help(const struct applet *self)
{
	return mem_printf("type '%s --help'", self->name);
}

/* --- parsing --- */

/* The option of that name, and its number. */
static const struct opt *find_long(const struct cmd *cmd, unsigned flags, const char *name, size_t n, size_t *number)
{
	const struct opt *o;
	const char *words[24];
	const char *near;
	size_t i;

	for (i = 0; (o = cmd_option(cmd->self, flags, i)); i++) {
		words[i] = o->name;
		if (strlen(o->name) == n && !strncmp(o->name, name, n)) {
			*number = i;
			return o;
		}
	}
	near = word_nearest(mem_text(name, n), words, i);
	die(BB_USAGE, near ? mem_printf("did you mean --%s?", near) : try_help(cmd->self),
	    "unknown option --%.*s", (int)n, name);
}

static const struct opt *find_short(const struct cmd *cmd, unsigned flags, char letter, size_t *number)
{
	const struct opt *o;

	for (size_t i = 0; (o = cmd_option(cmd->self, flags, i)); i++)
		if (o->letter == letter) {
			*number = i;
			return o;
		}
	die(BB_USAGE, try_help(cmd->self), "unknown option -%c", letter);
}

static void set_value(struct cmd *cmd, size_t i, const struct opt *o, const char *value)
{
	bool again = cmd->value[i] != NULL;

	if (!*value)
		die(BB_USAGE, "is a variable unset? Leave the option out if it is not meant", "the value of --%s is empty", o->name);
	if (again && strcmp(o->arg, "NAMES"))
		die(BB_USAGE, "give it once", "--%s is there twice: %s and %s", o->name, cmd->value[i], value);
	cmd->value[i] = again ? mem_printf("%s,%s", cmd->value[i], value) : value;
}

/* One word that begins with '-'. Returns how many words it took. */
static int take_option(struct cmd *cmd, unsigned flags, char **argv)
{
	const char *word = argv[0];
	size_t i;
	const struct opt *o;

	if (word[1] != '-') {
		for (word++; *word; word++) {
			o = find_short(cmd, flags, *word, &i);
			if (!o->arg) {
				cmd->value[i] = "";
				continue;
			}
			if (!word[1] && !argv[1])
				die(BB_USAGE, try_help(cmd->self), "option -%c needs %s", *word, o->arg);
			set_value(cmd, i, o, word[1] ? word + 1 : argv[1]);
			return word[1] ? 1 : 2;
		}
		return 1;
	}
	word += 2;
	o = find_long(cmd, flags, word, strcspn(word, "="), &i);
	if (!o->arg) {
		if (strchr(word, '='))
			die(BB_USAGE, try_help(cmd->self), "option --%s takes no value", o->name);
		cmd->value[i] = "";
		return 1;
	}
	if (!strchr(word, '=') && !argv[1])
		die(BB_USAGE, try_help(cmd->self), "option --%s needs %s", o->name, o->arg);
	set_value(cmd, i, o, strchr(word, '=') ? strchr(word, '=') + 1 : argv[1]);
	return strchr(word, '=') ? 1 : 2;
}

/* Names that other tools use for a verb, and "list", which is a program of its own. */
static const char *known_as(const struct applet *self, const char *word)
{
	static const char *const also[][2] = {
		{ "ls", "list" }, { "ps", "list" }, { "rm", "delete" }, { "remove", "delete" }, { "destroy", "delete" },
		{ "kill", "stop" }, { "copy", "cp" }, { "scp", "cp" }, { "run", "exec" }, { "shell", "exec" }, { "sh", "exec" },
		{ "ssh", "exec" }, { "log", "logs" }, { "create", "up" }, { "start", "up" }, { "rm", "down" }, { "remove", "down" },
		{ "delete", "down" }, { "validate", "check" }, { "lint", "check" }, { "verify", "check" }, { "print", "show" },
	};

	for (const struct verb *v = self->verbs; v->name; v++)
		for (size_t i = 0; i < COUNT(also); i++)
			if (!strcmp(word, also[i][0]) && !strcmp(v->name, also[i][1]))
				return mem_printf("did you mean '%s %s'?", self->name, v->name);
	if (!strcmp(word, "list") || !strcmp(word, "ls") || !strcmp(word, "ps"))
		return "bb-list shows the bottles";
	return NULL;
}

static const struct verb *find_verb(const struct applet *self, const char *word)
{
	const char *words[16], *near, *hint;
	size_t n = 0;

	for (const struct verb *v = self->verbs; v->name; v++) {
		if (word && !strcmp(v->name, word))
			return v;
		words[n++] = v->name;
	}
	/* With a default verb the operand may come first, if it can be no verb: a path. */
	if (self->verbs[0].flags & DEFAULT_VERB && (!word || (*self->verbs[0].operands && strpbrk(word, "./"))))
		return &self->verbs[0];
	if (!word)
		die(BB_USAGE, try_help(self), "which verb?");
	hint = known_as(self, word);
	near = word_nearest(word, words, n);
	if (!hint)
		hint = near ? mem_printf("did you mean '%s %s'?", self->name, near) : try_help(self);
	die(BB_USAGE, hint, "unknown verb '%s'", word);
}

static void check_operands(const struct cmd *cmd)
{
	int least = 0, most = 0;
	const char *p = cmd->verb->operands;
	bool endless = strstr(p, "...") != NULL;

	for (; *p; p++)
		if ((p == cmd->verb->operands || p[-1] == ' ') && *p != ' ') {
			most++;
			least += *p != '[';
		}
	for (int i = 0; i < cmd->operands; i++)
		if (!*cmd->operand[i])
			die(BB_USAGE, "is a variable unset?", "an operand of %s is empty", cmd->verb->name);
	if (cmd->operands < least)
		die(BB_USAGE, try_help(cmd->self), "%s needs %s", cmd->verb->name, cmd->verb->operands);
	if (cmd->operands > most && !endless)
		die(BB_USAGE, cmd->verb->flags & REST ? "put -- before the command" : try_help(cmd->self),
		    "what is '%s' for?", cmd->operand[most]);
	if (cmd->rests && !(cmd->verb->flags & REST))
		die(BB_USAGE, try_help(cmd->self), "nothing may follow --");
}

static void check_options(const struct cmd *cmd)
{
	unsigned flags = all_flags(cmd->self);
	const struct opt *o;

	for (size_t i = 0; (o = cmd_option(cmd->self, flags, i)); i++)
		if (cmd->value[i] && !cmd_takes(cmd->verb, o))
			die(BB_USAGE, takers(cmd->self, o), "%s takes no --%s", cmd->verb->name, o->name);
}

struct cmd cmd_words(const struct applet *self, int argc, char **argv)
{
	struct cmd cmd = { .self = self };
	unsigned flags = all_flags(self);

	cmd.operand = mem_get((size_t)argc * sizeof *cmd.operand);
	cmd.rest = argv + argc;
	for (int i = 1; i < argc; ) {
		if (!strcmp(argv[i], "--")) {
			cmd.rest = argv + i + 1;
			cmd.rests = argc - i - 1;
			break;
		}
		if (argv[i][0] == '-' && argv[i][1])
			i += take_option(&cmd, flags, argv + i);
		else
			cmd.operand[cmd.operands++] = argv[i++];
	}
	return cmd;
}

struct cmd cmd_parse(const struct applet *self, int argc, char **argv)
{
	struct cmd cmd = cmd_words(self, argc, argv);
	bool any = cmd.operands > 0;

	if (cmd_value(&cmd, "help") || (any && !strcmp(cmd.operand[0], "help")))
		help(self);
	if (cmd_value(&cmd, "version"))
		show_version();
	cmd.verb = find_verb(self, any ? cmd.operand[0] : NULL);
	any = any && !strcmp(cmd.operand[0], cmd.verb->name);
	cmd.operand += any;
	cmd.operands -= any;
	check_options(&cmd);
	check_operands(&cmd);
	return cmd;
}

const char *cmd_value(const struct cmd *cmd, const char *name)
{
	unsigned flags = all_flags(cmd->self);
	const struct opt *o;

	for (size_t i = 0; (o = cmd_option(cmd->self, flags, i)); i++)
		if (!strcmp(o->name, name) && (!cmd->verb || cmd_takes(cmd->verb, o)))
			return cmd->value[i];
	bug("%s %s has no --%s", cmd->self->name, cmd->verb ? cmd->verb->name : "", name);
}

long long cmd_number(const struct cmd *cmd, const char *name, long long lo, long long hi,
		     long long otherwise)
{
	const char *text = cmd_value(cmd, name);
	long long n = otherwise;

	if (text && !num_parse(text, lo, hi, &n))
		die(BB_USAGE, "give a plain decimal number", "--%s %s: want a whole number from %lld to %lld", name, text, lo, hi);
	return n;
}

bool cmd_dry(const struct cmd *cmd)
{
	return cmd->verb->flags & (ACTS | DRY) && cmd_value(cmd, "dry-run") != NULL;
}

void out_all(const char *bytes, size_t len)
{
	/* SIGPIPE is off: a reader that went away is an EPIPE here, so that the undo list runs. */
	if (!io_write_fd(STDOUT_FILENO, bytes, len) || close(STDOUT_FILENO) < 0)
		die(BB_IO, "check the reader of the pipe, or free space", "write to standard output:");
}
