# SPDX-License-Identifier: MIT
# Where: unit
# bb-ledger: whose a bottle is, what is told of it, what is taken back and what stays. Killing: tests/unit/bb-ledger-kill.bats.
load ../helper
load ../engine

setup() {
	fresh_home
}

state() {
	sql "$BOT_BOTTLE_HOME/state.db" "$1"
}

# --- whose it is ---

@test "claim: of twenty at the same instant one wins; who died, who lives and who is elsewhere is told" {
	for _ in $(seq 20); do
		bb-ledger claim demo --new --owner $$ >>"$T/all" 2>&1 && echo won >>"$T/won" &
	done
	wait
	check equals 1 "$(wc -l <"$T/won")" winners
	check equals 19 "$(grep -c 'already running, since 20..-..-..T..:..:..Z, pid '$$ "$T/all")" losers
	sleep 60 3>&- & other=$!
	check refuses 75 "already running, since 20" bb-ledger claim demo --owner "$other"
	check works bb-ledger claim demo --owner $$
	check works bb-ledger disown demo
	check works bb-ledger claim demo --owner "$other"
	kill "$other"
	wait "$other" || :
	check refuses 75 'was left behind by a start that died' bb-ledger claim demo --new
	check works bb-ledger claim demo --owner $$
	state "UPDATE bottles SET host = 'ffffffffffffffff'"
	check refuses 75 'of another host' bb-ledger claim demo --owner $$
	state "UPDATE bottles SET host = '', pid = 0"
	check refuses 64 'there is no such process' bb-ledger claim demo --owner 4194304
	all_good
}

# --- what is told and what is taken back ---

# things LINES...: what docker shows of containers; `networks` likewise.
things() {
	fakes docker
	rule docker 'ps -a *' 0 "cat $T/containers"
	rule docker 'network ls *' 0 "cat $T/networks"
	rule docker 'inspect *' 1 'echo "Error: No such object" >&2'
	: >containers
	: >networks
}

# labels SLUG [BOOT]: as docker shows ours.
labels() {
	printf '%s\t%s\t%s\n' "$1" "${2-$(cat /proc/sys/kernel/random/boot_id)}" "$(own_label "$1")"
}

states() {
	bb-ledger list --json 2>/dev/null | jq -r '.[] | .bottle + ": " + .state + (if .notes != "" then " (" + .notes + ")" else "" end)'
}

@test "list: a table and the same as JSON; where ledger, docker and smolvm disagree; foreign ones are told as such" {
	command -v jq >/dev/null || skip 'no jq'
	things
	bb-ledger claim alive --owner $$ --image agent:1
	sleep 60 3>&- & other=$!
	bb-ledger claim dead --owner "$other"
	kill "$other"
	wait "$other" || :
	bb-ledger claim hand
	leases "INSERT INTO leases VALUES('alive', '192.168.9.0/24');
		INSERT INTO ledger(at, slug, phase, kind, name, id) VALUES('', 'alive', 'done', 'network', 'bot-bottle-bundle-alive', 'x'),
		('', 'alive', 'begin', 'container', 'bot-bottle-bundle-alive', '');"
	printf 'bot-bottle-bundle-lost\trunning\tbundle:1\t%s\nother\trunning\tx\t\t\t\nbot-bottle-bundle-x\texited\ty\t\t\t\n' "$(labels lost)" >containers
	printf 'bot-bottle-bundle-hand\t%s\n' "$(labels hand)" >networks
	check equals 'alive: starting (container was begun and never done; network is gone)
container bot-bottle-bundle-x: foreign
dead: orphaned
hand: half-made (network is not in the ledger)
lost: unrecorded' "$(states)"
	check ends 0 bb-list
	check equals 6 "$(wc -l <out)" lines
	check grep -qE "^bottle +backend +state +since +address +image +owner +notes$" out
	check grep -qE "^alive +smolmachines +starting +20[^ ]+Z +192.168.9.2 +agent:1 +pid $$ +container was begun" out
	check grep -qE "^dead .* pid $other, dead$" out
	check grep -qE "^hand .* nobody +network is not in the ledger$" out
	check ends 1 bb-clean --dry-run
	check equals "dead: its start, pid $other, died" "$(cat out)"
	check grep -q 'lost stays: the database does not know it; if it is yours: bb-stop lost' err
	all_good
}

