/* SPDX-License-Identifier: MIT */
/* texts.c: tools over texts: JSON, TOML, numbers, quoting, addresses. No file is touched. */
#include "basic/cli.h"
#include "testtool.h"
#include "tool/docker_run.h"
#include "basic/io.h"
#include "basic/json.h"
#include "plan/manifest.h"
#include "basic/net.h"
#include "tool/smolvm.h"
#include "basic/toml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int run_check(int argc, char **argv)
{
	struct str in = read_input();
	struct json_error error = { 0 };

	(void)argc;
	(void)argv;
	if (json_check(in.text, in.len, &error)) {
		puts("good");
		return BB_OK;
	}
	printf("%zu %zu %s\n", error.line, error.column, error.why);
	return BB_NO;
}

/* The line as a malloced exact copy without its end: a read behind the text is a fault that ASan sees. */
static char *exact(const struct str *s)
{
	char *copy = malloc(s->len ? s->len : 1);

	if (!copy)
		bug("no memory");
	memcpy(copy, s->text, s->len);
	return copy;
}

static int run_check_many(int argc, char **argv)
{
	char *line = NULL;
	size_t room = 0;

	(void)argc;
	(void)argv;
	while (getline(&line, &room, stdin) > 0) {
		struct str text = unhex(line);
		struct json_error error = { 0 };
		char *copy = exact(&text);

		puts(json_check(copy, text.len, &error) ? "good" : error.why);
		free(copy);
	}
	free(line);
	return BB_OK;
}

/* Lines "DOCUMENT NAME VALUE" in hexadecimal; VALUE "-" takes the member out. Prints the new text. */
static int run_splice_many(int argc, char **argv)
{
	char *line = NULL;
	size_t room = 0;

	(void)argc;
	(void)argv;
	while (getline(&line, &room, stdin) > 0) {
		char *save = NULL, *words[3] = { NULL };
		struct json_error error = { 0 };
		struct str text, out = STR_EMPTY;
		struct jv doc;

		for (int i = 0; i < 3; i++)
			words[i] = strtok_r(i ? NULL : line, " \n", &save);
		if (!words[2])
			die(BB_USAGE, "DOCUMENT NAME VALUE", "three words a line");
		text = unhex(words[0]);
		doc = json_parse(text.text, text.len, &error);
		if (!doc.doc) {
			printf("refused: %s\n", error.why);
			continue;
		}
		json_splice(&out, doc, unhex(words[1]).text,
			    strcmp(words[2], "-") ? unhex(words[2]).text : NULL);
		print_hex(out.text, out.len);
		putchar('\n');
	}
	free(line);
	return BB_OK;
}

static int run_splice(int argc, char **argv)
{
	struct str in = read_input(), out = STR_EMPTY;
	struct json_error error = { 0 };
	struct jv doc = json_parse(in.text, in.len, &error);

	if (argc < 2 || !doc.doc)
		die(BB_PLAN, "a name, and JSON on stdin", "splice: %s", error.why ? error.why : "no name");
	json_splice(&out, doc, argv[1], argc > 2 ? argv[2] : NULL);
	fwrite(out.text, 1, out.len, stdout);
	return BB_OK;
}

/* Every member and element in text order, one a line: depth, name, decoded string or raw text. */
static void walk(struct jv v, int depth)
{
	for (struct jv e = jv_first(v); e.doc; e = jv_next(v, e)) {
		printf("%d ", depth);
		if (jv_is(v, JSON_OBJECT))
			print_hex(jv_name(e), strlen(jv_name(e)));
		else
			putchar('.');
		putchar(' ');
		if (jv_count(e) || jv_is(e, JSON_OBJECT) || jv_is(e, JSON_ARRAY)) {
			printf("%c%zu\n", jv_is(e, JSON_OBJECT) ? '{' : '[', jv_count(e));
			walk(e, depth + 1);
		} else {
			const char *text = jv_text(e) ? jv_text(e) : jv_raw(e);

			putchar(jv_is(e, JSON_STRING) ? '"' : '=');
			print_hex(text, strlen(text));
			putchar('\n');
		}
	}
}

static int run_walk(int argc, char **argv)
{
	struct str in = read_input();
	struct json_error error = { 0 };
	struct jv doc = json_parse(in.text, in.len, &error);

	(void)argc;
	(void)argv;
	if (!doc.doc)
		die(BB_PLAN, "give good JSON", "%s", error.why);
	walk(doc, 1);
	return BB_OK;
}

