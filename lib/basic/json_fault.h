/* SPDX-License-Identifier: MIT */
/* json_fault.h: a fault that the checker met, as a person would tell it. */
#ifndef BB_JSON_FAULT_H
#define BB_JSON_FAULT_H

#include "basic/json.h"

/* What the checker says of a name that an object has twice: the second is at `at`, the first at `other`. */
extern const char json_twice[];

/* Fill `error` for `text`, where the checker stopped at `at` because of `why`: what stands there (a comment, a comma
 * before a bracket, another format altogether), the line where it is, and what to do. */
void json_fault(const char *text, size_t len, const char *why, size_t at, size_t other, struct json_error *error);

#endif
