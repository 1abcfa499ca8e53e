# SPDX-License-Identifier: MIT
# Where: lab packed, engine fresh
# mixed.bats: bottles of every kind side by side, listed and cleaned.
load lab.bash

# manifest SLUG: the path of one for the small agent.
manifest() {
	sed "s/\"bottle\": \"demo\"/\"bottle\": \"$1\"/; s/demo-agent:1/tiny-agent:1/" tests/lab/demo.json >"$BATS_FILE_TMPDIR/$1.json"
	echo "$BATS_FILE_TMPDIR/$1.json"
}

start() { bb-start --yes "$@" </dev/null 3>&-; }

setup_file() {
	bb-start --yes "$(manifest runs)" -- sleep 3000 </dev/null >"$BATS_FILE_TMPDIR/out" 2>&1 3>&- &
	echo $! >"$BATS_FILE_TMPDIR/pid"
	# One after the other: a bundle that starts beside a machine that boots may take its five minutes here.
	agent_runs 'bot-bottle-runs .*sleep 3000'
	start --until bundle "$(manifest half)"
	start --until wait "$(manifest detached)"
	start --until start "$(manifest stopped)"
	bb-vm stop stopped 3>&-
	LD_PRELOAD=$PROJECT/out/kill-at.so KILL_AT=6 KILL_COUNT=$BATS_FILE_TMPDIR/count \
		setsid -w bb-start --yes "$(manifest orphan)" </dev/null 3>&- || true
	# Strangers with such names: a network, a container, a machine.
	docker network create bot-bottle-bundle-alien
	docker create --name bot-bottle-bundle-alien tiny-agent:1
	stranger_made alien
}

teardown_file() {
	docker rm -f bot-bottle-bundle-alien
	docker network rm bot-bottle-bundle-alien
	stranger_gone alien
}

states() { bb-ledger list --json 3>&- | jq -r '.[] | .bottle + ": " + .state'; }

# listed STATE...: exactly these, besides the strangers, by their names.
listed() {
	run --separate-stderr states
	assert_output "$(printf '%s\n' "$@" 'container bot-bottle-bundle-alien: foreign' "$STRANGER bot-bottle-alien: foreign" \
		'network bot-bottle-bundle-alien: foreign' | LC_ALL=C sort)"
}

@test "each is listed as what it is" {
	listed 'detached: detached' 'half: half-made' 'orphan: orphaned' 'runs: running' 'stopped: stopped, kept'
	run bb-list 3>&-
	assert_success
	assert_output --regexp "runs +$BACKEND +running +20[^ ]+Z +192\.168\.[0-9]+\.2 +tiny-agent:1 +pid $(cat "$BATS_FILE_TMPDIR/pid")"
}

@test "a slug that runs is refused: since when, whose" {
	run start "$BATS_FILE_TMPDIR/runs.json"
	assert_failure 75
	assert_output --partial "a bottle runs is already running, since 20"
	assert_output --partial "pid $(cat "$BATS_FILE_TMPDIR/pid")"
}

@test "bb-clean takes the dead one, and nothing else: what is kept goes by its name alone" {
	run bb-clean --yes 3>&-
	assert_success
	assert_output --partial 'orphan: gone'
	refute_output --partial stopped:
	run left_of orphan
	assert_output ''
	listed 'detached: detached' 'half: half-made' 'runs: running' 'stopped: stopped, kept'
}

@test "bb-stop takes the others by name; strangers stay" {
	bb-stop detached half runs stopped 3>&-
	wait_gone "$(cat "$BATS_FILE_TMPDIR/pid")"
	for slug in detached half runs stopped; do
		run left_of "$slug"
		assert_output ''
	done
	run bb-stop alien 3>&-
	assert_failure 1
	assert_output --partial 'is not bottlebox'
	listed
}

# The start whose bottle was stopped under it ends by itself.
wait_gone() {
	for _ in $(seq 240); do
		kill -0 "$1" 2>/dev/null || return 0
		sleep 0.5
	done
	return 1
}
