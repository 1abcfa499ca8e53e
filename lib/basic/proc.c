/* SPDX-License-Identifier: MIT */
/* proc.c: run a program, feed and drain its pipes, end it in time.
 *
 * An exec that fails is reported through a close-on-exec pipe, so that "not found" is an errno and not a guess. Ends
 * of pipes are close-on-exec by fcntl, since macOS has no pipe2. */
#include "basic/proc.h"
#include "basic/io.h"
#include "basic/undo.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/prctl.h>
#endif

extern char **environ;

enum { DEFAULT_MAX = 16 << 20, DEFAULT_GRACE_MS = 2000, LINGER_MS = 500 };

struct child {
	pid_t pid;
	int in, out, err, failed;      /* our ends; -1 when closed */
	size_t fed, got[2];
	bool own_group;
};

void proc_follow(long long pid)
{
#ifdef __linux__
	if (pid && getppid() == pid && prctl(PR_SET_PDEATHSIG, SIGTERM) == 0 && getppid() != pid)
		raise(SIGTERM);
#endif
	(void)pid;
}

bool proc_ok(const struct proc_end *end)
{
	return end->status == 0 && !end->signal && !end->error && !end->timed_out && !end->flooded && !end->broken;
}

int proc_status(const struct proc_end *end)
{
	if (end->error)
		return end->error == ENOENT ? BB_NOT_FOUND : BB_CANNOT_RUN;
	return end->signal ? BB_SIGNAL + end->signal : end->status;
}

const char *proc_text(const struct proc_end *end)
{
	if (end->error)
		return mem_printf("cannot run: %s", strerror(end->error));
	if (end->timed_out)
		return "it did not end in time";
	if (end->flooded || end->broken)
		return end->flooded ? "it printed too much" : "its pipe broke";
	if (end->signal)
		return mem_printf("killed by signal %d", end->signal);
	return mem_printf("exit status %d", end->status);
}

char *proc_find(const char *name)
{
	const char *path = getenv("PATH");

	if (strchr(name, '/'))       /* whether it can run is exec's business: its errno says why not */
		return access(name, F_OK) == 0 ? mem_text(name, strlen(name)) : NULL;
	if (!path)
		path = "/usr/local/bin:/usr/bin:/bin";
	while (*path) {
		size_t n = strcspn(path, ":");
		char *full = mem_printf("%.*s/%s", (int)n, path, name);

		if (n > 0 && path[0] == '/' && access(full, X_OK) == 0)
			return full;
		path += n + (path[n] == ':');
	}
	return NULL;
}

