/* SPDX-License-Identifier: MIT */
/* docker_container.c: make, start, enter, stop and remove containers. docker_facts.c asks what they are. */
#include "tool/docker_container.h"
#include "tool/docker_run.h"

#include <string.h>

struct docker_end docker_container_run(const char *name, const struct list *options, const char *image, bool dry, const char **id)
{
	struct list w = docker_words("run", "-d", "--pull", "never", "--name", name, NULL);

	list_add_all(&w, options->item);
	list_add(&w, "--");
	list_add(&w, image);
	return docker_make(&w, dry, "run", id);
}

struct docker_end docker_container_create(const char *name, const struct list *options, const char *image, bool dry, const char **id)
{
	struct list w = docker_words("create", "--pull", "never", "--name", name, NULL);

	list_add_all(&w, options->item);
	list_add(&w, "--");
	list_add(&w, image);
	return docker_make(&w, dry, "create", id);
}

struct docker_end docker_container_start(const char *name, bool dry)
{
	struct list w = docker_words("start", "--", name, NULL);

	return docker_act(&w, dry, NULL, DOCKER_USUAL_MS);
}

/* A field of --mount, which Docker reads as CSV (RFC 4180). */
static const char *mount_field(const char *text)
{
	struct str s = STR_EMPTY;

	if (!strpbrk(text, ",\""))
		return text;
	for (; *text; text++)
		str_addf(&s, *text == '"' ? "\"\"" : "%c", *text);
	return mem_printf("\"%s\"", s.text);
}

void docker_add_file(struct list *options, const char *source, const char *target)
{
	list_add(options, "--mount");
	list_addf(options, "type=bind,%s,dst=%s,readonly", mount_field(mem_printf("src=%s", source)), target);
}

void docker_add_port(struct list *options, int port)
{
	list_add(options, "-p");
	list_addf(options, "127.0.0.1::%d", port);
}

struct docker_end docker_container_port(const char *name, int port, const char **at)
{
	struct list words = docker_words("port", name, mem_printf("%d/tcp", port), NULL);
	struct str out = STR_EMPTY;
	struct docker_end end = docker_look(&words, &out, NULL, true);

	str_chomp(&out);
	*at = out.text;
	return end;
}

struct docker_end docker_container_exec(const char *container, const char *const *argv, const char *input, struct str *out)
{
	struct list words = docker_words("exec", NULL);
	struct str err = STR_EMPTY;
	struct docker_end end;

	if (input)
		list_add(&words, "-i");
	list_add(&words, container);
	list_add_all(&words, argv);
	end = docker_try(&words, input, out, &err, DOCKER_USUAL_MS);
	/* What a command says is of interest even if it ends well. */
	end.said = docker_said(&err);
	return end;
}

struct docker_end docker_container_logs(const char *name, int lines, bool sure, struct str *out)
{
	struct list words = docker_words("logs", "--tail", mem_printf("%d", lines), "--", name, NULL);
	struct str err = STR_EMPTY;
	struct docker_end end = docker_look(&words, out, &err, sure);

	str_add_bytes(out, err.text, err.len);
	return end;
}

struct docker_end docker_container_stop(const char *id, int seconds)
{
	struct list words = docker_words("stop", "-t", mem_printf("%d", seconds), "--", id, NULL);

	return docker_look(&words, NULL, NULL, true);
}

const char *docker_container_remove(const char *id)
{
	struct list words = docker_words("rm", "-f", "-v", "--", id, NULL);

	return docker_remove(&words);
}

struct docker_end docker_containers_labelled(const char *label, const char *value, struct list *ids)
{
	struct list words = docker_words("ps", "-aq", "--filter", mem_printf("label=%s=%s", label, value), NULL);

	return docker_list(&words, ids);
}

struct docker_end docker_containers_remove(const struct list *ids)
{
	struct list words = docker_words("rm", "-f", "-v", "--", NULL);

	list_add_all(&words, ids->item);
	return docker_ask(&words, NULL, NULL);
}
