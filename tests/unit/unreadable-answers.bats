# SPDX-License-Identifier: MIT
# Where: unit
# What Docker and smolvm say when they do not say what was asked: nothing is taken for gone, none or done (wall W33).
load ../helper
load ../engine

start() {
	fakes docker
	plan_demo "$@"
}

# Each answer: its name, status, code; none of them says that the container is gone or somebody else's (W33).
unreadable_answers() {
	printf '%s\t%s\t%s\n' nothing 0 : empty-line 0 echo truncated 0 "printf '%s' ${BOX%55}" id-alone 0 "echo $BOX" \
		wrong-id 0 "$(box_lines "$(own_label demo)" true 55)" wrong-state 0 "$(box_lines "$(own_label demo)" maybe)" \
		no-start 0 "printf '%s\\n' $BOX '' true $(own_label demo)" line-more 0 "$(box_lines "$(own_label demo)"); echo x" garbage 0 'echo "<html>502 Bad Gateway</html>"' \
		two-lines 0 "printf '$BOX x\n$BOX x\n'" bytes 0 "printf '$BOX\n\\377\ntrue\nx\n'" nul 0 "printf '$BOX\n2026\ntrue\n\\0x\n'" huge 0 'head -c 3000000 /dev/zero | tr "\0" a' \
		unknown-words 1 'echo "Error response from daemon: something strange" >&2' wordless 1 : \
		context 1 'echo "Current context \"x\" is not found on the file system, please check your config file" >&2' \
		helper 1 'echo "error getting credentials: executable file not found in \$PATH" >&2' \
		quoted 1 'echo "Error response from daemon: proxy says: No such container: x" >&2' \
		down 1 'echo "Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?" >&2' \
		down-29 1 'echo "failed to connect to the docker API at unix:///x; dial unix /x: connect: no such file or directory" >&2'
}

@test "an answer of Docker's that cannot be read is never gone, none or not ours: stop, check, down, undo (W33)" {
	unreadable_answers >answers
	while IFS=$'\t' read -r name code what <&3; do
		start
		rule docker 'inspect *' "$code" "$what"
		for verb in stop check; do
			check ends 69 bb-bundle "$verb" demo
			check equals "$name $verb 2" "$name $verb $(wc -l <err)" 'lines on stderr'
		done
		bb-ledger claim demo
		leases "INSERT INTO leases VALUES('demo', '192.168.108.0/24') ON CONFLICT DO NOTHING;
			INSERT INTO ledger(at, slug, phase, kind, name, id) VALUES('', 'demo', 'done', 'container', 'bot-bottle-bundle-demo', 'x');"
		mkdir -p "$BOT_BOTTLE_HOME/bottles/demo"
		bb bb-bundle down demo
		check equals "$name 1" "$name ${status/69/1}" 'status of down'
		check ends 1 bb-ledger undo demo
		check grep -q 'demo is not wholly gone: left are container or network' err
		check assert_exist "$BOT_BOTTLE_HOME/bottles/demo"
		check equals demo "$(sql "$BOT_BOTTLE_HOME/state.db" 'SELECT slug FROM bottles')" "$name: the row"
		check equals demo "$(sql "$BOT_BOTTLE_HOME/state.db" 'SELECT slug FROM leases')" "$name: the lease"
		check equals '' "$(sql "$BOT_BOTTLE_HOME/state.db" "SELECT kind FROM ledger WHERE phase = 'undone'")" "$name: the ledger"
		check equals '' "$(calls | grep ' rm ' || :)" "$name: removed"
	done 3<answers
	all_good
}

@test "an object without our label is a stranger's, as Docker says it: it stays, and is not ours to stop or remove" {
	for label in '<no value>' '' other.label 'two words'; do
		start
		has_box "$label"
		has_net "$label"
		check ends 77 bb-bundle down demo
		check equals 2 "$(grep -c "is not bottlebox's (it lacks the label) and stays" err)" "$label"
		check ends 0 bb-bundle stop demo          # nothing of ours runs
		check equals '' "$(calls | grep -E ' (rm|stop|kill) ' || :)" "$label: removed"
	done
	all_good
}

