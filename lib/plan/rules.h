/* SPDX-License-Identifier: MIT */
/* rules.h: the rules for single strings of a manifest. Nothing is read or looked up.
 *
 * Each returns NULL, or what is wrong as the end of a sentence: "is not an image name". */
#ifndef BB_RULES_H
#define BB_RULES_H

typedef const char *rule(const char *text);

rule rule_slug, rule_image, rule_user, rule_guest_path, rule_file, rule_line, rule_env_name, rule_skill, rule_host_env, rule_host, rule_header, rule_method, rule_paths, rule_mode, rule_repo,
      rule_url, rule_host_key;

/* The variables that bottlebox sets in a guest, NULL-ended. rule_env_name refuses them. */
extern const char *const env_names_of_ours[];

#endif
