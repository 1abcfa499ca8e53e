# SPDX-License-Identifier: MIT
# Where: lab up, engine guest bundle
# bundle.bats: the walls W1 to W8 and W10 of a running bundle, seen from the host (where every local user
# stands) and from inside its container. Each test has a positive part: silence alone proves nothing.
load lab.bash

setup_file() {
	export C=${BB_BUNDLE_CONTAINER:-bot-bottle-bundle-demo} LOG=${BB_LAB_LOG:-/var/log/lab}
	IP=${BB_BUNDLE_IP:-$(address_of "$C")}
	TOKEN=$(docker exec "$C" cat /run/bottle/token)
	CA=$BATS_FILE_TMPDIR/ca.pem
	export IP TOKEN CA OWN=bb-test-own
	docker exec "$C" cat /run/bottle/ca.pem >"$CA"
	KEY=ghp_$(head -c 300 /dev/urandom | base64 -w 0 | tr -dc A-Za-z0-9 | cut -c 1-36)
	export KEY FREE=echo.example.net PAID=api.example.com
}

teardown_file() {
	docker rm -f "$OWN" >/dev/null 2>&1 || true
}

setup() {
	MARK=mark$RANDOM$RANDOM
}

# through ARGS...: curl through 8888 with the bottle's token; the body, then the status on a line of its own.
through() { fetch -x "http://bottle:$TOKEN@$IP:8888" "$@"; }

fetch() {
	env -u SSL_CERT_FILE -u CURL_CA_BUNDLE curl -sS --max-time 120 --cacert "$CA" -w '\n%{http_code}' "$@" 2>&1
}

# The origin has (not) seen this test's mark.
arrived() { grep -F "$MARK" "$LOG/echo.log"; }

# refused POLICY ARGS...: 403, the policy and the host are named, and nothing reached the origin.
refused() {
	local policy=$1
	shift
	run through "$@"
	assert_line --index -1 403
	assert_output --regexp "blocked by policy $policy for host [a-z0-9.-]+: "
	run ! arrived
}

# inside USER PYTHON...: in the container, as that daemon's uid.
inside() {
	local user=$1
	shift
	docker exec -i -u "$user" -e PYTHONDONTWRITEBYTECODE=1 "$C" python3 - "$@"
}

daemon_selected() { docker exec "$C" grep -q "\"$1\"" /etc/bottle/bundle.json; }

@test "W1: 8888 serves nobody without the bottle's token" {
	for user in '' 'bottle:wrong@'; do
		run fetch -x "http://$user$IP:8888" "http://$FREE/$MARK"
		assert_line --index -1 407
		run fetch -x "http://$user$IP:8888" "https://$FREE/$MARK"
		assert_output --partial 'response 407'
	done
	run ! arrived
	run through "http://$FREE/$MARK"
	assert_line --index -1 200
	arrived
}

@test "W1: without the token there is the nonce of this container, and nothing else" {
	nonce=$(docker exec "$C" cat /run/bottle/nonce)
	run fetch -x "http://$IP:8888" http://bundle.internal/nonce
	assert_line --index 0 "$nonce"
	run fetch -x "http://$IP:8888" http://bundle.internal/token
	assert_line --index -1 407
	run through https://bundle.internal/nonce
	assert_line --index 0 "$nonce"
}

