/* SPDX-License-Identifier: MIT */
/* asks.c: show what the agent asks at 9100, send the operator's answer (wall W26), and waive a finding of the
 * scanner.
 *
 * Requests and answers are files in the container, which its own programs read and write (docs/bundle.md). Only
 * bounded text of the guest reaches this host, and the guest gets an answer only by asking the container for it. */
#include "bundle/asks.h"
#include "stage.h"
#include "basic/io.h"
#include "basic/json.h"
#include "part/bundle.h"
#include "record/bottle.h"
#include "tool/docker_container.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { MAX_ANSWER = 16 * 1024, AN_HOUR = 3600, A_MONTH = 31 * 24 * AN_HOUR };

static const char *container_of(const struct cmd *cmd)
{
	const char *slug = stage_slug(cmd, 0);

	bottle_here(slug);
	return bundle_needed(slug);
}

/* An id as the bundle makes it: ten digits, a hyphen, sixteen hexadecimal digits. */
static bool is_id(const char *id)
{
	return id && strlen(id) == 27 && strspn(id, "0123456789") == 10 && id[10] == '-' &&
	       strspn(id + 11, "0123456789abcdef") == 16;
}

static const char *age(long long since)
{
	long long s = (long long)time(NULL) - since;

	if (s < 0 || s > 99 * 24 * AN_HOUR)
		return "?";
	return s < 120 ? mem_printf("%llds", s) : s < 2 * AN_HOUR ? mem_printf("%lldm", s / 60) : mem_printf("%lldh", s / AN_HOUR);
}

/* "ID AGE TEXT", one line a request. */
int run_requests(struct cmd *cmd)
{
	static const char *const program[] = { "/usr/lib/bottle/requests", NULL };
	struct str out = STR_EMPTY, shown = STR_EMPTY;
	struct docker_end end = docker_container_exec(container_of(cmd), program, NULL, &out);

	if (!end.ok)
		die(BB_TOOL, "does the manifest say supervise?", "the bundle does not tell its requests: %s", end.said);
	for (char *text = out.text; *text; ) {
		const char *line = take_line(&text), *id, *asked;
		struct json_error error;
		struct jv said = json_parse(line, strlen(line), &error);
		long long when = 0;

		id = said.doc ? jv_text(jv_get(said, "id")) : NULL;
		asked = said.doc ? jv_text(jv_get(said, "text")) : NULL;
		if (!is_id(id) || !asked)
			continue;
		jv_int(jv_get(said, "ts"), &when);
		str_addf(&shown, "%s %4s  ", id, age(when));
		/* One line for each, whatever the text holds (wall W22). */
		asked = mem_text(asked, strlen(asked));
		scrub((char *)(uintptr_t)asked, false);
		str_addf(&shown, "%s\n", asked);
	}
	out_all(shown.text, shown.len);
	return BB_OK;
}

static const char *finding_hint(const struct cmd *cmd)
{
	return mem_printf("it stands in the refusal, and as \"finding\" in: bb-bundle logs %s", cmd->operand[0]);
}

int run_waive(struct cmd *cmd)
{
	const char *id = cmd->operand[1], *const program[] = { "/usr/lib/bottle/waive", id, NULL };
	struct str out = STR_EMPTY;
	struct docker_end end;

	if (strlen(id) != 16 || strspn(id, "0123456789abcdef") != 16)
		die(BB_USAGE, finding_hint(cmd), "%s is not the id of a finding: 16 hexadecimal digits", id);
	end = docker_container_exec(container_of(cmd), program, NULL, &out);
	if (!end.ok)
		die(BB_NO, finding_hint(cmd), "finding %s is not waived: %s", id, end.said);
	scrub(out.text, true);
	out_all(out.text, strlen(out.text));
	return BB_OK;
}

int run_answer(struct cmd *cmd)
{
	const char *id = cmd->operand[1], *text = cmd->operands > 2 ? cmd->operand[2] : NULL;
	const char *seconds = mem_printf("%lld", cmd_number(cmd, "for", 1, A_MONTH, AN_HOUR));
	const char *const program[] = { "/usr/lib/bottle/grant", id, seconds, NULL };
	struct str typed = STR_EMPTY, out = STR_EMPTY;
	struct docker_end end;

	if (!is_id(id))
		die(BB_USAGE, mem_printf("see bb-bundle requests %s", cmd->operand[0]), "%s is not the id of a request", id);
	if (!text && !io_read_fd(0, &typed, MAX_ANSWER))
		die(BB_USAGE, "say it shorter", "the answer is larger than %d bytes", MAX_ANSWER);
	end = docker_container_exec(container_of(cmd), program, text ? text : typed.text, &out);
	if (!end.ok)
		die(BB_NO, mem_printf("see bb-bundle requests %s", cmd->operand[0]), "the answer was not taken: %s", end.said);
	return BB_OK;
}
