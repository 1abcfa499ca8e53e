# SPDX-License-Identifier: MIT
# escape.bash: the escape suite on the bottle "demo" of state "up", with a neighbour beside it.
load lab.bash

setup_file() {
	export C=bot-bottle-bundle-demo OFF=$PROJECT/tests/escape/off OWN=bb-guard-off
	export DB=$HOME/.local/share/smolvm/server/smolvm.db PLAN=$HOME/.local/state/bot-bottle/bottles/demo/plan.json
	IP=$(address_of "$C")
	export IP RANGE=${IP%.*}
	unguard demo
	# The neighbour: its bundle is up, so that there is something to reach.
	sed 's/"bottle": "demo"/"bottle": "neighbour"/; s/demo-agent:1/tiny-agent:1/' tests/lab/demo.json >"$HOME/neighbour.json"
	bb-start --yes --until bundle "$HOME/neighbour.json" 3>&-
	NEIGHBOUR=$(address_of bot-bottle-bundle-neighbour)
	export NEIGHBOUR
}

# escape OPTION...: its TAP, if anything went wrong.
escape() {
	run "$PROJECT/tests/escape/escape" "$@" 3>&-
	printf '%s\n' "$output" | grep -v '^ok' || true
}

# red: "verdict id: target" of all that was not blocked, sorted; bb-probe's canary listens on another port each time.
red() {
	jq -r 'select(.verdict != "blocked") | "\(.verdict) \(.id): \(.target)"' out/lab/escape.json |
		sed -E '/ E-06: (tcp|udp|udpto) /s/ [0-9]{5}( bottlebox)?$/ CANARY/' | LC_ALL=C sort
}

# red_are: exactly these, in whatever order.
red_are() {
	run diff <(LC_ALL=C sort) <(red)
	assert_output ''
}

teardown_file() {
	bb-stop neighbour 3>&-
}
