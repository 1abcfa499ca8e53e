/* SPDX-License-Identifier: MIT */
/* smolvm_parts.c: check that the parts of a smolvm installation are there: its libraries and its agent's root. */
#include "tool/smolvm.h"
#include "basic/io.h"
#include "basic/paths.h"

#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where smolvm looks for its files: a wrapper says so, or our environment, or it is unknown. */
struct looks {
	const char *text;         /* text of the wrapper; "" if it is no wrapper */
	const char *folder;       /* of the program behind it; NULL if nobody can tell */
};

/* What follows `start` in a line of the wrapper, if it is plain text; "" if only a shell could evaluate it. */
static const char *behind(const struct looks *l, const char *start)
{
	for (const char *at = l->text; (at = strstr(at, start)); at++) {
		const char *word = at + strlen(start), *ends = " \t\n;";

		if (at > l->text && !strchr(" \t\n;", at[-1]))
			continue;
		if (*word == '\'' || *word == '"')
			ends = *word++ == '\'' ? "'" : "\"";
		word = mem_text(word, strcspn(word, ends));
		return strpbrk(word, "$`\\") ? "" : word;
	}
	return NULL;
}

static const char *named(const struct looks *l, const char *variable)
{
	const char *own = behind(l, mem_printf("%s=", variable));

	return own ? own : getenv(variable);
}

static struct looks looks_of(const struct smolvm *s)
{
	struct str text = STR_EMPTY;
	struct looks l = { "", NULL };
	const char *real = io_true_path(s->path), *program = real;

	if (io_read_file(real, &text, 64 * 1024) == IO_OK && !strncmp(text.text, "#!", 2)) {
		l.text = text.text;
		program = behind(&l, "exec ");
	}
	if (program && *program == '/')
		l.folder = dirname(mem_text(program, strlen(program)));
	return l;
}

static const char *const libraries[] = { "libkrun.", "libkrunfw." };

static void strike_out(const char *name, void *missing)
{
	for (size_t i = 0; i < COUNT(libraries); i++)
		if (!strncmp(name, libraries[i], strlen(libraries[i])))
			((const char **)missing)[i] = NULL;
}

/* If no variable names the library, it may be the system's, and nothing is known. */
static void find_libraries(struct list *lacks, const struct looks *l)
{
	const char *folder = named(l, "SMOLVM_LIB_DIR"), *missing[COUNT(libraries)];

	if (!folder || !*folder)
		return;
	memcpy(missing, libraries, sizeof missing);
	io_each(folder, strike_out, missing);
	for (size_t i = 0; i < COUNT(libraries); i++)
		if (missing[i])
			list_addf(lacks, "a library is missing: there is no %s* in %s", missing[i], folder);
}

/* The root file system of the agent in every machine. `pack create` and `machine start` need it. */
static void find_rootfs(struct list *lacks, const struct looks *l)
{
	static const char *const variables[] = { "SMOLVM_AGENT_ROOTFS_TAR", "SMOLVM_AGENT_ROOTFS" };
	static const char *const forms[] = { "", ".tar.zst", ".tar.gz", ".tar" };
	const char *data = mem_printf("%s/smolvm/agent-rootfs", xdg_folder("XDG_DATA_HOME", ".local/share"));

	for (size_t i = 0; i < COUNT(variables); i++) {
		const char *path = named(l, variables[i]);

		if (!path)
			continue;
		if (!*path || access(path, R_OK) == 0)
			return;
		list_addf(lacks, "its agent rootfs is missing: %s is %s", variables[i], path);
		return;
	}
	if (io_exists(data) || !l->folder)
		return;
	for (size_t i = 0; i < COUNT(forms); i++)
		if (io_exists(mem_printf("%s/agent-rootfs%s", l->folder, forms[i])))
			return;
	list_addf(lacks, "its agent rootfs is missing: it is neither in %s nor named by SMOLVM_AGENT_ROOTFS_TAR", l->folder);
}

const char *smolvm_lacks(struct list *sentences)
{
	struct looks l = looks_of(smolvm_find());

	find_libraries(sentences, &l);
	find_rootfs(sentences, &l);
	return "run bb-smolvm-get, or set BOT_BOTTLE_SMOLVM to one that is whole";
}
