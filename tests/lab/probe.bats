# SPDX-License-Identifier: MIT
# Where: lab up
# probe.bats: bb-probe on a real bottle, and on ones whose walls were taken down (escape.bats has more).
load lab.bash

setup_file() {
	export PLAN=$HOME/.local/state/bot-bottle/bottles/demo/plan.json DB=$HOME/.local/share/smolvm/server/smolvm.db
	export REPORT=$HOME/.local/state/bot-bottle/bottles/demo/probe.report.json
	cp "$PLAN" "$BATS_FILE_TMPDIR/plan"
	export GOOD=$BATS_FILE_TMPDIR/plan
}

@test "a bottle in order: at least 60 probes, none failed, none indeterminate, none on the guest's word alone" {
	run --separate-stderr bb-probe run --tap --plan "$GOOD" 3>&-
	assert_success
	assert [ "$(grep -c '^ok ' <<<"$output")" -ge 60 ]
	refute_output --regexp '(^|'$'\n'')not ok'
	refute_output --partial 'assuming an honest guest'
	# Every canary was heard from the host.
	for address in 127.0.0.1 192.168.108.1 172.17.0.1 10.0.2.15; do
		assert_output --regexp "control $address [0-9]+ \(our own canary is heard"
	done
	run jq -r '.attempts[] | select(.class == "outside" and (.target | startswith("how") | not)) | .why' "$REPORT"
	refute_output --regexp '^(refused|silent)$'
}

@test "nothing of the helper stays in the guest" {
	run guest -u root -- sh -c 'ls -a /run /dev/shm /tmp /var/tmp /root | grep bb-probe'
	assert_failure 1
}

@test "a row that was set to unrestricted behind our back is refused" {
	before=$(sqlite3 "$DB" "SELECT hex(data) FROM vms WHERE name = 'bot-bottle-demo'")
	row "json_set(CAST(data AS TEXT), '\$.allowed_cidrs', json('null'))"
	run bb-probe run --plan "$GOOD" 3>&-
	assert_failure 77
	row "x'$before'"
}

@test "a bundle that was started again is not the proven one: exec and provision refuse (W15)" {
	unguard demo
	docker restart bot-bottle-bundle-demo
	run bb-vm exec demo -- true 3>&-
	assert_failure 77
	assert_output --partial 'the bundle of demo is another than the one that was probed'
	run bb-provision all --plan "$GOOD" 3>&-
	assert_failure 77
	# Proven again, it is.
	for _ in $(seq 240); do
		! nc -z -w 1 192.168.108.2 8888 || break
		sleep 0.5
	done
	bb-probe run --plan "$GOOD" >"$BATS_FILE_TMPDIR/again" 3>&-
	run bb-vm exec demo -- true 3>&-
	assert_success
}

@test "a plain container is graded for what it is: status 1, what it lets through, and what not" {
	docker run -d --name plain --entrypoint sleep demo-agent:1 600
	run --separate-stderr bb-probe run --exec 'docker exec plain' </dev/null 3>&-
	docker rm -f plain
	assert_failure 1
	for target in 'tcp 10.0.2.15' 'tcp 172.17.0.1'; do
		assert_output --regexp "not ok [0-9]+ - canary: $target [0-9]+ \(the canary heard it\)"
	done
	assert_output --regexp 'not ok [0-9]+ - outside: tcp 1.1.1.1 443 \(it got through\)'
	assert_output --regexp 'ok [0-9]+ - guest: unix /var/run/docker.sock \(absent\)'
}
