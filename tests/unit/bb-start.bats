# SPDX-License-Identifier: MIT
# Where: unit
# bb-start: order of stages, what is kept, statuses, teardown, signals. The planning applets are real, the
# acting ones stand-ins that log; the lab starts real bottles.
load ../helper
load ../engine
load ../stages

setup() {
	fresh_home
	stand_ins
}

ALL='bb-provision check,bb-doctor ,bb-pack build,bb-bundle up,bb-vm create,bb-tsi-patch apply,bb-vm start,bb-vm wait,bb-probe run,bb-provision all'

@test "a whole run: stages in order, the agent's status, teardown newest first, nothing left" {
	for code in 0 1 42 255; do
		: >stages
		check ends "$code" bb-start --yes m.json -- sh -c "exit $code"
		check equals "$ALL,bb-vm exec demo -i -- sh -c exit $code,$DOWN" "$(stages)"
		nothing_left
	done
	all_good
}

@test "the agent gets our stdin, stdout and stderr, and nothing else writes to stdout" {
	echo input >in
	ends 0 bb-start --yes m.json -- sh -c 'cat; echo err >&2' <in
	equals input "$(cat out)"
	grep -qx err err
}

@test "words of the command stay words" {
	ends 0 bb-start --yes m.json -- printf '%s|' 'a b' '' '$x' '*' -n --help
	equals 'a b||$x|*|-n|--help|' "$(cat out)"
}

@test "--until STAGE: numbered plans of mode 0600 are kept, nothing is torn down, and it says how" {
	n=0
	for stage in plan subnet smolfile pack bundle create tsi-patch start wait probe provision; do
		n=$((n + 1))
		rm -rf "$BOT_BOTTLE_HOME"
		check ends 0 bb-start --yes --until "$stage" m.json
		check equals "$n" "$(ls "$bottle"/[0-9][0-9]-*.json | wc -l)" "plans after $stage"
		check assert_exist "$bottle/$(printf %02d "$n")-$stage.json"
		check equals 600 "$(stat -c %a "$bottle"/*.json | sort -u)" modes
		check grep -q "bb-stop demo" err
		check equals '' "$(grep -E 'delete|down' stages || :)" "teardown after $stage"
	done
	check refuses 64 "there is no stage 'strat'" bb-start --until strat m.json
	all_good
}

@test "--from STAGE goes on where --until ended, with its plans" {
	ends 0 bb-start --yes --until create m.json
	: >stages
	ends 7 bb-start --yes --from tsi-patch m.json -- sh -c 'exit 7'
	equals "bb-provision check,bb-doctor --bottle demo,bb-tsi-patch apply,bb-vm start,bb-vm wait,bb-probe run,bb-provision all,bb-vm exec demo -i -- sh -c exit 7,bb-bundle check demo" "$(stages)"
	# It was there before, so it stays (tests/unit/bb-start-teardown.bats).
	check assert_exist "$bottle/plan.json"
	bb-stop demo
	check ends 65 bb-start --yes --from pack m.json
	check grep -q '01-plan.json is missing: stage plan was never done' err
	bb-start --yes --until smolfile m.json 2>/dev/null
	check ends 65 bb-start --yes --from bundle m.json
	check grep -q '04-pack.json is missing' err
	all_good
}

@test "--from does not harm a bottle: wrong order, dry, another start has it, a stage missing" {
	bb-start --yes --until start m.json 2>/dev/null
	find "$bottle" | sort >before
	: >stages
	check refuses 64 '--until pack comes before --from start' bb-start --yes --from start --until pack m.json
	check refuses 64 '--dry-run' bb-start --yes --dry-run --from start m.json
	bb-ledger claim demo --owner $$
	check refuses 75 "already running, since 20" bb-start --yes --from wait m.json
	bb-ledger disown demo
	mv "$bottle/05-bundle.json" kept
	check refuses 65 '05-bundle.json is missing' bb-start --yes --from wait m.json
	mv kept "$bottle/05-bundle.json"
	find "$bottle" | sort >after
	check same before after
	check equals '' "$(grep -E 'delete|down' stages || :)" teardown
	all_good
}

