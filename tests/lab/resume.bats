# SPDX-License-Identifier: MIT
# Where: lab packed, engine fresh
# resume.bats: a kept bottle comes back with its disk.
load lab.bash

setup_file() {
	sed 's/"bottle": "demo"/"bottle": "again"/; s/demo-agent:1/tiny-agent:1/' "$PROJECT/tests/lab/demo.json" >"$BATS_FILE_TMPDIR/m.json"
}

setup() {
	M=$BATS_FILE_TMPDIR/m.json
	STATE=$HOME/.local/state/bot-bottle
	cd "$PROJECT" || return
}

teardown_file() {
	bb-stop --force again 3>&- || :
}

@test "bundle and machine stopped: --resume brings the bottle back, the file is still there, and it stays" {
	bb-start --yes --keep "$M" -- sh -c 'echo work >~/file; sync' </dev/null 3>&-
	lease=$(bb-plan get subnet.bundle --plan "$STATE/bottles/again/plan.json")
	docker kill bot-bottle-bundle-again
	bb-vm stop again 3>&-
	run bb-list
	assert_output --regexp "again +$BACKEND +stopped, kept"
	run --separate-stderr bb-start --resume again -- sh -c 'cat ~/file; echo more >>~/file; sync; exit 4' </dev/null 3>&-
	equals 4 "$status"
	assert_output work
	run bb-plan get subnet.bundle --plan "$STATE/bottles/again/plan.json"
	assert_output "$lease"
	run bb-list
	assert_output --regexp "again +$BACKEND +stopped, kept"
}

@test "after a reboot of the host bb-clean leaves it, and --resume brings it back, network and all" {
	docker rm -f bot-bottle-bundle-again || :
	docker network rm bot-bottle-bundle-again
	sqlite3 "$STATE/state.db" "UPDATE bottles SET boot = 'an earlier one' WHERE slug = 'again'"
	run bb-clean --yes
	assert_output 'nothing to take back'
	run bb-start --resume again --keep -- sh -c 'cat ~/file' </dev/null 3>&-
	assert_success
	assert_output --partial more
	# A second one that fails leaves it as it is: running.
	run bb-start --resume again -- sh -c 'exit 9' </dev/null 3>&-
	assert_failure 9
	run bb-vm exec again -- sh -c 'cat ~/file' 3>&-
	assert_output --partial more
}

@test "another manifest: a variable comes, one has another value, one goes, the operator too; the disk stays" {
	sed 's/"LANG": "C.UTF-8"/"LANG": "C", "LATER": "it is"/; s/"supervise": true/"supervise": false/' "$M" >"$BATS_FILE_TMPDIR/later.json"
	sed 's/"LANG": "C.UTF-8", //' "$M" >"$BATS_FILE_TMPDIR/less.json"
	say='cat ~/file; echo "${LANG-none} ${LATER-none} ${MCP_SUPERVISE_URL-none}"'
	run --separate-stderr bb-start --yes --resume again --manifest "$BATS_FILE_TMPDIR/later.json" -- sh -c "$say" </dev/null 3>&-
	assert_success
	assert_line more
	assert_line 'C it is none'
	run --separate-stderr bb-start --yes --resume again --manifest "$BATS_FILE_TMPDIR/less.json" -- sh -c "$say" </dev/null 3>&-
	assert_success
	assert_line more
	assert_line --regexp '^(none|C|C.UTF-8) none http://127.0.0.1:19100/mcp$'
}

@test "by its name it goes" {
	run bb-clean --yes again 3>&-
	assert_success
	run left_of again
	assert_output ''
}
