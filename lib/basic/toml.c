/* SPDX-License-Identifier: MIT */
/* toml.c: write tables and lists of strings. A JSON string literal is a TOML basic string too. */
#include "basic/toml.h"
#include "basic/json.h"

#include <string.h>

void toml_list(struct str *out, const char *key, const char *const *items, size_t n)
{
	str_addf(out, "%s = [", key);
	for (size_t i = 0; i < n; i++) {
		str_add(out, n > 1 ? "\n  " : "");
		json_quote(out, items[i], strlen(items[i]));
		str_add(out, n > 1 ? "," : "");
	}
	str_add(out, n > 1 ? "\n]\n" : "]\n");
}

void toml_table(struct str *out, const char *name)
{
	str_addf(out, "\n[%s]\n", name);
}
