/* SPDX-License-Identifier: MIT */
/* judge.h: the rules for the texts of a manifest. Pure: nothing is read or looked up.
 *
 * Each returns NULL, or what is wrong as the end of a sentence: "is not an image name". */
#ifndef BB_JUDGE_H
#define BB_JUDGE_H

typedef const char *judge(const char *text);

judge judge_slug, judge_image, judge_user, judge_guest_path, judge_file, judge_line, judge_env_name, judge_skill, judge_host_env, judge_host, judge_header, judge_method, judge_paths, judge_mode, judge_repo,
      judge_url, judge_host_key;

/* The variables that bottlebox itself sets in a guest, up to NULL: judge_env_name refuses them. */
extern const char *const env_names_of_ours[];

#endif
