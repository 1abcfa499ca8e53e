# SPDX-License-Identifier: MIT
# Where: unit
# The subprocess runner: data both ways, floods, hangs, failed starts, signals, descriptors.
load ../helper
load ../engine

proc() {
	works testtool proc "$@"
}

# ended "status 0 signal 0 ...": words that must stand in the report.
ended() {
	local word
	for word in "$@"; do
		grep -q "$word" out || { tell "report lacks '$word'"; return 1; }
	done
}

@test "3 MiB in and out through cat: no deadlock, every byte" {
	head -c 3145728 /dev/urandom >in
	proc timeout=20000 input=in out=got -- cat
	ended 'status 0 signal 0 error 0 timed_out 0 flooded 0'
	same in got
}

@test "both streams are kept apart, and neither blocks the other" {
	proc timeout=20000 out=o err=e -- sh -c 'head -c 500000 /dev/zero >&2; head -c 500000 /dev/zero; echo x >&2'
	ended 'ok 1'
	equals '500000 500002' "$(wc -c <o) $(wc -c <e)"
}

@test "a child that does not read its input, or closes it, is not our failure" {
	head -c 1000000 /dev/zero >in
	proc input=in timeout=5000 -- true
	ended 'status 0 signal 0' 'ok 1'
	proc input=in timeout=5000 out=o -- sh -c 'exec <&-; sleep 0.1; echo fine; exit 3'
	ended 'status 3 signal 0' 'shell 3'
	equals fine "$(cat o)"
}

@test "a flood is cut: the child and its whole group end, what was kept is bounded" {
	start=$SECONDS
	proc max=100000 out=o -- sh -c 'sleep 300 & echo $! >pid; exec yes'
	ended 'flooded 1' 'ok 0' 'printed too much'
	assert [ "$(wc -c <o)" -le 100000 ]
	assert [ $((SECONDS - start)) -le 5 ]
	gone "$(cat pid)"
}

@test "exactly the limit is no flood, one byte more is; stderr has the same limit" {
	proc max=10 out=o -- printf 1234567890
	ended 'flooded 0' 'ok 1'
	proc max=10 out=o -- printf 12345678901
	ended 'flooded 1' 'ok 0'
	proc max=10 err=o -- sh -c 'printf 12345678901 >&2'
	ended 'flooded 1' 'ok 0'
}

@test "a hang ends by TERM when time is up; the group goes, too" {
	start=$SECONDS
	proc timeout=300 out=o -- sh -c 'sleep 300 & echo $! >pid; wait'
	ended 'timed_out 1' 'signal 15' 'did not end in time'
	assert [ $((SECONDS - start)) -le 5 ]
	gone "$(cat pid)"
}

@test "one that ignores TERM gets KILL after the grace; one that heeds it may clean up" {
	proc timeout=200 grace=300 out=o -- sh -c 'trap "" TERM; while :; do sleep 0.1; done'
	ended 'timed_out 1' 'signal 9'
	proc timeout=200 grace=5000 out=o err=e -- sh -c 'trap "echo bye; exit 0" TERM; while :; do sleep 0.05; done'
	ended 'timed_out 1' 'signal 0' 'ok 0'
	equals bye "$(cat o)"
}

@test "a grandchild that holds the pipe does not hold us; it lives on after a good end" {
	start=$SECONDS
	proc out=o -- sh -c 'sleep 300 & echo $! >pid; echo hi'
	ended 'status 0' 'ok 1'
	equals hi "$(cat o)"
	assert [ $((SECONDS - start)) -le 5 ]
	kill "$(cat pid)"
}

@test "a grandchild that ignores TERM is killed with the group when time is up" {
	proc timeout=300 grace=200 out=o -- sh -c '(trap "" TERM; echo $$ >x; exec sleep 300) & echo $! >pid; wait'
	ended 'timed_out 1'
	gone "$(cat pid)"
}

