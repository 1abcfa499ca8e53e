# SPDX-License-Identifier: MIT
# stages.bash: bb-start with real planning applets, real ledger, and stand-ins for the acting ones that log.

DOWN='bb-vm delete demo,bb-bundle down demo'

stand_ins() {
	fakes docker
	rule docker 'network ls *' 0
	for name in bb-doctor bb-pack bb-bundle bb-vm bb-tsi-patch bb-probe bb-provision; do
		sed "s|@DIR@|$T|g" "$BB_ROOT/tests/fakes/applet" >"$T/fakes/$name"
		chmod +x "$T/fakes/$name"
	done
	# What it is told, and that the lifeline was cut.
	printf '#!/bin/sh\nfor slug; do :; done\necho $$ >"$BOT_BOTTLE_HOME/bottles/$slug/guarded"\n{ cat; echo cut; } >>%s/guard\n' "$T" >"$T/fakes/bb-guard"
	chmod +x "$T/fakes/bb-guard"
	manifest >m.json
	bottle=$BOT_BOTTLE_HOME/bottles/demo
	: >stages
}

stages() {
	paste -sd, stages
}

nothing_left() {
	check assert_not_exist "$bottle"
	check equals '' "$(sql "$BOT_BOTTLE_HOME/state.db" 'SELECT * FROM leases')" leases
}

# on_pty CMD...: on a terminal of its own; what is on standard input is typed, once the program asks or $KEYS_AFTER is
# there. Its status is in $T/pty-status, what it shows goes to stdout.
on_pty() {
	export T
	KEYS_AFTER=${KEYS_AFTER-} python3 -c '
import os, pty, select, signal, sys, time
pid, fd = pty.fork()
if pid == 0:
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):  # a shell in the background has them ignored
        signal.signal(number, signal.SIG_DFL)
    os.execvp(sys.argv[1], sys.argv[1:])
after, seen, typed, ended = os.environ["KEYS_AFTER"], b"", False, time.time() + 60
while time.time() < ended:
    ready = bool(os.path.exists(after) and os.path.getsize(after)) if after else b"[y/N] " in seen
    watch = [fd] + ([0] if ready and typed is not None else [])
    got, _, _ = select.select(watch, [], [], 0.1)
    if fd in got:
        try:
            data = os.read(fd, 4096)
        except OSError:
            break
        if not data:
            break
        seen += data
        os.write(1, data)
    if 0 in got:
        keys = os.read(0, 64)
        if keys:
            time.sleep(0.3)
            os.write(fd, keys)
        else:
            typed = None
_, status = os.waitpid(pid, 0)
open(os.environ["T"] + "/pty-status", "w").write(str(os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)))
' "$@"
}
