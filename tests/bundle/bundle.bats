# SPDX-License-Identifier: MIT
# bundle.bats: the parts of the reference bundle that need nothing but Python.

@test "redaction, decoders, addresses and configuration of the bundle" {
	run python3 "$BATS_TEST_DIRNAME/pure.py"
	printf '%s\n' "$output"
	[ "$status" -eq 0 ]
}
