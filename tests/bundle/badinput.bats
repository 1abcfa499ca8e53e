# SPDX-License-Identifier: MIT
# Where: unit, as root
# badinput.bats: bodies that lie, swell, nest or repeat: each is refused by its name or passed, within the limits, and the bundle goes on.
load native.bash

setup_file() { bundle_up '{"allowlist": ["echo.example.net", "site.example.com", "lax.example.com"], "credentials": [],
	"dlp": {"site.example.com": "warn", "lax.example.com": "redact"}}'; }

teardown_file() { bundle_down; }

setup() {
	fresh_home
	KEY=ghp_$(head -c 300 /dev/urandom | base64 -w 0 | tr -dc A-Za-z0-9 | cut -c 1-36)
}

# Whatever it was, the next one is served, by the same processes.
teardown() {
	run through -o /dev/null https://echo.example.net/after
	assert_line --index -1 200
	refute grep -E 'ended with status|a scanner ended' "$N/bundle.log"
}

# make NAME: the Python on standard input writes the body of that name into $T; it has KEY, rnd, and json, zlib, gzip, ...
make() {
	{ printf 'import base64, brotli, gzip, io, json, random, struct, sys, zipfile, zlib, zstandard\nrnd = random.Random(3)\nKEY = b"%s"\nout = sys.stdout.buffer\n' "$KEY"; cat; } |
		inside root /usr/bin/python3 - >"$T/$1"
}

# post NAME [CURL-ARGS]
post() {
	run through -X POST -H 'Content-Type: application/json' --data-binary "@$T/$1" "${@:2}" https://echo.example.net/x
}

# refused POLICY NAME [CURL-ARGS], passed NAME [CURL-ARGS]
refused() {
	post "${@:2}"
	[[ $output == *"blocked by policy $1 "* ]] || fail "$2: ${output:0:300}"
}

passed() {
	post "$@" -o /dev/null
	[ "${lines[-1]}" = 200 ] || fail "$1: ${output:0:300}"
}

@test "bodies that lie about their coding" {
	make plain <<<'out.write(b"plain text, no gzip")'
	make crc <<<'z = bytearray(gzip.compress(b"text " * 100)); z[-8] ^= 1; out.write(z)'
	make size <<<'z = bytearray(gzip.compress(b"text " * 100)); z[-1] ^= 1; out.write(z)'
	make short <<<'out.write(gzip.compress(b"text " * 100)[:-9])'
	make behind <<<'out.write(gzip.compress(b"text " * 100) + KEY)'
	make members <<<'out.write(gzip.compress(b"text ") + gzip.compress(KEY))'
	make none <<<'pass'
	for name in plain crc size short behind; do refused encoding "$name" -H 'Content-Encoding: gzip'; done
	post members -H 'Content-Encoding: gzip'
	assert_line --index -1 403
	for coding in deflate br zstd 'gzip, gzip' compress aes128gcm; do refused encoding plain -H "Content-Encoding: $coding"; done
	refused encoding plain -H 'Content-Encoding: gzip, gzip, gzip, gzip'
	passed none -H 'Content-Encoding: gzip'
	make packed <<<'out.write(gzip.compress(KEY))'
	for head in 'Content-Encoding: gzip' 'content-encoding:  GZIP ' 'Content-Encoding: identity'; do refused secret packed --http1.1 -H "$head"; done
}

@test "zstd frames that announce a window of 2 GB, or a size of 2^60" {
	make window <<<'out.write(b"\x28\xb5\x2f\xfd\x00\xa8" + struct.pack("<I", 1 | 5 << 3)[:3] + b"hello")'
	make announced <<<'out.write(b"\x28\xb5\x2f\xfd\xc0\x50" + struct.pack("<Q", 1 << 60) + struct.pack("<I", 1 | 5 << 3)[:3] + b"hello")'
	make runs <<<'out.write(b"\x28\xb5\x2f\xfd\x00\x58" + (struct.pack("<I", 2 | 131072 << 3)[:3] + b"x") * 50000 + struct.pack("<I", 3)[:3] + b"x")'
	make many <<<'out.write(zstandard.compress(b"x") * 100000)'
	for name in window announced runs; do refused encoding "$name" -H 'Content-Encoding: zstd'; done
	passed many -H 'Content-Encoding: zstd'
}

