/* SPDX-License-Identifier: MIT */
/* docker_answer.c: the table of Docker's error texts, and the forms of its answers. An unknown text means nothing
 * (wall W33). */
#include "tool/docker.h"
#include "basic/names.h"

#include <ctype.h>
#include <string.h>

enum { MAX_LINE = 4096, SHOWN = 60 };

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

const char *docker_new_id(struct str *out, const char *what)
{
	str_chomp(out);
	if (!docker_is_id(out->text))
		die(BB_TOOL, "try the same by hand; its own log may say more", "docker %s printed no id but '%.80s'", what, out->text);
	return out->text;
}

bool docker_line(const struct str *out, char between, size_t n)
{
	size_t fields = 1;

	if (!out->len || out->len > MAX_LINE || out->text[out->len - 1] != '\n')
		return false;
	for (size_t i = 0; i + 1 < out->len; i++) {
		if (out->text[i] == between)
			fields++;
		else if (out->text[i] < ' ' || out->text[i] > '~')
			return false;
	}
	return fields == n;
}

const char *docker_unreadable(const struct str *out)
{
	size_t n = out->len < SHOWN ? out->len : SHOWN;
	char *some = mem_text(out->text, n);

	str_chomp(&(struct str){ some, n, n + 1 });
	return out->len ? mem_printf("its answer cannot be read: '%s'%s", some, out->len > n ? "..." : "")
			: "it printed nothing";
}

/* A label is one word or none. */
static bool field_ok(char field, const char *word)
{
	return field == 'i' ? docker_is_id(word) : field == 'r' ? !strcmp(word, "true") || !strcmp(word, "false") : true;
}

/* Drop what `docker inspect --type` prints for a label that is not there (text/template, by the raw JSON of the
 * engine). */
static void drop_no_value(struct str *out)
{
	static const char none[] = "<no value>";
	char *at = strstr(out->text, none);

	if (!at)
		return;
	memmove(at, at + sizeof none - 1, strlen(at + sizeof none - 1) + 1);
	out->len -= sizeof none - 1;
}

static const char *template_of(const char *kind, const char *fields)
{
	struct str t = STR_EMPTY;

	for (const char *f = fields; *f; f++)
		str_addf(&t, "%s%s", f > fields ? " " : "", *f == 'i' ? "{{.Id}}" : *f == 'r' ? "{{.State.Running}}"
			 : !strcmp(kind, "network") ? "{{index .Labels \"" LABEL_BOTTLE "\"}}"
			 : "{{index .Config.Labels \"" LABEL_BOTTLE "\"}}");
	return t.text;
}

enum docker_answer docker_inspect(const char *kind, const char *name, const char *fields, const char **word, bool sure,
				  const char **why)
{
	struct list args = docker_words("inspect", "--type", kind, "--format", template_of(kind, fields), "--", name, NULL);
	struct str out = STR_EMPTY, err = STR_EMPTY;
	size_t n = strlen(fields);
	const char *at;

	*why = "";
	if (!(sure ? docker_try(&args, NULL, &out, &err) : docker_ask(&args, &out, &err))) {
		*why = docker_said(&err);
		return docker_says(&err) == DOCKER_SAYS_NO_SUCH ? DOCKER_ABSENT : DOCKER_UNREADABLE;
	}
	*why = docker_unreadable(&out);
	if (strchr(fields, 'l'))
		drop_no_value(&out);
	if (!docker_line(&out, ' ', n))
		return DOCKER_UNREADABLE;
	at = out.text;
	for (size_t i = 0; i < n; i++) {
		word[i] = mem_text(at, strcspn(at, " \n"));
		at += strcspn(at, " \n") + 1;
		if (!field_ok(fields[i], word[i]))
			return DOCKER_UNREADABLE;
	}
	return DOCKER_FOUND;
}
