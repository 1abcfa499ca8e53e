# SPDX-License-Identifier: MIT
# Where: unit, as root
# escape.bats: the rows of the escape suite that go through the bundle, natively; the lab runs them from a real guest.
load native.bash

setup_file() { bundle_up; }
teardown_file() { bundle_down; }

@test "what is known to get through is told, nothing else does" {
	cd "$BB_ROOT"
	DEMO_API_KEY=$CREDENTIAL run tests/escape/escape --native "$N" --report "$T/escape.json"
	[ "$status" = 0 ] || printf '%s\n' "$output" | grep -v '^ok'
	assert_success
	run jq -r 'select(.verdict != "blocked") | "\(.verdict) \(.id): \(.target)"' "$T/escape.json"
	assert_output - <<-'END'
		todo E-18: split over two parameters
		todo E-18: reversed
	END
}

@test "HTTP that is smuggled past 8888 is refused by 9099 as well" {
	run inside dlp /usr/bin/python3 -c '
import base64, socket
hop = open("/run/bottle/dlp/hop", "rb").read().strip()
head = "GET http://lax.example.com/ HTTP/1.1\r\nHost: lax.example.com\r\nConnection: close\r\nProxy-Authorization: Basic "
head += base64.b64encode(b"dlp:" + hop).decode()
for line in ("X-A: 1\rX-B: 2", "X-A: \x00", "X-A: 1\r\n 2", "X-A: \xff", "X-A : 1", "Content-Length: 1\r\nContent-Length: 1"):
    s = socket.create_connection(("127.0.0.1", 9099), 20)
    s.settimeout(20)
    s.sendall(f"{head}\r\n{line}\r\n\r\nx".encode("latin-1"))
    print(s.makefile("rb").read().decode("latin-1"))
'
	assert_success
	equals 6 "$(grep -c 'blocked by policy framing' <<<"$output")"
	run grep -c '"at": "lax"' "$N/echo.log"
	refute_output --partial 'X-B'
}
