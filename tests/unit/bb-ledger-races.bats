# SPDX-License-Identifier: MIT
# Where: unit
# bb-ledger: what changes while somebody looks or works. The applets it calls are stand-ins that take their time.
load ../helper
load ../engine

setup() {
	fresh_home
	fakes docker
	rule docker 'ps -a *' 0 ''
	rule docker 'network ls *' 0 ''
	for name in bb-vm bb-bundle; do stand_in "$name" 'exit 0'; done
}

# stand_in NAME CODE: it logs, then does that.
stand_in() {
	printf '#!/bin/sh\necho "%s $*" >>%s/stages\n%s\n' "$1" "$T" "$2" >"$T/fakes/$1"
	chmod +x "$T/fakes/$1"
}

state() {
	sql "$BOT_BOTTLE_HOME/state.db" "$1"
}

# begun SLUG KIND...: acts that are done, as the ledger has them.
begun() {
	local slug=$1
	shift
	for kind; do
		leases "INSERT INTO ledger(at, slug, phase, kind, name, id) VALUES('', '$slug', 'done', '$kind', 'x', 'x');"
	done
}

@test "bb-stop waits for the start's own teardown, and does what that leaves" {
	stand_in bb-bundle 'sleep 1; [ ! -e failing ] || { rm failing; exit 1; }'
	: >failing
	bash -c 'trap "bb-ledger undo demo --owner $$; exit 0" TERM; bb-ledger claim demo --new --owner $$ && echo >up; while :; do sleep 0.1; done' 3>&- &
	start=$!
	wait_for up
	begun demo network
	check ends 0 bb-stop demo
	check equals 0 "$(state 'SELECT count(*) FROM bottles')" 'bottles left'
	check equals 2 "$(grep -c 'bb-bundle down' stages)" 'attempts'
	check gone "$start"
	all_good
}

@test "bb-stop of what is not known: nobody begins one of that name meanwhile, and no row stays" {
	stand_in bb-vm '[ "$1" != unsaved ] || exit 0; echo >at-it; sleep 2'
	mkdir -p -m 700 "$BOT_BOTTLE_HOME" "$BOT_BOTTLE_HOME/bottles/demo"
	bb-stop demo 3>&- &
	wait_for at-it
	sleep 60 3>&- & other=$!
	check refuses 75 'is being taken down' bb-ledger claim demo --new --owner "$other"
	manifest >m.json
	check refuses 75 'is being taken down' bb-subnet alloc <m.json
	wait %1
	check equals 0 "$(state 'SELECT count(*) FROM bottles')" 'bottles left'
	check ends 0 bb-ledger claim demo --new --owner "$other"
	kill "$other"
	all_good
}

@test "reap takes nothing that somebody was at since it looked" {
	for slug in aaa zed; do bb-ledger claim "$slug"; done
	state "UPDATE bottles SET boot = 'an earlier one'"
	stand_in bb-vm '[ "$2" != aaa ] || { echo >at-it; sleep 2; }'
	bb-clean --yes >out 2>err 3>&- &
	wait_for at-it
	# As an applet does that is called by hand, and as it is afterwards: like before, but for the count.
	manifest '"demo"' '"zed"' >zed.json
	bb-subnet alloc <zed.json >/dev/null 2>&1 || :
	state "UPDATE bottles SET boot = 'an earlier one' WHERE slug = 'zed'"
	wait %1
	check equals 'aaa: gone (the machine was booted since)' "$(tail -n 1 out)"
	check equals zed "$(state 'SELECT slug FROM bottles')"
	check equals '' "$(grep 'delete zed' stages)"
	all_good
}

@test "by hand from a shell with another engine or another home of smolvm: refused, the ledger is not falsified" {
	rm "$T/fakes/bb-vm" "$T/fakes/bb-bundle"
	bb-ledger claim demo
	begun demo machine container
	leases "INSERT INTO leases VALUES('demo', '192.168.9.0/24');"
	ledger=$(state 'SELECT * FROM ledger')
	for how in DOCKER_HOST=unix:///elsewhere/docker.sock "XDG_DATA_HOME=$T/elsewhere"; do
		for words in 'bb-bundle down demo' 'bb-bundle stop demo' 'bb-vm stop demo' 'bb-vm delete demo' 'bb-subnet release demo'; do
			# shellcheck disable=SC2086 # words
			check refuses 75 'the bottle demo ' env "$how" $words
		done
		check ends 0 env "$how" bb-ledger disown demo
		check ends 1 env "$how" bb-stop demo
	done
	check ends 1 env DOCKER_CONTEXT=remote bb-stop demo
	check grep -q 'DOCKER_HOST=unix:' err
	check equals "$ledger" "$(state 'SELECT * FROM ledger')"
	check equals 'demo|192.168.9.0/24' "$(state 'SELECT * FROM leases')"
	all_good
}

@test "a stranger's container does not hide that our network is left" {
	rm "$T/fakes/bb-bundle"
	bb-ledger claim demo
	begun demo network container
	has_box stranger
	has_net "$(own_label demo)"
	rule docker 'network rm *' 1 'echo "Error response from daemon: network x has active endpoints" >&2'
	check ends 1 bb-bundle down demo
	check ends 1 bb-stop demo
	check grep -q 'left are container or network' err
	check equals demo "$(state 'SELECT slug FROM bottles')"
	all_good
}
