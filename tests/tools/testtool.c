/* SPDX-License-Identifier: MIT */
/* testtool.c: find the tool that is named and run it. See testtool.h. */
#include "testtool.h"
#include "basic/io.h"

#include <stdio.h>
#include <string.h>

static const struct tool *const tables[] = { text_tools, file_tools, proc_tools };

struct str read_input(void)
{
	struct str s = STR_EMPTY;

	if (!io_read_fd(0, &s, 32 << 20))
		die(BB_USAGE, "give less", "the input is too large");
	return s;
}

static unsigned digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, c) : NULL;

	if (!at)
		die(BB_USAGE, "two digits of 0-9 and a-f a byte", "not hexadecimal: %c", c);
	return (unsigned)(at - digits);
}

struct str unhex(const char *hex)
{
	struct str s = STR_EMPTY;

	if (*hex == '-')
		return s;
	for (; *hex && *hex != '\n'; hex += 2) {
		char c = (char)(digit(hex[0]) << 4 | digit(hex[1]));

		str_add_bytes(&s, &c, 1);
	}
	return s;
}

void print_hex(const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		printf("%02x", (unsigned char)bytes[i]);
	if (n == 0)
		putchar('-');
}

long long number_arg(const char *text)
{
	long long n;

	if (!num_parse(text, INT64_MIN + 1, INT64_MAX, &n))
		die(BB_USAGE, "give a whole number", "not a number: %s", text);
	return n;
}

int main(int argc, char **argv)
{
	program_name = "testtool";
	for (size_t i = 0; argc > 1 && i < COUNT(tables); i++)
		for (const struct tool *t = tables[i]; t->name; t++)
			if (!strcmp(t->name, argv[1]))
				return t->run(argc - 1, argv + 1);
	for (size_t i = 0; i < COUNT(tables); i++)
		for (const struct tool *t = tables[i]; t->name; t++)
			fprintf(stderr, "testtool %s %s\n", t->name, t->args);
	return BB_USAGE;
}
