/* SPDX-License-Identifier: MIT */
/* io.c: read and write whole files, folders, locks, without following links and without half files. */
#include "basic/io.h"
#include "basic/undo.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <string.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/vfs.h>
#endif

void io_std(void)
{
	static const int modes[] = { O_RDONLY, O_RDONLY, O_WRONLY };

	/* open gives the lowest free number. Children inherit these, so no close-on-exec here. */
	for (int fd = 0; fd < (int)COUNT(modes); fd++)
		if (fcntl(fd, F_GETFD) < 0 && (open("/dev/null", modes[fd] | O_CLOEXEC) != fd || fcntl(fd, F_SETFD, 0) < 0))
			exit(BB_IO);
}

int io_open_file(const char *path, struct stat *st)
{
	struct stat own;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK), error = 0;

	st = st ? st : &own;
	if (fd < 0)
		return -1;
	if (fstat(fd, st) < 0)
		error = errno;
	else if (!S_ISREG(st->st_mode))
		error = S_ISDIR(st->st_mode) ? EISDIR : EINVAL;
	if (!error)
		return fd;
	close(fd);
	errno = error;
	return -1;
}

const char *io_open_why(int error)
{
	switch (error) {
	case ENOENT: return "does not exist";
	case ELOOP: return "is a link; name what it leads to";
	case EISDIR: return "is a folder";
	case ENOTDIR: return "is not a folder";
	case EINVAL: case ENXIO: return "is not a regular file";
	default: return mem_printf("cannot be read: %s", strerror(error));
	}
}

bool io_read_fd(int fd, struct str *out, size_t max)
{
	char buf[65536];
	struct stat st;

	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 && (size_t)st.st_size <= max)
		str_room(out, (size_t)st.st_size);
	for (;;) {
		ssize_t n = read(fd, buf, sizeof buf);

		if (n < 0 && errno == EINTR) {
			signals_obey();
			continue;
		}
		if (n < 0)
			die(BB_IO, "check permissions, limits and free space", "read:");
		if (n == 0)
			return true;
		if ((size_t)n > max - out->len)
			return false;
		str_add_bytes(out, buf, (size_t)n);
	}
}

enum io_found io_read_file(const char *path, struct str *out, size_t max)
{
	/* O_NONBLOCK: opening a FIFO must not wait for a writer. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	bool whole;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return IO_MISSING;
	if (fd < 0 && errno == ELOOP)
		return IO_UNSAFE;
	if (fd < 0 || fstat(fd, &st) < 0)
		die(BB_IO, "check its owner and mode", "open %s:", path);
	if (!S_ISREG(st.st_mode)) {
		close(fd);
		return IO_UNSAFE;
	}
	whole = io_read_fd(fd, out, max);
	close(fd);
	return whole ? IO_OK : IO_LARGE;
}

long long io_read_tail(const char *path, struct str *out, size_t max)
{
	struct stat st;
	int fd = io_open_file(path, &st);
	long long left_out;
	char *newline;

	if (fd < 0)
		return -1;
	left_out = (size_t)st.st_size > max ? (long long)st.st_size - (long long)max : 0;
	if (lseek(fd, (off_t)left_out, SEEK_SET) < 0)
		die(BB_IO, "check permissions, limits and free space", "read %s:", path);
	/* If somebody writes meanwhile, it may be longer than fstat said. */
	io_read_fd(fd, out, max);
	close(fd);
	for (size_t i = 0; i < out->len; i++)
		if (!out->text[i])
			out->text[i] = '?';
	newline = left_out ? memchr(out->text, '\n', out->len) : NULL;
	if (newline) {
		newline++;
		left_out += newline - out->text;
		out->len -= (size_t)(newline - out->text);
		memmove(out->text, newline, out->len + 1);
	}
	return left_out;
}

bool io_write_fd(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		bytes += n;
		len -= (size_t)n;
	}
	return true;
}

static void remove_file(void *path)
{
	unlink(path);
}

static void sync_folder(const char *path)
{
	char *copy = mem_text(path, strlen(path));
	int fd = open(dirname(copy), O_RDONLY | O_CLOEXEC | O_DIRECTORY);

	if (fd >= 0) {
		fsync(fd);      /* some file systems cannot; the rename has happened anyway */
		close(fd);
	}
}

void io_write_file(const char *path, const char *bytes, size_t len, unsigned mode)
{
	char *temporary = mem_printf("%s.XXXXXX", path);
	int fd = mkstemp(temporary);

	if (fd < 0)
		die(BB_IO, "check that the folder exists and can be written", "create %s:", temporary);
	undo_push(remove_file, temporary);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	if (fchmod(fd, mode) < 0 || !io_write_fd(fd, bytes, len) || fsync(fd) < 0)
		die(BB_IO, "check free space and permissions", "write %s:", path);
	if (close(fd) < 0)
		die(BB_IO, "check free space", "write %s:", path);
	if (rename(temporary, path) < 0)
		die(BB_IO, "check permissions, limits and free space", "rename %s to %s:", temporary, path);
	undo_pop();
	sync_folder(path);
}