@test "reap: the dead ones and those of an earlier boot; nothing of another host, of nobody's, of strangers" {
	command -v jq >/dev/null || skip 'no jq'
	things
	for slug in boot far hand mine; do bb-ledger claim "$slug"; done
	bb-ledger claim mine --owner $$
	state "UPDATE bottles SET boot = 'an earlier one' WHERE slug IN ('boot', 'far')"
	state "UPDATE bottles SET host = 'ffffffffffffffff' WHERE slug = 'far'"
	printf 'bot-bottle-bundle-old\texited\tbundle:1\t%s\n' "$(labels old 'an earlier one')" >containers
	check ends 0 bb-clean --yes
	check equals 'boot: the machine was booted since
old: the machine was booted since
boot: gone (the machine was booted since)
old: gone (the machine was booted since)' "$(cat out)"
	check equals 'far: elsewhere (is of another host)
hand: half-made
mine: starting
old: unrecorded' "$(states)"
	check grep -q 'inspect --type container .* bot-bottle-bundle-old$' <(calls)
	all_good
}

@test "a state folder shared by two hosts: neither takes the other's bottle, by hand, by reap or by stop" {
	things
	bb-ledger claim far --owner $$
	state "UPDATE bottles SET host = 'ffffffffffffffff', pid = 4194304"
	state 'SELECT * FROM bottles' >want
	check ends 0 bb-clean --yes
	check ends 1 bb-stop far
	check grep -q 'the bottle far is of another host: nothing was done' err
	manifest '"demo"' '"far"' >m.json
	printf '#!/bin/sh\necho fake engine\n' >"$T/fakes/bb-doctor"
	chmod +x "$T/fakes/bb-doctor"
	check ends 75 bb-start --yes m.json
	check grep -q 'of another host' err
	check refuses 75 'of another host' bb-subnet <m.json
	state 'SELECT * FROM bottles' >now
	check same want now
	# In another pid namespace of this host nobody can say.
	bb-ledger claim near --owner $$
	state "UPDATE bottles SET space = 'pid:[1]' WHERE slug = 'near'"
	check ends 0 bb-clean --yes
	check equals near "$(state "SELECT slug FROM bottles WHERE slug = 'near'")"
	all_good
}