static void make_pipe(int ends[2])
{
	if (pipe(ends) < 0)
		die(BB_IO, "close some files", "make a pipe:");
	for (int i = 0; i < 2; i++) {
		fcntl(ends[i], F_SETFD, FD_CLOEXEC);
		/* Never use 0, 1 or 2 here: the child's dup2 would overwrite it. */
		if (ends[i] <= STDERR_FILENO) {
			int low = ends[i];

			ends[i] = fcntl(low, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
			close(low);
			if (ends[i] < 0)
				die(BB_IO, "close some files", "make a pipe:");
		}
	}
}

static void shut(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Only async-signal-safe calls here: we are between fork and exec. */
static void become_child(const struct proc *p, const char *file, int in, int out, int err, int failed,
			 bool own_group)
{
	static const int reset[] = { SIGINT, SIGTERM, SIGHUP, SIGXCPU, SIGPIPE, SIGXFSZ };
	int error;

	if (own_group)
		setpgid(0, 0);
#ifdef __linux__
	if (own_group)
		prctl(PR_SET_PDEATHSIG, SIGTERM);
#endif
	for (size_t i = 0; i < COUNT(reset); i++) {
		struct sigaction now;

		/* What was ignored when we were started stays ignored, as after nohup. */
		if (reset[i] == SIGPIPE || reset[i] == SIGXFSZ ||
		    (sigaction(reset[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN))
			signal(reset[i], SIG_DFL);
	}
	if ((in >= 0 && dup2(in, 0) < 0) || (out >= 0 && dup2(out, 1) < 0) || (err >= 0 && dup2(err, 2) < 0))
		goto fail;
	execve(file, (char *const *)(uintptr_t)p->argv, p->env ? (char *const *)(uintptr_t)p->env : environ);
fail:
	error = errno;
	if (write(failed, &error, sizeof error) < 0)
		_exit(BB_CANNOT_RUN);
	_exit(BB_CANNOT_RUN);
}

static struct child start(const struct proc *p, const char *file)
{
	int in[2] = { -1, -1 }, out[2] = { -1, -1 }, err[2] = { -1, -1 }, failed[2];
	bool interactive = p->flags & PROC_INTERACTIVE;
	struct child c = { .own_group = !interactive };

	if (p->input)
		make_pipe(in);
	else if (!interactive)
		in[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (p->out)
		make_pipe(out);
	if (p->err)
		make_pipe(err);
	make_pipe(failed);
	c.pid = fork();
	if (c.pid < 0)
		die(BB_IO, "end some processes", "fork:");
	if (c.pid == 0)
		become_child(p, file, in[0], out[1], err[1], failed[1], c.own_group);
	if (c.own_group)
		setpgid(c.pid, c.pid);     /* in both processes: whoever comes first */
	shut(&in[0]);
	shut(&out[1]);
	shut(&err[1]);
	shut(&failed[1]);
	c.in = in[1];
	c.out = out[0];
	c.err = err[0];
	c.failed = failed[0];
	if (c.in >= 0)
		fcntl(c.in, F_SETFL, O_NONBLOCK);
	return c;
}

/* The errno that the child wrote, or 0 when exec has closed the pipe. */
static int exec_error(int fd)
{
	int error = 0;
	ssize_t n;

	do
		n = read(fd, &error, sizeof error);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof error ? error : 0;
}

static void send_signal(const struct child *c, int sig)
{
	kill(c->own_group ? -c->pid : c->pid, sig);
}

/* Read what is there; false at the end. `flooded`: there is more than `max`, or the file takes no more. `broken`:
 * only half the answer came through. */
static bool drain(int fd, struct str *to, int file, size_t *total, size_t max, struct proc_end *end)
{
	char buf[65536];
	ssize_t n = read(fd, buf, sizeof buf);

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return true;
	end->broken |= n < 0;
	if (n <= 0)
		return false;
	*total += (size_t)n;
	if (*total > max || (file > 0 && !io_write_fd(file, buf, (size_t)n)))
		end->flooded = true;
	else if (file <= 0)
		str_add_bytes(to, buf, (size_t)n);
	return true;
}

static void feed(struct child *c, const struct proc *p, struct proc_end *end)
{
	ssize_t n = write(c->in, p->input + c->fed, p->input_len - c->fed);

	if (n > 0)
		c->fed += (size_t)n;
	/* EPIPE is no fault: the child does not want the rest. */
	end->broken |= n < 0 && errno != EAGAIN && errno != EINTR && errno != EPIPE;
	if (c->fed == p->input_len || (n < 0 && errno != EAGAIN && errno != EINTR))
		shut(&c->in);
}

struct patience {
	long long deadline;      /* -1: none */
	int grace_ms;
	bool asked, killed;
};

/* The time is up, there is too much output, or we got a signal: send TERM, and KILL after the grace time. */
static void press(const struct child *c, struct patience *w)
{
	if (!w->asked) {
		send_signal(c, SIGTERM);
		w->asked = true;
		w->deadline = clock_ms() + w->grace_ms;
	} else if (clock_ms() >= w->deadline && !w->killed) {
		send_signal(c, SIGKILL);
		w->killed = true;
		w->deadline = clock_ms() + LINGER_MS;
	}
}

static int wait_ms(const struct patience *w)
{
	long long left;

	/* Wait 100 ms at most: poll does not report the child's end while a grandchild holds the pipe. */
	if (w->deadline < 0)
		return 100;
	left = w->deadline - clock_ms();
	return left < 0 ? 0 : left > 100 ? 100 : (int)left;
}

/* One turn of the loop: wait for something, move bytes. */
static void turn(struct child *c, const struct proc *p, int wait, size_t max, struct proc_end *end)
{
	struct pollfd fds[3] = {
		{ .fd = c->in, .events = POLLOUT },
		{ .fd = c->out, .events = POLLIN },
		{ .fd = c->err, .events = POLLIN },
	};

	if (poll(fds, 3, wait) <= 0)
		return;
	if (fds[0].revents)
		feed(c, p, end);
	if (fds[1].revents && !drain(c->out, p->out, p->out_file, &c->got[0], max, end))
		shut(&c->out);
	if (fds[2].revents && !drain(c->err, p->err, 0, &c->got[1], max, end))
		shut(&c->err);
}

static bool ended(const struct child *c, int *raw)
{
	pid_t pid = waitpid(c->pid, raw, WNOHANG);

	if (pid < 0 && errno != EINTR)
		bug("the end of a child was taken by somebody else");
	return pid == c->pid;
}

static void transfer(struct child *c, const struct proc *p, struct proc_end *end)
{
	size_t max = p->max_bytes ? p->max_bytes : DEFAULT_MAX;
	struct patience w = {
		.deadline = p->timeout_ms ? clock_ms() + p->timeout_ms : -1,
		.grace_ms = p->grace_ms ? p->grace_ms : DEFAULT_GRACE_MS,
	};
	/* Ctrl-C reaches an interactive child through the terminal. TERM and HUP we must pass on. */
	bool interactive = p->flags & PROC_INTERACTIVE;
	long long linger = 0;
	int raw = 0, nap = 1;

	for (;;) {
		bool reading = c->out >= 0 || c->err >= 0, busy = reading || c->in >= 0;

		if (linger && (!reading || clock_ms() >= linger))
			break;
		turn(c, p, !busy ? nap : linger ? 10 : wait_ms(&w), max, end);
		/* Never block in waitpid: a signal that came just before would be missed. */
		if (!busy)
			nap = nap < 50 ? nap * 2 : 50;
		/* A grandchild may hold the pipe open for ever: it gets LINGER_MS, no more. */
		if (!linger && ended(c, &raw)) {
			linger = clock_ms() + LINGER_MS;
			shut(&c->in);
			if (w.asked)
				send_signal(c, SIGKILL);
		}
		if (linger)
			continue;
		if (w.deadline >= 0 && !w.asked && clock_ms() >= w.deadline)
			end->timed_out = true;
		if (end->timed_out || end->flooded || end->broken || w.asked ||
		    (signals_pending() && !(interactive && signals_pending() == SIGINT)))
			press(c, &w);
	}
	if (WIFSIGNALED(raw))
		end->signal = WTERMSIG(raw);
	else
		end->status = WEXITSTATUS(raw);
}

struct proc_end proc_run(const struct proc *p)
{
	struct proc_end end = { 0 };
	struct sigaction ignore = { .sa_handler = SIG_IGN }, old;
	const char *file = proc_find(p->argv[0]);
	struct child c;

	signals_obey();
	if (!file) {
		end.error = ENOENT;
		return end;
	}
	sigaction(SIGPIPE, &ignore, &old);
	c = start(p, file);
	end.error = exec_error(c.failed);
	shut(&c.failed);
	if (end.error)
		waitpid(c.pid, NULL, 0);
	else
		transfer(&c, p, &end);
	shut(&c.in);
	shut(&c.out);
	shut(&c.err);
	sigaction(SIGPIPE, &old, NULL);
	if (!(p->flags & PROC_INTERACTIVE) || signals_pending() != SIGINT)
		signals_obey();
	return end;
}

int proc_spawn(const struct proc *p, const char *log)
{
	const char *file = proc_find(p->argv[0]);
	int out = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	int in = open("/dev/null", O_RDONLY | O_CLOEXEC), failed[2], error = 0;
	pid_t pid;

	if (out < 0 || in < 0)
		die(BB_IO, "check permissions, limits and free space", "open %s:", log);
	make_pipe(failed);
	pid = file ? fork() : -1;
	if (file && pid < 0)
		die(BB_IO, "end some processes", "fork:");
	if (pid == 0)
		become_child(p, file, in, out, out, failed[1], true);
	close(in);
	close(out);
	shut(&failed[1]);
	if (pid > 0) {
		setpgid(pid, pid);
		error = exec_error(failed[0]);
		if (error) {
			waitpid(pid, NULL, 0);
			pid = -1;
		}
	}
	close(failed[0]);
	if (pid < 0)
		errno = error ? error : ENOENT;
	return (int)pid;
}

void proc_stop(int pid, int grace_ms)
{
	long long end = clock_ms() + grace_ms;

	kill(-pid, SIGTERM);
	while (waitpid(pid, NULL, WNOHANG) == 0) {
		if (clock_ms() >= end)
			kill(-pid, SIGKILL);
		poll(NULL, 0, 20);
	}
}
