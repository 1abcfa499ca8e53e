/* SPDX-License-Identifier: MIT */
/* docker_machine.c: the record of Docker as an engine of machines. */
#include "tool/docker_machine.h"
#include "basic/io.h"
#include "basic/paths.h"
#include "tool/docker_container.h"
#include "tool/docker_network.h"
#include "tool/docker_run.h"

#include <string.h>

enum { LOCK_MS = 15 * 60 * 1000 };

static const char *version(void)
{
	static const char *known;
	struct list words = docker_words("version", "--format", "{{.Server.Version}}", NULL);
	struct str out = STR_EMPTY;
	struct docker_end end;

	if (known)
		return known;
	end = docker_look(&words, &out, NULL, true);
	str_chomp(&out);
	if (!end.ok || !docker_plain(out.text) || !*out.text)
		die(BB_TOOL, docker_install, "docker version: %s", end.ok ? docker_unreadable(&out) : end.said);
	return known = out.text;
}

static bool can(enum machine_can what)
{
	return what == MACHINE_KEEPS_POLICY || what == MACHINE_BESIDE_BUNDLE;
}

/* Without root on this host, or in a machine of its own, an engine's bridges are not those that were asked for. */
static const char *lacks(struct list *sentences)
{
	struct list words = docker_words("info", "--format", "{{.OperatingSystem}}\t{{.SecurityOptions}}", NULL);
	struct str out = STR_EMPTY;
	struct docker_end end = docker_look(&words, &out, NULL, true);

	if (!end.ok)
		list_addf(sentences, "docker info: %s", end.said);
	else if (strstr(out.text, "Docker Desktop"))
		list_add(sentences, "Docker Desktop has its bridges in a machine of its own");
	else if (strstr(out.text, "name=rootless"))
		list_add(sentences, "a rootless engine has its bridges in a network of its own");
	return "use an engine of this host, or leave BOT_BOTTLE_BACKEND unset";
}

static const char *line(const struct list *words)
{
	return mem_printf("+ docker %s", list_line(words));
}

static bool says_gone(const struct str *err, const char *name)
{
	(void)name;
	return docker_says(err) == DOCKER_SAYS_NO_SUCH;
}

static bool says_stuck(const struct str *err)
{
	(void)err;
	return false;
}

/* Its network was removed while it was stopped, and made again. */
static bool mend(const struct str *err, const struct machine_wish *w)
{
	return docker_says(err) == DOCKER_SAYS_NO_SUCH &&
	       docker_network_join_again(name_bundle(w->slug), w->name, docker_machine_address(w));
}

static bool says_own(const struct str *err)
{
	return strstr(err->text, "Error response from daemon") || docker_says(err) != DOCKER_SAYS_OTHER;
}

static int lock(void)
{
	return io_lock(state_lock_path("docker-machines"), LOCK_MS, "Docker's machines");
}

static const char *effective(const struct machine_wish *w, const char *of_version)
{
	(void)of_version;
	return w->allow;
}

/* --- commands --- */

static struct list create(const struct machine_wish *w)
{
	struct list words = docker_words("create", "--pull", "never", "--name", w->name, NULL);

	list_add_all(&words, docker_machine_options(w).item);
	docker_add_labels(&words, w->slug);
	list_add(&words, "--");
	list_add(&words, w->source);
	list_add_all(&words, machine_sleeper + 1);        /* its first word is the entrypoint */
	return words;
}

static struct list start(const char *name)
{
	return docker_words("start", "--", name, NULL);
}

static struct list stop(const char *name)
{
	return docker_words("stop", "--", name, NULL);
}

static struct list remove_words(const char *name)
{
	return docker_words("rm", "-f", "-v", "--", name, NULL);
}

static struct list exec(const char *name, bool interactive, bool tty, const char *user)
{
	struct list words = docker_words("exec", NULL);

	if (interactive)
		list_add(&words, "-i");
	if (tty)
		list_add(&words, "-t");
	if (user) {
		list_add(&words, "--user");
		list_add(&words, user);
	}
	list_add(&words, name);
	return words;
}

static struct list copy(const char *name, const char *host, const char *path, bool in)
{
	const char *guest = mem_printf("%s:%s", name, path);

	return docker_words("cp", "--", in ? host : guest, in ? guest : host, NULL);
}

/* --- what Docker has --- */

/* The last one that was seen, with its id: who has just asked whether there is one need not ask again. */
static const char *seen, *seen_id;

static bool exists(const char *name)
{
	struct docker_container c;
	bool there = docker_container_exists(name, &c);

	seen = there ? mem_text(name, strlen(name)) : NULL;
	seen_id = there ? c.id : NULL;
	return there;
}

static const char *folder(const char *name)
{
	return (seen && !strcmp(seen, name)) || exists(name) ? seen_id : "none";
}

static const char *none(const char *name)
{
	(void)name;
	return NULL;
}

static bool runs(const char *name)
{
	struct docker_container c;

	return docker_container(name, false, &c) == DOCKER_FOUND && c.running;
}

static const char *label(const char *name)
{
	struct docker_container c;

	return docker_container(name, true, &c) == DOCKER_FOUND ? c.label : NULL;
}

const struct machine_engine docker_machines = {
	.name = "docker", .backend = "docker", .command = "docker",
	.version = version, .path = docker_socket, .can = can, .lacks = lacks, .run = docker_proc, .line = line,
	.said = docker_said, .says_gone = says_gone, .says_stuck = says_stuck, .mend = mend, .says_own = says_own, .lock = lock,
	.effective = effective, .options = docker_machine_options,
	.create = create, .start = start, .stop = stop, .remove = remove_words, .exec = exec, .copy = copy,
	.store = docker_engine, .folder = folder, .console = none, .denials = none,
	.runs = runs, .exists = exists, .label = label, .read = docker_machine_read, .fault = docker_machine_fault,
	.policy = docker_machine_policy, .allowed = docker_machine_allowed, .check_launched = docker_machine_check,
	.resolver = "127.0.0.11",
};
