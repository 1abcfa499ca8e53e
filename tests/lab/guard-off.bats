# SPDX-License-Identifier: MIT
# Where: lab up
# guard-off.bats: the escape suite with one guard off at a time, when it must turn red exactly where that guard stood.
# Only the groups concerned run. Part of test-full.
load escape.bash

# Machines are entered by smolvm itself where bb-vm would refuse: the bottle is not the proven one any more.
by_smolvm() { echo "smolvm machine exec --name bot-bottle-demo ${1:+--user $1} -i --"; }

# in_its_place DAEMONS PORT FILE PLACE: a bundle with DAEMONS (JSON) in the place of the bottle's own; FILE stands at PLACE.
in_its_place() {
	docker stop -t 15 "$C"
	bundle_config "{\"daemons\":$1}" >"$BATS_FILE_TMPDIR/own.json"
	own_bundle "$OWN" "$IP" "$BATS_FILE_TMPDIR/own.json" -d --mount "type=bind,src=$3,dst=$4,readonly"
	answers "$IP" "$2"
}

# The relay of 9099 and the hole for it in the bundle's firewall.
open_9099() {
	docker exec --privileged -u root "$C" nft insert rule inet bottle input tcp dport 9099 accept
	docker exec -i -u dlp "$C" sh -c 'echo $$ >/tmp/relay; exec python3 - "$1"' sh "$IP" <"$OFF/relay.py" >/dev/null 2>&1 3>&- &
	answers "$IP" 9099
}

close_9099() {
	docker exec -u dlp "$C" sh -c '[ ! -e /tmp/relay ] || { kill $(cat /tmp/relay); rm /tmp/relay; }'
	docker exec --privileged -u root "$C" sh -c \
		'for n in $(nft -a list chain inet bottle input | sed -n "s/.*9099 accept # handle //p"); do
			nft delete rule inet bottle input handle $n
		done'
}

teardown() {
	docker rm -f "$OWN" >/dev/null 2>&1 || true
	close_9099 2>/dev/null || true	# the bottle's own bundle is stopped in the last tests
}

@test "guard off, 9099 on more than its loopback: its port and the container's table turn red" {
	open_9099
	escape --only network
	assert_output --partial 'bb-probe ended with 77'
	run red
	assert_output - <<-END
		open E-06: talk $IP 9099
		open E-06: what listens in the container
	END
}

@test "guard off, the machine runs without its policy: the direct ways turn red, the bundle's stay closed" {
	machine_without_policy
	run bb-vm exec demo -- true 3>&-
	assert_failure 77
	escape --only network,guest --ids E-10,E-21,E-23 --root "$(by_smolvm root)"
	assert_output --partial 'bb-probe ended with 77'
	# Open is what a canary heard or answered; indeterminate, what this engine's log should have denied and did not.
	red_are <<-END
		indeterminate E-01: icmp 1.1.1.1
		indeterminate E-01: icmp $RANGE.1
		indeterminate E-01: tcp 169.254.169.254 80
		indeterminate E-01: tcp $RANGE.3 8888
		indeterminate E-01: tcp $NEIGHBOUR 9099
		indeterminate E-01: tcp ::ffff:169.254.169.254 80
		indeterminate E-01: udp 1.1.1.1 443 bottlebox
		indeterminate E-01: udp 2606:4700:4700::1111 443 bottlebox
		indeterminate E-01: udpto 8.8.8.8 443 bottlebox
		indeterminate E-05: dns 1.1.1.1 53 r0.bottlebox.invalid
		indeterminate E-05: dns 100.96.0.1 53 r2.bottlebox.invalid
		indeterminate E-05: dns $RANGE.1 53 r6.bottlebox.invalid
		indeterminate E-05: dns 8.8.8.8 53 r1.bottlebox.invalid
		indeterminate E-05: dns 93.184.216.53 53 r5.bottlebox.invalid
		indeterminate E-05: resolve libc.bottlebox.invalid
		indeterminate E-06: tcp 100.96.0.1 CANARY
		open E-01: tcp 1.1.1.1 443
		open E-01: tcp 1.1.1.1 53
		open E-01: tcp 1.1.1.1 853
		open E-01: tcp 2606:4700:4700::1111 443
		open E-01: tcp 8.8.8.8 443
		open E-01: tcp $NEIGHBOUR 8888
		open E-01: tcp $NEIGHBOUR 9100
		open E-01: tcp $NEIGHBOUR 9418
		open E-06: tcp 10.0.2.15 CANARY
		open E-06: tcp 172.17.0.1 CANARY
		open E-06: tcp $RANGE.1 CANARY
		open E-06: tcp ${NEIGHBOUR%.*}.1 CANARY
		open E-06: tcp ::ffff:$RANGE.1 CANARY
		open E-06: tcp fd00:2::15 CANARY
		open E-06: the canary heard nobody else
		open E-06: udp 10.0.2.15 CANARY
		open E-06: udp 172.17.0.1 CANARY
		open E-06: udp $RANGE.1 CANARY
		open E-06: udp ${NEIGHBOUR%.*}.1 CANARY
		open E-06: udp fd00:2::15 CANARY
		open E-06: udpto $RANGE.1 CANARY
		open E-23: TCP with a text
		open E-23: UDP, unconnected
	END
}

@test "guard off, 8888 inspects nothing: each planted secret turns red, and nothing else" {
	in_its_place '["egress","dlp"]' 8888 "$OFF/dlp.py" /usr/lib/bottle/sitecustomize.py
	escape --only proxy --ids E-17,E-18,E-19,E-13 --bundle "$OWN" --prefix "$(by_smolvm)"
	run red
	assert_output - <<-'END'
		open E-17: JSON
		open E-17: WebSocket: binary
		open E-17: WebSocket: header of the handshake
		open E-17: WebSocket: path of the handshake
		open E-17: WebSocket: text
		open E-17: WebSocket: the token of the bottle
		open E-17: cookie
		open E-17: form
		open E-17: header
		open E-17: header's name
		open E-17: multipart
		open E-17: no witness ever saw the secret
		open E-17: path
		open E-17: plain http
		open E-17: query
		open E-17: the token of the bottle
		open E-18: URL-encoded
		open E-18: URL-encoded twice
		open E-18: UTF-16 body
		open E-18: WebSocket: base64
		open E-18: WebSocket: the token of the bottle, in hex
		open E-18: base32
		open E-18: base64 in the body
		open E-18: base64 in the query
		open E-18: gzip body, not told
		open E-18: gzip body, told
		open E-18: gzip in base64
		open E-18: hex in a header
		open E-18: the token of the bottle, in base64
		open E-19: HEAD
		open E-19: WebSocket: in frames of one letter
		open E-19: WebSocket: the token of the bottle, in frames of one letter
		open E-19: behind three megabytes
		open E-19: in pieces of a chunked body
		todo E-18: reversed
		todo E-18: split over two parameters
	END
}

@test "guard off, the git gate scans nothing: each planted key turns red, and nothing else" {
	in_its_place '["egress","dlp","git"]' 8888 "$OFF/pre-receive" /usr/lib/bottle/hooks/pre-receive
	escape --only gate --ids E-24,E-26 --bundle "$OWN" --prefix "$(by_smolvm)"
	run red
	assert_output - <<-'END'
		open E-24: key as a branch
		open E-24: key as a file's name
		open E-24: key in a commit message
		open E-24: key in a file
		open E-24: key in a tag's message
		open E-24: key in base64
		open E-24: key in history, removed since
		open E-24: the key is in no object upstream
		open E-24: the upstream was asked only for what the scanner had passed
		open E-24: the upstream's refs are what they were
	END
}
