# SPDX-License-Identifier: MIT
# Where: unit
# bb-start: what a run takes down and what it leaves: only what it made itself, and no work without a question.
load ../helper
load ../engine
load ../stages

setup() {
	fresh_home
	stand_ins
}

# kept_as WORDS...: the bottle that --until or --keep left, and what it looked like.
kept_as() {
	ends 0 bb-start --yes "$@" m.json
	found >before
	: >stages
}
# Row, lease, ledger and files. What a run that took it over says in its log is not the bottle.
found() {
	sql "$BOT_BOTTLE_HOME/state.db" "SELECT slug, pid, ending, image FROM bottles"
	sql "$BOT_BOTTLE_HOME/state.db" "SELECT * FROM leases"
	sql "$BOT_BOTTLE_HOME/state.db" "SELECT kind, phase FROM (SELECT kind, phase, max(line) FROM ledger GROUP BY kind, name) WHERE phase <> 'undone'"
	(cd "$bottle" && find . -type f ! -name guard.log ! -name guarded ! -name smolfile.toml | sort)
}
as_found() {
	found >after
	check same before after
	check equals "${1-}" "$(grep -E 'delete|down|stop' stages | paste -sd,)" 'what was taken back'
}

@test "--from asks nothing, and every way it ends leaves the bottle that was there" {
	kept_as --until create
	# Without a terminal.
	check ends 5 setsid -w bb-start --from tsi-patch m.json -- sh -c 'exit 5' </dev/null
	check grep -q 'demo was there before and stays as it was found; go on with: bb-start --resume demo, or take it down with: bb-stop demo' err
	as_found
	for what in bb-tsi-patch-apply bb-vm-start bb-vm-wait bb-probe-run bb-provision-all; do
		echo 75 >"fail-$what"
		: >stages
		check ends 75 bb-start --from tsi-patch m.json
		rm "fail-$what"
		as_found
	done
	all_good
}

@test "what a run adds to a bottle that was there is taken back, and no more" {
	kept_as --until pack
	echo 75 >fail-bb-vm-wait
	check ends 75 bb-start --from bundle m.json
	as_found "$DOWN"
	check grep -q 'go on with: bb-start --from STAGE MANIFEST' err
	rm fail-bb-vm-wait
	check ends 0 bb-start --until bundle --from bundle m.json
	found >before
	: >stages
	check ends 3 bb-start --from create m.json -- sh -c 'exit 3'
	as_found 'bb-vm delete demo'
	all_good
}

@test "--keep, then --from agent: the kept bottle is used again, and stays" {
	kept_as --keep
	for code in 0 6; do
		: >stages
		check ends "$code" bb-start --from agent m.json -- sh -c "exit $code"
		as_found
	done
	all_good
}

@test "INT, TERM and HUP of a run that took a bottle over: it stays" {
	kept_as --until create
	for sig in INT:130 TERM:143 HUP:129; do
		for what in bb-vm-start bb-provision-all agent; do
			rm -f hang-* hanging
			: >stages
			[ "$what" = agent ] || : >"hang-$what"
			as_foreground "$(command -v bb-start)" --from tsi-patch m.json -- sh -c "echo \$\$ >$T/hanging; exec sleep 300" \
				>out 2>err 3>&- &
			us=$!
			check wait_for hanging
			sleep 0.1
			kill -s "${sig%:*}" "$us"
			status=0
			wait "$us" || status=$?
			check equals "${sig#*:}" "$status" "$sig in $what"
			as_found
		done
	done
	all_good
}

@test "the question before a stage that was never asked for: n, no terminal and Ctrl-C leave the bottle" {
	kept_as --until subnet
	check ends 64 setsid -w bb-start --from smolfile m.json </dev/null
	check grep -q 'no terminal to ask on' err
	as_found
	printf 'n\n' | on_pty bb-start --from smolfile m.json >shown
	check equals 1 "$(cat pty-status)"
	as_found
	printf '\003' | on_pty bb-start --from smolfile m.json >shown
	check equals 130 "$(cat pty-status)"
	as_found
	all_good
}

@test "a manifest that is not the bottle's: 65, the first difference is named, the bottle stays" {
	kept_as --until create
	manifest '"command":["sh"]' '"command":["sh"],"env":{"A":"1"}' >m.json
	check ends 65 bb-start --from tsi-patch m.json
	check grep -q 'm.json is not the manifest of demo: agent.env differs' err
	manifest '"command":["sh"]' '"command":["bash"],"env":{"A":"1"}' >m.json
	check refuses 65 'm.json is not the manifest of demo: agent.command differs' bb-start --from tsi-patch m.json
	check grep -q 'bb-start --resume demo --manifest m.json' err
	as_found
	# Written another way it is the same.
	printf '{"bundle": {"image":"bundle:1"},\n"agent":{"command":[ "sh" ],"image":"demo-agent:1"}, "bottle":"d\\u0065mo"}' >m.json
	check ends 0 bb-start --from tsi-patch m.json -- true
	all_good
}