@test "a program that cannot start: not found, not executable, not a program, bad interpreter" {
	: >plain
	echo text >text
	chmod +x text
	printf '#!/nothing/here\n' >script
	chmod +x script
	mkdir folder
	while read -r name error shell; do
		check proc out=o -- "$name"
		check ended "error $error " "shell $shell" 'cannot run'
	done <<-'END'
	no-such-program-here 2 127
	./nothing 2 127
	./script 2 127
	./plain 13 126
	./folder 13 126
	./text 8 126
	END
	all_good
}

@test "how it ended: exit statuses and signals as a shell says them" {
	while IFS='|' read -r code want; do
		check proc out=o -- sh -c "$code"
		check ended "$want"
	done <<-'END'
	exit 0|status 0 signal 0 error 0 timed_out 0 flooded 0 shell 0 ok 1
	exit 1|shell 1 ok 0
	exit 255|shell 255 ok 0
	kill -9 $$|signal 9 error 0 timed_out 0 flooded 0 shell 137 ok 0
	kill -15 $$|signal 15 error 0 timed_out 0 flooded 0 shell 143 ok 0
	END
	all_good
}

@test "a signal to us while a child runs: its group ends, undo runs, we die by that signal" {
	for sig in INT:130 TERM:143 HUP:129; do
		rm -f pid undone
		as_foreground "$BB_TESTTOOL" proc out=o undo=undone -- \
			sh -c 'sleep 300 & echo $! $$ >pid.new; mv pid.new pid; wait' >report 2>&1 3>&- &
		us=$!
		check wait_for pid
		kill -s "${sig%:*}" "$us"
		status=0
		wait "$us" || status=$?
		check equals "${sig#*:}" "$status" "status after ${sig%:*}"
		check equals undone "$(cat undone)" "undo after ${sig%:*}"
		check equals '' "$(cat report)" "output after ${sig%:*}"
		read -r a b <pid
		check gone "$a"
		check gone "$b"
	done
	all_good
}

@test "a signal while the child ignores TERM: KILL after the grace, then we die" {
	as_foreground "$BB_TESTTOOL" proc out=o grace=300 undo=undone -- \
		sh -c 'trap "" TERM; echo $$ >pid.new; mv pid.new pid; while :; do sleep 0.1; done' >report 2>&1 3>&- &
	us=$!
	wait_for pid
	kill -s TERM "$us"
	status=0
	wait "$us" || status=$?
	equals 143 "$status"
	gone "$(cat pid)"
	equals undone "$(cat undone)"
}

@test "we are killed by KILL: the child gets TERM (Linux)" {
	[ "$(uname -s)" = Linux ] || skip "only Linux tells a child that its parent died"
	as_foreground "$BB_TESTTOOL" proc out=o -- sh -c 'echo $$ >pid.new; mv pid.new pid; exec sleep 300' 3>&- &
	us=$!
	wait_for pid
	kill -s KILL "$us"
	wait "$us" || :
	gone "$(cat pid)"
}

@test "no descriptor of ours gets into the child" {
	ls /proc/self/fd >want 2>/dev/null || skip "no /proc/self/fd"
	head -c 10 /dev/zero >in
	proc input=in out=got err=e timeout=5000 -- ls /proc/self/fd
	equals "$(wc -l <want)" "$(wc -l <got)" "open descriptors"
}

@test "50 children: none stays a zombie, no descriptor stays open" {
	"$BB_TESTTOOL" proc-many 50 3000 >done 3>&- &
	us=$!
	wait_for done
	check equals '' "$(ps -o pid= --ppid "$us")" "children left"
	check equals "$(sh -c 'ls /proc/$$/fd' 3>&- >all; grep -c . <all)" "$(ls "/proc/$us/fd" | wc -l)" "descriptors left"
	kill "$us"
	all_good
}

