/* SPDX-License-Identifier: MIT */
/* toml.h: write the little TOML a Smolfile needs (toml.io, v1.0). */
#ifndef BB_TOML_H
#define BB_TOML_H

#include "basic/str.h"

/* Write key = ["a", "b"], one element a line if there are several. */
void toml_list(struct str *out, const char *key, const char *const *items, size_t n);

/* Write [name] after an empty line. */
void toml_table(struct str *out, const char *name);

#endif
