# SPDX-License-Identifier: MIT
# Where: unit, as root
# waive.bats: the operator lets one finding pass, by the id that its refusal told; all else in the same request still counts.
load native.bash

setup_file() { bundle_up '{"dlp": {"echo.example.net": "redact"}}'; }
teardown_file() { bundle_down; }

waive() { inside root /usr/lib/bottle/waive "$@"; }

key() { printf 'ghp_%s' "$(head -c 300 /dev/urandom | base64 -w 0 | tr -dc A-Za-z0-9 | cut -c 1-36)"; }

# told: the id in the refusal that $output holds
told() { grep -oE 'bb-bundle waive native [0-9a-f]{16}' <<<"$output" | cut -d ' ' -f 4; }

# in_guest SCRIPT: in a work tree of its own, $GATE to push to
in_guest() {
	guest env HOME="$T" GATE="http://$PROXY:9418/app" GIT_CONFIG_COUNT=1 \
		GIT_CONFIG_KEY_0=http.extraHeader GIT_CONFIG_VALUE_0="Authorization: Basic $(printf 'bottle:%s' "$(cat "$N/token")" | base64 -w 0)" \
		timeout 60 sh -euc "mkdir -p $T/w; cd $T/w; [ -d .git ] || { git init -q -b main; git config user.name G; git config user.email g@example.com; }; $1" 2>&1
}

# gate_told TEXT: its line of log comes after its answer
gate_told() {
	for _ in $(seq 50); do
		! grep '"daemon": "git"' "$N/bundle.log" | grep -qF "$1" || return 0
		sleep 0.1
	done
	fail "the gate did not tell: $1"
}

@test "an id in refusal and log; waived, it passes at once, wherever and however it stands; nothing else does" {
	one=$(key) other=$(key)
	run through -d "{\"a\": \"note $one\"}" https://site.example.com/x
	assert_output --partial "rule github-pat matched in a; if it is no secret, its operator can let it pass: bb-bundle waive native "
	id=$(told)
	run decided dlp
	assert_output --partial "\"finding\": \"$id\""
	refute_output --partial "$one"
	run waive "$id"
	assert_success
	assert_output github-pat
	for form in "$one" "$(printf %s "$one" | base64 -w 0)"; do
		run through -H "X-Note: $form" -d "{\"b\": [\"other words $form\"]}" https://site.example.com/x
		assert_line --index -1 200
		run decided dlp
		assert_output --partial "\"decision\": \"allow\", \"policy\": \"allowlist\""
		assert_output --partial "\"waived\": \"$id\""
	done
	run through -d "{\"b\": [\"$one\", \"$other\"]}" https://site.example.com/x
	assert_output --partial 'rule github-pat matched in b[1]'
	assert_not_equal "$(told)" "$id"
	run through -d "{\"b\": [\"$one\", \"$CREDENTIAL\"]}" https://site.example.com/x
	assert_output --partial 'rule known-secret matched in b[1]'
	refute_output --partial waive
}

@test "with redact, what is waived stays and all else becomes stars" {
	one=$(key) other=$(key)
	run through -d "$one" https://site.example.com/x
	waive "$(told)"
	run through -d "{\"a\": \"$other\", \"b\": \"$one\"}" https://echo.example.net/x
	assert_line --index -1 200
	grep -F "${other//?/*}" "$N/echo.log" | grep -qF "$one"
	! grep -F "$other" "$N/echo.log" || fail "it arrived"
}

@test "the gate and 8888 call the same value by the same id" {
	one=$(key)
	run in_guest "echo $one >f; git add f; git commit -qm one; git push -q \$GATE HEAD:refs/heads/one"
	assert_failure
	assert_output --partial 'rule github-pat matched in blob'
	id=$(told)
	gate_told "\"finding\": \"$id\""
	run through -d "$one" https://site.example.com/x
	equals "$id" "$(told)"
	waive "$id"
	run in_guest 'git push -q $GATE HEAD:refs/heads/one'
	assert_success
	gate_told "\"waived\": \"$id\""
	run in_guest "echo $(key) >>f; git commit -qam two; git push -q \$GATE HEAD:refs/heads/two"
	assert_failure
}

@test "what was never told cannot be waived; what is no id is refused; only the operator can" {
	run waive 0123456789abcdef
	assert_failure 1
	assert_output 'waive: no such finding was told since this bundle started'
	for bad in '' ../../token 0123456789ABCDEF 0123456789abcdef0; do
		run waive "$bad"
		assert_failure 64
	done
	for user in scan dlp git egress supervise; do
		run inside $user touch /run/bottle/waived/0123456789abcdef
		assert_failure
	done
	run through -d "$CREDENTIAL" https://site.example.com/x
	refute_output --partial waive
	run decided dlp
	refute_output --partial '"finding"'
}

@test "the id does not tell the value: another start calls it by another id" {
	one=ghp_0a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R
	run through -d "$one" https://site.example.com/x
	id=$(told)
	assert [ -n "$id" ]
	bundle_down
	setup_file
	run through -d "$one" https://site.example.com/x
	assert [ -n "$(told)" ]
	assert_not_equal "$(told)" "$id"
	run waive "$id"
	assert_failure 1
}

@test "a thousand are remembered, the oldest go" {
	inside scan /usr/bin/python3 -c '
from bottle import waivers
w = waivers.Waivers(b"k")
for i in range(1100):
    w.tell(f"{i:016x}", "x")'
	run inside scan sh -c 'ls /run/bottle/scan/seen | wc -l'
	assert_output 1000
	run through -d "$(key)" https://site.example.com/x
	run waive "$(told)"
	assert_success
}
