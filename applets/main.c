/* SPDX-License-Identifier: MIT */
/* main.c: find the applet, by the name we were called by or by the first word, and run it. */
#include "basic/cli.h"
#include "basic/io.h"
#include "basic/script.h"
#include "basic/str.h"
#include "basic/undo.h"

#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

static const struct applet *find(const char *name)
{
	for (const struct applet *const *a = applets; *a; a++)
		if (!strcmp((*a)->name, name))
			return *a;
	return NULL;
}

static int run(const struct applet *applet, int argc, char **argv)
{
	struct cmd cmd;

	program_name = applet->name;
	/* Files of ours and of our children are for the operator alone, and no core dump shows a secret (wall W19). */
	umask(077);
	setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
	signals_catch();                 /* undo on signals, in planning applets too */
	cmd = cmd_parse(applet, argc, argv);
	return cmd.verb->run(&cmd);
}

static int door(const char *word)
{
	struct str s = STR_EMPTY;

	if (!strcmp(word, "--version"))
		show_version();
	if (!strcmp(word, "--list")) {
		for (const struct applet *const *a = applets; *a; a++)
			str_addf(&s, "%s\n", record_check(*a)->name);
	} else if (!strcmp(word, "--help") || !strcmp(word, "-h") || !strcmp(word, "help")) {
		str_add(&s, "usage: bottlebox APPLET [verb] [options]   (or by a link named APPLET)\n"
			"run an AI coding agent in a microVM that reaches one address only\n\n");
		for (const struct applet *const *a = applets; *a; a++)
			str_addf(&s, "  %-13s %s\n", (*a)->name, (*a)->summary);
		str_add(&s, "\nAPPLET --help tells more; bb-start composes them; manual: man bottlebox\n");
	} else {
		return -1;
	}
	out_all(s.text, s.len);
	return BB_OK;
}

int main(int argc, char **argv)
{
	const char *name = argc > 0 && strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1
		: argc > 0 ? argv[0] : "bottlebox";
	const struct applet *applet = find(name);
	int status;

	io_std();
	if (applet)
		return run(applet, argc, argv);
	if (!strncmp(name, "bb-", 3))
		die(BB_NOT_FOUND, "type 'bottlebox --list'", "there is no applet %s", name);
	if (argc < 2)
		die(BB_USAGE, "type 'bottlebox --help'", "which applet?");
	applet = find(argv[1]);
	if (applet)
		return run(applet, argc - 1, argv + 1);
	if (!strcmp(argv[1], "--options"))
		script_options(argc - 1, argv + 1);
	status = door(argv[1]);
	if (status < 0)
		die(BB_NOT_FOUND, "type 'bottlebox --list'", "there is no applet %s", argv[1]);
	return status;
}
