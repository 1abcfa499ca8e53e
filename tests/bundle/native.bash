# SPDX-License-Identifier: MIT
# native.bash: a bundle in namespaces for a file of tests (tests/bundle/native); its guest, its logs.
load ../helper.bash

NATIVE=$BATS_TEST_DIRNAME/native
N=${BATS_FILE_TMPDIR-}/bundle
PROXY=192.168.77.2
CREDENTIAL=cred-Zs8dkq02mXw77Plq  # of all hosts that have one

# bundle_up [JSON]: for setup_file. Skips where namespaces cannot be had, which is said.
bundle_up() {
	[ "$(id -u)" = 0 ] || skip 'a bundle in namespaces needs root'
	mkdir -p "$N"
	"$NATIVE" up "$N" "$@" || return 1
	! jq -e '.credentials[0]' "$N/bundle.json" >/dev/null || hand_over
}

hand_over() {
	printf 'cred-0 %s\n' "$(printf %s "$CREDENTIAL" | base64 -w 0)" |
		"$NATIVE" inside "$N" root /usr/lib/bottle/handover "$(cat "$N/nonce")" >"$N/handed"
}

bundle_down() {
	[ ! -d "$N" ] || "$NATIVE" down "$N"
}

guest() { "$NATIVE" guest "$N" "$@"; }

inside() { "$NATIVE" inside "$N" "$@"; }

# through ARGS...: curl through 8888; the body, then the status on a line of its own.
through() {
	guest curl -sS --max-time 60 --cacert "$N/ca.pem" -x "http://bottle:$(cat "$N/token")@$PROXY:8888" -w '\n%{http_code}' "$@" 2>&1
}

# The log holds all that was decided. PID 1 carries the lines, on a busy machine later than the answer arrives: so something
# is asked whose line must follow, and waited for.
settled() {
	local before
	before=$(grep -c '"policy": "nonce"' "$N/bundle.log" || :)
	guest curl -s -o /dev/null --max-time 60 -x "http://$PROXY:8888" http://bundle.internal/nonce
	for _ in {1..200}; do
		[ "$(grep -c '"policy": "nonce"' "$N/bundle.log" || :)" = "$before" ] || break
		sleep 0.05
	done
	sleep 0.1
}

# The last decision of daemon $1.
decided() {
	settled
	grep "\"daemon\": \"$1\"" "$N/bundle.log" | grep -v '"policy": "nonce"' | tail -n 1
}
