/* SPDX-License-Identifier: MIT */
/* smolvm.c: find the smolvm program and its version, run it in a clean environment, and read its messages. */
#include "tool/smolvm.h"
#include "basic/io.h"
#include "basic/paths.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { QUICK_MS = 60 * 1000, SMALL_INPUT = 64 * 1024 };

static const char install[] =
	"run bb-smolvm-get; or put smolvm 1.8 or newer in PATH or set BOT_BOTTLE_SMOLVM";

/* First version in which each holds (docs/smolvm.md, "What each version can do"). */
static const int since[] = {
	[SMOLVM_KEEPS_POLICY] = SMOLVM_V(1, 8, 0),
	[SMOLVM_PACKS_ARCHIVE] = SMOLVM_V(1, 29, 1),
	[SMOLVM_LABELS] = SMOLVM_V(1, 8, 0),
	[SMOLVM_EXEC_USER] = SMOLVM_V(1, 14, 0),
	[SMOLVM_LARGE_INPUT] = SMOLVM_V(1, 8, 1),
	[SMOLVM_WITNESS] = SMOLVM_V(1, 8, 1),
};
enum { OLDEST = SMOLVM_V(1, 4, 0) };

/* What a smolvm of ours may see of the operator's environment. Of the SMOLVM_ variables only those that say where it is
 * installed (docs/smolvm.md, "Its environment"). */
static const char *const allowed[] = {
	"HOME", "PATH", "USER", "LOGNAME", "LANG", "LC_ALL", "TERM", "TMPDIR",
	"XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR",
	"LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH",
	"SMOLVM_LIB_DIR", "SMOLVM_AGENT_ROOTFS", "SMOLVM_AGENT_ROOTFS_TAR",
};

static const char *const *environment(void)
{
	static struct list env;

	for (size_t i = 0; env.n == 0 && i < COUNT(allowed); i++)
		if (getenv(allowed[i]))
			list_addf(&env, "%s=%s", allowed[i], getenv(allowed[i]));
	if (env.n == 0)
		list_add(&env, "PATH=/usr/bin:/bin");
	return env.item;
}

static struct proc_end run_path(const char *path, const struct list *words, const struct proc *how)
{
	struct list argv = { 0 };
	struct proc p = *how;

	list_add(&argv, path);
	list_add_all(&argv, words->item);
	p.argv = argv.item;
	p.env = environment();
	return proc_run(&p);
}

/* --- which smolvm --- */

static bool parse_version(const char *text, struct smolvm *s)
{
	int major, minor, patch, end = 0;

	if (sscanf(text, "smolvm %4d.%4d.%4d%n", &major, &minor, &patch, &end) != 3 || !end)
		return false;
	s->number = SMOLVM_V(major, minor, patch);
	s->version = mem_printf("%d.%d.%d", major, minor, patch);
	return true;
}

/* CelestoAI's SmolVM installs a program of the same name. Ours has `machine create --allow-cidr`. */
static void question(struct smolvm *s)
{
	struct list version = { 0 }, help = { 0 };
	struct str out = STR_EMPTY, err = STR_EMPTY;
	struct proc how = { .out = &out, .err = &err, .timeout_ms = QUICK_MS };
	struct proc_end end;
	bool known;

	list_add(&version, "--version");
	end = run_path(s->path, &version, &how);
	if (end.error)
		die(BB_TOOL, install, "%s: %s", s->path, proc_text(&end));
	known = proc_ok(&end) && parse_version(out.text, s);
	if (known) {
		list_add(&help, "machine");
		list_add(&help, "create");
		list_add(&help, "--help");
		str_clear(&out);
		end = run_path(s->path, &help, &how);
		known = proc_ok(&end) && strstr(out.text, "--allow-cidr") != NULL;
	}
	if (!known)
		die(BB_TOOL, install, "%s is another program called smolvm", s->path);
	if (s->number < OLDEST)
		die(BB_TOOL, install, "%s is smolvm %s; the oldest that is known here is 1.4.0", s->path,
		    s->version);
}

/* One line "path device inode size mtime version": while the file is the same, its version need not be asked for
 * again. */
static const char *identity(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		die(BB_TOOL, install, "look at %s:", path);
	return mem_printf("%s %llu %llu %lld %lld ", path, (unsigned long long)st.st_dev,
			  (unsigned long long)st.st_ino, (long long)st.st_size, (long long)st.st_mtime);
}

