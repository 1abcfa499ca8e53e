/* SPDX-License-Identifier: MIT */
/* paths.h: where bottlebox keeps things; bottlebox(1) lists them. Folders are made with mode 0700, and refused (77)
 * when somebody else could change them. */
#ifndef BB_PATHS_H
#define BB_PATHS_H

#include "basic/base.h"

/* ${BOT_BOTTLE_HOME:-${XDG_STATE_HOME:-~/.local/state}/bot-bottle}, made if missing. */
const char *state_folder(void);

/* The same path without making or checking anything: for verbs that only look. */
const char *state_path(const char *name);

/* The value of the label bot-bottle.bottle, which says whose a thing is: 16 hex digits for this host and this state
 * folder, a dot, the slug. Another user or state folder may have bottles of the same names. */
const char *state_label(const char *slug);

const char *state_lock_path(const char *name);     /* locks/NAME.lock */
const char *state_bottle(const char *slug);        /* bottles/SLUG, made if missing */
const char *state_bottle_file(const char *slug, const char *file);   /* makes nothing */

/* ${XDG_CACHE_HOME:-~/.cache}/bot-bottle/smolmachines, made if missing. */
const char *cache_packs(void);

/* The user's home folder: $HOME, which must be absolute; dies with 64. */
const char *home_folder(void);

/* $NAME if it is an absolute path (the XDG rule: others are ignored), else ~/`otherwise`. */
const char *xdg_folder(const char *name, const char *otherwise);

#endif
