# SPDX-License-Identifier: MIT
# Where: unit, as root
# websocket.bats: WebSockets to hosts of `websocket`: each message is looked at before it goes on, and nothing else passes.
# ws.py is the origin, on port 8443 of every host, and the client. hello blocks, site redacts, echo warns, lax has a credential.
load native.bash

setup_file() {
	bundle_up '{"ports": [80, 443, 8443], "websocket": ["hello.example.com", "site.example.com", "echo.example.net", "lax.example.com"],
		"dlp": {"site.example.com": "redact", "echo.example.net": "warn"}, "limits": {"request_body": 2000000},
		"credentials": [{"host": "lax.example.com", "header": "Authorization", "prefix": "Bearer ", "secret": "cred-0",
			"only": [{"method": "GET", "path": "/credential"}, {"path": "/bye"}]}]}'
	"$NATIVE" guest "$N" sh -c 'echo $$ >"$1/ws.pid"; exec /usr/bin/python3 "$2" origin "$1/ws.log" "$1/tls" 8443' sh "$N" "$BATS_TEST_DIRNAME/ws.py" \
		>"$N/ws.err" 2>&1 3>&- &
	for _ in $(seq 100); do guest python3 -c 'import socket; socket.create_connection(("93.184.216.42", 8443), 1)' 2>/dev/null && break; sleep 0.1; done
}

teardown_file() {
	[ ! -s "$N/ws.pid" ] || kill "$(cat "$N/ws.pid")"
	bundle_down
}

setup() {
	fresh_home
	KEY=ghp_$(head -c 300 /dev/urandom | base64 -w 0 | tr -dc A-Za-z0-9 | cut -c 1-36)
	: >"$N/ws.log"
}

# ws HOST/PATH ORDER...
ws() {
	local where=$1
	shift
	run guest timeout 60 /usr/bin/python3 "$BATS_TEST_DIRNAME/ws.py" client "$PROXY" "$(cat "$N/token")" "$N/ca.pem" "wss://${where/\//:8443/}" "$@"
}

# What the origin got: kind and data, a line each.
got() { jq -r 'select(.kind) | "\(.kind) \(.data // "")"' "$N/ws.log"; }

@test "text, binary, parts, large: both ways as they were; no compression is agreed on" {
	ws hello.example.com/x text:hello binary:$'\x01two' parts:three size:300000 recv:4 close:1000:done end
	assert_success
	assert_line --index 0 'HTTP/1.1 101 Switching Protocols'
	assert_line 'text hello '
	assert_line --partial $'binary \x01two'
	assert_line 'text three '
	assert_line --regexp '^text y y .* 300000$'
	assert_line --index -1 'close 1000 '
	run grep -i extensions "$N/ws.log"
	assert_failure
	run got
	assert_line --index -1 $'close \x03\xc3\xa8' # the number alone; jq writes Latin-1 as UTF-8
	settled
	run grep '"policy": "websocket"' "$N/bundle.log"
	assert_output --partial '"host": "hello.example.com", "port": 8443, "sent": 4, "received": 4'
}

@test "a host that is not named, another version, a body, HTTP/2: refused" {
	ws api.example.com/x
	assert_line --index 0 --partial 'HTTP/1.1 426'
	assert_output --partial 'blocked by policy upgrade'
	for head in Sec-WebSocket-Version:8 Sec-WebSocket-Key:short Content-Length:5 Upgrade:h3 Connection:close; do
		ws hello.example.com/x "head:$head"
		assert_line --index 0 --partial 'HTTP/1.1 426'
	done
	run through --http2 -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==' https://hello.example.com:8443/x
	refute_line --index -1 101
	run cat "$N/ws.log"
	assert_output ''
}

@test "a secret in text, binary, parts, base64, JSON: closed with 1008 and the reason; nothing of it arrives; a line" {
	for order in "text:see $KEY" "binary:$KEY" "parts:$KEY" "text:$(printf 'note: %s' "$KEY" | base64 -w 0)"; do
		ws hello.example.com/x text:before recv:1 "$order" text:after end
		assert_line 'text before '
		assert_line --index -1 'close 1008 bottle: blocked by policy secret: rule github-pat matched in the message'
		settled
		run grep '"decision": "deny", "policy": "secret", "method": "GET", "host": "hello.example.com", "port": 8443, "bytes": ' "$N/bundle.log"
		assert_output --partial '"rule": "github-pat", "place": "the message"'
		refute_output --partial "$KEY"
	done
	ws hello.example.com/x "text:{\"a\": [\"ok\", \"see $KEY and more words that make it longer than sixty-four\"]}" end
	assert_line --index -1 'close 1008 bottle: blocked by policy secret: rule github-pat matched in a[1]'
	run got
	refute_output --partial ghp_
	refute_output --partial after
}

