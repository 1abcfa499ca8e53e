/* SPDX-License-Identifier: MIT */
/* use.c: verbs of bb-vm on a machine that exists: logs, stop, delete. */
#include "stage.h"
#include "vm/vm.h"
#include "basic/io.h"
#include "basic/names.h"
#include "basic/paths.h"
#include "part/bundle.h"
#include "plan/document.h"
#include "record/bottle.h"
#include "record/inventory.h"
#include "record/kept.h"
#include "record/ledger.h"
#include "record/saved.h"

#include <errno.h>
#include <string.h>

enum { STOP_MS = 120 * 1000, DELETE_MS = 120 * 1000, MAX_LOG = 16 << 20 };

bool vm_ours(const char *slug)
{
	struct machine m = bottle_machine(slug);
	const char *label = m.engine->label(m.name);

	if (label && *label)
		return !strcmp(label, state_label(slug));
	if (ledger_is_open(slug, "machine", m.name))
		return true;
	if (!label)
		die(BB_TOOL, mem_printf("which %s is this? see bb-doctor", m.engine->name), "%s's row of %s cannot be read: nobody knows whose it is",
		    m.engine->name, m.name);
	return false;
}

static bool ours(const char *slug, const char *name)
{
	if (vm_ours(slug))
		return true;
	warn("machine %s is not bottlebox's (no label, not in the ledger) and stays", name);
	return false;
}

bool vm_stop(const char *slug)
{
	struct machine m = bottle_machine(slug);
	struct list words = m.engine->stop(m.name);
	struct str out = STR_EMPTY, err = STR_EMPTY;
	struct proc_end end;

	if (!m.engine->exists(m.name))
		return true;
	if (!ours(slug, m.name))
		return false;
	end = machine_run(m.engine, &words, &out, &err, STOP_MS);
	if (proc_ok(&end) || m.engine->says_gone(&err, m.name))
		return true;
	warn("%s stop %s: %s (%s)", m.engine->command, m.name, m.engine->said(&err), proc_text(&end));
	return false;
}

/* Stop first, and check afterwards (docs/smolvm.md, "Stopping and deleting"): smolvm up to 1.7.0 may say that it
 * deleted a machine and keep the row, and 0.8 leaves the VMM running. */
bool vm_delete(const char *slug)
{
	struct machine m = bottle_machine(slug);
	struct list words = m.engine->remove(m.name);
	struct str out = STR_EMPTY, err = STR_EMPTY;
	struct proc_end end = { 0 };

	if (m.engine->exists(m.name)) {
		if (!ours(slug, m.name))
			return false;
		vm_stop(slug);
		end = machine_run(m.engine, &words, &out, &err, DELETE_MS);
	}
	if (!m.engine->exists(m.name)) {
		ledger_undone(slug, "machine", m.name);
		return true;
	}
	warn("%s delete %s: %s (%s)", m.engine->command, m.name, m.engine->said(&err), proc_text(&end));
	return false;
}

/* --- logs, stop, delete --- */

/* The guest decides how much there is. The end is what people look for. */
int run_logs(struct cmd *cmd)
{
	const char *slug = stage_slug(cmd, 0), *file;
	struct machine m = bottle_machine(slug);
	struct str text = STR_EMPTY;
	long long left_out;

	/* A stage that fails says "see bb-vm logs", and then the bottle is taken down. So show what was kept. */
	if (!saved_exists(slug) && kept_show(slug, "console.log"))
		return BB_OK;
	stage_saved(cmd, slug);
	file = m.engine->console(m.name);
	if (!file)
		die(BB_NO, "what an agent prints goes to the terminal that it was started from", "the engine %s has no console: in its machine nothing runs but a sleeper",
		    m.engine->name);
	left_out = io_read_tail(file, &text, MAX_LOG);
	if (left_out < 0)
		die(BB_NO, errno == ENOENT ? "it is written when the machine starts" : "look at it by hand", "%s %s", file,
		    io_open_why(errno));
	if (left_out)
		warn("the first %lld bytes are left out; all of it is in %s", left_out, file);
	scrub(text.text, true);        /* the guest wrote this (wall W22) */
	out_all(text.text, strlen(text.text));
	return BB_OK;
}

/* By slug alone, without a plan: teardown must work when the plan is lost. */
static int by_slug(struct cmd *cmd, bool (*act)(const char *slug))
{
	const char *slug = stage_slug(cmd, 0), *bundle = stage_container(cmd, "bundle"), *other = NULL, *why;
	struct machine m = bottle_machine(slug);
	int lock;
	bool done;

	bottle_here(slug);
	/* The guard names the bundle, and may come when all is gone. */
	if (!bundle && !bottle_known(slug) && !m.engine->exists(m.name))
		bottle_unknown(slug);
	lock = m.engine->lock();
	/* Checked under the lock: a machine is made while its bundle runs, so another bundle means another machine. */
	if (bundle && m.engine->exists(m.name) && !bundle_ask(slug, &other, &why)) {
		/* If Docker cannot be asked, the guard stops the machine anyway, but nothing is deleted, since that
		 * cannot be undone. */
		if (act == vm_delete)
			die(BB_TOOL, "ask again when Docker answers", "docker inspect %s: %s", name_of("container", slug), why);
		warn("docker inspect %s: %s; the machine is stopped all the same", name_of("container", slug), why);
	}
	if (other && strcmp(other, bundle)) {
		io_unlock(lock);
		return BB_OK;
	}
	done = act(slug);
	io_unlock(lock);
	if (!done && !vm_ours(slug))
		return BB_REFUSED;
	return done ? BB_OK : BB_NO;
}

int run_stop(struct cmd *cmd)
{
	return by_slug(cmd, vm_stop);
}

int run_delete(struct cmd *cmd)
{
	return by_slug(cmd, vm_delete);
}
