# SPDX-License-Identifier: MIT
# Where: unit
# bb-stop: by name, newest part first, going on after a failure; gone already is fine.
load ../helper
load ../engine

setup() {
	fresh_home
	fakes
	for name in bb-bundle bb-vm; do
		sed "s|@DIR@|$T|g" "$BB_ROOT/tests/fakes/applet" >"$T/fakes/$name"
		chmod +x "$T/fakes/$name"
	done
	mkdir -p "$BOT_BOTTLE_HOME/bottles/demo" "$BOT_BOTTLE_HOME/bottles/other"
	chmod -R go-rwx "$BOT_BOTTLE_HOME"
	: >stages
}

@test "machine, bundle, lease, folder; twice is fine; other bottles stay" {
	works bb-stop demo
	equals 'bb-vm delete demo,bb-bundle down demo' "$(paste -sd, stages)"
	assert_not_exist "$BOT_BOTTLE_HOME/bottles/demo"
	assert_exist "$BOT_BOTTLE_HOME/bottles/other"
	# No Docker here: what is not on record may still be there.
	ends 69 bb-stop demo
	grep -q 'no bottle demo is on record; whether there is anything of it could not be asked: containers and networks: docker is not installed' err
}

@test "no such bottle: said (1), and nothing is left of the look; what exists unrecorded is taken down" {
	fakes docker
	rule docker '*' 0
	ends 1 bb-stop nope
	grep -q 'there is no bottle nope' err
	equals 0 "$(sql "$BOT_BOTTLE_HOME/state.db" 'SELECT count(*) FROM bottles')"
	equals '' "$(cat stages)"
	ends 0 bb-stop other
	assert_not_exist "$BOT_BOTTLE_HOME/bottles/other"
	ends 1 bb-stop other
}

@test "work that is nowhere else: not taken down (1), how to fetch it is said; --force drops it" {
	printf '/home/agent/app: 1 commits that no remote has\033[2J\n' >unsaved
	ends 1 bb-stop demo
	equals '' "$(cat stages)"
	grep -q 'demo has work that is nowhere else:' err
	grep -q 'no remote has?\[2J' err
	grep -q 'bb-vm cp demo:/FOLDER NEW-FOLDER; drop it: bb-stop --force demo' err
	works bb-stop --force demo
	equals 'bb-vm delete demo,bb-bundle down demo' "$(paste -sd, stages)"
	: >stages
	mkdir -p "$BOT_BOTTLE_HOME/bottles/demo"
	works bb-stop demo --force
	equals 'bb-vm delete demo,bb-bundle down demo' "$(paste -sd, stages)"
	refuses 64 'which bottle?' bb-stop --force
	rm unsaved
	mkdir -p "$BOT_BOTTLE_HOME/bottles/demo"
	echo 69 >unsaved-status
	ends 0 bb-stop demo
	grep -q 'demo does not answer: nobody has looked' err
}

@test "several names; one that fails is said, keeps its folder, and the others go on (1)" {
	echo 1 >fail-bb-vm-delete
	ends 1 bb-stop demo other
	equals 2 "$(grep -c 'bb-bundle stop' stages)"
	grep -q 'demo is not wholly gone' err
	assert_exist "$BOT_BOTTLE_HOME/bottles/demo"
}

@test "what is no bottle's name never becomes a path" {
	rm "$T/fakes/bb-vm" "$T/fakes/bb-bundle"
	mkdir -p "$BOT_BOTTLE_HOME/victim"
	for slug in ../victim . .. '' '*' demo/../other; do
		bb bb-stop "$slug"
		[ "$status" != 0 ] || check equals 'a refusal' "$status" "bb-stop '$slug'"
	done
	assert_exist "$BOT_BOTTLE_HOME/victim"
	assert_exist "$BOT_BOTTLE_HOME/bottles/demo"
	assert_exist "$BOT_BOTTLE_HOME/bottles/other"
	all_good
}

@test "no engine at all: what can be said is said, the folder stays for the next try (1)" {
	rm "$T/fakes/bb-vm" "$T/fakes/bb-bundle"
	ends 1 bb-stop demo
	grep -q 'docker is not installed' err
	assert_exist "$BOT_BOTTLE_HOME/bottles/demo"
}