/* First the path that the operator set, then PATH, then where bb-smolvm-get puts it. */
static const char *path_of_smolvm(void)
{
	const char *own = getenv("BOT_BOTTLE_SMOLVM"), *path;

	if (own && *own) {
		path = proc_find(own);
		if (!path)
			die(BB_TOOL, install, "BOT_BOTTLE_SMOLVM=%s does not exist", own);
		return path;
	}
	path = proc_find("smolvm");
	if (!path)
		path = proc_find(mem_printf("%s/bot-bottle/smolvm/smolvm", xdg_folder("XDG_DATA_HOME", ".local/share")));
	if (!path)
		die(BB_TOOL, install, "smolvm is not installed");
	return path;
}

const struct smolvm *smolvm_find(void)
{
	static struct smolvm s;
	const char *memory, *key;
	struct str note = STR_EMPTY;

	if (s.version)
		return &s;
	s.path = path_of_smolvm();
	memory = mem_printf("%s/smolvm-version", state_folder());
	key = identity(s.path);
	if (io_read_file(memory, &note, 8192) == IO_OK && !strncmp(note.text, key, strlen(key)) &&
	    parse_version(note.text + strlen(key), &s))
		return &s;
	question(&s);
	str_clear(&note);
	str_addf(&note, "%ssmolvm %s\n", key, s.version);
	io_write_file(memory, note.text, note.len, 0600);
	return &s;
}

bool smolvm_can(enum smolvm_can what)
{
	return smolvm_find()->number >= since[what];
}

/* --- running --- */

struct proc_end smolvm_run(const struct list *words, const struct proc *how)
{
	/* Before 1.8.1 it blocks for ever on more than a pipe holds (docs/smolvm.md, "Exec and standard input"). */
	if (how->input_len > SMALL_INPUT && !smolvm_can(SMOLVM_LARGE_INPUT))
		die(BB_TOOL, "use smolvm 1.8.1 or newer, or send less", "smolvm %s hangs on more than 64 KiB of input",
		    smolvm_find()->version);
	return run_path(smolvm_find()->path, words, how);
}

/* Did the boot make no progress? smolvm has one sentence for a VMM that ended and one for a guest that stood still
 * (docs/smolvm.md, "Boot and the first exec"). Only these are worth another attempt. */
bool smolvm_says_stuck(const struct str *err)
{
	static const char *const sentences[] = { "before the agent was ready", "agent did not become ready within" };

	for (size_t i = 0; i < COUNT(sentences); i++)
		if (strstr(err->text, sentences[i]))
			return true;
	return false;
}

bool smolvm_says_own(const struct str *err)
{
	return strstr(err->text, "Error: ") != NULL;
}

/* Log lines carry colours even when stderr is a file (docs/smolvm.md, "What it says"). */
static void strip_colours(char *text)
{
	char *to = text;

	while (*text) {
		if (text[0] == '\033' && text[1] == '[') {
			text += 2;
			while (*text && (*text < '@' || *text > '~'))
				text++;
			text += *text != '\0';
			continue;
		}
		*to++ = *text++;
	}
	*to = '\0';
}

const char *smolvm_said(const struct str *err)
{
	char *text = mem_text(err->text, err->len), *last = NULL, *p = text;

	strip_colours(text);
	while ((p = strstr(p, "Error: ")))
		last = p++;
	if (!last) {
		/* Without one: the last line that is not empty. */
		size_t n = strlen(text);

		while (n && text[n - 1] == '\n')
			text[--n] = '\0';
		last = strrchr(text, '\n') ? strrchr(text, '\n') + 1 : text;
	} else {
		last += strlen("Error: ");
	}
	last[strcspn(last, "\n")] = '\0';
	return *last ? last : "it said nothing";
}

bool smolvm_says_gone(const struct str *err, const char *name)
{
	static const char *const sentences[] = { "vm not found: %s", "machine '%s' not found" };
	const char *said = smolvm_said(err);
	size_t n = strlen(said);

	/* At the end: the names of what smolvm tried stand before it (docs/smolvm.md, "Stopping and deleting"). */
	for (size_t i = 0; i < COUNT(sentences); i++) {
		const char *text = mem_printf(sentences[i], name);

		if (n >= strlen(text) && !strcmp(said + n - strlen(text), text))
			return true;
	}
	return false;
}
