# SPDX-License-Identifier: MIT
# Where: unit
# bb-ledger: what is written before an act, and taking it back after anything was killed. Docker is a fake that keeps
# what was made as files in $T/world; smolvm is the real one, as far as it goes without a machine that runs.
load ../helper
load ../engine

setup() {
	fresh_home
}

# world: Docker as files, a pack in the cache, a manifest of `demo`.
world() {
	real "$NEW_SMOLVM"
	W=$T/world
	mkdir -p "$W"
	fakes docker
	printf '#!/bin/sh\necho fake engine\n' >"$T/fakes/bb-doctor"
	chmod +x "$T/fakes/bb-doctor"
	manifest >m.json
	plan_packed
	container_facts plan.json at_home '' >facts
	rm -rf "$BOT_BOTTLE_HOME"
	local gone='echo "Error: No such object" >&2; exit 1'
	rule docker 'inspect --type image *' 0 "printf '%s\\n' $IMAGE_ID amd64"
	rule docker 'network ls -q *' own "ls $W | sed -n 's/^network.*/$NET/p'"
	rule docker 'network inspect *' own "echo $NET bot-bottle-bundle-demo 192.168.108.0/24"
	rule docker 'network create *' own "echo bot-bottle-bundle-demo >$W/network; ip addr add 192.168.108.1/24 dev lo; echo $NET"
	rule docker 'run *' own "echo bot-bottle-bundle-demo >$W/container; echo $BOX"
	rule docker 'inspect --type container *' own "[ -e $W/container ] || { $gone; }; $(inspect_by "$T/facts")"
	rule docker 'inspect --type network *' own "[ -e $W/network ] || { $gone; }; $(net_lines "$(own_label demo)")"
	rule docker "rm -f -v -- $BOX" own "rm $W/container"
	rule docker "network rm -- $NET" own "rm $W/network; ip addr del 192.168.108.1/24 dev lo 2>/dev/null || :"
	rule docker 'ps -a *' own "[ ! -e $W/container ] || printf 'bot-bottle-bundle-demo\trunning\tbundle:1\tdemo\tboot\t%s\n' $(own_label demo)"
	rule docker 'network ls *' own "[ ! -e $W/network ] || printf 'bot-bottle-bundle-demo\tdemo\tboot\t%s\n' $(own_label demo)"
}

# inside CMD...: in a network of its own where 8888 answers, in a session of its own.
inside() {
	setsid -w unshare -rn -- python3 -c '
import socket, subprocess, sys
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
s = socket.create_server(("0.0.0.0", 8888))
done = subprocess.run(sys.argv[1:])
sys.exit(done.returncode if done.returncode >= 0 else 128 - done.returncode)' "$@"
}

# killed N CMD...: inside, with everything killed after line N of the ledger.
killed() {
	local n=$1
	shift
	rm -f "$T/count"
	LD_PRELOAD=$BB_ROOT/out/kill-at.so KILL_AT=$n KILL_COUNT=$T/count inside "$@" >"$T/out" 2>"$T/err"
}
can_kill() {
	[ "$BB_BIN" = "$BB_ROOT/out/bin" ] || skip "what is preloaded does not go with the sanitizers"
	inside true 2>/dev/null || skip "no network namespaces with addresses here"
}

state() {
	sql "$BOT_BOTTLE_HOME/state.db" "$1"
}

nothing_left() {
	check equals '' "$(ls "$W")" 'networks and containers'
	check equals '' "$(smolvm machine ls --json | grep -o 'bot-bottle-[a-z]*')" machines
	for table in bottles leases ledger; do
		check equals 0 "$(state "SELECT count(*) FROM $table")" "$table"
	done
	check equals '' "$(ls "$BOT_BOTTLE_HOME/bottles" 2>/dev/null)" folders
	check equals '' "$(ls "$XDG_CACHE_HOME/bot-bottle/smolmachines" | grep -F .making)" 'unfinished packs'
	check equals '' "$(processes)" processes
}

# Of ours and of the fakes, whatever they are called: by their environment and by their words.
processes() {
	local p
	for p in /proc/[0-9]*; do
		case $(readlink "$p/exe") in
		*/bottlebox) ! grep -qsF "HOME=$HOME" "$p/environ" || tr '\0' ' ' <"$p/cmdline" ;;
		esac
	done
	pgrep -f "$T/" | paste -sd,
}

# What is killed: a start and, after it, a stop.
whole() { printf 'bb-start --yes --until tsi-patch %s/m.json && bb-stop demo' "$T"; }

