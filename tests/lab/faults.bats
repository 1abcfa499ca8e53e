# SPDX-License-Identifier: MIT
# Where: lab packed, engine fresh
# faults.bats: what others do to a bottle: the Docker engine is stopped, the machine's process is killed, the clock
# jumps, container and network are removed by hand.
load lab.bash

# As tests/lab/guest/init starts it.
engine_up() {
	sudo sh -c 'setsid dockerd >>/var/log/lab/dockerd.log 2>&1 </dev/null &' 3>&-
	for _ in $(seq 600); do
		! docker version >/dev/null 2>&1 || return 0
		sleep 0.2
	done
	return 1
}

teardown() {
	docker version >/dev/null 2>&1 || engine_up
}

@test "the Docker engine is stopped while the agent runs: the machine ends, what is left is said; when it is back bb-clean takes it" {
	with_agent engineless
	machine=$(vmm engineless)
	daemon=$(pidof dockerd)
	sudo kill -TERM "$daemon"
	ended "$machine"
	status=0
	wait "$pid" || status=$?
	assert [ "$status" != 0 ]
	ended "$daemon"
	run cat "$BATS_TEST_TMPDIR/said"
	assert_output --partial "engineless is not wholly gone: left are $LEFT_WITHOUT_ENGINE, lease; what is said above mended, take them down by: bb-stop engineless"
	run bb-list 3>&-
	assert_failure 1
	assert_output --partial 'containers and networks: '
	assert_output --regexp "engineless +$BACKEND +orphaned"
	run bb-clean --yes 3>&-
	assert_failure 1
	engine_up
	run bb-clean --yes 3>&-
	assert_success
	assert_output --partial 'engineless: gone'
	# Its guard goes on trying to stop the machine until it can, and then ends.
	none_runs 'bb-guard .*engineless$'
	run left_of engineless
	assert_output ''
}

@test "the machine's process is killed: bb-start says so by its status and takes all down" {
	with_agent shot
	kill_machine shot
	status=0
	wait "$pid" || status=$?
	assert [ "$status" != 0 ]
	run left_of shot
	assert_output ''
}

@test "the clock jumps: nobody is taken for dead; container and network removed by hand: the machine ends, bb-clean takes the rest" {
	needs clock
	sed 's/"bottle": "demo"/"bottle": "jumps"/; s/demo-agent:1/tiny-agent:1/' tests/lab/demo.json >"$BATS_TEST_TMPDIR/m.json"
	bb-start --yes --until wait "$BATS_TEST_TMPDIR/m.json" </dev/null 3>&-
	machine=$(vmm jumps)
	now=$(date +%s)
	for then in $((now + 40 * 86400)) $((now - 40 * 86400)); do
		sudo date -s "@$then"
		run bb-clean --yes 3>&-
		assert_success
		assert_output 'nothing to take back'
		run bb-list 3>&-
		assert_output --regexp "jumps +$BACKEND +detached"
		assert [ -e "/proc/$machine" ]
	done
	sudo date -s "@$now"
	docker rm -f bot-bottle-bundle-jumps
	docker network rm bot-bottle-bundle-jumps
	ended "$machine"
	run bb-list 3>&-
	assert_output --partial 'container is gone'
	assert_output --partial 'network is gone'
	run bb-clean --yes 3>&-
	assert_success
	run left_of jumps
	assert_output ''
}
