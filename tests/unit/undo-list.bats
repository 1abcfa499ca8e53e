# SPDX-License-Identifier: MIT
# Where: unit
# The undo list: newest first, once, on every way out; and which signals are heeded.
load ../helper

@test "dying, a bug of ours, and an ordinary end run the list newest first; success drops it" {
	while read -r how status journal; do
		rm -f j
		check ends "$status" testtool undo "$how" j first second third
		check equals "$journal" "$(cat j 2>/dev/null | paste -sd,)" "journal of $how"
	done <<-'END'
	die 75 third,second,first
	bug 70 third,second,first
	run 0 third,second,first
	twice 0 third,second,first
	pop 0 second,first
	drop 0
	END
	all_good
}

@test "our own fault says so and asks for a report" {
	refuses 70 'as asked' testtool undo bug j x
	grep -q 'please report it' err
}

# started SIGNALS-TO-IGNORE: our process in the background, waiting; $us.
started() {
	rm -f j ready
	(
		for sig in $1; do trap '' "$sig"; done
		exec "$BB_TESTTOOL" undo wait j one two
	) >ready 2>err 3>&- &
	us=$!
	wait_for ready
}

@test "INT, TERM and HUP run the list and end us by that signal" {
	for sig in INT:130 TERM:143 HUP:129; do
		rm -f j ready
		as_foreground "$BB_TESTTOOL" undo wait j one two >ready 2>err 3>&- &
		us=$!
		wait_for ready
		kill -s "${sig%:*}" "$us"
		status=0
		wait "$us" || status=$?
		check equals "${sig#*:}" "$status" "${sig%:*}"
		check equals two,one "$(paste -sd, j)" "journal after ${sig%:*}"
		check equals '' "$(cat err)" "stderr after ${sig%:*}"
	done
	all_good
}

@test "a signal that was ignored at our start stays ignored (nohup)" {
	started HUP
	kill -s HUP "$us"
	sleep 0.2
	assert_not_exist j
	kill -0 "$us"
	kill -s TERM "$us"
	status=0
	wait "$us" || status=$?
	equals 143 "$status"
	equals two,one "$(paste -sd, j)"
}

@test "two signals in a row: the list runs once" {
	started ''
	kill -s TERM "$us"
	kill -s TERM "$us" 2>/dev/null || :
	wait "$us" || :
	equals two,one "$(paste -sd, j)"
}