@test "W1: git gate and supervise refuse web pages and rebound names" {
	daemon_selected git || skip 'no git gate in this bundle'
	daemon_selected supervise || skip 'no supervise in this bundle'
	for url in "http://$IP:9418/app/info/refs?service=git-receive-pack" "http://$IP:9100/mcp"; do
		run fetch -u "bottle:$TOKEN" -H 'Origin: http://page.example' "$url"
		assert_line --index -1 403
		run fetch -u "bottle:$TOKEN" -H 'Host: page.example' "$url"
		assert_line --index -1 403
		# Nobody without the bottle's token, in whatever form.
		for auth in 'X: y' 'Authorization: Basic Ym90dGxlOndyb25n' 'Authorization: Bearer wrong' 'Authorization:'; do
			run fetch -H "$auth" "$url"
			assert_line --index -1 401
			assert_output --partial 'blocked by policy token'
		done
	done
	run fetch -u "bottle:$TOKEN" "http://$IP:9418/app/info/refs?service=git-receive-pack"
	assert_line --index -1 200
	run fetch -H "Authorization: Bearer $TOKEN" -d '{"jsonrpc":"2.0","id":1,"method":"ping"}' "http://$IP:9100/mcp"
	assert_line --index -1 200
}

@test "W2: a body that cannot be decoded, inflates without end or is too large is refused" {
	cd "$BATS_TEST_TMPDIR"
	printf broken >broken
	head -c 20000000 /dev/zero | gzip >bomb
	head -c 34000000 /dev/zero >large
	printf '{"harmless":1}' | gzip >good
	refused encoding -H 'Content-Encoding: gzip' --data-binary @broken "https://$FREE/$MARK"
	refused encoding -H 'Content-Encoding: nonsense' --data-binary @broken "https://$FREE/$MARK"
	refused encoding -H 'Content-Encoding: gzip' --data-binary @bomb "https://$FREE/$MARK"
	for how in '' '-H Transfer-Encoding:chunked --http1.1'; do
		# shellcheck disable=SC2086 # words
		run through $how --data-binary @large "https://$FREE/$MARK"
		assert_line --index -1 413
		assert_output --partial 'blocked by policy body-limit'
		run ! arrived
	done
	run through -H 'Content-Encoding: gzip' --data-binary @good "https://$FREE/$MARK"
	assert_line --index -1 200
}

@test "secrets are found in every part of a request and in every common coding" {
	cd "$BATS_TEST_TMPDIR"
	url=https://$FREE/$MARK
	printf %s "$KEY" | gzip >packed
	printf '{"a":"%s"}' "$(printf 'note: %s' "$KEY" | base64 -w 0)" >json
	refused secret "$url/$KEY"
	refused secret "$url?q=$(printf %s "$KEY" | base64 -w 0 | tr '+/' '-_')"
	refused secret -H "X-Note: $KEY" "$url"
	refused secret -b "note=$(printf %s "$KEY" | od -An -tx1 | tr -d ' \n')" "$url"
	refused secret --data-binary @packed "$url"
	refused secret -H 'Content-Encoding: gzip' --data-binary @packed "$url"
	refused secret -H 'Content-Type: application/json' --data-binary @json "$url"
	run through -d '{"harmless":"text"}' "$url"
	assert_line --index -1 200
}

@test "the log has one line for each decision: the rule, never path or match" {
	run through "https://$FREE/$MARK?q=$KEY"
	run docker logs --tail 20 "$C"
	assert_output --regexp '"decision": "deny", "policy": "secret", .*"rule": "github-pat"'
	refute_output --partial "$KEY"
	refute_output --partial "$MARK"
}

@test "W3: raw bytes, other ports and upgrades end at 8888" {
	run python3 - "$IP" "$TOKEN" "$FREE" <<-'PY'
		import base64, socket, sys
		ip, token, host = sys.argv[1:]
		auth = base64.b64encode(f"bottle:{token}".encode()).decode()
		def tunnel(port, first):
		    s = socket.create_connection((ip, 8888), 60)
		    s.sendall(f"CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n"
		              f"Proxy-Authorization: Basic {auth}\r\n\r\n".encode())
		    head = s.recv(4096).split(b" ")[1].decode()
		    if head == "200":
		        s.sendall(first)
		    return head, s.recv(4096) if head == "200" else b""
		print("ssh", *tunnel(443, b"SSH-2.0-test\r\n"))
		print("noise", *tunnel(443, bytes(range(128, 192))))
		print("port", tunnel(22, b"")[0])
		print("http", tunnel(80, f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())[1][:12].decode())
	PY
	assert_success
	assert_line "ssh 200 b''"
	assert_line "noise 200 b''"
	assert_line 'port 403'
	assert_line 'http HTTP/1.1 200'
	run through --http1.1 -H 'Connection: Upgrade' -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13' \
		-H 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==' "https://$FREE/$MARK"
	assert_line --index -1 426
	assert_output --partial 'blocked by policy upgrade'
	run ! arrived
}