@test "archives in archives, in JSON too; one that swells at each level" {
	cat >"$T/zips" <<-'END'
	def zipped(data, times, name="a"):
	    for _ in range(times):
	        made = io.BytesIO()
	        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as z:
	            z.writestr(name, data)
	        data = made.getvalue()
	    return data
	END
	{ cat "$T/zips"; echo 'out.write(zipped(b"note " + KEY, 3))'; } | make three
	{ cat "$T/zips"; echo 'out.write(json.dumps({"a": base64.b64encode(zipped(b"note " + KEY, 2)).decode()}).encode())'; } | make inside
	{ cat "$T/zips"; echo 'out.write(zipped(b"words " * 1000, 40))'; } | make forty
	{ cat "$T/zips"; echo 'out.write(zipped(zipped(b"\0" * 30000000, 1) * 60, 2))'; } | make bomb
	make members <<-'END'
	made = io.BytesIO()
	with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as z:
	    for i in range(20000):
	        z.writestr(f"f{i}", b"line %d\n" % i * 10)
	out.write(made.getvalue())
	END
	refused secret three
	refused secret inside
	passed forty
	passed members
	refused scan-limit bomb
}

@test "JSON of a million strings, short and not; deep; with members of one name" {
	make million <<<'out.write(json.dumps([f"s{i}" for i in range(1000000)]).encode())'
	make names <<<'out.write(json.dumps({f"name{i}": i % 7 for i in range(1000000)}).encode())'
	make longer <<<'out.write(json.dumps([f"{i:08d} a line of a file that is a bit longer than 64 letters, as many are" for i in range(300000)]).encode())'
	make deep <<<'out.write(b"[" * 5000000)'
	make nested <<<'out.write(b"{\"a\":" * 900 + b"[\"" + KEY + b"\"]" + b"}" * 900)'
	make twice <<<'out.write(b"{" + b"\"a\":\"ok\"," * 200000 + b"\"a\":\"" + KEY + b"\",\"a\":1}")'
	for name in million names longer deep; do passed "$name"; done
	for name in nested twice; do refused secret "$name"; done
	make found <<<'out.write(json.dumps([f"s{i}" for i in range(999999)] + [KEY.decode()]).encode())'
	refused secret found
	assert_output --partial 'in [999999]'
}

@test "one string of 30 MB: plain, of digits, of nothing but codes; with a key at its end" {
	make plain <<<'out.write(json.dumps("words and words, " * 1800000).encode())'
	make digits <<<'out.write(json.dumps(base64.b64encode(rnd.randbytes(22000000)).decode()).encode())'
	make escapes <<<'out.write(json.dumps({"a": "\u00e9\\x41%41" * 1800000}).encode())'
	make key <<<'out.write(json.dumps("words and words, " * 1800000 + KEY.decode()).encode())'
	passed plain
	passed digits
	make percent <<<'out.write(b"%41" * 10000000)'
	make spaced <<<'out.write(b"41 " * 10000000)'
	for name in escapes percent spaced; do passed "$name"; done
	refused secret key
}

@test "invalid UTF-8, lone surrogates, NUL: read as bytes, and what stands beside is found" {
	make invalid <<<'out.write(b"{\"a\": \"\xff\xfe\xc3 words\"}")'
	make surrogate <<<'out.write(b"{\"a\": \"\\ud800 words\"}")'
	make nul <<<'out.write(b"{\"a\": \"\\u0000\0 words\"}")'
	for name in invalid surrogate nul; do
		passed "$name"
		sed "s/words/$KEY/" "$T/$name" >"$T/$name-key"
		refused secret "$name-key"
	done
	for name in surrogate-key invalid-key nul-key; do
		run through --http1.1 -X POST -H 'Content-Type: application/json' --data-binary "@$T/$name" https://lax.example.com/x
		refute_output --partial "$KEY"
	done
}

@test "a history whose beginning changes each turn: nothing is remembered, each turn is within the limit" {
	for turn in 1 2 3; do
		make "turn$turn" <<<"out.write(json.dumps([f'turn $turn {i} ' + ''.join(rnd.choice('abcdefghij klmno\n') for _ in range(3000)) for i in range(700)]).encode())"
		passed "turn$turn"
	done
	run decided dlp
	assert_regex "$output" '"scan_us": ([0-9]+)'
	assert [ "${BASH_REMATCH[1]}" -lt 30000000 ]
}