@test "two starts of one name at once: one runs, the other gets 75 and harms nothing" {
	: >hang-bb-vm-start
	as_foreground "$(command -v bb-start)" --yes m.json -- true >out1 2>err1 3>&- &
	us=$!
	wait_for hanging
	check refuses 75 "a bottle demo is already running, since 20" bb-start --yes m.json
	check grep -q "pid $us\$" err
	check equals '' "$(grep -E 'delete|down' stages || :)" teardown
	kill -s TERM "$us"
	wait "$us" || :
	nothing_left
	all_good
}

@test "a stage that fails: its status, teardown of what was made and of nothing else" {
	while IFS='|' read -r what code undone; do
		rm -f fail-*
		: >stages
		echo "$code" >"fail-$what"
		check ends "$code" bb-start --yes m.json -- true
		check grep -q 'failed as asked' err
		check equals "$undone" "$(grep -E 'delete|down' stages | paste -sd,)" "taken back after $what"
		check equals '' "$(cat out)" stdout
		nothing_left
	done <<-END
	bb-pack-build|75|
	bb-bundle-up|69|
	bb-vm-create|69|bb-bundle down demo
	bb-tsi-patch-apply|77|$DOWN
	bb-vm-start|77|$DOWN
	bb-vm-wait|75|$DOWN
	bb-provision-all|1|$DOWN
	END
	all_good
}

@test "a machine that is left: its bundle is stopped, its network and lease stay, it is said, the folder is kept" {
	echo 1 >fail-bb-vm-delete
	ends 3 bb-start --yes m.json -- sh -c 'exit 3'
	grep -q 'demo is not wholly gone' err
	# The machine may still reach its one address: network and lease stay, so that it is nobody else's (W11).
	grep -qx 'bb-bundle stop demo' stages
	equals 1 "$(sql "$BOT_BOTTLE_HOME/state.db" 'SELECT count(*) FROM leases')"
	assert_exist "$bottle"
}

@test "INT, TERM and HUP in a stage and in the agent: the child ends, teardown once, we die by the signal" {
	for sig in INT:130 TERM:143 HUP:129; do
		for what in bb-pack-build bb-vm-start bb-provision-all agent; do
			rm -f hang-* hanging
			: >stages
			[ "$what" = agent ] || : >"hang-$what"
			as_foreground "$(command -v bb-start)" --yes m.json -- sh -c "echo \$\$ >$T/hanging; exec sleep 300" \
				>out 2>err 3>&- &
			us=$!
			check wait_for hanging
			sleep 0.1
			kill -s "${sig%:*}" "$us"
			status=0
			wait "$us" || status=$?
			check equals "${sig#*:}" "$status" "$sig in $what"
			check gone "$(cat hanging)"
			case $what in
			bb-pack-build) undone= ;;
			*) undone=$DOWN ;;
			esac
			check equals "$undone" "$(grep -E 'delete|down' stages | paste -sd,)" "taken back after $sig in $what"
			nothing_left
		done
	done
	all_good
}

@test "--keep: the bottle stays when the agent has ended, with its status" {
	ends 5 bb-start --yes --keep m.json -- sh -c 'exit 5'
	equals '' "$(grep -E 'delete|down' stages || :)"
	assert_exist "$bottle"
	grep -q 'bb-stop demo' err
}

@test "a bottle of that name already there: 75, and the first one is not touched" {
	ends 0 bb-start --yes --until create m.json
	find "$bottle" | sort >before
	check refuses 75 'a bottle demo exists already' bb-start --yes m.json
	find "$bottle" | sort >after
	check same before after
	check equals '' "$(grep -E 'delete|down' stages || :)" teardown
	all_good
}

@test "usage: manifest missing, unknown option, unknown back ends, no terminal" {
	check refuses 64 'which manifest' bb-start
	check refuses 64 'unknown option --yse' bb-start --yse m.json
	check refuses 64 "what is 'two' for" bb-start m.json two
	BOT_BOTTLE_BACKEND=banana check refuses 64 'BOT_BOTTLE_BACKEND=banana' bb-start --yes m.json
	BOT_BOTTLE_BACKEND='smolmachines ' check refuses 64 'BOT_BOTTLE_BACKEND' bb-start --yes m.json
	check refuses 65 'nothing.json does not exist' bb-start --yes nothing.json
	manifest demo Demo >bad.json
	check refuses 65 'manifest.bottle' bb-start --yes bad.json
	check ends 64 setsid bb-start m.json </dev/null
	check grep -q 'no terminal to ask on' err
	nothing_left
	all_good
}