@test "W3: CONNECT, TLS and Host name the same host" {
	refused host-mismatch -H 'Host: blocked.example.org' "https://$FREE/$MARK"
	refused host-mismatch -H 'Host: blocked.example.org' "http://$FREE/$MARK"
	refused sni-mismatch -H "Host: $FREE" --connect-to "::$FREE:443" "https://blocked.example.org/$MARK"
}

@test "W4: a host outside the allowlist is refused before anybody looks it up" {
	: >"$LOG/dns.log"
	refused host-not-allowed "https://blocked.example.org/$MARK"
	refused host-not-allowed "http://$MARK.blocked.example.org/"
	refused host-not-allowed "https://93.184.216.35/$MARK"
	run ! grep -F blocked.example.org "$LOG/dns.log"
	run through "https://$FREE/$MARK"
	assert_line --index -1 200
}

@test "W4: an allowed name that leads to a private address is refused where it would be dialled" {
	: >"$LOG/dns.log"; : >"$LOG/canary.log"
	refused private-address "https://private.example.com/$MARK"
	refused private-address "http://private.example.com/$MARK"
	grep -F private.example.com "$LOG/dns.log"
	run ! grep -F 10.9.8.7: "$LOG/canary.log"
}

@test "W5: git and LFS over HTTPS are refused, whatever the spelling" {
	for path in "app.git/info/refs?service=git-receive-pack&$MARK" "$MARK/git-receive-pack" "$MARK/git-upload-pack" \
		"$MARK/info/lfs/objects/batch" "$MARK/git%2Dreceive%2Dpack" "$MARK//git-receive-pack/"; do
		refused git-over-https "https://$FREE/$path"
	done
	refused git-over-https -H 'Content-Type: application/x-git-receive-pack-request' -d 0000 "https://$FREE/$MARK"
	refused git-over-https -H 'Accept: application/vnd.git-lfs+json' "https://$FREE/$MARK"
}

@test "W6: 9099 puts the credential in over TLS, and takes it out of the answer" {
	[ -n "${DEMO_API_KEY:-}" ] || skip 'the credential of this bundle is not known here'
	run through -H 'Authorization: Bearer guest-own' -H 'Range: bytes=0-5' "https://$PAID/$MARK"
	assert_line --index -1 200
	refute_output --partial "$DEMO_API_KEY"
	assert_output --partial "Bearer $(printf %s "$DEMO_API_KEY" | tr -c '' '*')"
	run arrived
	assert_output --partial "Bearer $DEMO_API_KEY"
	refute_output --partial guest-own
	refute_output --partial bytes=0-5
}

@test "W6: no credential over plain http, none for another host" {
	refused plaintext-credential "http://$PAID/$MARK"
	refused host-mismatch -H "Host: $PAID" "https://$FREE/$MARK"
	run through -H 'Authorization: Bearer guest-own' "https://$FREE/$MARK"
	assert_line --index -1 200
	run arrived
	assert_output --partial 'Bearer guest-own'
}

