/* SPDX-License-Identifier: MIT */
/* docker_answer.c: the table of Docker's error texts, and the forms of its answers. An unknown text means nothing
 * (wall W33). */
#include "tool/docker.h"
#include "tool/docker_run.h"

#include <ctype.h>
#include <string.h>

enum { MAX_LINE = 8192, SHOWN = 60 };

const char *docker_said(const struct str *err)
{
	static const char *const preambles[] = { "Error response from daemon: ", "Error: ", "error: ", "docker: " };
	const char *said = NULL, *fallback = "";
	char *text = mem_text(err->text, err->len);

	/* The first line that is an error. Notices may stand before it (a deprecated flag, podman as docker). If
	 * there is none, the first that is no warning. */
	while (*text && !said) {
		const char *line = take_line(&text), *rest = line;

		for (int again = 0; again < 2; again++)
			for (size_t i = 0; i < COUNT(preambles); i++)
				if (!strncmp(rest, preambles[i], strlen(preambles[i])))
					rest += strlen(preambles[i]);
		if (rest != line)
			said = rest;
		else if (!*fallback && strncmp(line, "WARNING", 7))
			fallback = line;
	}
	said = said ? said : fallback;
	return *said ? said : "it said nothing";
}

static const struct {
	enum docker_says means;
	bool first;                /* the text begins with these words; else it has them anywhere */
	const char *words;
} sentences[] = {
	{ DOCKER_SAYS_NO_SUCH, true, "no such object" },
	{ DOCKER_SAYS_NO_SUCH, true, "no such container" },
	{ DOCKER_SAYS_NO_SUCH, true, "no such image" },
	{ DOCKER_SAYS_NO_SUCH, true, "no such network" },
	{ DOCKER_SAYS_NO_ENGINE, false, "cannot connect to the docker daemon" },
	{ DOCKER_SAYS_NO_ENGINE, false, "failed to connect to the docker api" },
	{ DOCKER_SAYS_NO_ENGINE, false, "error during connect" },
	{ DOCKER_SAYS_NO_PERMISSION, false, "permission denied while trying to connect" },
	{ DOCKER_SAYS_OVERLAPS, false, "overlaps with other one" },
	{ DOCKER_SAYS_REMOVING, false, "is already in progress" },
	{ DOCKER_SAYS_EXISTS, false, "is already in use by container" },
	{ DOCKER_SAYS_EXISTS, false, "already exists" },
	{ DOCKER_SAYS_TEMPLATE, false, "template parsing error" },
};

/* "network NAME not found", where NAME is one word. */
static bool no_such_network(const char *said)
{
	static const char start[] = "network ";
	size_t n = strlen(start);

	return !strncmp(said, start, n) && said[n] != ' ' && !strcmp(said + n + strcspn(said + n, " "), " not found");
}

enum docker_says docker_says(const struct str *err)
{
	const char *text = docker_said(err);
	char *said = mem_text(text, strlen(text));

	/* Newer versions write some of these texts with a small first letter. */
	for (char *c = said; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	for (size_t i = 0; i < COUNT(sentences); i++) {
		const char *at = strstr(said, sentences[i].words);

		if (sentences[i].first ? at == said : at != NULL)
			return sentences[i].means;
	}
	return no_such_network(said) ? DOCKER_SAYS_NO_SUCH : DOCKER_SAYS_OTHER;
}

bool docker_is_id(const char *text)
{
	return strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64;
}

bool docker_plain(const char *text)
{
	while (*text >= ' ' && *text <= '~')
		text++;
	return !*text;
}

const char *docker_unreadable(const struct str *out)
{
	size_t n = out->len < SHOWN ? out->len : SHOWN;
	char *some = mem_text(out->text, n);

	str_chomp(&(struct str){ some, n, n + 1 });
	return out->len ? mem_printf("its answer cannot be read: '%s'%s", some, out->len > n ? "..." : "")
			: "it printed nothing";
}

bool docker_lines(struct str *out, const char **line, size_t n)
{
	char *text = out->text;

	if (!out->len || strlen(text) != out->len || text[out->len - 1] != '\n')
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!*text)
			return false;
		line[i] = take_line(&text);
		if (strlen(line[i]) > MAX_LINE)
			return false;
	}
	return !*text;
}

const char *docker_label(const char *line)
{
	/* {{.Id}} makes docker fill in the whole template from the engine's JSON, and then it prints this for what
	 * is not there. */
	return strcmp(line, "<no value>") ? line : "";
}

enum docker_answer docker_inspect(const char *kind, const char *name, const char *template, const char **line, size_t n,
				  bool sure, const char **why)
{
	struct list words = docker_words("inspect", "--type", kind, "--format", template, "--", name, NULL);
	struct str out = STR_EMPTY;
	struct docker_end end = docker_look(&words, &out, NULL, sure);

	*why = end.said;
	if (!end.ok)
		return end.says == DOCKER_SAYS_NO_SUCH ? DOCKER_ABSENT : end.says == DOCKER_SAYS_TEMPLATE ? DOCKER_LACKS
										 : DOCKER_UNREADABLE;
	*why = docker_unreadable(&out);
	return docker_lines(&out, line, n) ? DOCKER_FOUND : DOCKER_UNREADABLE;
}
