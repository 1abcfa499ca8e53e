# SPDX-License-Identifier: MIT
# Where: unit, as root
# known.bats: what the bottle itself keeps secret (each value that was handed over, and its token) leaves in no form that is
# decoded, by no way and in no mode. Who scans is a daemon of its own, the only one that may read all of it.
load native.bash

setup_file() {
	ssh-keygen -q -t ed25519 -N '' -C '' -f "$BATS_FILE_TMPDIR/key"
	bundle_up "$(jq -n --arg key "$(cut -d' ' -f 1,2 "$BATS_FILE_TMPDIR/key.pub")" '{
		dlp: {"echo.example.net": "redact", "site.example.com": "warn"},
		credentials: [{host: "api.example.com", header: "X-Odd-Key", secret: "cred-0"}, {host: "lax.example.com", header: "X-Odd-Key", secret: "cred-1"}],
		repos: {app: {url: "https://echo.example.net/app.git"}, far: {url: "ssh://git@echo.example.net/far.git", host_key: $key, secret: "key-0"}}}')"
}
teardown_file() { bundle_down; }

# hand NAME <VALUE
hand() {
	printf '%s %s\n' "$1" "$(base64 -w 0)" | inside root /usr/lib/bottle/handover "$(cat "$N/nonce")" >/dev/null
}

hex() { od -An -tx1 | tr -d ' \n'; }

# refused HOST PLACE CURL-ARGS...: by the rule, at that place, and nothing of it arrives
refused() {
	local host=$1 place=$2
	shift 2
	: >"$N/echo.log"
	run through --http1.1 "$@"
	assert_line --index 0 "bottle: blocked by policy secret for host $host: rule known-secret matched in $place"
	assert_line --index -1 403
	equals '' "$(cat "$N/echo.log")"
	run decided dlp
	assert_output --partial '"decision": "deny", "policy": "secret"'
	assert_output --partial "\"rule\": \"known-secret\", \"place\": \"$place\""
}

# in_all_forms VALUE
in_all_forms() {
	local host url value=$1
	for host in echo.example.net site.example.com lax.example.com; do
		url=https://$host/x
		for form in "$value" "$(printf %s "$value" | base64 -w 0)" "$(printf 'ab%s' "$value" | base64 -w 0)" "$(printf %s "$value" | gzip | base64 -w 0)" \
			"$(printf %s "$value" | hex)" "$(printf %s "$value" | hex | sed 's/../%&/g')" "$(printf %s "$value" | hex | sed 's/../\\\\u00&/g')"; do
			refused "$host" 'messages[1].content' -d '{"messages": ["before", {"content": "'"$form"'"}]}' "$url"
		done
		refused "$host" 'header X-Note' -H "X-Note: $value" "$url"
		refused "$host" 'header X-Note' -H "X-Note: $(printf %s "$value" | hex)" "$url"
		refused "$host" path "$url/$value"
		refused "$host" path "$url?a=$(printf %s "$value" | base64 -w 0 | tr -d =)"
		refused "$host" body -d "a=1&b=$value" "$url"
		printf '{"a": "%s"}' "$value" | gzip >"$T/packed"
		refused "$host" a -H 'Content-Encoding: gzip' --data-binary "@$T/packed" "$url"
	done
}

@test "a credential, in every form, to every mode of host" {
	in_all_forms "$CREDENTIAL"
}

@test "the token as well" {
	in_all_forms "$(cat "$N/token")"
}

@test "a short one in codings that decoders take for words; one under eight bytes is not looked for" {
	printf 'Zq8"k\\2x' | hand cred-1
	for form in '{"a": "{\"b\": \"Zq8\\\"k\\\\2x\"}"}' "$(printf 'Zq8"k\\2x' | base64)" "$(printf 'Zq8"k\\2x' | hex)"; do
		refused echo.example.net "$([ "${form:0:1}" = '{' ] && echo a || echo body)" -d "$form" https://echo.example.net/x
	done
	printf 'Zq8k2xP' | hand cred-1
	run through -d 'Zq8k2xP' https://echo.example.net/x
	assert_line --index -1 200
}

@test "behind another finding that the mode would let pass" {
	key=ghp_$(head -c 300 /dev/urandom | base64 -w 0 | tr -dc A-Za-z0-9 | cut -c 1-36)
	for host in echo.example.net site.example.com; do
		refused "$host" b -d "{\"a\": \"$key\", \"b\": \"$CREDENTIAL\"}" "https://$host/x"
		refused "$host" 'header X-Note' -H "X-Key: $key" -H "X-Note: $CREDENTIAL" "https://$host/x"
	done
}

