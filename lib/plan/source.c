/* SPDX-License-Identifier: MIT */
/* source.c: open and read what was named as the source of a plan, with one message for each way to fail. */
#include "plan/source.h"
#include "basic/io.h"
#include "basic/json.h"
#include "basic/undo.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WRITER_MS = 5000, MOST_FD = 1 << 20 };

static const char *working_folder(void)
{
	char buf[4096];

	if (!getcwd(buf, sizeof buf))
		die(BB_IO, "check permissions, limits and free space", "where are we:");
	return mem_text(buf, strlen(buf));
}

static const char *folder_of(const char *path)
{
	char *full = realpath(dirname(mem_text(path, strlen(path))), NULL);
	const char *folder = full ? mem_text(full, strlen(full)) : working_folder();

	free(full);
	return folder;
}

/* The descriptor of ours that a path like /dev/fd/3 means, or -1. */
static int descriptor(const char *path)
{
	static const char *const folders[] = { "/dev/fd/", "/proc/self/fd/" };
	long long fd = -1;

	if (!path || !strcmp(path, "-") || !strcmp(path, "/dev/stdin"))
		return STDIN_FILENO;
	for (size_t i = 0; i < COUNT(folders); i++)
		if (!strncmp(path, folders[i], strlen(folders[i])))
			num_parse(path + strlen(folders[i]), 0, MOST_FD, &fd);
	return (int)fd;
}

/* Wait for the first writer of a FIFO, but not for ever. */
static int wait_for_writer(const char *path, int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	long long end = clock_ms() + WRITER_MS, left;

	while ((left = end - clock_ms()) > 0) {
		signals_obey();
		if (poll(&p, 1, (int)left) > 0) {
			fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
			return fd;
		}
	}
	die(BB_BUSY, "start the program that writes to it, or give a file", "%s is a FIFO to which nobody writes", path);
}

static int open_source(const char *path)
{
	struct stat st;
	/* Open a FIFO once only: if a second open followed, a writer could write to the first one and be lost. */
	bool fifo = lstat(path, &st) == 0 && S_ISFIFO(st.st_mode);
	int fd = fifo ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK) : io_open_file(path, NULL), error = errno;

	if (fd >= 0)
		return fifo ? wait_for_writer(path, fd) : fd;
	if (error == EACCES || error == EPERM || error == EIO)
		die(BB_IO, "check its owner and mode", "%s %s", path, io_open_why(error));
	die(BB_PLAN, error == ENOENT || error == ENOTDIR ? "check the name" : "name a regular file, or - for standard input",
	    "%s %s", path, io_open_why(error));
}

struct source source_read(const char *path)
{
	struct source s = { .text = STR_EMPTY };
	int fd = descriptor(path);
	struct stat st;

	if (fd < 0) {
		s.where = path;
		s.base = folder_of(path);
		fd = open_source(path);
	} else {
		s.where = fd == STDIN_FILENO ? "standard input" : path;
		s.base = working_folder();
		if (fstat(fd, &st) < 0)
			die(BB_PLAN, "is it open?", "%s cannot be read: %s", s.where, strerror(errno));
		if (S_ISDIR(st.st_mode))
			die(BB_PLAN, "name a regular file, or - for standard input", "%s is a folder", s.where);
		if (isatty(fd))
			die(BB_USAGE, "pipe one in: bb-plan new MANIFEST | ..., or give --plan FILE",
			    "a plan is expected on %s, not a terminal", s.where);
	}
	if (!io_read_fd(fd, &s.text, JSON_MAX_BYTES))
		die(BB_PLAN, "see man 5 bb-plan", "%s is larger than 1 MiB", s.where);
	if (fd != STDIN_FILENO)
		close(fd);
	return s;
}
