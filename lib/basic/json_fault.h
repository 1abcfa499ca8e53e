/* SPDX-License-Identifier: MIT */
/* json_fault.h: turn a fault of the JSON checker into a message for a person. */
#ifndef BB_JSON_FAULT_H
#define BB_JSON_FAULT_H

#include "basic/json.h"

/* The checker's reason for a name that occurs twice in an object: the second is at `at`, the first at `other`. */
extern const char json_twice[];

/* Fill `error` for `text`, where the checker stopped at `at` because of `why`: what stands there (a comment, a comma
 * before a bracket, another format), in which line, and what to do. */
void json_fault(const char *text, size_t len, const char *why, size_t at, size_t other, struct json_error *error);

#endif