@test "our own streams may be closed: pipes do not land on 0 to 2, and nobody waits for ever" {
	printf hello >in
	start=$SECONDS
	for close in '<&-' '2>&-' '>&-' '<&- 2>&-' '<&- >&-'; do
		rm -f got
		eval 'testtool proc input=in out=got timeout=5000 -- cat '"$close" || :
		check equals hello "$(cat got)" "with $close"
	done
	[ $((SECONDS - start)) -lt 4 ] || { echo "-- some child waited until its time was up"; return 1; }
	all_good
}

@test "many arguments and long ones arrive whole" {
	long=$(printf 'x%.0s' {1..100000})
	proc out=o -- sh -c 'echo $# ${#1}' sh "$long" {1..5000}
	equals '5001 100000' "$(cat o)"
}

@test "the environment is ours, or exactly what is given" {
	export LEAK=1
	proc out=o -- env
	grep -qx LEAK=1 o
	proc env=A=1 env=B= out=o -- env
	equals "A=1 B=" "$(sort o | paste -sd' ')"
}

@test "stdin of a child is empty unless given, and ours when interactive" {
	echo ours >in
	check proc timeout=5000 out=o -- cat <in
	check equals '' "$(cat o)"
	check proc interactive=1 out=o -- cat <in
	check equals ours "$(cat o)"
	all_good
}

@test "an interactive child stays in our process group, any other gets its own" {
	works testtool proc interactive=1 out=a -- sh -c 'ps -o pgid= -p $$'
	works testtool proc out=b -- sh -c 'ps -o pgid= -p $$; echo $$'
	equals "$(ps -o pgid= -p $$ | tr -d ' ')" "$(tr -d ' ' <a)"
	equals "$(tail -1 b)" "$(head -1 b | tr -d ' ')"
}

@test "SIGPIPE works in the child though we ignore it; a HUP that was ignored stays so" {
	(trap '' PIPE HUP; exec "$BB_TESTTOOL" proc out=o -- grep SigIgn /proc/self/status) >out
	mask=0x$(awk '{ print $2 }' o)
	equals 0 $((mask & 1 << 12)) "PIPE ignored"
	equals 1 $((mask & 1 << 0)) "HUP ignored"
}

@test "looking up in PATH: first that can be run; empty and relative entries do not count" {
	mkdir -p one two
	echo '#!/bin/sh' >two/tool-x
	cp two/tool-x one/tool-x
	cp two/tool-x tool-x
	chmod +x two/tool-x tool-x
	check equals "$T/two/tool-x" "$(PATH=$T/one:$T/two "$BB_TESTTOOL" proc-find tool-x)"
	for path in '' : . one:two "$T/one::" ./two; do
		check equals nothing "$(PATH=$path "$BB_TESTTOOL" proc-find tool-x)" "PATH=$path"
	done
	check equals ./tool-x "$(testtool proc-find ./tool-x)"
	all_good
}

@test "a caller that has closed what every program has: nothing else takes its place" {
	manifest >m.json
	fakes docker
	# A child that finds none either says so.
	rule docker 'network ls *' 0 "cat >/dev/null 2>&1 || echo closed >$T/closed"
	bb-plan new m.json >whole
	status=0
	bb-plan new m.json <&- >out 2>err || status=$?
	check equals 0 "$status" 'without a standard input'
	check same whole out
	status=0
	bb-subnet alloc <&- >out 2>err || status=$?
	check equals 65 "$status" 'a plan from a closed one'
	bb-subnet alloc --plan whole <&- >out 2>err || status=$?
	check assert_not_exist closed
	status=0
	bb-plan new m.json >&- 2>err || status=$?
	check equals 74 "$status" 'without a standard output'
	check grep -q 'write to standard output' err
	status=0
	bb-plan new nothing.json 2>&- >out || status=$?
	check equals 65 "$status" 'without a standard error'
	check equals '' "$(cat out)"
	# State, locks and pipes to children would have been 0, 1 and 2.
	status=0
	(exec <&- >&- 2>&-; bb-ledger claim demo; bb-subnet alloc --plan whole) || status=$?
	check equals 74 "$status" 'without any'
	check assert_not_exist closed
	all_good
}
