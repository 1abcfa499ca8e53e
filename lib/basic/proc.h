/* SPDX-License-Identifier: MIT */
/* proc.h: the one way in which bottlebox runs another program.
 *
 * Never a shell: an argument vector, looked up in PATH before the fork. Input is fed while output
 * is drained, so that neither side can block the other for ever. */
#ifndef BB_PROC_H
#define BB_PROC_H

#include "basic/str.h"

enum {
	/* The child works on our terminal: stays in our process group, gets our stdin unless
	 * `input` is given, and Ctrl-C reaches it by the terminal itself. Without this flag the child
	 * has its own group, stdin from `input` or /dev/null, and a signal to us ends it. */
	PROC_INTERACTIVE = 1
};

struct proc {
	const char *const *argv;   /* NULL-ended; a name without '/' is looked up in PATH */
	const char *const *env;    /* NULL-ended, or NULL to inherit ours */
	const char *input;         /* fed to stdin, then closed; or NULL */
	size_t input_len;
	struct str *out, *err;     /* NULL: inherit ours; else captured */
	int out_file;              /* > 0: what would go into `out` is written to this file descriptor instead */
	size_t max_bytes;          /* of out and err each; more ends the child. 0: 16 MiB */
	int timeout_ms;            /* 0: none. TERM to the group, then KILL */
	int grace_ms;              /* between TERM and KILL; 0: 2000 */
	unsigned flags;
};

struct proc_end {
	int status;                /* exit status, if it exited */
	int signal;                /* or the signal that ended it, else 0 */
	int error;                 /* errno of a failed exec: it never ran */
	bool timed_out, flooded;
	bool broken;               /* part of its input or output was lost */
};

/* Run to the end. When a caught signal (undo.h) arrives, the child's group is ended first, then
 * the undo list runs and we die by that signal: the call does not return. */
struct proc_end proc_run(const struct proc *p);

/* Start a program in the background in its own group, stdin /dev/null, stdout and stderr into the file
 * `log` (made, 0600). Its process id, or -1 with errno if it cannot be run. On Linux it gets TERM when we die. */
int proc_spawn(const struct proc *p, const char *log);

/* End what proc_spawn started: TERM, KILL after `grace_ms`, reaped. */
void proc_stop(int pid, int grace_ms);

/* If `pid` is our parent: get TERM when it dies, or at once if it is dead already (Linux: PR_SET_PDEATHSIG). */
void proc_follow(long long pid);

/* Did it exit with 0? */
bool proc_ok(const struct proc_end *end);

/* 0-255 as a shell would say it: exit status, 128+signal, 126/127 if it never ran. */
int proc_status(const struct proc_end *end);

/* "exit status 3", "killed by signal 9", "timed out", ... */
const char *proc_text(const struct proc_end *end);

/* Where `name` is in PATH (or itself if it has a '/'), or NULL if there is nothing to run. */
char *proc_find(const char *name);

#endif
