/* SPDX-License-Identifier: MIT */
/* machine.c: choose an engine, and run its commands. */
#include "tool/machine.h"
#include "basic/toml.h"
#include "tool/docker_machine.h"
#include "tool/smolvm.h"

#include <stdlib.h>
#include <string.h>

enum { ATTEMPTS = 3 };

const char *const machine_sleeper[] = { "sleep", "2147483647", NULL };

void machine_smolfile(struct str *out, const struct machine_wish *w)
{
	toml_list(out, "env", w->env.item, w->env.n);
	toml_table(out, "network");
	toml_list(out, "allow_cidrs", &w->allow, 1);
}

const struct machine_engine *const machine_engines[] = { &smolvm_engine, &docker_machines, NULL };

const struct machine_engine *machine_engine_of(const char *backend)
{
	for (size_t i = 0; machine_engines[i]; i++)
		if (!strcmp(machine_engines[i]->backend, backend))
			return machine_engines[i];
	return NULL;
}

const struct machine_engine *machine_engine_wanted(void)
{
	const char *backend = getenv("BOT_BOTTLE_BACKEND");
	const struct machine_engine *e = backend && *backend ? machine_engine_of(backend) : machine_engines[0];
	struct list known = { 0 };

	if (e)
		return e;
	for (size_t i = 0; machine_engines[i]; i++)
		list_add(&known, machine_engines[i]->backend);
	die(BB_USAGE, mem_printf("known: %s", list_line(&known)), "BOT_BOTTLE_BACKEND=%s is not a back end", backend);
}

struct proc_end machine_exec(struct machine m, const char *const *argv, const struct machine_exec *how)
{
	struct list words = m.engine->exec(m.name, how->interactive || how->input, how->tty, how->user);
	struct str none = STR_EMPTY;

	list_add_all(&words, argv);
	return m.engine->run(&words, &(struct proc){
		.input = how->input, .input_len = how->input_len, .out = how->out_file ? &none : how->out, .err = how->err,
		.out_file = how->out_file, .max_bytes = how->max_bytes, .timeout_ms = how->timeout_ms,
		.flags = how->out || how->out_file ? 0 : PROC_INTERACTIVE });
}

struct proc_end machine_run(const struct machine_engine *e, const struct list *words, struct str *out, struct str *err, int timeout_ms)
{
	return e->run(words, &(struct proc){ .out = out, .err = err, .timeout_ms = timeout_ms });
}

struct proc_end machine_boot(const struct machine_engine *e, const struct list *words, struct str *out, struct str *err,
			     int timeout_ms, bool (*clean)(void *arg), void *arg)
{
	for (int attempt = 1; ; attempt++) {
		struct proc_end end;

		str_clear(out);
		str_clear(err);
		end = machine_run(e, words, out, err, timeout_ms);
		if (proc_ok(&end) || attempt == ATTEMPTS || !e->says_stuck(err) || !clean(arg))
			return end;
		warn("the machine did not come up: %s; attempt %d of %d", e->said(err), attempt + 1, ATTEMPTS);
	}
}
