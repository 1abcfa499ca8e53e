# SPDX-License-Identifier: MIT
# Where: lab packed
# readme.bats: the commands of the README that need KVM or Docker, as they stand, in its order (tests/readme.bash has the
# list; tests/unit/readme.bats holds it against the README).
load lab.bash
load ../readme.bash

# The example, with the lab's CA, its git host and a machine that one emulated processor can carry.
setup_file() {
	export WORK=$BATS_FILE_TMPDIR/work DEMO_API_KEY=... DEMO_NOTE=hello
	mkdir -p "$WORK/docs"
	cp -r docs/examples "$WORK/docs/"
	jq '.egress.upstream_ca = "/opt/lab/ca.pem" | .git.repos.app.url = "https://echo.example.net/app.git" | .vm = {"cpus": 1, "memory_mib": 1024}' docs/examples/manifest.json \
		>"$WORK/docs/examples/manifest.json"
	cd "$WORK" || return 1
}

setup() { cd "$WORK" || return 1; }

teardown_file() {
	bb-stop --force demo 3>&- || true
	docker rm --force sandbox >/dev/null 2>&1 || true
}

# the NUMBER: that command of the list. nth NUMBER: run it, as a shell that is typed at would.
the() { readme_lab | sed -n "$1p"; }
nth() { run --separate-stderr bash -o pipefail -c "$(the "$1")" 3>&- </dev/null; }

# at_terminal NUMBER: the same, in a terminal of its own; its status ends up in $WORK/left.
at_terminal() {
	rm -f "$WORK/left"
	screen t "cd '$WORK'; $(the "$1"); echo \$? >'$WORK/left'"
}

# answers KEYS TEXT: typed again until TEXT is on the screen: what is typed before the guest's shell has the terminal is
# dropped.
answers() {
	for _ in $(seq 120); do
		tmux send-keys -t t "$1" Enter
		sleep 5
		! tmux capture-pane -p -t t | grep -qF "$2" || return 0
	done
	tmux capture-pane -p -t t
	return 1
}

typed() { tmux send-keys -t t "$1" Enter; }

left() {
	for _ in $(seq 600); do [ ! -s "$WORK/left" ] || break; sleep 0.5; done
	run cat "$WORK/left"
	tmux kill-session -t t 2>/dev/null || true
	assert_output "$1"
}

@test "bb-doctor: all is here" {
	nth 1
	assert_success
}

# The agent is a shell, which is left; then all is taken down.
@test "bb-start asks, hands over a shell in the bottle, gives its status back and leaves nothing" {
	at_terminal 2
	shown t 'start? [y/N]'
	typed y
	for _ in $(seq 1200); do ! pgrep -f 'machine exec .* -t' >/dev/null || break; sleep 0.5; done
	answers 'echo "note=$DEMO_NOTE"' note=hello
	typed 'exit 3'
	left 3
	run bb-list
	refute_output --partial demo
}

@test "by hand: the pipe of applets makes a proven bottle" {
	nth 3
	assert_success
	run bb-plan get provision.verified --plan demo.plan
	assert_output --partial git
}

@test "a shell in it, on a terminal" {
	at_terminal 4
	answers 'echo from-inside >/home/agent/work/made; echo it-$((1 + 1))' it-2
	typed exit
	left 0
}

@test "its work is copied out; its requests are listed; it is taken down" {
	nth 5
	assert_success
	equals from-inside "$(cat work-of-the-agent/made)"
	nth 6
	assert_success
	nth 7
	assert_success
	run bb-list
	refute_output --partial demo
}

@test "another sandbox is graded by the same probes, and what gets through is listed, with status 1" {
	nth 8
	assert_success
	nth 9
	assert_failure 1
	assert_output --partial 'it got through'
	nth 10
	assert_success
}