@test "made with another engine or another home of smolvm: told so, and not taken for gone" {
	command -v jq >/dev/null || skip 'no jq'
	things
	ln -s "$T" link
	DOCKER_HOST=unix://$T/link/docker.sock bb-ledger claim there
	XDG_DATA_HOME=$T/data bb-ledger claim here
	state "UPDATE bottles SET boot = 'an earlier one'"
	leases "INSERT INTO leases VALUES('there', '192.168.9.0/24');"
	check equals "here: elsewhere (has its machine in $T/data/smolvm/server/smolvm.db, not in $XDG_DATA_HOME/smolvm/server/smolvm.db)
there: elsewhere (was made with DOCKER_HOST=unix://$(realpath "$T")/docker.sock)" "$(states)"
	check ends 0 bb-clean --yes
	check ends 1 bb-stop there
	check grep -q 'the bottle there was made with DOCKER_HOST=.*: nothing was done' err
	manifest '"demo"' '"there"' >m.json
	check refuses 75 'the bottle there was made with DOCKER_HOST=' bb-subnet <m.json
	check equals 2 "$(state 'SELECT count(*) FROM bottles')"
	check ends 0 env DOCKER_HOST="unix://$T/docker.sock" bb-stop there
	check ends 0 env XDG_DATA_HOME="$T/data" bb-stop here
	check equals 0 "$(state 'SELECT (SELECT count(*) FROM bottles) + (SELECT count(*) FROM leases)')"
	all_good
}

@test "a lease and a folder that no bottle has are shown; by name they go" {
	command -v jq >/dev/null || skip 'no jq'
	things
	mkdir -p -m 700 "$BOT_BOTTLE_HOME"
	mkdir -p "$BOT_BOTTLE_HOME/bottles/lost" "$BOT_BOTTLE_HOME/bottles/No Slug"
	leases "INSERT INTO leases VALUES('lost', '192.168.9.0/24'), ('old', '192.168.8.0/24');"
	check equals 'lost: unrecorded (has a lease; has a folder)
old: unrecorded (has a lease)' "$(states)"
	check ends 1 bb-clean --yes
	check equals 'nothing to take back' "$(cat out)"
	check works bb-stop lost old
	check equals '' "$(states)"
	check assert_exist "$BOT_BOTTLE_HOME/bottles/No Slug"
	all_good
}

@test "a range that was leased and given back leaves no bottle, though an act failed in between" {
	things
	manifest >m.json
	bb-ledger claim demo
	leases "INSERT INTO leases VALUES('demo', '192.168.9.0/24');
		INSERT INTO ledger(at, slug, phase, kind, name, id) VALUES('', 'demo', 'begin', 'network', 'x', ''), ('', 'demo', 'undone', 'network', 'x', '');"
	works bb-subnet release demo
	equals 0 "$(state 'SELECT (SELECT count(*) FROM bottles) + (SELECT count(*) FROM ledger)')"
	# What is open keeps it.
	bb-ledger claim demo
	leases "INSERT INTO ledger(at, slug, phase, kind, name, id) VALUES('', 'demo', 'begin', 'network', 'x', '');"
	works bb-subnet release demo
	equals 1 "$(state 'SELECT count(*) FROM bottles')"
}

@test "docker down or missing, the database gone: what can be done is done, what was not seen is said (1)" {
	things
	bb-ledger claim boot
	state "UPDATE bottles SET boot = 'an earlier one'"
	: >"$FAKE_RULES"
	rule docker '*' 1 'echo "Cannot connect to the Docker daemon" >&2'
	check ends 1 bb-clean --yes
	check grep -q 'containers and networks: Cannot connect' err
	check grep -q 'boot: gone' out
	rm "$T/fakes/docker"
	check ends 1 bb-list
	check grep -q 'docker is not installed' err
	things
	printf 'bot-bottle-bundle-lost\trunning\tbundle:1\t%s\n' "$(labels lost)" >containers
	rm "$BOT_BOTTLE_HOME"/state.db*
	check ends 1 bb-clean --yes
	check grep -q 'lost stays' err
	all_good
}

@test "a damaged database is named; rebuild keeps it aside and records what docker and smolvm show" {
	things
	bb-ledger claim demo
	check refuses 1 'it is not damaged' bb-ledger rebuild
	for damage in 'not a database, but long enough to be taken for one' ''; do
		[ -n "$damage" ] && printf '%s' "$damage" >"$BOT_BOTTLE_HOME/state.db" ||
			dd if=/dev/zero of="$BOT_BOTTLE_HOME/state.db" bs=1 seek=1000 count=3000 conv=notrunc status=none
		rm -f "$BOT_BOTTLE_HOME"/state.db-*
		bb bb-ledger list
		check equals 74 "$status" status
		check grep -q 'state.db' err
		check grep -q 'bb-ledger rebuild' err
		printf 'bot-bottle-bundle-lost\t%s\n' "$(labels lost)" >networks
		sed -i '/^docker\tinspect/d' "$FAKE_RULES"
		rule docker 'inspect --type network *' 0 "$(net_lines lost 192.168.7.0/24)"
		check ends 0 bb-ledger rebuild
		check grep -q 'is new, with 1 objects found by label; the old file is' out
		check equals 'lost|192.168.7.0/24' "$(state 'SELECT * FROM leases')"
		check equals 1 "$(ls "$BOT_BOTTLE_HOME" | grep -c 'state.db.20.*Z\.[0-9]*$')" 'kept aside'
		rm "$BOT_BOTTLE_HOME"/state.db.*
	done
	all_good
}

@test "a machine of nobody stays: before it was started, while it runs, when it has ended, after a reboot; by name it goes" {
	command -v jq >/dev/null || skip 'no jq'
	real "$NEW_SMOLVM"
	things
	plan_packed
	check works bb-vm create <plan.json
	check equals 'demo: stopped, kept' "$(states)"
	check ends 0 bb-clean --yes
	check equals 'demo: stopped, kept' "$(states)"
	edit_row "r['state'] = 'running'; r['pid'] = $$"
	check equals 'demo: detached' "$(states)"
	check ends 0 bb-clean --yes
	check equals 'demo: detached' "$(states)"
	edit_row "r['pid'] = 4194304"
	for boot in "$(cat /proc/sys/kernel/random/boot_id)" 'an earlier one'; do
		state "UPDATE bottles SET boot = '$boot'"
		check equals 'demo: stopped, kept' "$(states)"
		check works bb-clean --yes
		check equals 'nothing to take back' "$(cat out)"
	done
	# Not with the start that took it over, either: that one had not made it.
	sleep 60 3>&- & other=$!
	bb-ledger claim demo --owner "$other"
	kill "$other"
	wait "$other" || :
	check equals 'demo: stopped, kept' "$(states)"
	check works bb-clean --yes
	check equals 'nothing to take back' "$(cat out)"
	check works bb-stop demo
	check equals '' "$(states)"
	check equals '' "$(smolvm machine ls --json | grep -o bot-bottle)"
	all_good
}

@test "a machine with a bottle's name that is not ours: listed as foreign, never stopped or deleted" {
	command -v jq >/dev/null || skip 'no jq'
	real "$NEW_SMOLVM"
	things
	plan_packed
	check works bb-vm create <plan.json
	edit_row "r['labels'] = {}"
	rm -r "$BOT_BOTTLE_HOME"/state.db* "$BOT_BOTTLE_HOME/bottles"
	check equals 'machine bot-bottle-demo: foreign' "$(states)"
	check ends 0 bb-clean --yes
	for verb in stop delete; do
		check ends 77 bb-vm "$verb" demo
		check grep -q "machine bot-bottle-demo is not bottlebox's" err
	done
	check ends 1 bb-stop demo
	check equals bot-bottle-demo "$(smolvm machine ls --json | jq -r '.[].name')"
	# With the label it is ours, database or not.
	edit_row "r['labels'] = {'bot-bottle.slug': 'demo', 'bot-bottle.bottle': '$(own_label demo)'}"
	check ends 0 bb-stop demo
	check equals '[]' "$(smolvm machine ls --json)"
	all_good
}

# on_b CMD...: as on another host with the same home: another machine id, another name.
on_b() {
	echo 0123456789abcdef0123456789abcdef >"$T/b"
	unshare -rmu sh -c 'echo b >/proc/sys/kernel/hostname && { [ ! -s /etc/machine-id ] || mount --bind "$1" /etc/machine-id; } &&
		shift && exec "$@"' sh "$T/b" "$@"
}

@test "two hosts with one home: each shows both, takes back its own dead ones, and never the other's" {
	command -v jq >/dev/null || skip 'no jq'
	on_b true 2>/dev/null || skip 'no namespaces'
	things
	bash -c 'bb-ledger claim on-a --new --owner $$'
	on_b bash -c 'bb-ledger claim on-b --new --owner $$'
	leases "INSERT INTO leases VALUES('on-a', '192.168.8.0/24'), ('on-b', '192.168.9.0/24');"
	check equals 'on-a: orphaned
on-b: elsewhere (is of another host)' "$(states)"
	check equals 'on-a: elsewhere (is of another host)
on-b: orphaned' "$(on_b bb-ledger list --json | jq -r '.[] | .bottle + ": " + .state + (if .notes != "" then " (" + .notes + ")" else "" end)')"
	check ends 0 on_b bb-clean --yes
	check equals 'on-b: gone' "$(tail -n 1 out | cut -d' ' -f1,2)"
	check equals 'on-a|192.168.8.0/24' "$(state 'SELECT * FROM leases')"
	check ends 1 on_b bb-stop on-a
	check equals on-a "$(state 'SELECT slug FROM bottles')"
	on_b bash -c 'bb-ledger claim on-b --new --owner $$'
	check ends 0 bb-clean --yes
	check equals 'on-a: gone' "$(tail -n 1 out | cut -d' ' -f1,2)"
	check equals on-b "$(state 'SELECT slug FROM bottles')"
	all_good
}

# --- what was true when it was looked at ---

@test "bb-stop of a bottle whose start lives asks that to end; a start of the same name in between is not harmed" {
	things
	# It ends only when it is told, and takes its time over it, as a start does that waits for smolvm.
	bash -c 'trap "sleep 1; bb-ledger undo demo --owner $$; exit 0" TERM; bb-ledger claim demo --new --owner $$ && echo >up; while :; do sleep 0.1; done' 3>&- &
	start=$!
	wait_for up
	check works bb-stop demo
	check gone "$start"
	check equals 0 "$(state 'SELECT count(*) FROM bottles')"
	# What is somebody else's by now is not touched by whoever had it before.
	sleep 60 3>&- & other=$!
	bb-ledger claim demo --new --owner "$other"
	leases "INSERT INTO leases VALUES('demo', '192.168.9.0/24');"
	check ends 1 bb-ledger undo demo --owner $$
	check grep -q "the bottle demo is not pid $$'s any more: nothing was done" err
	check works bb-ledger disown demo --owner $$
	check equals "demo $other" "$(state "SELECT slug || ' ' || pid FROM bottles")"
	check equals 1 "$(state 'SELECT count(*) FROM leases')"
	kill "$other"
	all_good
}

@test "somebody works by hand on a bottle of an earlier boot, or of a dead start: it is nobody's, and not reaped" {
	real "$NEW_SMOLVM"
	things
	plan_packed
	check works bb-vm create <plan.json
	for now in "pid = 4194304, start = 1, boot = 'an earlier one'" "pid = 4194304, start = 1"; do
		state "UPDATE bottles SET $now"
		ends 0 bb-clean --dry-run
		check grep -q '^demo: ' out
		# Fails for want of a machine that runs; that somebody was at it is what counts.
		bb bb-tsi-patch apply <plan.json
		check ends 0 bb-clean --yes
		check equals 'nothing to take back' "$(cat out)"
	done
	all_good
}
