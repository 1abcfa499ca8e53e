# SPDX-License-Identifier: MIT
# Where: lab packed, engine fresh
# kill.bats: everything killed at once in the middle of a real bottle's life; afterwards bb-clean leaves nothing.
# KILL_POINTS=3,5,agent names the points: a number is a line of the ledger, after which all processes
# of the start are killed; "agent" is while the agent runs.
load lab.bash

setup() {
	M=$BATS_TEST_TMPDIR/manifest.json
	sed 's/"bottle": "demo"/"bottle": "killed"/; s/demo-agent:1/tiny-agent:1/' tests/lab/demo.json >"$M"
}

# By number: the session of the start is killed by what is preloaded (tests/preload/kill-at.c).
kill_after() {
	rm -f "$BATS_TEST_TMPDIR/count"
	LD_PRELOAD=$PROJECT/out/kill-at.so KILL_AT=$1 KILL_COUNT=$BATS_TEST_TMPDIR/count \
		setsid -w bb-start --yes "$M" -- true </dev/null >"$BATS_TEST_TMPDIR/said" 2>&1 3>&- || return 0
	echo "point $1 was never reached"
	return 1
}

kill_agent() {
	local session
	setsid bb-start --yes "$M" -- sleep 600 </dev/null >"$BATS_TEST_TMPDIR/said" 2>&1 3>&- &
	session=$!
	agent_runs 'sleep 600'
	pkill -KILL -s "$session"
}

@test "everything killed at these points: bb-list says so, bb-clean --yes leaves nothing" {
	local points=${KILL_POINTS:-3,5,agent}
	for point in ${points//,/ }; do
		case $point in
		agent) kill_agent ;;
		*) kill_after "$point" ;;
		esac
		run bb-list 3>&-
		assert_output --regexp "killed +$BACKEND +orphaned"
		run bb-clean --yes 3>&-
		assert_success
		assert_output --partial 'killed: gone'
		run left_of killed
		assert_output ''
		run find "$HOME" -name '*.making*'
		assert_output ''
		echo "# killed at: $point" >&3
	done
}
