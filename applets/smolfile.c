/* SPDX-License-Identifier: MIT */
/* bb-smolfile: write down what the machine is created with: its environment and the one address. */
#include "stage.h"
#include "basic/io.h"
#include "basic/paths.h"
#include "basic/undo.h"
#include "plan/wish.h"
#include "record/bottle.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The version given by --engine, as smolvm prints it; NULL if none was given. */
static const char *version_of(const struct cmd *cmd)
{
	const char *version = cmd_value(cmd, "engine");
	unsigned part[3];
	int end = 0;

	if (version && (version[strspn(version, "0123456789.")] ||
			sscanf(version, "%4u.%4u.%4u%n", &part[0], &part[1], &part[2], &end) != 3 || version[end]))
		die(BB_USAGE, "give three numbers, as smolvm --version prints them: 1.32.2", "--engine %s is no version", version);
	return version;
}

static void take_back(void *path)
{
	unlink(path);
}

static int run_render(struct cmd *cmd)
{
	struct plan *p = stage_read(cmd);
	struct machine_wish wish = wish_of(p);
	const struct machine_engine *e = bottle_machine(p->slug).engine;
	struct list options = e->options(&wish);
	struct str toml = STR_EMPTY;
	struct jw w = JW_EMPTY;
	const char *version = version_of(cmd), *path;

	machine_smolfile(&toml, &wish);
	/* Old versions let through more than what is asked, and an operator who names one is told so. */
	if (version)
		warn("effective allowlist of %s %s: %s", e->name, version, e->effective(&wish, version));
	if (cmd_value(cmd, "print")) {
		out_all(toml.text, toml.len);
		return BB_OK;
	}
	state_bottle(p->slug);
	path = state_bottle_file(p->slug, "smolfile.toml");
	if (!io_exists(path))        /* an older file is kept, or replaced as a whole */
		undo_push(take_back, (void *)(uintptr_t)path);
	io_write_file(path, toml.text, toml.len, 0600);
	jw_open(&w, NULL, '{');
	jw_text(&w, "path", path);
	jw_text(&w, "sha256", digest_bytes(toml.text, toml.len));
	jw_list(&w, "create_args", options.item, options.n);
	jw_list(&w, "env", wish.env.item, wish.env.n);
	jw_list(&w, "allow_cidrs", &wish.allow, 1);
	jw_close(&w, '}');
	return stage_emit(cmd, p, w.out.text);
}

static const struct opt opts[] = {
	{ 0, "print", NULL, NULL, "write the TOML alone to standard output, no plan" },
	{ 0, "engine", "VERSION", NULL, "say what this smolvm version lets through" },
	{ .name = NULL }
};

static const struct verb verbs[] = {
	{ "render", "", "write the Smolfile, add it to the plan", PLAN_IN | PLAN_OUT | DEFAULT_VERB, run_render },
	{ .name = NULL }
};

const struct applet smolfile_applet = {
	.name = "bb-smolfile", .section = "smolfile", .summary = "write the Smolfile of a bottle",
	.reads = "manifest subnet", .exits = "64 65 74 77", .opts = opts, .verbs = verbs,
};
