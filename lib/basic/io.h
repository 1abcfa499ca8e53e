/* SPDX-License-Identifier: MIT */
/* io.h: whole files in, whole files out, folders, locks, digests.
 *
 * Everything opens close-on-exec. Functions die with 74 (BB_IO) unless they say otherwise. */
#ifndef BB_IO_H
#define BB_IO_H

#include "basic/str.h"

#include <sys/stat.h>

/* Call first of all. Makes sure that descriptors 0, 1 and 2 are open: otherwise the next file or pipe would get such
 * a number and be read or written as a standard stream. A missing stdin is empty, a missing stdout refuses writes, and a
 * missing stderr drops them. */
void io_std(void);

/* Read `fd` to its end into `out`. At most `max` bytes: false if there is more. */
bool io_read_fd(int fd, struct str *out, size_t max);

/* Open a regular file to read it. It is examined through the same descriptor, so that nobody swaps it in between.
 * `st` may be NULL. -1 with errno: ELOOP for a link, EISDIR for a folder, EINVAL for a device or FIFO. */
int io_open_file(const char *path, struct stat *st);

/* The end of a sentence for such an errno: "does not exist", "is a folder", ... */
const char *io_open_why(int error);

enum io_found { IO_OK, IO_MISSING, IO_UNSAFE, IO_LARGE };

/* Read a regular file; a symbolic link as last part, a folder, FIFO or device is
 * IO_UNSAFE (wall W23); more than `max` bytes is IO_LARGE. */
enum io_found io_read_file(const char *path, struct str *out, size_t max);

/* Read the last `max` bytes of a regular file, from the beginning of a line. Returns how many bytes before them were
 * left out, or -1 with the errno of io_open_file. A NUL byte becomes '?'. */
long long io_read_tail(const char *path, struct str *out, size_t max);

/* Write a file so that nobody ever sees half of it: temporary file beside it, fsync, rename, fsync
 * of the folder. `mode` is set exactly, whatever the umask. The temporary file is on the undo list. */
void io_write_file(const char *path, const char *bytes, size_t len, unsigned mode);

/* Put a finished file in its place for good: fsync, rename on the same file system, fsync of the folder. */
void io_move_file(const char *from, const char *to);

/* All of `len` to `fd`; false with errno if that fails. EINTR and short writes are handled. */
bool io_write_fd(int fd, const char *bytes, size_t len);

/* Make a folder and its missing parents, each 0700. */
void io_make_folder(const char *path);

/* Dies with 77 if others could change that folder: it must be ours, and not writable for group or others (wall W25). */
void io_private_folder(const char *path);

/* `path` with the links of its folder resolved; its last part may be anything. Unchanged if there is no such folder. */
const char *io_true_path(const char *path);

/* True if a symbolic link on the relative `path` leads out of `folder`. `path` must have no "..". */
bool io_leaves(const char *folder, const char *path);

/* Is it on a file system that other hosts may write at the same time (Linux: NFS, SMB, Ceph, AFS, 9p, FUSE)? */
bool io_is_remote(const char *path);

bool io_exists(const char *path);       /* true too if that cannot be told: whoever opens it then says why not */
bool io_is_file(const char *path);      /* a regular file, not a link to one */

/* Call `each` for the names in a folder, in no order, without "." and "..". None if it cannot be read. */
void io_each(const char *folder, void (*each)(const char *name, void *arg), void *arg);

/* Remove a file or a whole folder that lies below `inside`; links are removed, never followed.
 * Missing is fine. Returns false with a warning if something is left. */
bool io_remove(const char *path, const char *inside);

/* Take an exclusive lock on `path` (made if missing, never deleted), waiting up to `wait_ms`;
 * dies with 75 saying `what` is busy. The lock goes with the process, or by io_unlock. */
int io_lock(const char *path, int wait_ms, const char *what);
void io_unlock(int lock);

/* The same without waiting: -1 if somebody has it. */
int io_try_lock(const char *path);

/* SHA-256 as 64 lower-case hex digits. */
char *digest_bytes(const char *bytes, size_t len);
char *digest_file(const char *path);

/* The 32 raw bytes of the digest of a NUL-terminated text. */
void digest_raw(const char *text, unsigned char out[32]);

/* Milliseconds of the monotonic clock. */
long long clock_ms(void);

#endif