@test "W6: 9099 wants the secret of the first hop, from any process of the bundle" {
	run inside dlp "$PAID" "$MARK" <<-'PY'
		import base64, socket, sys
		host, mark = sys.argv[1:]
		def ask(extra):
		    s = socket.create_connection(("127.0.0.1", 9099), 60)
		    s.sendall(f"CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n{extra}\r\n".encode())
		    return s.recv(4096).split(b" ")[1].decode()
		print("none", ask(""))
		print("wrong", ask("Proxy-Authorization: Basic " + base64.b64encode(b"dlp:x").decode() + "\r\n"))
		hop = open("/run/bottle/dlp/hop", "rb").read().strip()
		print("right", ask("Proxy-Authorization: Basic " + base64.b64encode(b"dlp:" + hop).decode() + "\r\n"))
	PY
	assert_line 'none 407'
	assert_line 'wrong 407'
	assert_line 'right 200'
}

@test "W7: each uid reaches what its work needs and nothing else" {
	for user in egress dlp supervise scan; do
		run inside $user $user 127.0.0.1:9099 93.184.216.35:443 93.184.216.35:22 10.9.8.7:443 "${IP%.*}.1:22" \
			"$(docker network inspect -f '{{(index .IPAM.Config 0).Gateway}}' bridge):2375" 127.0.0.1:9100 <<-'PY'
			import socket, sys
			for place in sys.argv[2:]:
			    host, port = place.rsplit(":", 1)
			    with socket.socket() as s:
			        s.settimeout(20)
			        if s.connect_ex((host, int(port))) == 0:
			            print(sys.argv[1], "->", place)
		PY
		assert_success
		case $user in
		egress) assert_output 'egress -> 93.184.216.35:443' ;;
		dlp) assert_output 'dlp -> 127.0.0.1:9099' ;;
		*) assert_output '' ;;
		esac
	done
}

@test "W7: the rules are in force, and nobody inside may change them" {
	run docker exec "$C" nft list table inet bottle
	assert_output --partial 'policy drop'
	caller=$(caller_of "$C")
	assert_output --regexp "ip saddr ${caller//./\\.} tcp dport"
	run docker exec -u dlp "$C" nft delete table inet bottle
	assert_failure
	# CAP_NET_ADMIN is bit 12
	run docker exec "$C" awk '/^CapBnd/ { print substr($2, 13, 1) }' /proc/1/status
	assert_output 0
}

@test "W8: each daemon has a uid of its own, no capability and no way to more" {
	run docker exec "$C" sh -c 'for p in /proc/[0-9]*; do
		name=$(tr "\0" " " <$p/cmdline 2>/dev/null); case $name in bottle-*) ;; *) continue ;; esac
		echo "${name%% *} $(awk "/^Uid|^CapPrm|^CapBnd|^NoNewPrivs|^Seccomp:/ { printf \"%s \", \$2 }" $p/status)"; done'
	assert_line 'bottle-egress 701 0000000000000000 0000000000000000 1 2 '
	assert_line 'bottle-dlp 702 0000000000000000 0000000000000000 1 2 '
	assert_line 'bottle-scan 705 0000000000000000 0000000000000000 1 2 '
	! daemon_selected git || assert_line 'bottle-git 703 0000000000000000 0000000000000000 1 2 '
	! daemon_selected supervise || assert_line 'bottle-supervise 704 0000000000000000 0000000000000000 1 2 '
	refute_line --regexp ' 0 00000'
}

@test "W8: root is read-only, /run/bottle runs no program, no IPv6" {
	run docker exec "$C" sh -c 'echo x >/usr/lib/bottle/x'
	assert_output --partial 'Read-only file system'
	run docker exec "$C" sh -c 'printf "#!/bin/sh\n" >/run/bottle/x; chmod +x /run/bottle/x; /run/bottle/x; s=$?; rm /run/bottle/x; exit $s'
	assert_failure 126
	run docker exec "$C" sh -c 'cat /proc/net/if_inet6 2>/dev/null'
	refute_output --regexp ' eth'
}

