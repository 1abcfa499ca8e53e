# SPDX-License-Identifier: MIT
# Where: unit, as root
# load.bats: who has no token takes nothing from who has, and no number of callers ends the bundle.
load native.bash

setup_file() { bundle_up '{"allowlist": ["echo.example.net", "silent.example.com"], "credentials": []}'; }
teardown_file() { bundle_down; }

# callers NUMBER PORT TEXT [BYTES]: open so many connections, send TEXT on each and so many bytes behind it, hold them
# open in the background.
callers() {
	rm -f "$T/open"
	"$NATIVE" guest "$N" timeout 120 python3 -c '
import socket, sys, time
number, port, fill, ready = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[4]), sys.argv[5]
text = sys.argv[3].encode().decode("unicode_escape").encode("latin-1") + b"x" * fill
held = []
for _ in range(number):
    s = socket.create_connection(("192.168.77.2", port), 30)
    s.settimeout(30)
    try:
        s.sendall(text)
    except OSError:
        pass
    held.append(s)
open(ready, "w").close()
time.sleep(100)' "$1" "$2" "$3" "${4-0}" "$T/open" 3>&- &
	for _ in $(seq 300); do [ -e "$T/open" ] && break; sleep 0.1; done
	assert [ -e "$T/open" ]
}

# resident DAEMON: KiB
resident() {
	inside root sh -c 'for p in /proc/[0-9]*; do
		! grep -q "^bottle-$1" $p/cmdline || grep VmRSS $p/status | tr -dc 0-9
	done' sh "$1"
}

rpc() { guest curl -sS --max-time "$1" -H "Authorization: Bearer $(cat "$N/token")" -d "$2" http://192.168.77.2:9100/mcp; }

@test "bodies behind a 407 are not kept: the answer comes before the body" {
	before=$(resident dlp)
	callers 100 8888 "POST http://echo.example.net/ HTTP/1.1\r\nHost: echo.example.net\r\nContent-Length: 2000000\r\n\r\n" 1000000
	after=$(resident dlp)
	echo "$before KiB before, $after after"
	assert [ $((after - before)) -lt 50000 ]	# of 100 MB
	run through https://echo.example.net/
	assert_line --index -1 200
	kill %1
	run guest timeout 10 python3 -c '
import socket
s = socket.create_connection(("192.168.77.2", 8888))
s.sendall(b"POST http://echo.example.net/ HTTP/1.1\r\nHost: echo.example.net\r\nContent-Length: 2000000\r\n\r\n")
print(s.recv(100))'
	assert_output --partial ' 407 '
}

@test "a head without an end is ended" {
	run guest timeout 60 python3 -c '
import socket
s = socket.create_connection(("192.168.77.2", 8888))
s.settimeout(30)
s.sendall(b"GET http://echo.example.net/ HTTP/1.1\r\nX-A: ")
sent = 0
try:
    while sent < 10 << 20:
        sent += s.send(b"x" * 65536)
except OSError:
    pass
print("ended" if sent < 10 << 20 else "endless")'
	assert_output ended
}

@test "silent callers at 9418 and 9100 stop nobody" {
	callers 60 9418 ''
	callers 60 9100 'POST /mcp HTTP/1.1\r\nHost: 192.168.77.2\r\n'
	run rpc 5 '{"jsonrpc":"2.0","id":1,"method":"ping"}'
	assert_output --partial '"result"'
	run guest curl -sS --max-time 8 -o /dev/null -w '%{http_code}' -u "bottle:$(cat "$N/token")" 'http://192.168.77.2:9418/app/info/refs?service=git-upload-pack'
	assert_output 200
	kill %1 %2
}

@test "24 that wait for an answer leave room for who does not" {
	id=$(rpc 5 '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"ask","arguments":{"text":"may I?"}}}' |
		grep -oE '[0-9]{10}-[0-9a-f]{16}' | head -n 1)
	call='{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"answer","arguments":{"id":"'$id'","wait_seconds":50}}}'
	callers 24 9100 "POST /mcp HTTP/1.1\r\nHost: 192.168.77.2\r\nAuthorization: Bearer $(cat "$N/token")\r\nContent-Length: ${#call}\r\n\r\n$call"
	run rpc 30 '{"jsonrpc":"2.0","id":1,"method":"ping"}'
	assert_output --partial '"result"'
	kill %1
}

@test "questions that nobody answers do not keep out the next one; too many in a minute are told" {
	for i in $(seq 30); do
		run rpc 5 '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"ask","arguments":{"text":"may I?"}}}'
	done
	assert_output --partial 'requests a minute; wait '
	run inside supervise sh -c 'i=0; while [ $i -lt 100 ]; do i=$((i + 1)); echo "{}" >/run/bottle/requests/15000000$((10 + i % 90))-0000000000000$((100 + i)).json; done; ls /run/bottle/requests | wc -l'
	inside supervise /usr/bin/python3 -c '
from bottle import supervise
supervise.ask({"text": "one more"})
print(len(supervise.waiting()))' >"$T/out"
	equals 100 "$(tail -n 1 "$T/out")"
}

@test "a method that is no text gets an error of JSON-RPC" {
	run rpc 5 '{"jsonrpc":"2.0","id":1,"method":["ping"]}'
	assert_output --partial '"code": -32600'
}

@test "names whose server is silent delay no other name" {
	"$NATIVE" guest "$N" sh -c 'for i in $(seq 40); do curl -s -o /dev/null --max-time 60 -x "$1" http://silent.example.com/$i & done; wait' \
		sh "http://bottle:$(cat "$N/token")@$PROXY:8888" 3>&- &
	for _ in $(seq 100); do grep -q silent "$N/dns.log" && break; sleep 0.1; done
	run through --max-time 8 -o /dev/null http://echo.example.net/x
	assert_line --index -1 200
	# Forty requests, one lookup at a time.
	assert [ "$(grep -c silent "$N/dns.log")" -lt 20 ]
	kill %1
}

@test "heads of megabytes at 9418 and 9100, and hundreds of unfinished ones at 8888: the bundle stays" {
	for port in 9418 9100; do
		"$NATIVE" guest "$N" timeout 60 python3 -c '
import socket, sys, time
held = []
for _ in range(46):
    s = socket.create_connection(("192.168.77.2", int(sys.argv[1])), 10)
    s.settimeout(10)
    try:
        s.sendall(b"POST /mcp HTTP/1.1\r\nHost: 192.168.77.2\r\n" + (b"X-A: " + b"x" * 65000 + b"\r\n") * 97)
    except OSError:
        pass
    held.append(s)' "$port"
	done
	callers 2000 8888 'GET http://echo.example.net/ HTTP/1.1\r\nX-A: ' 40000
	kill %1
	sleep 1
	run through --max-time 20 -o /dev/null http://echo.example.net/x
	assert_line --index -1 200
	refute grep 'ended with status' "$N/bundle.log"
}