@test "compressed without an agreement, not masked, reserved, a continuation of nothing: the connection ends, nothing arrives" {
	for order in "deflated:$KEY" "bare:$KEY" raw:8b81000000004f "raw:8081000000004f" "raw:898201020304aabb898101020304aaf181"; do
		ws hello.example.com/x "$order" text:after end
		assert_line --index 0 'HTTP/1.1 101 Switching Protocols'
		assert_line --partial 'close 1002 '
	done
	run got
	refute_output --partial text
	refute_output --partial "$KEY"
}

@test "a ping is answered with what it held and goes on empty; a pong goes nowhere; a reason and what follows a close go nowhere" {
	ws hello.example.com/x "ping:$KEY" recv:1 "pong:$KEY" text:x recv:1
	assert_line "pong $KEY "
	ws hello.example.com/x raw:"$(printf '888600000000%s818100000000%s' "$(printf '\003\350%s' bye! | od -An -tx1 | tr -d ' \n')" 41)" end
	assert_line --index -1 'close 1000 '
	ws hello.example.com/ping text:x recv:1
	run got
	assert_line 'ping '
	assert_line 'pong of the origin'
	refute_output --partial ghp_
	refute_output --partial bye
	refute_output --partial 'text A'
}

@test "redact: stars, the conversation goes on; warn: as it is; both told" {
	ws site.example.com/x "text:{\"a\": \"see $KEY\", \"n\": 1.50}" "binary:bytes $KEY" text:on recv:3
	assert_line "text {\"a\": \"see ${KEY//?/*}\", \"n\": 1.50} "
	assert_line "binary bytes ${KEY//?/*} "
	assert_line 'text on '
	settled
	run grep -c '"policy": "redacted", "method": "GET", "host": "site.example.com"' "$N/bundle.log"
	assert_output 2
	ws echo.example.net/x "text:$KEY" recv:1
	assert_line "text $KEY "
	settled
	run grep -c '"policy": "warned", "method": "GET", "host": "echo.example.net"' "$N/bundle.log"
	assert_output 1
}

@test "larger than a request may be: 1009, in one frame and in parts; the bundle stays" {
	ws hello.example.com/x size:2000000 recv:1 size:2000002 end
	assert_line --regexp '^text y y .* 2000000$'
	assert_line --index -1 'close 1009 bottle: blocked by policy body-limit: message larger than 2000000 bytes'
	ws hello.example.com/x "raw:01ff000000007000000000000000$(printf '41%.0s' $(seq 20000))" wait:1 text:x
	assert_line --index 0 'HTTP/1.1 101 Switching Protocols'
	run got
	refute_output --partial A
	settled
	run grep -c '"decision": "deny", "policy": "body-limit"' "$N/bundle.log"
	assert_output 1
}

@test "a host with a credential: put into the handshake, taken out of every message and of a close; only holds" {
	hand_over
	ws lax.example.com/credential recv:4 text:more recv:1
	assert_line "text you are ${CREDENTIAL//?/*} "
	assert_line --partial "${CREDENTIAL//?/*}"
	assert_line "text in parts ${CREDENTIAL//?/*} "
	assert_line --partial '****'
	assert_line 'text more '
	refute_output --partial "$CREDENTIAL"
	refute_output --partial "$(printf 'so: %s' "$CREDENTIAL" | base64 -w 0 | cut -c 6-20)"
	ws lax.example.com/bye end
	assert_line "close 4001 bye ${CREDENTIAL//?/*}"
	ws lax.example.com/x
	assert_line --index 0 'HTTP/1.1 403 Forbidden'
	assert_output --partial 'blocked by policy credential-only'
	run jq -r 'select(.head) | .head' "$N/ws.log"
	assert_output --partial "Authorization: Bearer $CREDENTIAL"
}

@test "the bottle's own credential in a message is blocked, whatever the mode" {
	hand_over
	for host in hello.example.com site.example.com echo.example.net; do
		ws "$host/x" "text:see $CREDENTIAL" end
		assert_line --index -1 "close 1008 bottle: blocked by policy secret: rule known-secret matched in the message"
	done
	run got
	refute_output --partial "$CREDENTIAL"
}

@test "an origin that agrees on compression or on another key, or on nothing" {
	for path in extension accept; do
		ws "hello.example.com/$path" text:x
		assert_line --index 0 'HTTP/1.1 502 Bad Gateway'
		assert_output --partial 'blocked by policy upstream for host hello.example.com'
	done
	ws hello.example.com/plain
	assert_line --index 0 'HTTP/1.1 200 OK'
	assert_line plain
}

@test "four that are silent beside one that speaks; a message while another is looked at" {
	for _ in 1 2 3 4; do
		"$NATIVE" guest "$N" timeout 60 /usr/bin/python3 "$BATS_TEST_DIRNAME/ws.py" client "$PROXY" "$(cat "$N/token")" "$N/ca.pem" wss://hello.example.com:8443/x wait:6 text:late recv:1 >>"$T/silent" 2>&1 3>&- &
	done
	ws hello.example.com/x size:1900000 text:two size:1900000 text:four recv:4
	assert_line 'text four '
	wait
	equals 4 "$(grep -c 'text late' "$T/silent")"
}