@test "what is missing is listed (69) before anything is made; the manifest is judged without any of it" {
	echo 69 >fail-bb-doctor-
	ends 69 bb-start --yes m.json
	equals 'bb-provision check,bb-doctor ' "$(stages)"
	assert_not_exist "$BOT_BOTTLE_HOME"
	rm "$T/fakes/bb-doctor" "$T/fakes/docker" "$T/fakes/bb-provision"
	ends 69 bb-start --yes m.json
	check grep -q '^docker     missing docker is not installed$' err
	check grep -q '^smolvm     missing smolvm is not installed$' err
	check grep -q '^ranges     ok ' err
	check equals '' "$(cat out)"
	assert_not_exist "$BOT_BOTTLE_HOME"
	# Typos and what is not there, without Docker and smolvm: both lists, the manifest's status.
	printf '{"bottle":"Demo","agent":{"image":"a:1"},"bundle":{"image":"b:1"}}' >typos.json
	check refuses 65 'manifest.bottle' bb-start -n typos.json
	manifest '"command"' '"env":{"A":{"from_env":"NOT_SET"},"B":{"from_env":"NOR_THIS"}},"command"' >lacking.json
	check ends 65 bb-start -n lacking.json
	check grep -q 'agent.env.A: the variable NOT_SET is not set' err
	check grep -q 'agent.env.B: the variable NOR_THIS is not set' err
	check grep -q '^docker     missing docker is not installed$' err
	assert_not_exist "$BOT_BOTTLE_HOME"
	all_good
}

@test "--detach: all but the agent, nothing is torn down, and it says how to go on" {
	ends 0 bb-start --yes --detach m.json
	equals "$ALL" "$(stages)"
	grep -q 'detached; bb-vm exec -it demo runs the agent' err
	grep -q 'take it down with: bb-stop demo' err
	ends 64 bb-start --yes --detach m.json -- true
	ends 64 bb-start --yes --detach --until probe m.json
}

@test "work that is nowhere else: said and dropped where there is no terminal, kept for who sits at one" {
	command -v script >/dev/null || skip "script is not installed"
	printf '/home/agent/app: 2 files changed\033[2J\n' >unsaved
	ends 5 bb-start --yes m.json -- sh -c 'exit 5'
	grep -q '/home/agent/app: 2 files changed?\[2J' err
	grep -q 'what there is is dropped' err
	nothing_left
	script -qec "bb-start --yes m.json -- sh -c 'exit 5'; echo status \$? >$T/s" /dev/null </dev/null >shown
	equals 'status 5' "$(cat s)"
	grep -q 'kept for that' shown
	grep -q 'take it down with: bb-stop demo' shown
	assert_exist "$bottle/plan.json"
	# Who cannot look has seen nothing: no reason to drop it.
	bb-stop --force demo
	rm unsaved
	echo 69 >unsaved-status
	script -qec "bb-start --yes m.json -- sh -c 'exit 5'; echo status \$? >$T/s" /dev/null </dev/null >shown
	grep -q 'the work in demo cannot be looked at' shown
	assert_exist "$bottle/plan.json"
	all_good
}

@test "the question: N and an empty answer are 1 and leave nothing, y starts; it shows what will run" {
	command -v script >/dev/null || skip "script is not installed"
	for answer in n '' yep; do
		: >stages
		echo "$answer" | script -qec "bb-start m.json -- true; echo status \$? >$T/s" /dev/null >shown
		check equals 'status 1' "$(cat s)" "answer '$answer'"
		check equals 'bb-provision check,bb-doctor ' "$(stages)"
		nothing_left
	done
	check grep -q 'bottle     demo' shown
	check grep -q 'demo-agent:1' shown
	check grep -q 'reaches    192' shown
	: >stages
	echo y | script -qec "bb-start m.json -- true; echo status \$? >$T/s" /dev/null >shown
	check equals 'status 0' "$(cat s)"
	check grep -q 'bb-vm exec demo' stages
	all_good
}

@test "--dry-run: every stage is asked dry, the real home stays empty, no agent runs" {
	ends 0 bb-start --dry-run m.json
	equals 'bb-provision check,bb-doctor ,bb-pack build --dry-run,bb-bundle up --dry-run,bb-vm create --dry-run,bb-tsi-patch apply --dry-run,bb-vm start --dry-run,bb-vm wait --dry-run,bb-probe run --dry-run,bb-provision all --dry-run' "$(stages)"
	assert_not_exist "$BOT_BOTTLE_HOME"
	equals '' "$(ls "${TMPDIR:-/tmp}" | grep '^bb-start\.' || :)"
}

