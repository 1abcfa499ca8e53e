# SPDX-License-Identifier: MIT
# bundle.bats: the parts of the reference bundle that need nothing but Python and the bundle's own packages.
load native.bash

@test "redaction, decoders, addresses and configuration of the bundle" {
	PYTHONPATH=$("$NATIVE" vendor)/vendor run /usr/bin/python3 "$BATS_TEST_DIRNAME/pure.py"
	printf '%s\n' "$output"
	[ "$status" -eq 0 ]
}
