/* SPDX-License-Identifier: MIT */
/* kill-at: preloaded, it ends the whole session after a given line of the ledger is on disk.
 *
 * KILL_AT=N: after line N, counted over all processes in the file KILL_COUNT (a byte for each line), everything with
 * our session is killed with SIGKILL, ourselves last: what a power cut leaves, but for the disk's own cache.
 * KILL_WRITES=1: counted is all that is committed, not the ledger's lines alone.
 * KILL_ONLY=PIDFILE: that process alone instead. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static long long count(void)
{
	struct stat st = { 0 };
	int fd = open(getenv("KILL_COUNT"), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, "x", 1) != 1 || fstat(fd, &st) < 0)
		abort();
	close(fd);
	return st.st_size;
}

static void kill_session(void)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;

	while (proc && (entry = readdir(proc))) {
		int pid = atoi(entry->d_name);

		if (pid > 0 && pid != getpid() && getsid(pid) == getsid(0))
			kill(pid, SIGKILL);
	}
	kill(getpid(), SIGKILL);
}

static void kill_one(const char *file)
{
	FILE *f = fopen(file, "re");
	int pid = 0;

	if (!f || fscanf(f, "%d", &pid) != 1)
		abort();
	fclose(f);
	kill(pid, SIGKILL);
}

/* What counts: the ledger's lines, or with KILL_WRITES everything that is written and on disk. */
static void written(bool line)
{
	const char *at = getenv("KILL_AT"), *only = getenv("KILL_ONLY");

	if (!at || (!line && !getenv("KILL_WRITES")) || count() != atoll(at))
		return;
	if (only)
		kill_one(only);
	else
		kill_session();
}

int sqlite3_step(sqlite3_stmt *s)
{
	int (*real)(sqlite3_stmt *) = (int (*)(sqlite3_stmt *))dlsym(RTLD_NEXT, "sqlite3_step");
	int got = real(s);
	sqlite3 *db = sqlite3_db_handle(s);

	/* SQLite's own statements have no text. */
	if (got == SQLITE_DONE && sqlite3_sql(s) && !sqlite3_stmt_readonly(s) && sqlite3_get_autocommit(db) && sqlite3_changes(db) > 0)
		written(!strncmp(sqlite3_sql(s), "INSERT INTO ledger", 18));
	return got;
}

int sqlite3_exec(sqlite3 *db, const char *sql, int (*each)(void *, int, char **, char **), void *arg, char **why)
{
	int (*real)(sqlite3 *, const char *, int (*)(void *, int, char **, char **), void *, char **) =
		(int (*)(sqlite3 *, const char *, int (*)(void *, int, char **, char **), void *, char **))dlsym(RTLD_NEXT, "sqlite3_exec");
	int got = real(db, sql, each, arg, why);

	if (got == SQLITE_OK && !strcmp(sql, "COMMIT"))
		written(false);
	return got;
}
