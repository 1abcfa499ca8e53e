# SPDX-License-Identifier: MIT
# provision.bash: a machine's row and plan that bb-provision takes, guest and container being fakes.

TOKEN=abcdefghijklmnopqrstuvwxyz0123456789_-AB

# running [VERSION [MANIFEST]]: a machine of the real smolvm, as far as its row, and the plan as it is then.
running() {
	real "${1-${ENGINES%%[[:space:]]*}}"
	bb-plan new "${2-$BB_ROOT/docs/examples/manifest.json}" | testtool splice subnet "$SUBNET" | bb-smolfile >plan.json
	packed
	bb-vm create <plan.json | bb-tsi-patch apply >made.json
	testtool splice bundle '{"container":"x"}' <made.json | testtool splice vm '{"state":"ready"}' >plan.json
	proven
	unset BOT_BOTTLE_SMOLVM
	start
}
running_given() { running "$@"; export DEMO_API_KEY=x DEMO_NOTE=x; }

# start: fakes from here on; what the guest was given is in $T/script.
start() {
	fakes docker smolvm
	rule smolvm --version 0 "echo smolvm $REAL_VERSION"
	rule smolvm 'machine create --help' 0 'echo "      --allow-cidr <C>"'
	printf '%s\n' "$TOKEN" "$NONCE" '-----BEGIN CERTIFICATE-----' Q0E= '-----END CERTIFICATE-----' >handed
	rule docker "exec -i $BOX /usr/lib/bottle/handover $NONCE" own \
		"while read -r name coded; do echo \"\$coded\" | base64 -d >$T/given-\$name || exit 9; done; cat $T/handed"
	rule smolvm 'machine exec *' 0 "cat >$T/script; cat $T/said"
	printf '%s\n' 'done init' 'done env' 'verified ca' 'done ca' 'done prompt' 'done skills' 'verified git' 'done git' 'done supervise' >said
	rm -f script given-*
}