@test "what was let pass once is no pass for elsewhere: another mode, another name beside it, another place" {
	run through -H 'Content-Type: application/json' -d '{"a": ["a text that is long enough to be remembered, '"$KEY"' and goes on"]}' https://site.example.com/x
	assert_line --index -1 200
	for host in lax.example.com echo.example.net; do
		run through --http1.1 -H 'Content-Type: application/json' -d '{"a": ["a text that is long enough to be remembered, '"$KEY"' and goes on"]}' "https://$host/x"
		refute_output --partial "$KEY"
	done
	assert_output --partial 'blocked by policy secret for host echo.example.net'
	# Clean by itself, twice; a finding with its name.
	value=$(head -c 300 /dev/urandom | base64 -w 0 | tr -dc a-f0-9 | cut -c 1-32)
	for _ in 1 2; do
		run through -o /dev/null -H 'Content-Type: application/json' -d '{"text": "'"$value"'"}' https://echo.example.net/x
		assert_line --index -1 200
	done
	run through -H 'Content-Type: application/json' -d '{"adafruit_api_key": "'"$value"'"}' https://echo.example.net/x
	assert_output --partial 'blocked by policy secret'
	jwt=eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiI5ODc2NTQzMjEwIiwibmFtZSI6IkEgTmFtZSIsImlhdCI6MTcwMDAwMDAwMH0.Qk3vUoTz9v1cDhwP6k2Zs0Yb7xRqLmNf4eJtGaXdVwE
	run through -o /dev/null -H "Authorization: Bearer $jwt" https://echo.example.net/x
	assert_line --index -1 200
	run through -H 'Content-Type: application/json' -d "{\"a\": \"$jwt\"}" https://echo.example.net/x
	assert_output --partial 'blocked by policy secret'
}

@test "a rule that matches over the border of two strings: refused, also where it should be redacted; two halves of a key are none" {
	value=$(head -c 300 /dev/urandom | base64 -w 0 | tr -dc a-f0-9 | cut -c 1-32)
	for host in echo.example.net lax.example.com; do
		run through --http1.1 -H 'Content-Type: application/json' -d '["adafruit_api_key", "'"$value"'"]' "https://$host/x"
		refute_output --partial "$value"
		assert_output --partial "blocked by policy secret for host $host: rule adafruit-api-key matched in body"
	done
	run through -o /dev/null -H 'Content-Type: application/json' -d '["'"${KEY:0:20}"'", "'"${KEY:20}"'"]' https://echo.example.net/x
	assert_line --index -1 200
}

# rpc SCRIPT: what 9100 and 9418 answer to what the Python on standard input sends with ask(head, body, port).
rpc() {
	guest /usr/bin/python3 -c "$(cat <<-END
	import socket, sys
	TOKEN = b"Authorization: Bearer $(cat "$N/token")"
	PING = '{"jsonrpc":"2.0","id":1,"method":"ping"}'
	def ask(head, body=b"", port=9100, path=b"POST /mcp HTTP/1.1"):
	    with socket.create_connection(("$PROXY", port), 20) as s:
	        s.settimeout(20)
	        s.sendall(b"\r\n".join([path, b"Host: $PROXY", *head, b"Connection: close", b"", b""]) + body)
	        said = s.makefile("rb").read().decode("latin-1")
	    print(said.split(" ")[1], said.rpartition("\r\n\r\n")[2].strip())
	END
	)
$1"
}

@test "9100 takes one JSON text, in UTF-8" {
	run rpc 'for coding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le"):
    body = PING.encode(coding)
    ask([TOKEN, b"Content-Length: %d" % len(body)], body)
ask([TOKEN, b"Content-Length: 3"], b"\xff\xfe\xfd")'
	assert_line --index 0 '200 {"jsonrpc": "2.0", "id": 1, "result": {}}'
	[ "$(grep -c '^400 .*not one JSON-RPC request, in UTF-8' <<<"$output")" = 7 ] || fail "$output"
}

@test "9100 and 9418 refuse a head that two readers read in two ways, before they ask who it is" {
	run rpc 'length = b"Content-Length: %d" % len(PING)
for token in ([TOKEN], []):
    for odd in (b"X: y\r" + length, b"X: y\rX: z", b"X: \0", b"X: y\r\n z", b"X : y", b"\xff: y", b"X", length + b"\r\n" + length,
                length + b"\r\nTransfer-Encoding: chunked"):
        ask([*token, *([] if b"length" in odd.lower() else [length]), odd], PING.encode())
ask([TOKEN, b"X: y\rX: z"], path=b"GET /app/info/refs?service=git-upload-pack HTTP/1.1", port=9418)
ask([TOKEN, length], PING.encode(), path=b"POST /mcp\rX: y HTTP/1.1")
ask([TOKEN, length], PING.encode(), path=b"POST /m\0cp HTTP/1.1")'
	[ "$(grep -c '^400 bottle: blocked by policy framing: ' <<<"$output")" = 21 ] || fail "$output"
	# What is usual is taken: tabs, empty values, letters of all alphabets.
	run rpc 'for odd in (b"X:\ty", b"X:", "X: \u00e9".encode(), b"Accept: a\r\nAccept: b"): ask([TOKEN, b"Content-Length: %d" % len(PING), odd], PING.encode())'
	[ "$(grep -c '^200 ' <<<"$output")" = 4 ] || fail "$output"
}
