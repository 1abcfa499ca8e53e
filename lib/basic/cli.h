/* SPDX-License-Identifier: MIT */
/* cli.h: the record of an applet, and the command line read by it.
 *
 * A record is the one place where an applet describes itself: dispatch, --help, --list, completions
 * and the SYNOPSIS of its page come from it (docs/applet.md). */
#ifndef BB_CLI_H
#define BB_CLI_H

#include "basic/base.h"

struct opt {
	char letter;              /* 0 if the option has only a long name */
	const char *name;         /* "dry-run"; NULL ends the table */
	const char *arg;          /* the value's name; NULL: takes none. NAMES may be given again: joined by commas */
	const char *verbs;        /* "exec wait": who takes it; NULL: every verb */
	const char *help;         /* one line, lower case, no full stop */
};

enum {
	PLAN_IN = 1,              /* reads a plan from stdin (or --plan FILE) */
	PLAN_OUT = 2,             /* writes it to stdout with its own section */
	ACTS = 4,                 /* changes the world: has --dry-run and --owner, refuses a dry plan */
	DEFAULT_VERB = 8,         /* may be left out; planning applets only */
	REST = 16,                /* takes words behind `--` */
	DRY = 32,                 /* has --dry-run, without a plan */
	OWNED = 64,               /* has --owner, which ACTS has as well */
	PLAN_FILE = 128           /* has --plan, which PLAN_IN has as well: reads no plan from stdin */
};

struct cmd;

struct verb {
	const char *name;
	const char *operands;     /* "SLUG", "[FILE]", ""; '[' marks what may be left out */
	const char *summary;
	unsigned flags;
	int (*run)(struct cmd *cmd);
};

struct applet {
	const char *name;         /* "bb-subnet" */
	const char *section;      /* the plan member it owns, or NULL */
	const char *summary;
	const char *reads;        /* plan members it needs: "manifest subnet" */
	const char *exits;        /* statuses it can end with besides 0 */
	const struct opt *opts;   /* besides those that come with the flags of its verbs; or NULL */
	const struct verb *verbs; /* name NULL ends the table */
};

struct cmd {
	const struct applet *self;
	const struct verb *verb;
	char **operand;           /* before `--` */
	int operands;
	char **rest;              /* behind `--`, NULL-ended */
	int rests;
	const char *value[24];    /* by option; cmd_value looks them up */
};

/* All records, NULL-ended, in the order of applets.def. */
extern const struct applet *const applets[];

/* Options of every verb with these flags, besides the applet's own (--dry-run, --plan, --help). i counts from 0;
 * NULL at the end. Used by the parser, the help and the generator. */
const struct opt *cmd_option(const struct applet *self, unsigned flags, size_t i);

/* Does this verb take it? */
bool cmd_takes(const struct verb *verb, const struct opt *o);

/* Dies with 70 if the record gives an option to no verb, or to one that does not exist: that is our bug. */
const struct applet *record_check(const struct applet *self);

/* Parse; dies with 64, or prints --help and exits 0. */
struct cmd cmd_parse(const struct applet *self, int argc, char **argv);

/* Read the words only: options by the tables of `self`, operands, and what stands behind `--`. No verb, no --help. */
struct cmd cmd_words(const struct applet *self, int argc, char **argv);

/* The option's value, "" for one without value, NULL if it was not given. One that the verb does not take is our bug (70). */
const char *cmd_value(const struct cmd *cmd, const char *name);

/* The value as a number in [lo, hi], `otherwise` if not given; dies with 64. */
long long cmd_number(const struct cmd *cmd, const char *name, long long lo, long long hi,
		     long long otherwise);

bool cmd_dry(const struct cmd *cmd);

/* Print the version and exit 0. The same for every name. */
void show_version(void) __attribute__((noreturn));

/* Write to stdout all at once and close it; a full disk or a closed pipe dies with 74. */
void out_all(const char *bytes, size_t len);

#endif
