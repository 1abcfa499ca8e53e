/* SPDX-License-Identifier: MIT */
/* terminal.h: what somebody else's program may leave of our terminal (wall W22).
 *
 * Modes as tcgetattr(3) has them; the rest are xterm's control sequences (ctlseqs), which other terminals pass over. */
#ifndef BB_TERMINAL_H
#define BB_TERMINAL_H

/* Remember the modes of standard input. If we die they are restored (undo.h), and after terminal_restore they are, too:
 * with what was typed and not read thrown away, the usual screen, cursor, keys and colours, no mouse, no paste marks. */
void terminal_keep(void);
void terminal_restore(void);

/* TERM, or "" if it is nothing that a terminal is called. */
const char *terminal_type(void);

#endif
