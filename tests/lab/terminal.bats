# SPDX-License-Identifier: MIT
# Where: lab up, engine up
# terminal.bats: a real terminal (tmux) and real pipes into the bottle "demo".
load lab.bash

typed() { tmux send-keys -t "$1" "$2" Enter; }

setup() {
	screen t "stty -a >'$BATS_TEST_TMPDIR/before'; bb-vm exec demo -it -- sh; echo left=\$?; stty -a >'$BATS_TEST_TMPDIR/after'"
	# What is typed before the guest's shell has the terminal is dropped, as at a login.
	shown t '$'
}

teardown() {
	tmux kill-session -t t 2>/dev/null || true
}

# restored: the terminal's modes are what they were.
restored() {
	for _ in $(seq 60); do [ ! -s "$BATS_TEST_TMPDIR/after" ] || break; sleep 0.5; done
	run diff "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
	assert_success
}

@test "size and TERM are the terminal's; at the end its modes are as before, with the status" {
	typed t 'stty size; echo "term=$TERM"; tty'
	shown t '40 120'
	assert_output --partial "term=$(tmux show-options -gv default-terminal)"
	typed t 'exit 7'
	shown t 'left=7'
	restored
}

@test "a terminal that is resized is resized in the guest" {
	typed t 'echo ready-$((1 + 1))'
	shown t ready-2
	tmux resize-window -t t -x 100 -y 30
	sleep 1
	typed t 'stty size'
	shown t '30 100'
}

@test "Ctrl-C ends what runs in the guest, Ctrl-Z stops it, and the shell lives on" {
	typed t 'echo ready-$((1 + 1)); sleep 1000'
	shown t ready-2
	sleep 1
	tmux send-keys -t t C-c
	typed t 'echo alive-$((1 + 1))'
	shown t alive-2
	typed t 'set -m; sleep 1000'
	sleep 1
	tmux send-keys -t t C-z
	typed t 'jobs; echo here-$((1 + 1))'
	shown t here-2
	assert_output --partial 'Stopped'
}

@test "a full-screen program: what it leaves is taken back when it is killed" {
	typed t "printf '\033[?1049h\033[?25l\033[2J\033[Hfull'-screen; sleep 3; kill -KILL \$\$"
	shown t 'full-screen'
	shown t 'left=137'
	restored
	run tmux capture-pane -p -t t
	refute_output --partial 'full-screen'
}

@test "the machine ends under it: the terminal is restored" {
	typed t 'echo ready-$((1 + 1))'
	shown t ready-2
	unguard demo || true
	bb-vm stop demo 3>&-
	shown t 'left='
	restored
	bb-start --yes --from tsi-patch --until provision tests/lab/demo.json </dev/null 3>&-
}

@test "TERM to bb-vm: the terminal is restored" {
	typed t 'echo ready-$((1 + 1))'
	shown t ready-2
	pkill -TERM -f '^bb-vm exec demo -it'
	shown t 'left=143'
	restored
}

@test "64 MiB through stdin and back are the same; stdout and stderr are kept apart" {
	head -c 64M /dev/urandom >"$BATS_TEST_TMPDIR/in"
	bb-vm exec demo -i -- cat <"$BATS_TEST_TMPDIR/in" >"$BATS_TEST_TMPDIR/out" 3>&-
	run cmp "$BATS_TEST_TMPDIR/in" "$BATS_TEST_TMPDIR/out"
	assert_success
	run --separate-stderr guest -- sh -c 'echo out; echo err >&2'
	equals out "$output"
	equals err "$stderr"
}

@test "statuses arrive as they are" {
	for want in 0 1 42 126 127 130 137; do
		run "-$want" guest -- sh -c "exit $want"
	done
	run guest -- /etc/passwd
	assert_failure 126
	run -127 guest -- no-such-command
	run guest -- sh -c 'kill -INT $$'
	assert_failure 130
	run guest -- sh -c 'kill -KILL $$'
	assert_failure 137
}
