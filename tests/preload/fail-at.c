/* SPDX-License-Identifier: MIT */
/* fail-at: preloaded, it makes one call of the C library fail, as on a machine where something has run out.
 *
 * FAIL_COUNT=FILE: without FAIL_CALL the name of every call that could fail is written there, a line each. FAIL_CALL=NAME,
 * FAIL_AT=N: the N-th call of that name, counted over all processes (a byte in FAIL_COUNT for each), fails; FAIL_ERRNO
 * says by which number, else it is the usual one of the table below. Only in our own program, whatever starts it;
 * what says so to a person (writes to descriptor 2) never fails. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool ours;

__attribute__((constructor)) static void begin(void)
{
	char path[4096];
	long n = syscall(SYS_readlink, "/proc/self/exe", path, sizeof path - 1);
	const char *name;

	path[n < 0 ? 0 : n] = '\0';
	name = strrchr(path, '/');
	ours = name && !strcmp(name, "/bottlebox") && getenv("FAIL_COUNT");
}

/* By system calls alone: everything else may be one of those that fail. */
static long long add(const char *text)
{
	struct stat st;
	long fd = syscall(SYS_openat, AT_FDCWD, getenv("FAIL_COUNT"), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0 || syscall(SYS_write, fd, text, strlen(text)) < 0 || syscall(SYS_fstat, fd, &st) < 0)
		abort();
	syscall(SYS_close, fd);
	return st.st_size;
}

static bool fails(const char *name, int error)
{
	const char *call = getenv("FAIL_CALL"), *number = getenv("FAIL_ERRNO");
	char line[32];

	if (!ours)
		return false;
	if (!call) {
		strcpy(line, name);
		add(strcat(line, "\n"));
		return false;
	}
	if (strcmp(call, name) || add("x") != atoll(getenv("FAIL_AT")))
		return false;
	errno = number ? atoi(number) : error;
	return true;
}

/* real(NAME): what the program would have called. */
#define REAL(type, name, args) \
	static type (*real) args; \
	if (!real) \
		real = (type (*) args)dlsym(RTLD_NEXT, name)

#define CALL(type, bad, kind, error, symbol, args, words) \
	type symbol args \
	{ \
		REAL(type, #symbol, args); \
		return fails(kind, error) ? bad : real words; \
	}

/* open has a mode only with O_CREAT; reading it always is harmless here. */
#define OPEN(symbol, args, words, last) \
	int symbol args \
	{ \
		va_list ap; \
		unsigned mode; \
		REAL(int, #symbol, args); \
		va_start(ap, last); \
		mode = va_arg(ap, unsigned); \
		va_end(ap); \
		return fails("open", EMFILE) ? -1 : real words; \
	}
OPEN(open, (const char *path, int flags, ...), (path, flags, mode), flags)
OPEN(open64, (const char *path, int flags, ...), (path, flags, mode), flags)
OPEN(openat, (int at, const char *path, int flags, ...), (at, path, flags, mode), flags)

CALL(ssize_t, -1, "read", EIO, read, (int fd, void *to, size_t n), (fd, to, n))
CALL(ssize_t, -1, "read", EIO, pread64, (int fd, void *to, size_t n, off64_t at), (fd, to, n, at))
CALL(ssize_t, -1, "write", ENOSPC, pwrite64, (int fd, const void *from, size_t n, off64_t at), (fd, from, n, at))
CALL(int, -1, "fsync", EIO, fsync, (int fd), (fd))
CALL(int, -1, "fsync", EIO, fdatasync, (int fd), (fd))
CALL(int, -1, "truncate", EIO, ftruncate64, (int fd, off64_t n), (fd, n))
CALL(int, -1, "mkdir", ENOSPC, mkdir, (const char *path, mode_t mode), (path, mode))
CALL(int, -1, "rename", ENOSPC, rename, (const char *from, const char *to), (from, to))
CALL(int, -1, "unlink", EACCES, unlink, (const char *path), (path))
CALL(int, -1, "unlink", EACCES, unlinkat, (int at, const char *path, int flags), (at, path, flags))
CALL(int, -1, "mkstemp", ENOSPC, mkstemp, (char *path), (path))
CALL(int, -1, "chmod", EPERM, chmod, (const char *path, mode_t mode), (path, mode))
CALL(int, -1, "chmod", EPERM, fchmod, (int fd, mode_t mode), (fd, mode))
CALL(int, -1, "chmod", EPERM, fchmodat, (int at, const char *path, mode_t mode, int flags), (at, path, mode, flags))
CALL(int, -1, "stat", EACCES, stat, (const char *path, struct stat *st), (path, st))
CALL(int, -1, "stat", EACCES, lstat, (const char *path, struct stat *st), (path, st))
CALL(int, -1, "stat", EIO, fstat, (int fd, struct stat *st), (fd, st))
CALL(int, -1, "stat", EACCES, fstatat, (int at, const char *path, struct stat *st, int flags), (at, path, st, flags))
CALL(int, -1, "stat", EIO, fstat64, (int fd, struct stat64 *st), (fd, st))
CALL(int, -1, "dup2", EBUSY, dup2, (int from, int to), (from, to))
CALL(int, -1, "flock", ENOLCK, flock, (int fd, int how), (fd, how))
CALL(int, -1, "poll", ENOMEM, poll, (struct pollfd *fds, nfds_t n, int ms), (fds, n, ms))
CALL(int, -1, "socket", EMFILE, socket, (int domain, int type, int protocol), (domain, type, protocol))
CALL(int, -1, "getifaddrs", ENOMEM, getifaddrs, (struct ifaddrs **all), (all))
CALL(int, -1, "pipe", EMFILE, pipe, (int ends[2]), (ends))
CALL(pid_t, -1, "fork", EAGAIN, fork, (void), ())
CALL(DIR *, NULL, "opendir", EMFILE, opendir, (const char *path), (path))
CALL(DIR *, NULL, "opendir", ENOMEM, fdopendir, (int fd), (fd))
CALL(struct dirent *, NULL, "readdir", EIO, readdir, (DIR *dir), (dir))
CALL(char *, NULL, "realpath", EACCES, realpath, (const char *path, char *to), (path, to))
CALL(char *, NULL, "getcwd", ENOENT, getcwd, (char *to, size_t n), (to, n))
CALL(void *, MAP_FAILED, "mmap", ENOMEM, mmap, (void *at, size_t n, int how, int flags, int fd, off_t from), (at, n, how, flags, fd, from))
CALL(void *, MAP_FAILED, "mmap", ENOMEM, mmap64, (void *at, size_t n, int how, int flags, int fd, off64_t from), (at, n, how, flags, fd, from))

/* It is closed all the same (close(2)). */
int close(int fd)
{
	REAL(int, "close", (int));
	int got = real(fd);

	return fails("close", EIO) ? -1 : got;
}

ssize_t write(int fd, const void *from, size_t n)
{
	REAL(ssize_t, "write", (int, const void *, size_t));

	return fd != STDERR_FILENO && fails("write", ENOSPC) ? -1 : real(fd, from, n);
}

/* dlsym asks for memory itself. */
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t each);

void *malloc(size_t n)
{
	return fails("malloc", ENOMEM) ? NULL : __libc_malloc(n);
}

void *calloc(size_t n, size_t each)
{
	return fails("calloc", ENOMEM) ? NULL : __libc_calloc(n, each);
}