@test "W10: a secret is readable by the egress daemon alone, and in no inspect" {
	run docker exec -u egress "$C" sh -c 'ls /run/bottle/secrets && cat /run/bottle/secrets/cred-0'
	assert_success
	secret=${lines[-1]}
	assert [ -n "$secret" ]
	for user in dlp git supervise; do
		run docker exec -u $user "$C" cat /run/bottle/secrets/cred-0
		assert_output --partial 'Permission denied'
	done
	run docker inspect "$C"
	refute_output --partial "$secret"
	refute_output --partial "$TOKEN"
	run docker logs "$C"
	refute_output --partial "$secret"
	refute_output --partial "$TOKEN"
}

@test "the hand-over takes what is configured, all or nothing, and from nobody who means another container" {
	run -65 hand "$C" cred-7 value
	assert_output --partial 'names no such secret'
	run -65 hand "$C" ../x value
	run -65 hand "$C" cred-0 ''
	run -65 hand "$C" cred-0 "$(head -c 70000 /dev/zero | tr '\0' x)"
	run -65 hand "$C" cred-0 "$(printf 'a\r\nX-Injected: 1')"
	assert_output --partial 'control character'
	run -65 docker exec -i "$C" /usr/lib/bottle/handover <<<'cred-0 no-base64!'
	run -65 docker exec -i "$C" /usr/lib/bottle/handover another-nonce </dev/null
	assert_output --partial 'started again'
	run -65 hand "$C" cred-0 good cred-9 bad
	run docker exec -u egress "$C" sh -c 'cat /run/bottle/secrets/cred-0; ls -A /run/bottle/secrets'
	refute_output --partial good
	run -0 hand "$C" cred-0 "${DEMO_API_KEY:-value}"
	assert_line --index 0 "$TOKEN"
	assert_line '-----BEGIN CERTIFICATE-----'
	run docker exec -u egress "$C" sh -c 'cat /run/bottle/secrets/cred-0; echo; ls -A /run/bottle/secrets'
	assert_output "${DEMO_API_KEY:-value}
cred-0"
}


# --- a bundle of our own, for what would harm the shared one ---

own_config() {
	bundle_config '{"daemons":["egress","dlp"],"allowlist":["api.example.com","badcert.example.net"]}' "$1" >"$BATS_FILE_TMPDIR/own.json"
}

own_run() { own_bundle "$OWN" "${IP%.*}.9" "$BATS_FILE_TMPDIR/own.json" "$@" 2>&1; }

@test "fails closed: no credential yet, a hook that raises, a server nobody vouches for" {
	own_config '{"credentials":[{"host":"api.example.com","header":"X-Key","secret":"cred-0"}]}'
	own_run -d
	IP=${IP%.*}.9
	answers "$IP" 8888
	TOKEN=$(docker exec "$OWN" cat /run/bottle/token)
	CA=$BATS_TEST_TMPDIR/ca.pem
	docker exec "$OWN" cat /run/bottle/ca.pem >"$CA"
	refused credential-missing "https://$PAID/$MARK"
	run through "https://badcert.example.net/$MARK"
	assert_line --index -1 424
	assert_output --partial 'policy upstream-tls'
	run ! arrived
	# A folder where the file should be raises in the middle of a hook.
	docker exec "$OWN" mkdir -m 755 /run/bottle/secrets/cred-0
	refused internal-error "https://$PAID/$MARK"
	docker exec "$OWN" rmdir /run/bottle/secrets/cred-0
	hand "$OWN" cred-0 own-value
	run through "https://$PAID/$MARK"
	assert_line --index -1 200
	docker exec -u dlp "$OWN" sh -c 'kill -9 -1' || true # the first that dies ends them all
	run timeout 60 docker wait "$OWN"
	assert_output 137
	docker rm "$OWN"
}

@test "a configuration that is not understood is refused in one line, with status 65" {
	own_config '{"colour":"blue"}'
	run own_run --rm
	assert_failure 65
	assert_line --index 0 "bottle-init: bundle.json: unknown key 'colour'"
	own_config '{"allowlist":["10.0.0.1"]}'
	run own_run --rm
	assert_failure 65
	assert_output --partial 'allowlist[0]: an address, not a name'
}
