# SPDX-License-Identifier: MIT
# Where: unit
# bb-bundle waive against a Docker that answers on demand. What the container's program does: tests/bundle/waive.bats.
load ../helper
load ../engine

@test "waive: the id is looked at, the container's own program asked, its rule printed and filtered; unknown is 1" {
	fakes docker
	plan_demo
	container_facts plan.json >facts
	has_box "$(own_label demo)"
	rule docker "exec $BOX /usr/lib/bottle/waive 0123456789abcdef" 0 'printf "github-pat\033[2J\n"'
	rule docker 'exec *' 1 'echo "waive: no such finding was told since this bundle started" >&2'
	works bb-bundle waive demo 0123456789abcdef
	equals 'github-pat?[2J' "$(cat out)"
	refuses 1 'finding 0123456789abcde0 is not waived: waive: no such finding was told since this bundle started' bb-bundle waive demo 0123456789abcde0
	grep -q 'as "finding" in: bb-bundle logs demo' err
	: >"$FAKE_LOG"
	for id in '../../x' 0123456789ABCDEF 0123456789abcdef0 0123456789abcde; do
		check refuses 64 'is not the id of a finding' bb-bundle waive demo "$id"
	done
	check equals '' "$(calls)" calls
	all_good
}
