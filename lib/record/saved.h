/* SPDX-License-Identifier: MIT */
/* saved.h: bottles/SLUG/plan.json, the plan as the last stage left it: what a bottle is known by that no database knows. */
#ifndef BB_SAVED_H
#define BB_SAVED_H

#include "basic/str.h"

extern const char saved_name[];                 /* in the bottle's folder */
const char *saved_path(const char *slug);
bool saved_exists(const char *slug);

/* False if there is none that can be read. */
bool saved_read(const char *slug, struct str *text);

/* Whole or not at all; the folder must be there (state_bottle). Dies with 74. */
void saved_write(const char *slug, const char *text, size_t len);

#endif
