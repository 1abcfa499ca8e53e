/* SPDX-License-Identifier: MIT */
/* script.h: read the command line of a shell tool as an applet's is read.
 *
 * The --help text of a script is its record (tools/help.awk makes pages and completions from it). The script passes
 * that text and its words. It is then started again in the same process, with each option as a word of its own: `-ny
 * --until=pack m.json` becomes `--dry-run --yes --until pack m.json`. */
#ifndef BB_SCRIPT_H
#define BB_SCRIPT_H

#include "basic/base.h"

/* bottlebox --options SCRIPT USAGE [WORD...]: dies with 64, prints USAGE for --help, or becomes /bin/sh SCRIPT with
 * the words in order. BB_OPTIONS is then the id of this process, so that the script, but no child of it, knows that
 * this was done. */
void script_options(int argc, char **argv) __attribute__((noreturn));

#endif
