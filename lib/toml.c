/* toml.c: see toml.h. Basic strings with TOML's own escapes: control characters as \uXXXX. */
#include "toml.h"

static void quote(struct str *out, const char *text)
{
	str_add(out, "\"");
	for (; *text; text++) {
		unsigned char b = (unsigned char)*text;

		if (b == '"' || b == '\\')
			str_addf(out, "\\%c", b);
		else if (b == '\n')
			str_add(out, "\\n");
		else if (b == '\t')
			str_add(out, "\\t");
		else if (b < 0x20 || b == 0x7f)
			str_addf(out, "\\u%04X", b);
		else
			str_add_bytes(out, text, 1);
	}
	str_add(out, "\"");
}

void toml_list(struct str *out, const char *key, const char *const *items, size_t n)
{
	str_addf(out, "%s = [", key);
	for (size_t i = 0; i < n; i++) {
		str_add(out, n > 1 ? "\n  " : "");
		quote(out, items[i]);
		str_add(out, n > 1 ? "," : "");
	}
	str_add(out, n > 1 ? "\n]\n" : "]\n");
}

void toml_table(struct str *out, const char *name)
{
	str_addf(out, "\n[%s]\n", name);
}
