/* SPDX-License-Identifier: MIT */
/* script.c: read a script's command line by its usage text, and start the script again with the words in order. */
#include "basic/script.h"
#include "basic/cli.h"
#include "basic/str.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_OPTIONS = 16 };

struct usage {
	struct opt opts[MOST_OPTIONS + 1];
	size_t n;
	const char *kind, *kinds;     /* "stages: plan subnet" in the usage text: the values that STAGE may have */
	bool rest;                    /* a command follows `--`, not more operands */
};

static char *word_at(const char *text)
{
	return mem_text(text, strcspn(text, " "));
}

/* One line "  -n, --dry-run      check all" of the usage text; false if it is none. */
static bool take_option_line(struct usage *u, const char *line)
{
	struct opt *o = &u->opts[u->n];
	size_t n;

	if (*line != ' ')
		return false;
	line += strspn(line, " ");
	if (line[0] == '-' && line[1] != '-' && !strncmp(line + 2, ", ", 2)) {
		o->letter = line[1];
		line += 4;
	}
	if (strncmp(line, "--", 2))
		return false;
	if (u->n == MOST_OPTIONS)
		bug("more than %d options in a usage text", MOST_OPTIONS);
	n = strcspn(line, " ");
	o->name = mem_text(line + 2, n - 2);
	line += n;
	if (line[0] == ' ' && isupper((unsigned char)line[1]))
		o->arg = word_at(line + 1);
	if (!strcmp(o->name, "help") || !strcmp(o->name, "version"))         /* every record has these */
		*o = (struct opt){ .name = NULL };
	else
		u->n++;
	return true;
}

static struct usage read_usage(const char *text)
{
	struct usage u = { .n = 0 };
	char *lines = mem_text(text, strlen(text));

	u.rest = strstr(mem_text(text, strcspn(text, "\n")), "[-- ") != NULL;
	while (*lines) {
		const char *line = take_line(&lines), *colon = strstr(line, "s: ");

		if (!take_option_line(&u, line) && colon && !u.kind && strspn(line, "abcdefghijklmnopqrstuvwxyz") ==
		    (size_t)(colon - line) + 1) {
			char *kind = mem_text(line, (size_t)(colon - line));

			for (char *c = kind; *c; c++)
				*c = (char)toupper((unsigned char)*c);
			u.kind = kind;
			u.kinds = colon + 3;
		}
	}
	return u;
}

/* If the usage text lists the values of this kind, the value must be one of them. */
static void check_kind(const struct usage *u, const struct opt *o, const char *value)
{
	const char *words[32], *near;
	char *list, *save = NULL;
	size_t n = 0;

	if (!u->kind || strcmp(o->arg, u->kind))
		return;
	list = mem_text(u->kinds, strlen(u->kinds));
	for (char *w = strtok_r(list, " ", &save); w && n < COUNT(words); w = strtok_r(NULL, " ", &save))
		words[n++] = w;
	if (word_index(value, words, n) >= 0)
		return;
	near = word_nearest(value, words, n);
	list = mem_text(u->kind, strlen(u->kind));
	for (char *c = list; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	die(BB_USAGE, near ? mem_printf("did you mean '%s'?", near) : mem_printf("%ss: %s", list, u->kinds),
	    "there is no %s '%s'", list, value);
}

static void add_words(struct list *to, char *const *words, int n)
{
	for (int i = 0; i < n; i++)
		list_add(to, words[i]);
}

void script_options(int argc, char **argv)
{
	static const struct verb verbs[] = { { .name = "", .operands = "", .flags = REST }, { .name = NULL } };
	struct list words = { 0 };
	struct applet self = { .verbs = verbs };
	struct usage u;
	struct cmd cmd;

	if (argc < 3 || strncmp(argv[2], "usage: ", 7))
		die(BB_USAGE, "it is for bb-start and its like", "--options needs a script and its usage text");
	u = read_usage(argv[2]);
	self.name = program_name = mem_text(argv[2] + 7, strcspn(argv[2] + 7, " \n"));
	self.opts = u.opts;
	cmd = cmd_words(&self, argc - 2, argv + 2);
	if (cmd_value(&cmd, "help") || (cmd.operands && !strcmp(cmd.operand[0], "help"))) {
		out_all(mem_printf("%s\n", argv[2]), strlen(argv[2]) + 1);
		exit(BB_OK);
	}
	if (cmd_value(&cmd, "version"))
		show_version();
	list_add(&words, "/bin/sh");
	list_add(&words, argv[1]);
	for (size_t i = 0; i < u.n; i++) {
		if (!cmd.value[i])
			continue;
		list_addf(&words, "--%s", u.opts[i].name);
		if (!u.opts[i].arg)
			continue;
		check_kind(&u, &u.opts[i], cmd.value[i]);
		list_add(&words, cmd.value[i]);
	}
	for (int i = 0; i < cmd.operands; i++)
		if (!*cmd.operand[i])
			die(BB_USAGE, "is a variable unset?", "an operand is empty");
	add_words(&words, cmd.operand, cmd.operands);
	/* Without a command, `--` only says that no option follows, and no name begins with a hyphen. */
	if (u.rest && cmd.rests)
		list_add(&words, "--");
	for (int i = 0; i < cmd.rests && !u.rest; i++)
		if (!*cmd.rest[i] || *cmd.rest[i] == '-')
			die(BB_USAGE, mem_printf("type '%s --help'", self.name), "what is '%s' for?", cmd.rest[i]);
	add_words(&words, cmd.rest, cmd.rests);
	setenv("BB_OPTIONS", mem_printf("%d", (int)getpid()), 1);
	execv(words.item[0], (char *const *)(uintptr_t)words.item);
	die(BB_CANNOT_RUN, "give fewer words", "run %s %s:", words.item[0], argv[1]);
}
