# SPDX-License-Identifier: MIT
# Where: unit, as root
# redact.bats: the modes of a host. One finding must not end a conversation: with `redact` what matched becomes stars and the
# request goes on; with `warn` it goes as it is; both are in the log with rule, place and count, never with the match.
load native.bash

setup_file() { bundle_up '{"dlp": {"echo.example.net": "redact", "site.example.com": "warn"}}'; }
teardown_file() { bundle_down; }

setup() {
	fresh_home
	KEY=ghp_$(head -c 300 /dev/urandom | base64 -w 0 | tr -dc A-Za-z0-9 | cut -c 1-36)
}

# sent [CURL-ARGS]: what the origin got, as the echo tells it
sent() {
	run through --http1.1 "$@"
	assert_line --index -1 200
	sed '$d' <<<"$output" >"$T/got"
	! grep -qF "$KEY" "$T/got" || fail "the key arrived"
}

json() { sent -H 'Content-Type: application/json' --data-binary "$1" "https://echo.example.net/x${2-}"; }

body() { jq -r .body "$T/got"; }

@test "as it stands: stars of the same length, all else is what it was" {
	json '{"n": 1.50, "big": 123456789012345678901234567890, "e": 1e5, "a": "é \ud83d\ude00", "messages": [{"content": "see '"$KEY"' there"}], "z": null, "t": true, "a": 2}'
	equals "see ${KEY//?/*} there" "$(body | jq -r '.messages[0].content')"
	body >"$T/body"
	run cat "$T/body"
	for part in '"n": 1.50' 123456789012345678901234567890 '"e": 1e5' '"z": null' '"t": true' '"a": 2'; do assert_output --partial "$part"; done
	run decided dlp
	assert_output --partial '"decision": "allow", "policy": "redacted"'
	assert_output --partial '"rule": "github-pat", "place": "messages[0].content", "count": 1'
	refute_output --partial "$KEY"
}

@test "in coded forms: the run it was decoded from, or the whole text; the rest of the conversation stays" {
	for coded in "$(printf 'note: %s' "$KEY" | base64 -w 0)" "$(printf %s "$KEY" | base64 -w 20 | sed ':a;N;$!ba;s/\n/\\n/g')" \
		"$(printf %s "$KEY" | od -An -tx1 | tr -d ' \n')" "$(printf %s "$KEY" | od -An -tx1 | tr ' ' % | tr -d '\n')" \
		"$(printf %s "$KEY" | gzip | base64 -w 0)"; do
		json '{"messages": [{"content": "before"}, {"content": "look: '"$coded"' ok"}, {"content": "after"}]}'
		run body
		assert_output --partial before
		assert_output --partial after
		assert_output --partial '****'
		run decided dlp
		assert_output --partial '"policy": "redacted"'
	done
}

@test "where only the name beside it makes it a finding: the value goes" {
	KEY=$(head -c 300 /dev/urandom | base64 -w 0 | tr -dc a-f0-9 | cut -c 1-32)
	json '{"adafruit_api_key": "'"$KEY"'", "b": "stays"}'
	equals stays "$(body | jq -r .b)"
}

@test "headers, cookies, the query, bodies that are no JSON, a body in gzip" {
	sent -H "X-Note: a $KEY" -b "n=$KEY; o=1" "https://echo.example.net/x?q=$KEY&r=1"
	run jq -r '.path, (.headers[] | join(": "))' "$T/got"
	assert_output --partial "&r=1"
	assert_output --partial "o=1"
	sent -d "a=1&n=$KEY&b=2" https://echo.example.net/x
	run body
	assert_output --partial 'a=1&n='
	printf '{"a": "%s", "b": 1}' "$KEY" | gzip >"$T/packed"
	sent -H 'Content-Type: application/json' -H 'Content-Encoding: gzip' --data-binary "@$T/packed" https://echo.example.net/x
	equals 1 "$(body | jq .b)"
}

@test "by HTTP/2 as well, and a history that is sent again each turn" {
	for turn in 1 2 3; do
		run through --http2 -H 'Content-Type: application/json' -d '{"messages": ["'"$KEY"'", "turn '$turn'"]}' https://echo.example.net/x
		assert_line --index -1 200
		refute_output --partial "$KEY"
	done
}

@test "warn: it goes as it is, and is told; a host without a word about it blocks" {
	run through -d "$KEY" https://site.example.com/x
	assert_line --index -1 200
	run decided dlp
	assert_output --partial '"decision": "allow", "policy": "warned"'
	run through -d "$KEY" https://lax.example.com/x
	assert_output --partial 'blocked by policy secret'
}

@test "what is left over is never passed on: a form that is no run, a method" {
	for url in "x?x=$(printf %s "$KEY" | od -An -tx1 | tr -d '\n' | sed 's/^ //; s/ /:/g')" "$(printf %s "$KEY" | od -An -tx1 | tr -d ' \n')"; do
		run through --http1.1 "https://echo.example.net/$url"
		refute_output --partial "${url#x?x=}"
	done
	run guest timeout 30 curl -sS --http2 -X "$KEY" --max-time 20 --cacert "$N/ca.pem" -x "http://bottle:$(cat "$N/token")@$PROXY:8888" "https://lax.example.com/x"
	assert_output --partial 'blocked by policy'
	run through -X "${KEY:0:32}" "https://echo.example.net/x?y=$KEY"
	refute_output --partial "y=$KEY"
}

@test "a session's own JWT stays where a finding elsewhere is replaced" {
	jwt=eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiI5ODc2NTQzMjEwIiwibmFtZSI6IkEgTmFtZSIsImlhdCI6MTcwMDAwMDAwMH0.Qk3vUoTz9v1cDhwP6k2Zs0Yb7xRqLmNf4eJtGaXdVwE
	sent -H "Authorization: Bearer $jwt" "https://echo.example.net/x?y=$KEY"
	run cat "$T/got"
	assert_output --partial "Bearer $jwt"
}
