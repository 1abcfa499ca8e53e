/* SPDX-License-Identifier: MIT */
/* docker_listing.c: list containers and networks, one thing in each line. */
#include "tool/docker_listing.h"
#include "basic/names.h"
#include "tool/docker_run.h"

#include <string.h>

#define LABELS "{{.Label \"" LABEL_SLUG "\"}}\t{{.Label \"" LABEL_BOOT "\"}}\t{{.Label \"" LABEL_BOTTLE "\"}}"

static const char *word(char **line)
{
	char *start = *line;
	size_t n = strcspn(start, "\t");

	*line += n + (start[n] == '\t');
	return mem_text(start, n);
}

/* Is it a line of a listing, with a name of Docker's and a known word for the state? */
static bool line_ok(const struct docker_listed *l, const char *state)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
	static const char names[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";

	return *l->name && (strncmp(l->name, NAME_PREFIX, strlen(NAME_PREFIX)) || !l->name[strspn(l->name, names)]) &&
	       (!state || (*state && !state[strspn(state, letters)]));
}

/* False if it cannot be read. */
static bool read_line(struct docker_listed *l, char *line, bool box)
{
	const char *state = NULL;
	size_t tabs = 0;

	for (const char *c = line; *c; c++)
		tabs += *c == '\t';
	*l = (struct docker_listed){ .name = word(&line), .image = "" };
	if (box) {
		state = word(&line);
		l->running = !strcmp(state, "running");
		l->ran = strcmp(state, "created") != 0;
		l->image = word(&line);
	}
	l->slug = word(&line);
	l->boot = word(&line);
	l->label = word(&line);
	return tabs == (box ? 5 : 3) && line_ok(l, state);
}

struct docker_end docker_each(const char *kind, void (*each)(const char *kind, const struct docker_listed *l, void *arg),
			      void *arg, const char **bad)
{
	bool box = !strcmp(kind, "container");
	struct list words = box ? docker_words("ps", "-a", "--no-trunc", "--format", "{{.Names}}\t{{.State}}\t{{.Image}}\t" LABELS, NULL)
				: docker_words("network", "ls", "--no-trunc", "--format", "{{.Name}}\t" LABELS, NULL);
	struct str out = STR_EMPTY;
	struct docker_end end = docker_ask(&words, &out, NULL);
	char *text = out.text;

	*bad = NULL;
	if (!end.ok)
		return end;
	if (out.len && out.text[out.len - 1] != '\n')
		*bad = "its end is missing";
	if (strlen(text) != out.len)
		*bad = "it has a NUL in it";
	/* The lines that can be read are passed on all the same. */
	while (*text) {
		bool whole = strchr(text, '\n') != NULL;
		const char *line = take_line(&text);
		struct docker_listed l;

		if (whole && read_line(&l, mem_text(line, strlen(line)), box))
			each(kind, &l, arg);
		else if (!*bad)
			*bad = mem_printf("'%.60s'", line);
	}
	return end;
}