@test "a place never quotes it: a header's name, a member's name, one above another finding" {
	token=$(cat "$N/token")
	for host in echo.example.net site.example.com; do
		refused "$host" "a header's name" -H "X-$CREDENTIAL: y" "https://$host/x"
		refused "$host" a -d "{\"a\": {\"$token\": 1}}" "https://$host/x"
		refused "$host" 'a.*.b' -d "{\"a\": {\"$token\": {\"b\": \"$CREDENTIAL and as many words again as make a text of its own\"}}}" "https://$host/x"
	done
	! grep -qF -e "$CREDENTIAL" -e "$token" "$N/bundle.log" || fail 'the log holds it'
}

@test "what a client puts where 9099 puts the credential is no finding, and does not go on" {
	key=ghp_$(head -c 300 /dev/urandom | base64 -w 0 | tr -dc A-Za-z0-9 | cut -c 1-36)
	for placeholder in "$key" "$CREDENTIAL"; do
		run through --http1.1 -H "Authorization: Bearer $placeholder" -H "x-api-key: $placeholder" -H "X-Odd-Key: $placeholder" \
			"https://api.example.com/x?key=$placeholder&a=b"
		assert_line --index -1 200
		assert_output --partial '"path": "/x?a=b"'
		assert_output --partial "[\"X-Odd-Key\", \"${CREDENTIAL//?/*}\"]"
		refute_output --partial "$placeholder"
	done
	run through --http1.1 -H "X-Other: $key" https://api.example.com/x
	assert_output --partial 'rule github-pat matched in header X-Other'
}

@test "what was clean before it was handed over is not remembered as clean" {
	value=$(head -c 300 /dev/urandom | base64 -w 0 | tr -dc A-Za-z0-9 | cut -c 1-40)
	body='{"messages": ["'"$value and so many words that this text is remembered by itself, as a turn of a conversation is"'"]}'
	for turn in 1 2 3 4; do
		run through -d "$body" https://echo.example.net/x
		assert_line --index -1 200
	done
	printf %s "$value" | hand cred-1
	refused echo.example.net 'messages[0]' -d "$body" https://echo.example.net/x
}

@test "the key of a repository: each full line of it, but not the one that all keys begin with" {
	hand key-0 <"$BATS_FILE_TMPDIR/key"
	sed -n '3,4p' "$BATS_FILE_TMPDIR/key" >"$T/lines"
	while read -r line; do
		refused site.example.com body -d "note: $line" https://site.example.com/x
		refused site.example.com body -d "note: $(printf %s "$line" | base64 -w 0)" https://site.example.com/x
	done <"$T/lines"
	refused site.example.com body --data-binary "@$BATS_FILE_TMPDIR/key" https://site.example.com/x
	run through -d "note: $(sed -n 2p "$BATS_FILE_TMPDIR/key") $(cat "$BATS_FILE_TMPDIR/key.pub")" https://site.example.com/x
	assert_line --index -1 200
	run decided dlp
	assert_output --partial '"policy": "allowlist"'
}

@test "in a push: file, message, name, ref, in base64" {
	cd "$T"
	git init -q -b main w && cd w
	git config user.name G && git config user.email g@example.com
	git config http.extraHeader "Authorization: Basic $(printf 'bottle:%s' "$(cat "$N/token")" | base64 -w 0)"
	push() { run guest env HOME="$T" timeout 60 git -C "$T/w" push -q "http://$PROXY:9418/app" "$1"; }
	git commit -q --allow-empty -m one
	push HEAD:refs/heads/clean
	assert_success
	denied=0
	for value in "$CREDENTIAL" "$(cat "$N/token")"; do
		for what in "echo $value >f" "echo $value | base64 >f" "echo x >$value" "printf '\\0%s' $value | gzip >f"; do
			git checkout -q --orphan "o$RANDOM$RANDOM"
			git rm -rfq --ignore-unmatch .
			sh -euc "$what"
			git add . && git commit -qm two
			push HEAD:refs/heads/two
			assert_failure
			assert_output --partial 'blocked by policy secret: rule known-secret matched in '
			denied=$((denied + 1))
		done
		git rm -rfq .
		git commit -qm "see $value" --allow-empty
		push HEAD:refs/heads/three
		assert_output --partial 'rule known-secret matched in commit'
		push "$(git commit-tree -m x "$(git hash-object -t tree -w /dev/null)"):refs/heads/$value"
		assert_output --partial 'rule known-secret matched in a ref name'
	done
	run git -C "$N/git/app.git" for-each-ref --format='%(refname)'
	refute_output --regexp 'heads/(two|three)'
	settled
	assert [ "$(grep '"daemon": "git"' "$N/bundle.log" | grep -c '"rule": "known-secret"')" -ge "$denied" ]
}

