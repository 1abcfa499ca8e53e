/* SPDX-License-Identifier: MIT */
/* send.c: send the skills and the relay's program into the guest by standard input. */
#include "provision/provision.h"
#include "part/wants.h"
#include "record/bottle.h"

/* guest/relay.c, built static for the guest's processor. */
static const unsigned char relay_program[] = {
#include "guest/relay.h"
};

#define AS_ROOT "[ $(id -u) = 0 ] || { echo \"the image runs commands as $(id -un), not as root\" >&2; exit 1; }; umask 022; "

static const char unpack_skills[] = AS_ROOT "d=/run/bot-bottle-skills; rm -rf $d && mkdir -p $d && exec tar -x -p -f - -C $d";
static const char keep_relay[] = AS_ROOT "exec cat >/run/bot-bottle-relay";

static void send(const struct plan *p, const char *what, const char *taken_by, const char *needs, const char *bytes, size_t n)
{
	const char *const words[] = { "/bin/sh", "-c", taken_by, NULL };
	struct machine m = bottle_machine(p->slug);
	struct str out = STR_EMPTY, err = STR_EMPTY;
	struct proc_end end;

	end = machine_exec(m, words, &(struct machine_exec){ .user = "root", .input = bytes, .input_len = n, .out = &out, .err = &err,
							      .timeout_ms = SCRIPT_MS });
	if (!proc_ok(&end) && m.engine->says_own(&err))
		die(BB_TOOL, mem_printf("see bb-vm logs %s", p->slug), "%s exec: %s (%s)", m.engine->command, m.engine->said(&err),
		    proc_text(&end));
	if (!proc_ok(&end))
		die(BB_NO, needs, "in the guest: %s: %s (%s)", what, m.engine->said(&err), proc_text(&end));
}

void send_skills(const struct plan *p)
{
	struct str tar = STR_EMPTY;

	skills_pack(&tar, p);
	send(p, "skills", unpack_skills, "the image needs root, a tar, and room below /run", tar.text, tar.len);
}

void send_relay(const struct plan *p)
{
	send(p, "relay", keep_relay, "the image needs root, a cat, and room below /run", (const char *)relay_program, sizeof relay_program);
}
