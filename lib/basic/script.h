/* SPDX-License-Identifier: MIT */
/* script.h: the command line of our shell tools, read as an applet's is.
 *
 * A script's --help text is its record (tools/help.awk reads the same one for pages and completions). The script hands
 * it and its words over, and is started again, by the same process, with each option spelled out as a word of its own:
 * `-ny --until=pack m.json` becomes `--dry-run --yes --until pack m.json`. */
#ifndef BB_SCRIPT_H
#define BB_SCRIPT_H

#include "basic/base.h"

/* bottlebox --options SCRIPT USAGE [WORD...]: dies with 64, prints USAGE for --help, or becomes /bin/sh SCRIPT with the
 * words put right. BB_OPTIONS in its environment is its process id, which says so to this one process and no child. */
void script_options(int argc, char **argv) __attribute__((noreturn));

#endif
