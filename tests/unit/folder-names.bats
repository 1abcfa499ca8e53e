# SPDX-License-Identifier: MIT
# Where: unit
# Where things may lie: state, cache and home folders of any name that a plan can hold; others are refused at once.
load ../helper
load ../engine

# A docker that takes what it is given: as its own CSV reader splits --mount, and with the source as it reports it.
bundle_up_in() {
	export BOT_BOTTLE_HOME=$1
	plan_demo
	container_facts plan.json at_home '' | sed "s|^{{range .Mounts}}{{.Source}}{{end}}.*|{{range .Mounts}}{{.Source}}{{end}}\|$2/bottles/demo/bundle.json|" >facts
	fakes docker
	rule docker 'network create *' 0 "echo $NET"
	rule docker 'run *' 0 "echo $BOX"
	rule docker 'inspect --type container *' 0 "$(inspect_by "$T/facts")"
	works at_home 8888 bb-bundle up <plan.json
	equals "type=bind|src=$2/bottles/demo/bundle.json|dst=/etc/bottle/bundle.json|readonly" \
		"$(grep -A 1 -x -e --mount "$FAKE_LOG" | tail -n 1 | python3 -c 'import csv, sys; print("|".join(next(csv.reader(sys.stdin))))')"
}

@test "a state folder with slashes too many, or a name that means something elsewhere, works" {
	can_be_home
	while IFS='|' read -r given meant; do
		check bundle_up_in "$T/$given" "$T/$meant"
	done <<-'END'
	slash/|slash
	two//deep///folder//|two/deep/folder
	CAP_CHOWN|CAP_CHOWN
	a,b|a,b
	with "quotes", blanks|with "quotes", blanks
	a=b;c$d&e|a=b;c$d&e
	ümlaut 日本|ümlaut 日本
	END
	all_good
}

@test "a folder that no plan can hold is one clear line at once, whoever names it" {
	manifest >m.json
	for name in $'bad\xff' $'new\nline' $'esc\x1b[2J' $'bidi\u202e'; do
		for variable in BOT_BOTTLE_HOME XDG_STATE_HOME XDG_CACHE_HOME XDG_DATA_HOME HOME; do
			command='bb-ledger list'
			case $variable in XDG_CACHE_HOME) command='bb-pack gc' ;; XDG_DATA_HOME) command='bb-vm delete demo' ;; esac
			set -- env "$variable=$T/$name"
			[ "$variable" = BOT_BOTTLE_HOME ] || [ "$variable" = XDG_CACHE_HOME ] || [ "$variable" = XDG_DATA_HOME ] ||
				set -- env -u BOT_BOTTLE_HOME -u XDG_DATA_HOME -u "XDG_STATE_HOME" "$variable=$T/$name"
			# shellcheck disable=SC2086 # words
			check ends 64 "$@" $command
			check grep -q "$variable=.*has characters that a plan cannot hold" err
			check equals 2 "$(wc -l <err)" "lines of $variable"
		done
	done
	all_good
}

@test "a console of any size is shown from its end; what is no file is said" {
	plan_demo
	real_each "${ENGINES%%[[:space:]]*}"
	mkdir -p "$BOT_BOTTLE_HOME/bottles/demo"
	manifest | bb-plan new >plan.json
	chmod 700 "$BOT_BOTTLE_HOME" "$BOT_BOTTLE_HOME/bottles" "$BOT_BOTTLE_HOME/bottles/demo"
	saved plan.json
	folder=$HOME/.cache/smolvm/vms/$(printf bot-bottle-demo | sha256sum | cut -c 1-16)
	mkdir -p "$folder"
	python3 -c 'import sys
for n in range(700000): sys.stdout.write("%0126d\n" % n)
sys.stdout.write("the\0end\n")' >"$folder/agent-console.log"
	ends 0 bb-vm logs demo
	equals 'the?end' "$(tail -n 1 out)"
	equals 127 "$(head -n 1 out | wc -c)" 'the first line is whole'
	grep -q 'the first [0-9]* bytes are left out' err
	rm "$folder/agent-console.log"
	refuses 1 'does not exist' bb-vm logs demo
	mkfifo "$folder/agent-console.log"
	refuses 1 'is not a regular file' bb-vm logs demo
}

@test "a FIFO where a file of ours should be hangs nobody" {
	bb-ledger claim demo
	rm -f "$BOT_BOTTLE_HOME"/state.db*
	mkfifo "$BOT_BOTTLE_HOME/state.db"
	check ends 74 timeout 10 bb-ledger list
	check grep -q 'is no regular file, so no database' err
	check ends 74 timeout 10 bb-ledger claim demo
	all_good
}

@test "what others say by the megabyte becomes one short line" {
	bb bb-plan new "$(head -c 100000 /dev/zero | tr '\0' x)"
	check test "$(wc -c <err)" -lt 6000
	check grep -q '\.\.\.' err
	check equals 2 "$(wc -l <err)"
	fakes docker
	plan_demo
	rule docker 'network create *' 1 'head -c 10000000 /dev/zero | tr "\0" x >&2'
	bb bb-bundle up <plan.json
	check equals 69 "$status"
	check test "$(wc -c <err)" -lt 6000
	all_good
}

state_sql() {
	python3 - "$BOT_BOTTLE_HOME/state.db" "$1" <<-'END'
	import sqlite3, sys
	with sqlite3.connect(sys.argv[1]) as db:
	    print(*(row[0] for row in db.execute(sys.argv[2])))
	END
}

@test "a bottle belongs to the engine in its row, whatever BOT_BOTTLE_BACKEND says; an unknown one is said" {
	plan_demo
	bb-ledger claim demo
	equals smolmachines "$(state_sql 'SELECT backend FROM bottles')"
	BOT_BOTTLE_BACKEND=banana refuses 64 'BOT_BOTTLE_BACKEND=banana is not a back end' bb-ledger claim other
	BOT_BOTTLE_BACKEND=banana refuses 64 'BOT_BOTTLE_BACKEND=banana' bb-vm delete other
	BOT_BOTTLE_BACKEND=banana works bb-vm delete demo
	state_sql "UPDATE bottles SET backend = 'orchard'"
	refuses 65 'the bottle demo is of the back end orchard, which is unknown here' bb-vm delete demo
	equals demo "$(state_sql 'SELECT slug FROM bottles')" 'nothing was forgotten'
}
