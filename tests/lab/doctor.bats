# SPDX-License-Identifier: MIT
# Where: lab packed
# doctor.bats: bb-doctor on a machine where all is here, and what is left of a start that failed.
load lab.bash

@test "the lab has all: no line is missing, and the KVM that runs real guests passes the probe without a boot" {
	run bb-doctor 3>&-
	assert_success
	refute_output --partial ' missing '
	for line in docker group smolvm hypervisor disk ranges leases; do
		assert_line --regexp "^$line +ok "
	done
	assert_line --regexp '^smolvm +ok +1\.32\.2 '
	assert_line --partial '/dev/kvm runs a guest of a few bytes'
}

@test "a manifest's own: images that are here, variables that are not, a name that is free" {
	run bb-doctor tests/lab/demo.json 3>&-
	assert_success
	assert_line --regexp '^images +ok '
	assert_line --regexp '^manifest +ok '
	assert_line --regexp '^name +ok '
	run env -u DEMO_API_KEY bb-doctor tests/lab/demo.json 3>&-
	assert_failure 65
	assert_line --partial 'the variable DEMO_API_KEY is not set'
}

@test "--boot: a whole machine of smolvm's boots, runs a command and is gone again" {
	run bb-doctor --boot 3>&-
	assert_success
	assert_line --regexp '^hypervisor +ok +a machine booted and ran a command'
	run smolvm machine ls --json
	refute_output --partial bottlebox-doctor
	run bb-list 3>&-
	refute_output --partial doctor
}

@test "a stage that fails leaves the machine's console and the bundle's log to look at, by the advice it gave" {
	sed 's/"bottle": "demo"/"bottle": "falls"/; s/demo-agent:1/tiny-agent:1/; s/"user": "[a-z]*"/"user": "nobody-here"/' \
		tests/lab/demo.json >"$BATS_TEST_TMPDIR/m.json"
	run bb-start --yes "$BATS_TEST_TMPDIR/m.json" -- true </dev/null 3>&-
	assert_failure
	assert_output --regexp 'bb-ledger: what is left of falls to look at is in .*/failed/falls-[0-9TZ]+: .*bundle.log'
	assert_output --partial console.log
	run left_of falls
	assert_output ''
	run bb-vm logs falls 3>&-
	assert_success
	assert_output --partial 'falls is gone; this is what was kept in'
	assert [ "${#lines[@]}" -gt 3 ]
	run bb-bundle logs falls 3>&-
	assert_success
}
