# SPDX-License-Identifier: MIT
# guest.bash: a guest without a machine: a root of its own in memory, no network; what bb-provision and bb-vm exec send
# runs there for real (tests/tools/guest-root). The lab has whole machines.

GUEST_PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

# debs NAME PACKAGE...: $DEBS is their folder; skips where they cannot be had.
debs() { DEBS=$("$BB_ROOT/tests/unpacked" "$@" 2>"$T/get") || skip "$1: $(paste -sd' ' "$T/get")"; }

# guest_up KIND [FOLDER...]: a proven bottle whose guest is a root of that kind.
guest_up() {
	[ "$(id -u)" = 0 ] || skip 'a root of its own needs root'
	guest_root "$@"
	running
	export DEMO_API_KEY=x DEMO_NOTE='a note'
	new_ca one
	has_box "$(own_label demo)"
	sed -i '/^smolvm\tmachine exec/d' "$FAKE_RULES"
	rule smolvm 'machine exec *' own "while [ \"\$1\" != -- ]; do shift; done; shift; exec $T/inside \"\$@\""
}

guest_root() {
	mkdir -p "$T/guest"
	[ "$1" != busybox ] || debs busybox busybox-static
	BUSYBOX=${DEBS-}/usr/bin/busybox KEEP=${KEEP-} unshare -m -n --propagation private "$BB_ROOT/tests/tools/guest-root" "$1" "$T/guest" "${@:2}" 2>"$T/root.log" 3>&- &
	GUEST_PID=$!
	while [ ! -s "$T/guest.up" ]; do
		kill -0 "$GUEST_PID" 2>/dev/null || skip "no root of its own can be had: $(paste -sd' ' "$T/root.log")"
		sleep 0.05
	done
	# The environment of an image is small; what a test adds goes into $T/image-env.
	: >"$T/image-env"
	cat >"$T/inside" <<-END
	#!/bin/bash
	export PATH=$BB_TOOLS
	mapfile -t image <$T/image-env
	exec nsenter -m -n -t $GUEST_PID -- chroot $T/guest/root /usr/bin/env -i HOME=/root PATH=$GUEST_PATH "\${image[@]}" "\$@"
	END
	chmod +x "$T/inside"
	# With the nonce there, step ca has a bundle to try.
	put /usr/local/bin/curl "echo $NONCE"
}

guest_down() {
	[ -z "${GUEST_PID-}" ] || inside sh -c 'kill $(cat /run/bot-bottle/relay/pid)' 2>/dev/null || :
	[ -z "${GUEST_PID-}" ] || kill "$GUEST_PID" 2>/dev/null || :
}

inside() { "$T/inside" "$@"; }

# put FILE SCRIPT: a program in the guest.
put() {
	printf '#!/bin/sh\n%s\n' "$2" | inside sh -c 'mkdir -p "${1%/*}"; cat >"$1"; chmod 755 "$1"' sh "$1"
}

# new_ca NAME: the bundle's certificate from here on; $T/NAME.pem.
new_ca() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj '/CN=bundle of a test' -days 30 \
		-keyout "$1.key" -out "$1.pem" 2>/dev/null
	{ printf '%s\n' "$TOKEN" "$NONCE"; cat "$1.pem"; } >handed
}