static int run_quote(int argc, char **argv)
{
	struct str in = read_input(), out = STR_EMPTY, back = STR_EMPTY;

	(void)argc;
	(void)argv;
	json_quote(&out, in.text, in.len);
	json_unquote(&back, out.text + 1, out.len - 2);
	if (back.len != in.len || memcmp(back.text, in.text, in.len))
		bug("quote and unquote are not the inverse of each other");
	fwrite(out.text, 1, out.len, stdout);
	return BB_OK;
}

static int run_toml(int argc, char **argv)
{
	struct str out = STR_EMPTY;

	toml_list(&out, "env", (const char *const *)argv + 1, (size_t)argc - 1);
	toml_table(&out, "network");
	toml_list(&out, "allow_cidrs", (const char *const *)argv + 1, (size_t)argc - 1);
	fwrite(out.text, 1, out.len, stdout);
	return BB_OK;
}

static int run_num(int argc, char **argv)
{
	long long n;

	for (int i = 3; i < argc; i++) {
		if (num_parse(argv[i], number_arg(argv[1]), number_arg(argv[2]), &n))
			printf("%lld\n", n);
		else
			puts("no");
	}
	return BB_OK;
}

static int run_scrub(int argc, char **argv)
{
	struct str in = read_input();

	(void)argv;
	scrub(in.text, argc > 1);
	fputs(in.text, stdout);
	return BB_OK;
}

static int run_nearest(int argc, char **argv)
{
	const char *near = argc > 2
		? word_nearest(argv[1], (const char *const *)argv + 2, (size_t)argc - 2) : NULL;

	puts(near ? near : "none");
	return BB_OK;
}

static int run_shell_quote(int argc, char **argv)
{
	struct str out = STR_EMPTY;

	for (int i = 1; i < argc; i++) {
		str_add_quoted(&out, argv[i]);
		str_add(&out, i + 1 < argc ? " " : "\n");
	}
	fputs(out.text, stdout);
	return BB_OK;
}

static int run_digest(int argc, char **argv)
{
	if (argc > 1) {
		puts(digest_file(argv[1]));
	} else {
		struct str in = read_input();

		puts(digest_bytes(in.text, in.len));
	}
	return BB_OK;
}

/* A B: both as text, and whether they overlap. */
static int run_cidr(int argc, char **argv)
{
	struct cidr a, b;

	if (argc < 2 || !cidr_parse(argv[1], &a)) {
		puts("no");
		return BB_NO;
	}
	printf("%s", cidr_text(a));
	if (argc > 2 && cidr_parse(argv[2], &b))
		printf(" %s %s", cidr_text(b), cidr_overlap(a, b) ? "overlap" : "apart");
	putchar('\n');
	return BB_OK;
}

static int run_slugs(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		printf("%s\n", slug_ok(argv[i]) ? "good" : "bad");
	return BB_OK;
}

/* What a tool said on its stderr (stdin here), as one line. */
static int run_said(int argc, char **argv)
{
	struct str in = read_input();

	if (argc < 2)
		die(BB_USAGE, "docker or smolvm", "who said it?");
	puts(!strcmp(argv[1], "docker") ? docker_said(&in) : smolvm_said(&in));
	return BB_OK;
}

/* A record whose one option is for VERBS, checked as --list does. */
static int run_record(int argc, char **argv)
{
	static const struct verb verbs[] = { { .name = "one" }, { .name = "two" }, { .name = NULL } };
	const struct opt opts[] = { { .name = "option", .verbs = argc > 1 ? argv[1] : NULL }, { .name = NULL } };

	record_check(&(struct applet){ .name = "bb-test", .opts = opts, .verbs = verbs });
	return 0;
}

const struct tool text_tools[] = {
	{ "json-check", "<TEXT", run_check },
	{ "json-check-many", "<LINES", run_check_many },
	{ "json-walk", "<TEXT", run_walk },
	{ "json-quote", "<BYTES", run_quote },
	{ "splice", "NAME [VALUE] <TEXT", run_splice },
	{ "splice-many", "<LINES", run_splice_many },
	{ "toml", "ITEM...", run_toml },
	{ "num", "LO HI TEXT...", run_num },
	{ "scrub", "[newlines] <TEXT", run_scrub },
	{ "nearest", "TEXT WORD...", run_nearest },
	{ "shell-quote", "WORD...", run_shell_quote },
	{ "digest", "[FILE] <TEXT", run_digest },
	{ "cidr", "A [B]", run_cidr },
	{ "slugs", "TEXT...", run_slugs },
	{ "record", "[VERBS]", run_record },
	{ "said", "docker|smolvm <TEXT", run_said },
	{ .name = NULL }
};