@test "values and scanner are the scanner's alone: no other daemon reads or asks, and it reaches nothing" {
	for user in egress dlp git supervise; do
		run inside $user sh -c 'cat /run/bottle/known/cred-0'
		assert_failure
		run inside $user /usr/bin/python3 -c '
import socket
for name in ("dlp", "git"):
    try:
        socket.socket(socket.AF_UNIX).connect(f"/run/bottle/scan/{name}")
        print(name)
    except PermissionError:
        pass'
		case $user in
		dlp | git) assert_output $user ;;
		*) assert_output '' ;;
		esac
	done
	run inside scan cat /run/bottle/known/cred-0
	assert_output "$CREDENTIAL"
	run inside scan sh -c 'cat /run/bottle/secrets/cred-0 /run/bottle/dlp/hop /run/bottle/egress/hop 2>/dev/null'
	assert_output ''
	run inside scan /usr/bin/python3 -c '
import socket
for place in (("127.0.0.1", 9099), ("127.0.0.1", 8888), ("93.184.216.34", 443), ("93.184.216.53", 53), ("192.168.77.1", 22)):
    with socket.socket() as s:
        s.settimeout(10)
        if not s.connect_ex(place): print(place)'
	assert_output ''
}

# workers [STATE]: process numbers of the forks, as the bundle has them; in that state only
workers() {
	inside root sh -c 'for p in /proc/[0-9]*; do
		! grep -q "^bottle-scan" $p/cmdline || ! grep -q "^State:.$1" $p/status || grep -q "^PPid:.1$" $p/status || echo ${p#/proc/}; done' sh "${1-}" 2>/dev/null
}

# at_work: waits for one that is in the middle of a scan; its number
at_work() {
	for _ in $(seq 200); do
		[ -n "$(workers R)" ] || { sleep 0.02; continue; }
		workers R | head -n 1
		return
	done
	fail 'nobody scans'
}

# large: something that takes a while
large() { inside root /usr/bin/python3 -c 'import random; print(random.Random(1).randbytes(12000000).hex())' >"$T/large"; }

@test "a scanner that is killed while nobody asks is not missed; in the middle of a scan it is told, and the next goes on" {
	run through -d x https://echo.example.net/x
	inside scan kill -9 $(workers)
	until [ -z "$(workers)" ]; do sleep 0.1; done
	run through -d x https://echo.example.net/x
	assert_line --index -1 200
	large
	through --data-binary "@$T/large" https://echo.example.net/x >"$T/said" 3>&- &
	inside scan kill -9 "$(at_work)"
	wait %1
	grep -q 'blocked by policy internal-error for host echo.example.net: it could not be inspected: the scanner ended' "$T/said"
	settled
	grep -qF '[scan] a scanner ended (out of memory); the next request gets a new one' "$N/bundle.log"
	run through -d x https://echo.example.net/x
	assert_line --index -1 200
}

@test "who hangs up takes the scan along" {
	inside git /usr/bin/python3 -c '
import random, socket, time
from bottle import frames
body = random.Random(1).randbytes(12000000).hex().encode()
with socket.socket(socket.AF_UNIX) as s:
    s.connect("/run/bottle/scan/git")
    s.settimeout(20)
    s.sendall(frames.question(len(body)) + body)
    print("sent", flush=True)
    time.sleep(1)' >"$T/sent" 3>&- &
	for _ in $(seq 200); do grep -q sent "$T/sent" && break; sleep 0.05; done
	busy=$(at_work)
	inside scan kill -STOP "$busy"  # so that it is the caller's end that ends it
	wait %1
	for _ in $(seq 100); do
		inside root test -e "/proc/$busy" || break
		sleep 0.1
	done
	run inside root test -e "/proc/$busy"
	assert_failure
}
