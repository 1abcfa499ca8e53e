/* SPDX-License-Identifier: MIT */
/* saved.h: bottles/SLUG/plan.json, the plan as the last stage left it. It shows that there is a bottle even when the
 * database is lost. */
#ifndef BB_SAVED_H
#define BB_SAVED_H

#include "basic/str.h"

extern const char saved_name[];                 /* in the bottle's folder */
const char *saved_path(const char *slug);
bool saved_exists(const char *slug);

/* Read it. False if none can be read. */
bool saved_read(const char *slug, struct str *text);

/* Write it whole or not at all. The folder must exist (state_bottle). Dies with 74. */
void saved_write(const char *slug, const char *text, size_t len);

#endif
