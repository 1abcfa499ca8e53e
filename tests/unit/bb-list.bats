# SPDX-License-Identifier: MIT
# Where: unit
# bb-list: bb-ledger's list under the name people type. What it lists: tests/unit/bb-ledger.bats.
load ../helper
load ../engine

@test "it is bb-ledger list, with its options, output and status" {
	fakes docker
	rule docker '*' 0
	bb-ledger claim demo --owner $$
	for option in '' --json; do
		ends 0 bb-ledger list $option
		mv out want
		check works bb-list $option
		check same want out
	done
	: >"$FAKE_RULES"
	rule docker '*' 1 'echo "Cannot connect to the Docker daemon" >&2'
	check ends 1 bb-list
	check grep -q '^demo ' out
	all_good
}

@test "no bottle: the heads of the columns, and an empty array" {
	fakes docker
	rule docker '*' 0
	works bb-list
	equals 1 "$(wc -l <out)"
	works bb-list --json
	equals '[]' "$(cat out)"
	assert_not_exist "$BOT_BOTTLE_HOME/state.db"
}

@test "words it does not know: 64" {
	refuses 64 "what is 'demo' for" bb-list demo
	refuses 64 "what is 'more' for" bb-list --json more
}
