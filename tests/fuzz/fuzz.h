/* SPDX-License-Identifier: MIT */
/* fuzz.h: what every fuzzing target has: our own functions called as often as one likes in one process.
 *
 * A call may end by die(): exit() leads back to the harness. Before each call every variable of ours is as it was before
 * main and all memory of the last call is gone. Ends of the process are the findings: a sanitizer's, and after each call
 * a status outside the closed set, 70 ("our fault"), a death without a message and hint, more memory than MEMORY. */
#ifndef BB_FUZZ_H
#define BB_FUZZ_H

#include "basic/cli.h"
#include "basic/json.h"

enum { MEMORY = 64 << 20 };

/* A target is these two. */
void fuzz_setup(void);
void fuzz_one(const char *data, size_t len);

/* Call `fn`; the exit status, 0 if it returned. */
int fuzz_call(void (*fn)(void *arg), void *arg);

/* The applet by its command line, "bb-plan show"; `input` is its standard input. What it printed is in fuzz_out. */
int fuzz_run(const char *line, const char *input, size_t len);
extern struct fuzz_text {
	char *text;               /* NUL behind it */
	size_t len, room;
} fuzz_out, fuzz_err;
void fuzz_add(struct fuzz_text *to, const char *bytes, size_t len);

/* End with a finding. */
void fuzz_fail(const char *fmt, ...) __attribute__((noreturn)) PRINTF_LIKE(1, 2);

/* A folder of this process alone: HOME, and the state folder below it. */
extern char fuzz_home[];
const char *fuzz_path(const char *name);
void fuzz_file(const char *name, const char *text);

/* A plan of `demo` with every section; MANIFEST is part of it. */
#define FUZZ_MANIFEST "{\"bottle\":\"demo\",\"agent\":{\"image\":\"demo-agent:1\",\"command\":[\"sh\"],\"user\":\"agent\"," \
	"\"env\":{\"A\":\"b\",\"KEY\":{\"from_env\":\"FUZZ_SECRET\"}}},\"egress\":{\"allowlist\":[\"api.example.com\"]," \
	"\"credentials\":{\"api.example.com\":{\"from_env\":\"FUZZ_SECRET\"}}},\"git\":{\"user\":{\"name\":\"D\",\"email\":\"d@example.com\"}}," \
	"\"supervise\":true,\"bundle\":{\"image\":\"bundle:1\"}}"
#define FUZZ_PLAN "{\"plan\":1,\"base\":\"/\",\"manifest\":" FUZZ_MANIFEST ",\"subnet\":{\"mode\":\"bridge\"," \
	"\"cidr\":\"192.168.108.0/24\",\"gateway\":\"192.168.108.1\",\"bundle\":\"192.168.108.2\",\"allow\":\"192.168.108.2/32\"}," \
	"\"smolfile\":{},\"pack\":{\"artifact\":\"/demo.smolmachine\"},\"bundle\":{\"container\":\"x\"},\"vm\":{\"state\":\"ready\"}}\n"

/* --- answers.c: the other side's words --- */

/* Answers to the programs we run, one after the other. A line "$ STATUS" begins one (also "$ late", "$ flood",
 * "$ signal"), lines "! TEXT" are its stderr, all others its stdout. When they are used up: 0 and nothing. */
void fuzz_answers(const char *text, size_t len);

/* The answer to the next call that nobody asked for yet; see struct proc. */
struct fuzz_answer {
	int status;               /* -1 late, -2 flood, -3 signal */
	struct fuzz_text out, err;
};
struct fuzz_answer *fuzz_next_answer(void);

/* The row of bot-bottle-demo in smolvm's database; also what was written to it since. NULL: none. */
void fuzz_row(const char *bytes, size_t len);
extern struct fuzz_text fuzz_row_now;

/* The programs that are run for real (else NULL): tar. */
extern const char *fuzz_real_program;

#endif