@test "at a terminal work that is nowhere else is asked for, after the agent and after a stage that fails" {
	echo '/work/app: 2 files changed' >unsaved
	for what in agent bb-provision-all; do
		for answer in n y ''; do
			: >stages
			rm -f fail-*
			[ "$what" = agent ] || echo 5 >"fail-$what"
			printf "$answer\n" | on_pty bb-start --yes m.json -- sh -c 'exit 5' >shown
			check equals 5 "$(cat pty-status)" "$what, answer '$answer'"
			check grep -q '/work/app: 2 files changed' shown
			case $answer in
			y) check nothing_left ;;
			*)
				check grep -q 'kept for that' shown
				check equals '' "$(grep -E 'delete|down' stages | paste -sd,)" "$what, answer '$answer'"
				check assert_exist "$bottle/plan.json"
				check bb-stop --force demo
				;;
			esac
		done
	done
	all_good
}

@test "Ctrl-C at the question, when none led there, is no answer: it is kept, and said how to go on" {
	echo '/work/app: 2 files changed' >unsaved
	for end in agent:0 agent:5 agent:130 bb-provision-all:5; do
		what=${end%:*} code=${end#*:}
		: >stages
		rm -f fail-*
		[ "$what" = agent ] || echo "$code" >"fail-$what"
		printf '\003' | on_pty bb-start --yes m.json -- sh -c "exit $code" >shown
		check equals "$code" "$(cat pty-status)" "$end"
		check grep -q 'kept for that; go on with: bb-start --resume demo' shown
		check equals '' "$(grep -E 'delete|down' stages | paste -sd,)" "$end"
		check assert_exist "$bottle/plan.json"
		check equals 0 "$(sql "$BOT_BOTTLE_HOME/state.db" 'SELECT pid FROM bottles')" "nobody's, after $end"
		check bb-stop --force demo
	done
	all_good
}

@test "Ctrl-C while the work is looked at is the first one: it asks, and the second one means it" {
	# The stand-in looks until it is interrupted.
	mv fakes/bb-vm fakes/rest
	printf '#!/bin/sh\n[ "$1" != unsaved ] || { echo x >%s/looking; sleep 60; exit 0; }\n. %s/fakes/rest\n' "$T" "$T" >fakes/bb-vm
	chmod +x fakes/bb-vm
	for code in 0 1 5; do
		for keys in 'n\n' '\003'; do
			rm -f looking
			: >stages
			KEYS_AFTER=looking on_pty bb-start --yes m.json -- sh -c "exit $code" >shown < <(printf '\003'; sleep 2; printf "$keys"; sleep 2)
			check equals "$code" "$(cat pty-status)" "$keys"
			check grep -q 'the work in demo was not looked at' shown
			check grep -q 'Ctrl-C again means yes' shown
			[ "$keys" = '\003' ] || check grep -q 'kept for that' shown
			[ "$keys" = '\003' ] || check bb-ledger undo demo
			check nothing_left
		done
	done
	all_good
}

@test "one Ctrl-C at a terminal asks, a second one means it" {
	echo '/work/app: 2 files changed' >unsaved
	for keys in '\003|n\n' '\003|\003'; do
		rm -f hanging
		: >stages
		KEYS_AFTER=hanging on_pty bb-start --yes m.json -- sh -c "trap '' INT; echo \$\$ >$T/hanging; exec sleep 300" >shown < <(printf "${keys%%|*}"; sleep 3; printf "${keys#*|}"; sleep 3)
		check equals 130 "$(cat pty-status)" "$keys"
		check grep -q 'take it down all the same (Ctrl-C again means yes)' shown
		case $keys in
		*n*)
			check grep -q 'kept for that' shown
			check assert_exist "$bottle/plan.json"
			check bb-stop --force demo
			;;
		*) check nothing_left ;;
		esac
	done
	all_good
}

@test "no agent ran: no status 0; a closed standard input is an empty one" {
	# Closed for the whole start.
	check ends 3 bash -c 'bb-start --yes m.json -- sh -c "cat; exit 3" <&-'
	check grep -qx 'bb-vm exec demo -i -- sh -c cat; exit 3' stages
	nothing_left
	# The next plan's file cannot be made.
	ends 0 bb-start --yes --until create m.json
	mkdir "$bottle/07-tsi-patch.json.new"
	check ends 74 bb-start --from tsi-patch m.json -- true
	check equals '' "$(grep exec stages | tail -n +2 | paste -sd,)"
	all_good
}

@test "a dry run of a name that exists is refused as the real start is (75)" {
	check ends 0 bb-start -n m.json
	kept_as --until create
	check refuses 75 'a bottle demo exists already' bb-start -n m.json
	as_found
	all_good
}
