# SPDX-License-Identifier: MIT
# Where: lab packed, engine fresh
# start.bats: bottles from start to end.
load lab.bash

setup() {
	M=$BATS_TEST_TMPDIR/manifest.json
	: >"$BB_CALLS"
	cd "$PROJECT" || return
}

# manifest SLUG [SED...]: the lab's manifest under another name, with the small agent, and changed as asked.
manifest() {
	local slug=$1
	shift
	sed "s/\"bottle\": \"demo\"/\"bottle\": \"$slug\"/; s/demo-agent:1/tiny-agent:1/" tests/lab/demo.json >"$M"
	[ $# -eq 0 ] || sed -i "$@" "$M"
}

calls() { grep -c -P "^$1\t" "$BB_CALLS" || true; }

@test "bb-start runs the command, gives back its status, leaves nothing, and packs nothing twice" {
	# Warm: what can be known beforehand is.
	manifest warm
	bb-plan new "$M" | bb-subnet alloc >/dev/null
	bb-subnet release warm
	manifest one
	: >"$BB_CALLS"
	run --separate-stderr bb-start --yes "$M" -- sh -c 'echo inside; id -un; exit 42' </dev/null 3>&-
	equals 42 "$status"
	equals "inside
agent" "$output"
	run left_of one
	assert_output ''
	run grep -P '^docker\t.*\tsave\t' "$BB_CALLS"
	assert_failure
	# Up to the agent's launch, without the polls of those who wait.
	sed '/echo inside/q' "$BB_CALLS" | grep -vP '^docker\t.*\tinspect\t.*bottle"\}\}\t--\t' >"$BATS_TEST_TMPDIR/launch"
	cut -f 1,2-9 "$BATS_TEST_TMPDIR/launch" | sed 's/--config[^a-z]*[^\t]*\t//' | cut -c 1-90 | tr '\t' ' ' | sed 's/^/#   /' >&3
	launch_is_short "$BATS_TEST_TMPDIR/launch"
}

@test "the stages typed by hand in a pipe give the same bottle" {
	manifest hand
	bb-plan new "$M" | bb-subnet | bb-smolfile | bb-pack build | bb-bundle up | bb-vm create |
		bb-tsi-patch apply | bb-vm start | bb-vm wait | bb-probe run | bb-provision all >"$BATS_TEST_TMPDIR/plan" 3>&-
	run bb-plan get provision.done --plan "$BATS_TEST_TMPDIR/plan"
	assert_output '["init","env","ca","git","supervise"]'
	run bb-plan get tsi_patch --plan "$BATS_TEST_TMPDIR/plan"
	assert_output --partial '"verified":true'
	cmp <(bb-plan get manifest --plan "$BATS_TEST_TMPDIR/plan") "$M"
	run bb-vm exec hand -- wget -q -O - http://echo.example.net/by-hand 3>&-
	assert_output --partial /by-hand
	bb-stop hand 3>&-
	run left_of hand
	assert_output ''
	run bb-stop hand 3>&-
	assert_failure 1
	assert_output --partial 'there is no bottle hand'
}

@test "Ctrl-C in the middle of a start takes all down, once, newest first" {
	manifest broken
	screen broken "trap : INT; bb-start --yes '$M'; echo status=\$?"
	for _ in $(seq 600); do
		[ ! -e "$HOME/.local/state/bot-bottle/bottles/broken/07-tsi-patch.json" ] || break
		sleep 0.5
	done
	sleep 1
	tmux send-keys -t broken C-c
	shown broken 'status=130'
	tmux kill-session -t broken
	run left_of broken
	assert_output ''
	run grep -c -P '^docker\t.*\trm\t' "$BB_CALLS"
	assert_output "$REMOVALS"
}

@test "TERM while the agent runs takes all down" {
	manifest ended
	bb-start --yes "$M" -- sleep 600 </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	pid=$!
	agent_runs 'sleep 600'
	kill -TERM "$pid"
	status=0
	wait "$pid" || status=$?
	equals 143 "$status"
	run left_of ended
	assert_output ''
}

@test "TERM to bb-start at a terminal: the agent ends, all is taken down, the terminal is as before" {
	manifest term
	screen t "stty -a >'$BATS_TEST_TMPDIR/before'; bb-start --yes '$M' -- sh -c 'stty raw -echo; printf \"\\033[?1049h\\033[?25lhere-\"; echo now; sleep 1000'; echo left=\$?; stty -a >'$BATS_TEST_TMPDIR/after'"
	shown t 'here-now'
	pkill -TERM -f '^/bin/sh [^ ]*bb-start --yes'
	for _ in $(seq 240); do [ ! -s "$BATS_TEST_TMPDIR/after" ] || break; sleep 0.5; done
	run diff "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
	assert_success
	shown t 'left=143'
	tmux kill-session -t t
	run left_of term
	assert_output ''
}

@test "a bundle that dies is told with its own log: 75, nothing left" {
	# Its shell finds nothing to read and ends.
	manifest dies 's/bot-bottle-sidecars:latest/demo-agent:1/'
	run bb-start --yes "$M" </dev/null 3>&-
	assert_failure 75
	assert_output --partial 'its container has stopped'
	run left_of dies
	assert_output ''
}

@test "images that do not exist: 65 for agent and bundle, nothing left" {
	manifest none 's/tiny-agent:1/no-such-image:9/'
	run bb-start --yes "$M" </dev/null 3>&-
	assert_failure 65
	assert_output --partial 'no image no-such-image:9'
	manifest none 's/bot-bottle-sidecars:latest/no-such-bundle:9/'
	run bb-start --yes "$M" </dev/null 3>&-
	assert_failure 65
	run left_of none
	assert_output ''
}

@test "a range that another network has is passed over; taken in between it is 75" {
	manifest taken
	cidr=$(bb-plan new "$M" | bb-subnet --offline | bb-plan get subnet.cidr)
	docker network create --subnet "$cidr" foreign
	run bash -c "bb-plan new $M | bb-subnet | bb-plan get subnet.cidr"
	refute_output "$cidr"
	docker network rm foreign
	bb-subnet release taken
	bb-plan new "$M" | bb-subnet >"$BATS_TEST_TMPDIR/plan"
	docker network create --subnet "$cidr" foreign
	run bb-bundle up --plan "$BATS_TEST_TMPDIR/plan"
	docker network rm foreign
	bb-subnet release taken
	assert_failure 75
	rm -rf "$HOME/.local/state/bot-bottle/bottles/taken"
	run left_of taken
	assert_output ''
}

@test "a network of our name is taken only with our label and our range" {
	manifest named
	bb-plan new "$M" | bb-subnet >"$BATS_TEST_TMPDIR/plan"
	docker network create --subnet 10.77.0.0/24 bot-bottle-bundle-named
	run bb-bundle up --plan "$BATS_TEST_TMPDIR/plan"
	assert_failure 77
	assert_output --partial 'lacks the label'
	# And it is not removed either: it is not ours.
	run bb-bundle down named
	assert_failure 77
	docker network rm bot-bottle-bundle-named
	docker network create --subnet 10.77.0.0/24 --label "bot-bottle.bottle=$(own_label named)" bot-bottle-bundle-named
	run bb-bundle up --plan "$BATS_TEST_TMPDIR/plan"
	assert_failure 77
	assert_output --partial '10.77.0.0/24'
	bb-stop named
	run left_of named
	assert_output ''
}

@test "a row that was widened behind our back is refused by tsi-patch and by start (W13)" {
	needs row
	manifest row
	db=$HOME/.local/share/smolvm/server/smolvm.db
	bb-start --yes --until create "$M" </dev/null 3>&-
	plan=$HOME/.local/state/bot-bottle/bottles/row/plan.json
	good=$(sqlite3 "$db" "SELECT hex(data) FROM vms WHERE name = 'bot-bottle-row'")
	for change in \
		"'\$.allowed_cidrs', json('[\"0.0.0.0/0\"]')" \
		"'\$.allowed_cidrs', json('[]')" \
		"'\$.mounts', json('[[\"/\",\"/mnt\",false]]')" \
		"'\$.docker_socket', json('true')" \
		"'\$.ssh_agent', json('true')" \
		"'\$.ports', json('[[8080,80]]')" \
		"'\$.cmd', json('[\"claude\"]')" \
		"'\$.entrypoint', json('[\"/bin/evil\"]')" \
		"'\$.init', json('[\"/bin/evil\"]')" \
		"'\$.network_backend', 'tsi'" \
		"'\$.restart.policy', 'always'" \
		"'\$.some_new_key', 'on'"; do
		sqlite3 "$db" "UPDATE vms SET data = CAST(json_set(CAST(data AS TEXT), $change) AS BLOB) WHERE name = 'bot-bottle-row'"
		for verb in 'bb-tsi-patch apply' 'bb-vm start'; do
			# shellcheck disable=SC2086 # words
			run $verb --plan "$plan" 3>&-
			[ "$status" = 77 ] || { echo "$verb took $change: $status $output"; false; }
		done
		sqlite3 "$db" "UPDATE vms SET data = x'$good' WHERE name = 'bot-bottle-row'"
	done
	# TEXT instead of a BLOB: every smolvm command would fail from then on.
	sqlite3 "$db" "UPDATE vms SET data = CAST(data AS TEXT) WHERE name = 'bot-bottle-row'"
	run bb-tsi-patch apply --plan "$plan"
	assert_failure 77
	sqlite3 "$db" "UPDATE vms SET data = CAST(data AS BLOB) WHERE name = 'bot-bottle-row'"
	bb-stop row 3>&-
	run left_of row
	assert_output ''
}

@test "a container that is confined less than asked is refused (W8)" {
	manifest loose
	bb-plan new "$M" | bb-subnet >"$BATS_TEST_TMPDIR/plan"
	cidr=$(bb-plan get subnet.cidr --plan "$BATS_TEST_TMPDIR/plan")
	docker network create --subnet "$cidr" --label "bot-bottle.bottle=$(own_label loose)" bot-bottle-bundle-loose
	docker run -d --name bot-bottle-bundle-loose --label "bot-bottle.bottle=$(own_label loose)" --network bot-bottle-bundle-loose \
		--ip "${cidr%.0/24}.2" --entrypoint sleep demo-agent:1 600
	run bb-bundle up --plan "$BATS_TEST_TMPDIR/plan"
	assert_failure 77
	bb-stop loose
	run left_of loose
	assert_output ''
}

@test "the preflight asks on a terminal; no is 1, no terminal is 64, and both leave nothing" {
	manifest asked
	run setsid bb-start "$M" </dev/null 3>&-
	assert_failure 64
	screen ask "bb-start '$M'; echo status=\$?"
	shown ask 'start?'
	assert_output --partial 'tiny-agent:1'
	assert_output --partial 'DEMO_API_KEY'
	assert_output --partial 'api.example.com'
	assert_output --partial '/32'
	refute_output --partial "$DEMO_API_KEY"
	tmux send-keys -t ask n Enter
	shown ask 'status=1'
	tmux kill-session -t ask
	run left_of asked
	assert_output ''
}

@test "a dry run says the commands and changes nothing" {
	manifest dry
	run bb-start --dry-run "$M" </dev/null 3>&-
	assert_success
	assert_output --partial '+ docker network create'
	dry_run_says dry
	run left_of dry
	assert_output ''
}

@test "--until leaves the bottle, --from goes on with it" {
	manifest steps
	bb-start --yes --until bundle "$M" </dev/null 3>&-
	run bb-plan get bundle.ports --plan "$HOME/.local/state/bot-bottle/bottles/steps/05-bundle.json"
	assert_output '[8888,9418,9100]'
	run bb-start --yes --from create "$M" -- echo went on </dev/null 3>&-
	assert_success
	assert_output --partial 'went on'
	# What this run made is gone; what was there before is not.
	assert_output --partial 'steps was there before and stays as it was found'
	run left_of steps
	refute_output --partial 'machine'
	assert_output --partial 'container bot-bottle-bundle-steps'
	bb-stop steps
	run left_of steps
	assert_output ''
}
