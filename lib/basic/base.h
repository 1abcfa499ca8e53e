/* SPDX-License-Identifier: MIT */
/* base.h: exit statuses, dying with a sentence, memory, numbers.
 *
 * Ownership, for the whole of lib/: what a function returns lives until exit. Memory comes from
 * one arena that is never given back piecemeal; programs here live for milliseconds. */
#ifndef BB_BASE_H
#define BB_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Every exit status there is, as bottlebox(1) lists them. The numbers are those of sysexits.h where one fits;
 * 126, 127 and 128+n are the shell's convention. */
enum {
	BB_OK = 0,
	BB_NO = 1,          /* it ran, and the answer is no */
	BB_USAGE = 64,      /* wrong options or operands */
	BB_PLAN = 65,       /* bad plan or manifest */
	BB_TOOL = 69,       /* a needed tool is missing, of an unknown kind, or does not answer */
	BB_BUG = 70,        /* a check of ours failed */
	BB_IO = 74,         /* reading, writing, disk, database */
	BB_BUSY = 75,       /* somebody else has it, or time ran out: try again */
	BB_REFUSED = 77,    /* a safety rule says no */
	BB_CANNOT_RUN = 126,
	BB_NOT_FOUND = 127,
	BB_SIGNAL = 128     /* plus the signal's number */
};

#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))
#define COUNT(array) (sizeof (array) / sizeof (array)[0])

/* Name put in front of every message; set once by main from the applet's record. */
extern const char *program_name;

/* Print "NAME: what: why" and, if `hint` is not NULL, one line of hint; run the undo list; exit.
 * A format that ends in ':' gets strerror(errno) appended. Control characters, escape sequences and
 * bidi marks in the text are replaced by '?': names in messages come from strangers (wall W22). */
void die(int status, const char *hint, const char *fmt, ...)
	__attribute__((noreturn)) PRINTF_LIKE(3, 4);

/* What die() would have said. A check that reports all faults collects them: fault_in runs `fn`, and if it dies,
 * adds the message to `all` and returns true. Only for functions that change nothing: `fn` is left in the middle,
 * with its memory and files still open. */
struct fault {
	int status;
	const char *text, *hint;
};
struct faults {
	struct fault *item;
	size_t n;
};
bool fault_in(struct faults *all, void (*fn)(void *arg), void *arg);
void faults_add(struct faults *all, struct fault fault);

/* Print each as die() would. Returns the status of the first, or BB_OK if there is none. */
int faults_say(const struct faults *all);

/* Print such a message without ending. */
void warn(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* Our own code broke a promise: status 70. */
void bug(const char *fmt, ...) __attribute__((noreturn)) PRINTF_LIKE(1, 2);

/* Replace in place by '?' what a terminal could obey: C0, DEL, C1, bidi and zero-width controls, and newlines unless
 * `keep_newlines`. Invalid UTF-8 is replaced as well. */
void scrub(char *text, bool keep_newlines);

/* Arena. Never NULL; failure to allocate dies with 70. */
void *mem_get(size_t bytes);                       /* zeroed */
void *mem_grow(void *old, size_t old_bytes, size_t new_bytes);
char *mem_text(const char *text, size_t len);      /* copy, NUL-terminated */
char *mem_printf(const char *fmt, ...) PRINTF_LIKE(1, 2);
char *mem_vprintf(const char *fmt, va_list ap) PRINTF_LIKE(1, 0);

/* A whole decimal number in [lo, hi]: true and *out, or false. No sign tricks, no blanks. */
bool num_parse(const char *text, long long lo, long long hi, long long *out);

/* Is `text` one of the n words? Index, or -1. */
int word_index(const char *text, const char *const *words, size_t n);

/* The word most like `text`, or NULL if none is near: at most a third of the longer one may differ. Two swapped
 * letters count as one. */
const char *word_nearest(const char *text, const char *const *words, size_t n);

#endif