@test "options joined, with = and behind the manifest are the same; a manifest by <(...) and -" {
	ends 0 bb-start --dry-run --yes --until pack m.json
	mv stages want
	for words in '-ny --until=pack m.json' 'm.json -yn --until pack' '--until=pack -n m.json -y'; do
		: >stages
		# shellcheck disable=SC2086 # words
		check ends 0 bb-start $words
		check same want stages
	done
	: >stages
	check ends 0 bb-start -n --until=pack <(cat m.json)
	check same want stages
	: >stages
	check ends 0 bb-start -n --until=pack - <m.json
	check same want stages
	all_good
}

@test "it finds its applets beside itself when PATH does not have them" {
	mkdir elsewhere
	cd elsewhere
	PATH=$BB_TOOLS DOCKER_HOST=unix://$T/none.sock bb dash "$BB_BIN/bb-start" --yes ../m.json -- true
	equals 69 "$status"
	grep -q '^docker     missing docker is not installed' "$T/err"
}

# told WORDS: what the guard heard, once its lifeline is cut.
told() {
	for _ in $(seq 50); do ! grep -qs cut guard || break; sleep 0.1; done
	check equals "$1" "$(paste -sd, guard)" 'what the guard heard'
	rm -f guard
}

@test "the guard: told when we end and when the bottle stays; killed, we cut its lifeline, whatever we were at" {
	ends 0 bb-start --yes m.json -- true
	told ending,over,cut
	ends 0 bb-start --yes --keep m.json -- true
	told stay,cut
	ends 0 bb-start --yes --from agent m.json -- true
	told ending,over,cut
	echo box >box
	ends 0 bb-start --yes --from agent m.json -- true
	told ending,stay,cut
	rm box
	bb-stop demo
	ends 0 bb-start --yes --until tsi-patch m.json
	check assert_not_exist guard
	bb-stop demo
	# A guard that could not begin: no agent runs unguarded.
	mv "$T/fakes/bb-guard" kept
	printf '#!/bin/sh\necho "bb-guard: cannot" >&2\nexit 1\n' >"$T/fakes/bb-guard"
	chmod +x "$T/fakes/bb-guard"
	: >stages
	check ends 75 bb-start --yes m.json -- echo never
	check grep -q 'the machine of demo is not guarded' err
	check grep -q 'bb-guard: cannot' err
	check equals '' "$(cat out)" 'what the agent said'
	nothing_left
	mv kept "$T/fakes/bb-guard"
	for what in bb-vm-wait bb-vm-exec; do
		rm -f hanging
		: >"hang-$what"
		as_foreground "$(command -v bb-start)" --yes m.json -- true >out1 2>err1 3>&- &
		us=$!
		wait_for hanging
		kill -s KILL "$us"
		told cut
		rm "hang-$what"
		# The stand-in of a stage does not end with its start, as a real one does.
		kill "$(cat hanging)" 2>/dev/null || :
		check ends 0 bb-ledger undo demo
	done
	all_good
}

@test "a signal while it hands the bottle over comes too late: what was to be kept is kept and guarded" {
	printf '#!/bin/sh\n%s/bb-ledger "$@" || exit\n[ "$1" != disown ] || { echo >%s/disowned; sleep 1; }\n' "$BB_BIN" "$T" >"$T/fakes/bb-ledger"
	chmod +x "$T/fakes/bb-ledger"
	as_foreground "$(command -v bb-start)" --yes --keep m.json -- sh -c 'exit 5' >out 2>err 3>&- &
	us=$!
	wait_for disowned
	kill -s TERM "$us"
	status=0
	wait "$us" || status=$?
	check equals 5 "$status"
	told stay,cut
	check equals '' "$(grep delete stages || :)"
	all_good
}

@test "what provision will want is asked for before anything is made, and only if it is to run" {
	echo 65 >fail-bb-provision-check
	check ends 65 bb-start --yes m.json
	check equals 'bb-provision check,bb-doctor ' "$(stages)"
	check assert_not_exist "$BOT_BOTTLE_HOME/bottles"
	: >stages
	check ends 0 bb-start --yes --until pack m.json
	check equals 'bb-doctor ,bb-pack build' "$(stages)"
	all_good
}
