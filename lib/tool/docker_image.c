/* SPDX-License-Identifier: MIT */
/* docker_image.c: find, build, save, name and push images. */
#include "tool/docker_image.h"
#include "basic/io.h"
#include "tool/docker_run.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* False if there is no such image; dies if that cannot be told. */
static bool look(const char *name, const char *template, const char **line, size_t n)
{
	const char *why;
	enum docker_answer answer = docker_inspect("image", name, template, line, n, true, &why);

	for (size_t i = 0; i < n && answer == DOCKER_FOUND; i++)
		if (!docker_plain(line[i]))
			answer = DOCKER_UNREADABLE;
	if (answer != DOCKER_FOUND && answer != DOCKER_ABSENT)
		die(BB_TOOL, "try the same by hand; its own log may say more", "docker image inspect %s: %s", name, why);
	return answer == DOCKER_FOUND;
}

bool docker_image(const char *name, const char **id, const char **architecture)
{
	const char *line[2];

	if (!look(name, "{{.Id}}\n{{.Architecture}}", line, COUNT(line)))
		return false;
	*id = line[0];
	*architecture = line[1];
	return true;
}

const char *docker_image_label(const char *name, const char *label)
{
	const char *line;

	/* Without {{.Id}}: the engine's own JSON may have no labels at all, and a template fails on that. */
	return look(name, mem_printf("{{index .Config.Labels \"%s\"}}", label), &line, 1) ? line : NULL;
}

/* The HTTP status of the engine's answer to one GET: 200, 404, ...; 0 if there is no answer. */
static int ask_engine(const char *path, const char *what)
{
	const char *request = mem_printf("GET %s HTTP/1.0\r\nHost: docker\r\n\r\n", what);
	int fd = docker_connect(path), status = 0;
	char answer[64];
	size_t n = 0;

	if (fd < 0)
		return 0;
	if (io_write_fd(fd, request, strlen(request)))
		for (ssize_t got; n < sizeof answer - 1 && (got = read(fd, answer + n, sizeof answer - 1 - n)) > 0; )
			n += (size_t)got;
	close(fd);
	answer[n] = '\0';
	return sscanf(answer, "HTTP/1.%*1d %3d ", &status) == 1 ? status : 0;
}

const char *docker_images_missing(const struct list *names, struct list *missing)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/:@-";
	const char *why = docker_cannot_ask();

	for (size_t i = 0; i < names->n && !why; i++) {
		const char *name = names->item[i];
		int status = name[strspn(name, plain)] ? 404 : ask_engine(docker_socket(), mem_printf("/images/%s/json", name));

		if (status == 404)
			list_add(missing, name);
		else if (!status)
			why = mem_printf("the Docker engine does not answer at %s", docker_socket());
		else if (status != 200)
			why = mem_printf("the Docker engine at %s says %d of image %s", docker_socket(), status, name);
	}
	return why;
}

/* --- acts --- */

struct docker_end docker_image_build(const char *name, const char *label, const char *folder, bool dry)
{
	struct list words = docker_words("build", "--quiet", "--label", mem_printf("%s=1", label), "--tag", name, "--", folder, NULL);

	return docker_act(&words, dry, NULL, DOCKER_IMAGE_MS);
}

struct docker_end docker_image_save(const char *id, const char *file, bool dry)
{
	struct list words = docker_words("save", "-o", file, "--", id, NULL);

	return docker_act(&words, dry, NULL, DOCKER_IMAGE_MS);
}

struct docker_end docker_image_tag(const char *id, const char *reference, bool dry)
{
	struct list words = docker_words("tag", id, reference, NULL);

	return docker_act(&words, dry, NULL, DOCKER_USUAL_MS);
}

/* "demo: digest: sha256:<64 hex digits> size: 528", the last line of docker push. */
static const char *pushed_digest(const struct str *out)
{
	const char *at = strstr(out->text, "digest: sha256:");

	if (!at || strspn(at + 15, "0123456789abcdef") != 64)
		die(BB_TOOL, "this docker may be too new", "docker push printed no digest");
	return mem_text(at + 8, 71);
}

struct docker_end docker_image_push(const char *reference, bool dry, const char **digest)
{
	struct list words = docker_words("push", reference, NULL);
	struct str out = STR_EMPTY;
	struct docker_end end = docker_act(&words, dry, &out, DOCKER_IMAGE_MS);

	*digest = dry ? "sha256:..." : end.ok ? pushed_digest(&out) : "";
	return end;
}

static struct list untagging(void)
{
	return docker_words("rmi", "--no-prune", "--", NULL);
}

void docker_image_untag(const char *reference)
{
	struct list words = untagging();

	list_add(&words, reference);
	docker_remove(&words);
}

struct docker_end docker_images_matching(const char *pattern, struct list *references)
{
	struct list words = docker_words("image", "ls", "--format", "{{.Repository}}:{{.Tag}}", "--filter",
					 mem_printf("reference=%s", pattern), NULL);

	return docker_list(&words, references);
}

struct docker_end docker_images_untag(const struct list *references)
{
	struct list words = untagging();

	list_add_all(&words, references->item);
	return docker_ask(&words, NULL, NULL);
}
