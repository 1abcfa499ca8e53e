# SPDX-License-Identifier: MIT
# Where: unit
# bb-clean: shows, asks, does. What is taken back and what stays: tests/unit/bb-ledger.bats.
load ../helper
load ../engine

setup() {
	fresh_home
	fakes docker
	rule docker 'inspect *' 1 'echo "Error: No such object" >&2'
	rule docker '*' 0
	bb-ledger claim old
	sql "$BOT_BOTTLE_HOME/state.db" "UPDATE bottles SET boot = 'an earlier one'"
	mkdir -p "$BOT_BOTTLE_HOME/bottles/old"
	making=$XDG_CACHE_HOME/bot-bottle/smolmachines/key.making
	mkdir -p -m 700 "$making"
}

# on_terminal ANSWER CMD...: with a terminal, on which ANSWER is typed.
on_terminal() {
	local answer=$1
	shift
	printf '%s\n' "$answer" | script -qec "$*" /dev/null
}

@test "--dry-run shows and changes nothing; --yes does it; then there is nothing more" {
	works bb-clean --dry-run
	equals 'old: the machine was booted since
key.making: what a killed build left' "$(cat out)"
	assert_exist "$BOT_BOTTLE_HOME/bottles/old"
	assert_exist "$making"
	works bb-clean --yes
	equals 'old: gone (the machine was booted since)' "$(tail -n 1 out)"
	assert_not_exist "$BOT_BOTTLE_HOME/bottles/old"
	assert_not_exist "$making"
	works bb-clean
	equals 'nothing to take back' "$(cat out)"
}

@test "the question: no terminal is 64; no is 1 and changes nothing; y does it" {
	command -v script >/dev/null || skip 'no script'
	ends 64 setsid -w bb-clean
	grep -q 'there is no terminal to ask on' err
	ends 1 on_terminal n bb-clean
	assert_exist "$BOT_BOTTLE_HOME/bottles/old"
	ends 0 on_terminal y bb-clean
	assert_not_exist "$BOT_BOTTLE_HOME/bottles/old"
}

@test "a pack that is being made stays; the folder of a killed build goes" {
	exec 9>"${making%.making}.lock"
	flock 9
	works bb-clean --yes
	assert_exist "$making"
	exec 9>&-
	works bb-clean --yes
	assert_not_exist "$making"
}

@test "what was kept goes by its name only, after the question" {
	sql "$BOT_BOTTLE_HOME/state.db" "INSERT INTO ledger(at, slug, phase, kind, name, id) VALUES('', 'old', 'done', 'machine', 'bot-bottle-old', 'x')"
	rm -r "$making"
	works bb-clean --yes
	equals 'nothing to take back' "$(cat out)"
	works bb-clean --dry-run old
	equals 'old: named' "$(cat out)"
	ends 64 setsid -w bb-clean old
	assert_exist "$BOT_BOTTLE_HOME/bottles/old"
	ends 0 bb-clean --yes old
	assert_not_exist "$BOT_BOTTLE_HOME/bottles/old"
	ends 1 bb-clean --yes old
	grep -q 'there is no bottle old' err
}

@test "words it does not know: 64" {
	refuses 64 'unknown option --old' bb-clean --old
}
