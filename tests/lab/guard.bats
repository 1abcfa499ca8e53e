# SPDX-License-Identifier: MIT
# Where: lab packed, engine fresh
# guard.bats: wall W11 on real parts: bundle or network gone, the machine stops; bb-start dead, both stop.
load lab.bash

@test "the bundle dies while the agent runs: the machine is stopped, bb-start says why and takes all down" {
	with_agent orphaned
	machine=$(vmm orphaned)
	assert [ -e "/proc/$machine" ]
	docker kill bot-bottle-bundle-orphaned
	ended "$machine"
	status=0
	wait "$pid" || status=$?
	assert [ "$status" != 0 ]
	run cat "$BATS_TEST_TMPDIR/said"
	assert_output --partial 'orphaned: its bundle or network is gone; its machine is stopped'
	run left_of orphaned
	assert_output ''
}

@test "bb-start is killed: machine and bundle are stopped by the lifeline; bb-clean takes the rest" {
	with_agent killed
	machine=$(vmm killed)
	kill -KILL "$pid"
	ended "$machine"
	run docker inspect -f '{{.State.Running}}' bot-bottle-bundle-killed
	assert_output false
	# The machine ends before the guard that ends it.
	none_runs 'bb-vm exec killed|bb-guard .*killed|docker .* events'
	run bb-clean --yes 3>&-
	assert_success
	run left_of killed
	assert_output ''
}

@test "the network is taken from the bundle: the machine is stopped; a bottle that was kept is guarded as well" {
	sed 's/"bottle": "demo"/"bottle": "kept"/; s/demo-agent:1/tiny-agent:1/' tests/lab/demo.json >"$BATS_TEST_TMPDIR/m.json"
	bb-start --yes --until wait "$BATS_TEST_TMPDIR/m.json" </dev/null 3>&-
	machine=$(vmm kept)
	assert [ -e "/proc/$machine" ]
	docker network disconnect -f bot-bottle-bundle-kept bot-bottle-bundle-kept
	ended "$machine"
	bb-stop kept 3>&-
	run left_of kept
	assert_output ''
}
