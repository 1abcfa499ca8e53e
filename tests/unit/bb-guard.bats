# SPDX-License-Identifier: MIT
# Where: unit
# bb-guard: what makes it stop a machine, and what does not. Docker's events come from a FIFO; bb-vm and bb-bundle are
# stand-ins that log. The lab kills real bundles and real starts.
load ../helper
load ../engine

setup() {
	fresh_home
	fakes docker
	rule docker 'events *' own "exec cat $T/events"
	mkfifo events lifeline
	for name in bb-bundle bb-vm; do
		sed "s|@DIR@|$T|g" "$BB_ROOT/tests/fakes/applet" >"$T/fakes/$name"
		chmod +x "$T/fakes/$name"
	done
	mkdir -p -m 700 "$BOT_BOTTLE_HOME" "$BOT_BOTTLE_HOME/bottles/demo"
	: >stages
	echo box-1 >box
}

# guard [--hold]: in the background; 7 is the engine's end, 8 the lifeline's.
guard() {
	bb-guard "$@" demo <"$T/lifeline" >"$T/out" 2>"$T/err" 7>&- 8>&- 3>&- &
	guard=$!
	exec 8>"$T/lifeline" 7>"$T/events"
}

# ends_with STATUS STAGES...: it ends so, having called these, and nothing of it is left.
ends_with() {
	local want=$1 status=0
	shift
	wait "$guard" || status=$?
	exec 7>&- 8>&-
	check equals "$want" "$status" "status"
	check equals "$*" "$(paste -sd, stages)" "what was called"
	check equals '' "$(ls "$BOT_BOTTLE_HOME/bottles/demo")" 'left in the folder'
	sleep 0.2
	check equals '' "$(pgrep -f "$T/(events|fakes)")" processes
	: >stages
}

@test "its container dies, its network is taken away or destroyed: the machine is stopped; others' events are not its" {
	for event in 'container die bot-bottle-bundle-demo <no value>' 'network disconnect bot-bottle-bundle-demo box-1' \
		'network destroy bot-bottle-bundle-demo <no value>'; do
		guard
		printf '%s\n' 'container die other <no value>' 'network disconnect bridge box-1' 'container die bot-bottle-bundle-demo-2 <no value>' \
			'network disconnect bot-bottle-bundle-demo machine-1' >&7
		sleep 0.3
		check equals 'bb-bundle check demo' "$(paste -sd, stages)"
		echo "$event" >&7
		ends_with 0 'bb-bundle check demo,bb-vm stop demo --bundle box-1'
		check grep -q 'demo: its bundle or network is gone; its machine is stopped' err
	done
	all_good
}

@test "while it stops the machine it does not pass for a guard any more" {
	echo 1 >fail-bb-vm-stop
	guard
	for _ in $(seq 50); do [ ! -e "$BOT_BOTTLE_HOME/bottles/demo/guarded" ] || break; sleep 0.1; done
	check assert_exist "$BOT_BOTTLE_HOME/bottles/demo/guarded"
	echo 'container die bot-bottle-bundle-demo <no value>' >&7
	for _ in $(seq 50); do ! grep -q 'vm stop' stages || break; sleep 0.1; done
	check assert_not_exist "$BOT_BOTTLE_HOME/bottles/demo/guarded"
	kill -0 "$guard"
	kill "$guard"
	exec 7>&- 8>&-
	wait "$guard" || :
	all_good
}

@test "with --bundle nobody is asked: that one it is" {
	guard --bundle 0123abcd
	for _ in $(seq 50); do [ ! -e "$BOT_BOTTLE_HOME/bottles/demo/guarded" ] || break; sleep 0.1; done
	check grep -q ' 0123abcd$' "$BOT_BOTTLE_HOME/bottles/demo/guarded"
	echo 'container die bot-bottle-bundle-demo <no value>' >&7
	ends_with 0 'bb-vm stop demo --bundle 0123abcd'
	check refuses 64 'what is' bb-guard --bundle '../x' demo
	check refuses 64 'what is' bb-guard --bundle box-1 ../demo
	all_good
}

@test "the lifeline is cut: bundle and machine are stopped; after \"stay\" they are not, after \"over\" it ends" {
	guard --hold
	exec 8>&-
	ends_with 0 'bb-bundle check demo,bb-bundle stop demo --bundle box-1,bb-vm stop demo --bundle box-1'
	check grep -q 'its start died' err
	guard --hold
	echo stay >&8
	exec 8>&-
	sleep 0.5
	check equals 'bb-bundle check demo' "$(paste -sd, stages)"
	echo 'container die bot-bottle-bundle-demo <no value>' >&7
	ends_with 0 'bb-bundle check demo,bb-vm stop demo --bundle box-1'
	guard --hold
	echo over >&8
	ends_with 0 'bb-bundle check demo'
	# Without --hold standard input is nothing to it.
	guard
	exec 8>&-
	sleep 0.5
	check equals 'bb-bundle check demo' "$(paste -sd, stages)"
	echo 'container die bot-bottle-bundle-demo <no value>' >&7
	ends_with 0 'bb-bundle check demo,bb-vm stop demo --bundle box-1'
	all_good
}

@test "it says when it guards; while its bottle is taken down events are no news, but a cut lifeline is" {
	guard --hold
	for _ in $(seq 50); do [ ! -e "$BOT_BOTTLE_HOME/bottles/demo/guarded" ] || break; sleep 0.1; done
	check equals "$guard $(sed 's/.*) //' "/proc/$guard/stat" | cut -d' ' -f20) box-1" "$(cat "$BOT_BOTTLE_HOME/bottles/demo/guarded")" 'that it guards'
	echo ending >&8
	sleep 0.3
	echo 'container die bot-bottle-bundle-demo <no value>' >&7
	sleep 0.5
	check equals 'bb-bundle check demo' "$(paste -sd, stages)"
	exec 8>&-
	ends_with 0 'bb-bundle check demo,bb-bundle stop demo --bundle box-1,bb-vm stop demo --bundle box-1'
	# Refused is refused: not tried for ever. And what is another guard's by now stays.
	echo 77 >fail-bb-vm-stop
	guard
	for _ in $(seq 50); do [ ! -e "$BOT_BOTTLE_HOME/bottles/demo/guarded" ] || break; sleep 0.1; done
	echo 1 >"$BOT_BOTTLE_HOME/bottles/demo/guarded"
	echo 'container die bot-bottle-bundle-demo <no value>' >&7
	status=0
	wait "$guard" || status=$?
	exec 7>&- 8>&-
	check equals 77 "$status"
	check equals 1 "$(cat "$BOT_BOTTLE_HOME/bottles/demo/guarded")"
	all_good
}

@test "the engine goes away: nobody can tell any more, so the machine is stopped" {
	guard
	exec 7>&-
	ends_with 0 'bb-bundle check demo,bb-vm stop demo --bundle box-1'
	check grep -q 'does not tell about its bundle any more' err
	all_good
}

@test "ended by a signal it leaves nothing; without a bundle it does not begin" {
	guard --hold
	for _ in $(seq 50); do [ ! -s stages ] || break; sleep 0.1; done
	sleep 0.3
	kill -TERM "$guard"
	ends_with 143 'bb-bundle check demo'
	echo 1 >fail-bb-bundle-check
	check ends 1 bb-guard demo
	check refuses 64 'which bottle' bb-guard
	all_good
}