@test "start: a boot without progress is stopped and tried again, each attempt said; after the third it is 69" {
	proven_bottle
	edit_row "r['state'] = 'created'; r['pid'] = None"
	rule smolvm 'machine start *' 1 'echo "Error: agent did not become ready within 30 seconds: no boot progress for 30 seconds" >&2'
	rule smolvm 'machine stop *' 0
	ends 69 bb-vm start <plan.json
	equals 2 "$(grep -c 'no boot progress for 30 seconds; attempt [23] of 3' err)"
	equals 'start stop start stop start stop' "$(calls | sed -n 's/^smolvm machine \(st[a-z]*\) .*/\1/p' | paste -sd' ')"
	# What cannot be stopped is not started once more.
	: >"$FAKE_LOG"
	sed -i '/machine stop/d' "$FAKE_RULES"
	rule smolvm 'machine stop *' 1 'echo "Error: it hangs" >&2'
	ends 69 bb-vm start <plan.json
	equals 1 "$(calls | grep -c 'machine start')"
}

@test "stop: only smolvm's own word that it has no such machine means gone" {
	proven_bottle
	while IFS='|' read -r status said; do
		sed -i '/machine stop/d' "$FAKE_RULES"
		rule smolvm 'machine stop *' 1 "echo '$said' >&2"
		check ends "$status" bb-vm stop demo
	done <<-END
	0|Error: vm not found: bot-bottle-demo
	1|Error: vm not found: bot-bottle-demo-2
	1|Error: libkrun.so: not found
	1|Error: agent operation failed: socket not found
	1|
	END
	all_good
}

@test "what is no id where Docker should print one is Docker's fault (69), and all is taken back" {
	start
	container_facts plan.json >facts
	for what in : 'echo abc' "printf '\\377\\n'" "printf '$BOX\n$BOX\n'" 'echo "<html>502</html>"'; do
		for call in 'network create' run; do
			: >"$FAKE_LOG"
			: >"$FAKE_RULES"
			rule docker "$call *" 0 "$what"
			good_docker
			check ends 69 bb-bundle up <plan.json
			check grep -q "docker $call printed no id" err
			check equals "$([ "$call" = run ] && echo BOX,)NET" "$(removed)" "$call: $what"
		done
	done
	all_good
}

# --- listings: an empty one says that there is nothing, and what cannot be read says nothing at all ---

anew() {
	rm -rf "$HOME" "$BOT_BOTTLE_HOME"
	mkdir -p "$HOME"
	fakes docker
}

# Each answer: its name, status, code.
unreadable_listings() {
	printf '%s\t%s\t%s\n' garbage 0 'echo "<html>502 Bad Gateway</html>"' json 0 'echo "[{}]"' \
		truncated 0 "printf 'bot-bottle-bundle-de'" cut-line 0 "printf 'bot-bottle-bundle-demo\\t\\n'" \
		bytes 0 "printf 'bot-bottle-bundle-\\377\\ta\\tb\\tc\\td\\te\\n'" nul 0 "printf '\\0'" empty-line 0 echo \
		wordless 1 : down 1 'echo "Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?" >&2'
}

@test "listings: what cannot be read is said and never none; nothing is reaped, forgotten or given away" {
	unreadable_listings >answers
	while IFS=$'\t' read -r title code what <&3; do
		for listing in 'ps -a *' 'network ls *'; do
			anew
			rule docker "$listing" "$code" "$what"
			rule docker '*' 0
			leases "INSERT INTO leases VALUES('demo', '192.168.108.0/24')"
			check ends 1 bb-ledger list
			check equals "$title 1" "$title $(grep -c 'cannot be read: \|exit status 1\|Cannot connect' err)" "list: $(paste -sd" " err)"
			# Of a name that nothing knows: what is known and what is not.
			check refuses 69 'no bottle nope is on record; whether there is anything of it could not be asked: ' bb-ledger undo nope
			check ends 69 bb-stop nope
			check equals "$title 2 0" "$title $(wc -l <err) $(grep -c 'not wholly gone' err)" 'bb-stop nope'
			check ends 1 bb-ledger reap
			check equals demo "$(sql "$BOT_BOTTLE_HOME/state.db" 'SELECT slug FROM leases')" "$title: the lease"
			check equals '' "$(calls | grep -E ' (rm|stop) ' || :)" "$title: removed"
		done
	done 3<answers
	# Empty is an answer.
	anew
	rule docker '*' 0
	check works bb-ledger list
	check ends 1 bb-ledger undo nope
	check equals 1 "$(grep -c 'there is no bottle nope' err)" 'no bottle'
	all_good
}