@test "one line before each act and one behind it, in order; teardown closes them and forgets the bottle" {
	can_kill
	world
	check ends 0 inside bb-start --yes --until tsi-patch "$T/m.json"
	check equals 'begin network,done network,begin container,done container,begin machine,done machine' \
		"$(state "SELECT phase || ' ' || kind FROM ledger ORDER BY line" | paste -sd,)"
	check equals "$NET" "$(state "SELECT id FROM ledger WHERE kind = 'network' AND phase = 'done'")"
	check equals "$BOX" "$(state "SELECT id FROM ledger WHERE kind = 'container' AND phase = 'done'")"
	check equals 'demo 0 demo-agent:1' "$(state "SELECT slug || ' ' || pid || ' ' || image FROM bottles")"
	check works inside bb-stop demo
	nothing_left
	check ends 1 inside bb-stop demo
	check grep -q 'there is no bottle demo' err
	all_good
}

@test "everything killed after any line of start and stop: bb-clean leaves nothing" {
	can_kill
	world
	killed 1000 bash -c "$(whole)" || { tell "the whole run"; return 1; }
	points=$(stat -c %s "$T/count")
	check equals 9 "$points" "lines of a start and a stop"
	for n in $(seq "$points"); do
		rm -rf "$BOT_BOTTLE_HOME"
		killed "$n" bash -c "$(whole)" && check equals killed 'at the end' "point $n"
		check grep -qE '^demo +smolmachines +orphaned ' <(inside bb-list)
		check ends 0 inside bb-clean --yes
		check equals 'demo: gone' "$(cut -d'(' -f1 <out | sed 's/ $//' | tail -n 1)" "point $n"
		nothing_left
		[ "$faults" = 0 ] || { tell "point $n"; break; }
	done
	echo "# killed at $points points" >&3
	all_good
}

@test "everything killed after anything is written at all, claim and lease and farewell too: bb-clean leaves nothing" {
	can_kill
	world
	kept=''
	export KILL_WRITES=1
	killed 1000 bash -c "$(whole)" || { tell "the whole run"; return 1; }
	points=$(stat -c %s "$T/count")
	check [ "$points" -ge 20 ]
	for n in $(seq "$points"); do
		rm -rf "$BOT_BOTTLE_HOME"
		killed "$n" bash -c "$(whole)" && check equals killed 'at the end' "point $n"
		check ends 0 inside bb-clean --yes
		# Handed over already (--until), and its stop not begun: that one is kept on purpose.
		if [ "$(state 'SELECT count(*) FROM bottles WHERE pid = 0')" = 1 ]; then
			kept="$kept $n"
			check ends 0 inside bb-stop demo
		fi
		nothing_left
		[ "$faults" = 0 ] || { tell "point $n"; break; }
	done
	check equals 1 "$(wc -w <<<"$kept")" "points at which it was kept:$kept"
	unset KILL_WRITES
	echo "# killed at $points writes" >&3
	all_good
}

@test "bb-start alone killed after any line: the stage ends with it and takes back what it made" {
	can_kill
	world
	for n in 1 2 3 4 5 6; do
		rm -rf "$BOT_BOTTLE_HOME"
		export KILL_ONLY=$T/pid
		killed "$n" bash -c "echo \$\$ >$T/pid; exec bb-start --yes --until tsi-patch $T/m.json" || :
		unset KILL_ONLY
		for _ in $(seq 50); do pgrep -f "$T/" >/dev/null || break; sleep 0.1; done
		check ends 0 inside bb-clean --yes
		nothing_left
		[ "$faults" = 0 ] || { tell "point $n"; break; }
	done
	all_good
}

@test "what cannot be written down is not done: a full disk, a folder that cannot be written" {
	can_kill
	world
	plan_packed
	plan_packed
	ends 0 bb-vm create --dry-run <plan.json	# which smolvm it is, is remembered: the ledger comes first
	cp "$BOT_BOTTLE_HOME/smolvm-version" remembered
	for fault in 'mount -o remount,ro' 'head -c 2M /dev/zero >fill 2>/dev/null; :'; do
		: >"$FAKE_LOG"
		rm -f claimed
		check ends 74 unshare -rmn -- sh -c 'mkdir -p -m 700 "$1" && mount -t tmpfs -o size=1m,mode=700 none "$1" &&
			bb-ledger claim demo && mkdir -p "$1/bottles/demo" && cp -p remembered "$1/smolvm-version" && : >claimed &&
			cd "$1" && eval "$2 ." && cd "$3" && exec bb-vm create <plan.json' sh "$BOT_BOTTLE_HOME" "$fault" "$T"
		check assert_exist claimed
		check equals '' "$(smolvm machine ls --json | grep -o bot-bottle)" 'what was made'
		check grep -q state.db err
		check equals 2 "$(wc -l <err)" "lines of advice: $(cat err)"
	done
	all_good
}
