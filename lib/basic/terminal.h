/* SPDX-License-Identifier: MIT */
/* terminal.h: restore the terminal after a program that is not trusted (wall W22).
 *
 * Modes by tcgetattr(3). The rest are control sequences of xterm (ctlseqs), which other terminals ignore. */
#ifndef BB_TERMINAL_H
#define BB_TERMINAL_H

/* Remember the modes of standard input. They are restored by terminal_restore, and if we die (undo.h). With them:
 * unread input is dropped, the main screen is shown, cursor, keys and colours are reset, mouse reports and paste
 * marks are off. */
void terminal_keep(void);
void terminal_restore(void);

/* The value of TERM, or "" if it cannot be the name of a terminal. */
const char *terminal_type(void);

#endif