@test "ranges: networks that cannot be read are not free ranges: 69, no lease, none moved" {
	can_be_alone || skip "no network namespaces here"
	while IFS='|' read -r call code what; do
		anew
		rule docker "$call *" "$code" "$what"
		rule docker 'network ls *' 0 "echo $NET"
		manifest | bb-plan new >plan
		leases "INSERT INTO leases VALUES('demo', '192.168.108.0/24')"
		check ends 69 alone bb-subnet alloc <plan
		check equals 2 "$(wc -l <err)" "$call: $what"
		check grep -q "^bb-subnet: docker network ${call#network }: " err
		check equals 'demo|192.168.108.0/24' "$(sql "$BOT_BOTTLE_HOME/state.db" 'SELECT * FROM leases')" "$call: $what"
		check assert_not_exist "$BOT_BOTTLE_HOME/networks"
	done <<-END
	network ls|0|echo "<html>502</html>"
	network ls|0|printf %s ${NET%55}
	network ls|0|printf %s $NET
	network ls|0|echo
	network ls|0|echo "[]"
	network ls|1|:
	network inspect|0|:
	network inspect|0|echo "<html>502</html>"
	network inspect|0|printf '$NET x 192.168.10'
	network inspect|0|echo '$NET x 192.168.108.0'
	network inspect|0|echo '$NET x null'
	network inspect|0|echo '$NET'
	network inspect|1|:
	END
	all_good
}

@test "smolvm's row that cannot be read is neither gone nor a stranger's: nothing is deleted or forgotten" {
	while IFS= read -r row; do
		proven_bottle
		rule smolvm 'machine *' 0
		rule docker 'ps *' 0
		rule docker 'network ls *' 0
		sql "$HOME/$DATABASE_OF_SMOLVM" 'UPDATE vms SET data = CAST(? AS BLOB)' "$row"
		bb-ledger claim demo
		leases "INSERT INTO leases VALUES('demo', '192.168.108.0/24') ON CONFLICT DO NOTHING; DELETE FROM ledger"
		for verb in stop delete; do
			check refuses 69 "smolvm's row of bot-bottle-demo cannot be read" bb-vm "$verb" demo
		done
		check ends 1 bb-ledger list
		check grep -q "smolvm's row of bot-bottle-demo cannot be read" err
		check equals "0 $row" "$(grep -c foreign out) $row" list
		check ends 1 bb-ledger undo demo
		check grep -q 'demo is not wholly gone: left are machine, lease' err
		check equals demo "$(sql "$BOT_BOTTLE_HOME/state.db" 'SELECT slug FROM bottles')" "$row: bottle"
		check equals demo "$(sql "$BOT_BOTTLE_HOME/state.db" 'SELECT slug FROM leases')" "$row: lease"
		check equals '' "$(calls | grep 'machine delete' || :)" "$row: deleted"
	done <<-'END'

	<html>502</html>
	{"name":"bot-bottle-demo","labels":{"bot
	[]
	{"labels":[]}
	{"labels":"bot-bottle.bottle"}
	{"labels":{"bot-bottle.bottle":7}}
	END
	all_good
}

@test "another bundle's machine: where Docker cannot tell, the guard's stop goes on (said), a delete does not (69)" {
	proven_bottle
	unreadable_answers >answers
	while IFS=$'\t' read -r name code what <&3; do
		: >"$FAKE_LOG"
		: >"$FAKE_RULES"
		rule docker 'inspect *' "$code" "$what"
		rule smolvm '--version' 0 "echo smolvm $NEW_SMOLVM"
		rule smolvm 'machine create --help' 0 'echo "      --allow-cidr <C>"'
		rule smolvm 'machine stop *' 0
		check refuses 69 'docker inspect bot-bottle-bundle-demo: ' bb-vm delete demo --bundle "$BOX"
		check equals "$name" "$name$(calls | grep 'machine delete' || :)" deleted
		check ends 0 bb-vm stop demo --bundle "$BOX"
		check grep -q 'the machine is stopped all the same' err
		check equals "$name 1" "$name $(calls | grep -c 'machine stop')" stopped
	done 3<answers
	all_good
}

@test "a notice before the error does not hide it: podman as docker, a flag that is going away" {
	plan_demo
	bottle_recorded() { mkdir -p -m 700 "$BOT_BOTTLE_HOME/bottles/demo"; }
	bottle_recorded
	for notice in 'Emulate Docker CLI using podman. Create /etc/containers/nodocker to quiet msg.' 'Flag --time has been deprecated, use --timeout instead'; do
		fakes docker
		rule docker '*' 1 "echo '$notice' >&2; echo 'Error: No such object: x' >&2"
		check works bb-bundle down demo
	done
	all_good
}