void io_move_file(const char *from, const char *to)
{
	int fd = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0 || fsync(fd) < 0)
		die(BB_IO, "check free space", "write %s:", from);
	close(fd);
	if (rename(from, to) < 0)
		die(BB_IO, "check permissions, limits and free space", "rename %s to %s:", from, to);
	sync_folder(to);
}

void io_make_folder(const char *path)
{
	char *copy = mem_text(path, strlen(path));

	for (char *p = copy + 1; ; p++) {
		char c = *p;

		if (c != '/' && c != '\0')
			continue;
		*p = '\0';
		if (mkdir(copy, 0700) < 0 && errno != EEXIST)
			die(BB_IO, "check the parent folder", "make folder %s:", copy);
		*p = c;
		if (c == '\0')
			return;
	}
}

void io_private_folder(const char *path)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		die(BB_IO, "check permissions, limits and free space", "look at %s:", path);
	if (!S_ISDIR(st.st_mode))
		die(BB_REFUSED, "move it away, or set BOT_BOTTLE_HOME", "%s is not a folder", path);
	if (st.st_uid != geteuid())
		die(BB_REFUSED, "set BOT_BOTTLE_HOME to a folder of your own",
		    "%s belongs to user %u, not to you", path, (unsigned)st.st_uid);
	if (st.st_mode & 022)
		die(BB_REFUSED, "take the write permission from group and others: chmod go-w",
		    "%s can be changed by other users", path);
}

const char *io_true_path(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash ? realpath(mem_text(path, (size_t)(slash - path)), NULL) : NULL;

	if (!folder)
		return path;
	path = mem_printf("%s%s", folder, slash);
	free(folder);
	return path;
}

bool io_leaves(const char *folder, const char *path)
{
	char *from, *to;
	bool leaves;

	if (path[0] == '/' || strstr(path, ".."))
		return false;
	from = realpath(folder, NULL);
	to = realpath(mem_printf("%s/%s", folder, path), NULL);
	leaves = from && to && strcmp(from, "/") && (strncmp(to, from, strlen(from)) || to[strlen(from)] != '/');
	free(from);
	free(to);
	return leaves;
}

bool io_is_remote(const char *path)
{
#ifdef __linux__
	/* File systems of several hosts, by their numbers: statfs(2), linux/magic.h. */
	static const unsigned long remote[] = {
		0x6969, 0x517b, 0xff534d42, 0xfe534d42, 0x00c36400, 0x5346414f, 0x01021997, 0x65735546,
	};
	struct statfs fs;

	if (statfs(path, &fs) == 0)
		for (size_t i = 0; i < COUNT(remote); i++)
			if (((unsigned long)fs.f_type & 0xffffffff) == remote[i])
				return true;
#else
	(void)path;
#endif
	return false;
}

bool io_exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

bool io_is_file(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISREG(st.st_mode);
}

void io_each(const char *folder, void (*each)(const char *name, void *arg), void *arg)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			each(mem_text(entry->d_name, strlen(entry->d_name)), arg);
	if (dir)
		closedir(dir);
}

static bool remove_at(int folder, const char *name, const char *shown)
{
	struct dirent *entry;
	bool clean = true;
	struct stat st;
	DIR *dir;
	int fd;

	if (unlinkat(folder, name, 0) == 0 || errno == ENOENT)
		return true;
	/* The mode of a folder may forbid to read or empty it. */
	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode) && (st.st_mode & 0700) != 0700 &&
	    fchmodat(folder, name, 0700, 0) < 0)
		warn("open %s:", shown);
	fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || !(dir = fdopendir(fd))) {
		warn("remove %s:", shown);
		return false;
	}
	while ((entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			clean = remove_at(fd, entry->d_name, shown) && clean;
	closedir(dir);
	if (unlinkat(folder, name, AT_REMOVEDIR) == 0)
		return clean;
	warn("remove %s:", shown);
	return false;
}

bool io_remove(const char *path, const char *inside)
{
	size_t n = strlen(inside);

	if (strncmp(path, inside, n) || path[n] != '/' || strstr(path + n, "/.."))
		bug("asked to remove %s, which is not inside %s", path, inside);
	return remove_at(AT_FDCWD, path, path);
}

static int open_lock(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		die(BB_IO, "check the folder's owner and mode", "open lock %s:", path);
	return fd;
}

int io_try_lock(const char *path)
{
	int fd = open_lock(path);

	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	close(fd);
	return -1;
}

int io_lock(const char *path, int wait_ms, const char *what)
{
	long long end = clock_ms() + wait_ms;
	int fd = open_lock(path);

	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno == EINTR) {
			signals_obey();
			continue;
		}
		if (errno != EWOULDBLOCK)
			die(BB_IO, "check permissions, limits and free space", "lock %s:", path);
		if (clock_ms() >= end)
			die(BB_BUSY, "wait for the other start to end, then try again",
			    "%s is in use by another process (%s)", what, path);
		sleep_ms(20);
	}
	return fd;
}

void io_unlock(int lock)
{
	close(lock);
}

long long clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}
