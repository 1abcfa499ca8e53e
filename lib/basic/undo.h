/* SPDX-License-Identifier: MIT */
/* undo.h: actions that take back what was made, and the signals that cause them to run.
 *
 * Push before the act (or right after it, where an id is needed). die(), a signal and a failing verb run the list,
 * newest first. A verb that succeeds drops the list once its plan is written. */
#ifndef BB_UNDO_H
#define BB_UNDO_H

/* `fn` must not die, because it runs while the program is ending. `arg` must live until exit. */
void undo_push(void (*fn)(void *arg), void *arg);

/* Forget the newest entry: its act was taken back already, or handed over. */
void undo_pop(void);

/* Forget all entries: the result now belongs to the caller. */
void undo_drop(void);

/* Run all, newest first, each at most once. Signals are ignored from here on. */
void undo_run(void);

/* From now on INT, TERM, HUP and XCPU are only remembered. A signal that was ignored at our start stays ignored
 * (nohup, background jobs of sh). A closed pipe or a full file is an error and no signal. */
void signals_catch(void);

/* The signal that arrived, or 0. */
int signals_pending(void);

/* If a signal arrived: run the undo list and end by that signal, so that a shell sees the true reason. */
void signals_obey(void);

/* Send TERM to another process. The caller makes sure that the number was not reused. */
void signals_ask_to_end(long long pid);

/* Sleep; a caught signal ends the sleep at once and is obeyed. */
void sleep_ms(int ms);

#endif
