# SPDX-License-Identifier: MIT
# Where: unit, as root
# bundle.bats: the parts of the reference bundle that need nothing but Python and the bundle's own packages.
load native.bash

@test "redaction, decoders, addresses and configuration of the bundle" {
	PYTHONPATH=$("$NATIVE" vendor)/vendor run /usr/bin/python3 "$BATS_TEST_DIRNAME/pure.py"
	printf '%s\n' "$output"
	assert_success
}

@test "what RE2 alone finds by each rule in each coding is found, no more and no less" {
	vendor=$("$NATIVE" vendor)
	export PYTHONPATH=$BB_ROOT/docs/examples/bundle/lib:$vendor/vendor PYTHONDONTWRITEBYTECODE=1
	digest=$(sed -n 's/^GITLEAKS_RULES_SHA256="\(.*\)"/\1/p' "$BB_ROOT/docs/examples/versions")
	/usr/bin/python3 -m bottle.mkrules "$vendor/gitleaks.toml" "$digest" "$T/rules.json"
	run /usr/bin/python3 -W ignore "$BATS_TEST_DIRNAME/candidates.py" "$T/rules.json"
	assert_success
	assert_output --regexp '^[0-9]+ texts, [0-9]+ with a finding'
}
