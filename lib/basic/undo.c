/* SPDX-License-Identifier: MIT */
/* undo.c: keep the list of undo actions, and remember the signal that arrived. */
#include "basic/undo.h"

#include "basic/base.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

enum { MAX_UNDO = 32 };

static struct {
	void (*fn)(void *arg);
	void *arg;
} list[MAX_UNDO];
static int count;
static volatile sig_atomic_t pending;

static const int caught[] = { SIGINT, SIGTERM, SIGHUP, SIGXCPU };

void undo_push(void (*fn)(void *arg), void *arg)
{
	if (count == MAX_UNDO)
		bug("undo list is full");
	list[count].fn = fn;
	list[count].arg = arg;
	count++;
}

void undo_pop(void)
{
	if (count == 0)
		bug("undo list is empty");
	count--;
}

void undo_drop(void)
{
	count = 0;
}

void undo_run(void)
{
	if (count)
		for (size_t i = 0; i < COUNT(caught); i++)
			signal(caught[i], SIG_IGN);
	pending = 0;
	while (count > 0) {
		count--;
		list[count].fn(list[count].arg);
	}
}

static void note(int sig)
{
	pending = sig;
}

void signals_catch(void)
{
	struct sigaction old, sa = { .sa_handler = note };   /* no SA_RESTART: waits must wake */

	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_DFL);        /* if we inherited it as ignored, we could not learn how children end */
	signal(SIGXFSZ, SIG_IGN);        /* a file over its limit is then an error like any other: EFBIG */
	sigemptyset(&sa.sa_mask);
	for (size_t i = 0; i < COUNT(caught); i++)
		if (sigaction(caught[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			sigaction(caught[i], &sa, NULL);
}

int signals_pending(void)
{
	return pending;
}

void signals_obey(void)
{
	int sig = pending;

	if (!sig)
		return;
	undo_run();
	signal(sig, SIG_DFL);
	kill(getpid(), sig);
	exit(BB_SIGNAL + sig);     /* only if the signal is blocked */
}

void signals_ask_to_end(long long pid)
{
	kill((pid_t)pid, SIGTERM);
}

void sleep_ms(int ms)
{
	signals_obey();
	poll(NULL, 0, ms);
	signals_obey();
}
