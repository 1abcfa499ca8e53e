/* SPDX-License-Identifier: MIT */
/* build.c: build the example images by their own build scripts, in the engine that the bottles use. */
#include "bundle/build.h"
#include "basic/proc.h"
#include "tool/docker.h"

#include <libgen.h>
#include <stdlib.h>
#include <string.h>

/* Beside the program: PREFIX/bin and PREFIX/share/bottlebox, or out and docs of the source tree. */
static const char *const places[] = { "../share/bottlebox/docs/examples", "../docs/examples" };

static const char *program_folder(void)
{
	char *whole = realpath("/proc/self/exe", NULL), *path;

	if (whole) {
		path = mem_text(whole, strlen(whole));
		free(whole);
	} else {
		path = proc_find("bottlebox");
	}
	if (!path)
		die(BB_TOOL, "put bottlebox in PATH", "where bottlebox is installed is not known");
	return dirname(path);
}

static const char *script_of(const char *example)
{
	const char *folder = program_folder();

	for (size_t i = 0; i < COUNT(places); i++) {
		char *script = proc_find(mem_printf("%s/%s/%s/build", folder, places[i], example));

		if (script)
			return script;
	}
	die(BB_TOOL, "run make install: it brings the examples along", "there are no examples at %s/%s", folder, places[0]);
}

static void add_value(struct list *words, const struct cmd *cmd, const char *name)
{
	if (!cmd_value(cmd, name))
		return;
	list_addf(words, "--%s", name);
	list_add(words, cmd_value(cmd, name));
}

int run_build(struct cmd *cmd)
{
	static const char *const examples[] = { "bundle", "agent" };
	const char *example = cmd->operands ? cmd->operand[0] : examples[0];
	struct list words = { 0 };
	struct proc_end end;

	if (word_index(example, examples, COUNT(examples)) < 0)
		die(BB_USAGE, "it is bundle or agent", "there is no example %s", example);
	/* The script must use the engine that bb-bundle up uses, and not one of another context. */
	setenv("DOCKER_HOST", mem_printf("unix://%s", docker_socket()), 1);
	list_add(&words, script_of(example));
	add_value(&words, cmd, "base");
	add_value(&words, cmd, "tag");
	end = proc_run(&(struct proc){ .argv = words.item });
	if (proc_ok(&end))
		return BB_OK;
	if (end.error)
		die(BB_TOOL, "are its permissions those of the installation?", "%s: %s", words.item[0], proc_text(&end));
	/* The script has said why. */
	return end.status == BB_USAGE || end.status == BB_TOOL ? end.status : BB_NO;
}
