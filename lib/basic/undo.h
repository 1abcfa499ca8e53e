/* SPDX-License-Identifier: MIT */
/* undo.h: actions that take back what the world can see, and the signals that ask for it.
 *
 * Push before the act (or right after it, where an id is needed). die(), a signal and a failing
 * verb run the list newest first; a verb that succeeded drops it once its plan is written. */
#ifndef BB_UNDO_H
#define BB_UNDO_H

/* `fn` must not die: it runs while the process is going down. `arg` must live until exit. */
void undo_push(void (*fn)(void *arg), void *arg);

/* Forget the newest entry (its act has been taken back or handed over already). */
void undo_pop(void);

/* Forget all: the result is handed over to the caller. */
void undo_drop(void);

/* Run all, newest first, each at most once; signals are ignored from here on. */
void undo_run(void);

/* Catch INT, TERM, HUP and XCPU from now on: they only set a mark. A signal that was ignored when we
 * were started stays ignored (nohup, background jobs of sh). Pipes and files that take no more are errors, no signals. */
void signals_catch(void);

/* The signal that arrived, or 0. */
int signals_pending(void);

/* If one arrived: run the undo list and end by that same signal, so that a shell sees the truth. */
void signals_obey(void);

/* Ask another process to end (TERM). Whose number it is now is the caller's to know. */
void signals_ask_to_end(long long pid);

/* Sleep that a caught signal ends at once; then obeys it. */
void sleep_ms(int ms);

#endif
