# SPDX-License-Identifier: MIT
# Where: unit, as root
# relay.bats: the guest's own way to the bundle (guest/relay.c): no client needs a user name in a proxy's address, and
# the token is out of reach.
load native

R=${BATS_FILE_TMPDIR-}/root

setup_file() {
	bundle_up
	mkdir -p "$R"
	guest sh -c 'echo $$ >"$1"; exec unshare -m --propagation private "$2" debian "$3"' sh "$N/guest.pid" \
		"$BB_ROOT/tests/tools/guest-root" "$R" >"$N/guest.log" 2>&1 3>&- &
	for _ in {1..100}; do [ ! -s "$R.up" ] || break; sleep 0.1; done
	{ printf "OURS='HTTPS_PROXY NO_PROXY'\nSTEPS='init env ca git supervise' RELAYED=env NOW=$(date +%s) AGENT_USER=agent WORKDIR= BUNDLE=$PROXY PROXY_PORT=18888\n"
		printf "CA='%s'\nNONCE=%s\nBASIC=%s\n" "$(cat "$N/ca.pem")" "$(cat "$N/nonce")" "$(printf 'bottle:%s' "$(cat "$N/token")" | base64 -w 0)"
		printf "ENV_FILE='export HTTPS_PROXY=http://127.0.0.1:18888 NO_PROXY=127.0.0.1 SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt'\n"
		printf "GATE=http://127.0.0.1:19418\nREPOS='app https://echo.example.net/app.git'\nGIT_NAME=Bot GIT_EMAIL=\n"
		printf 'SUPERVISE=http://127.0.0.1:19100/mcp\nPROMPT=\n'
		cat "$BB_ROOT"/shell/guest/{shells,clients,provision}.sh
	} >"$N/script"
}

teardown_file() {
	[ ! -s "$N/guest.pid" ] || { in_root sh -c 'kill $(cat /run/bot-bottle/relay/pid)' || :; kill "$(cat "$N/guest.pid")"; }
	bundle_down
}

# A command in the guest: its own root, where the bundle is what it can reach.
in_root() { nsenter -n -m -t "$(cat "$N/guest.pid")" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot "$R/root" "$@"; }

# As `bb-vm exec` does it.
as_agent() { in_root sh -c "$(cat "$BB_ROOT/shell/guest/exec.sh")" sh agent '' '' '' "$@"; }

provision() { in_root sh -c "exec cat >/run/bot-bottle-relay" <"$BB_BIN/../guest/relay" && in_root sh -s; }

relay_pid() { in_root cat /run/bot-bottle/relay/pid; }

@test "provisioning starts it; certificate, git and the operator are tried through it" {
	run provision <"$N/script"
	assert_success
	assert_line 'verified ca'
	assert_line 'verified git'
	assert_line 'verified supervise'
	assert_line --index 0 'verified init'
}

@test "clients without a user name: https by HTTP/2, http kept alive, git both ways, the operator" {
	run as_agent curl -sS -o /dev/null -w '%{http_code} %{http_version}\n' https://echo.example.net/ -d x
	assert_output '200 2'
	run as_agent curl -sS -x http://127.0.0.1:18888 -o /dev/null -o /dev/null -w '%{http_code} %{num_connects}\n' http://echo.example.net/{a,b} -d x
	assert_output $'200 1\n200 0'
	run as_agent sh -c 'rm -rf /tmp/w; git clone -q https://echo.example.net/app.git /tmp/w && cd /tmp/w && git checkout -qb relay && date >f && git add f && git -c user.email=a@example.org commit -qm f && git push -q origin relay && echo pushed'
	assert_output pushed
	run as_agent cat /run/bot-bottle/mcp.json
	assert_output '{"mcpServers":{"supervise":{"type":"http","url":"http://127.0.0.1:19100/mcp"}}}'
	run as_agent python3 -c 'import urllib.request as u; print(u.urlopen("https://echo.example.net/p").status)'
	assert_output 200
}

@test "the token is in no environment, no command line, no file that the agent can read, and not in its own memory's reach (W35)" {
	local token uid
	token=$(cat "$N/token")
	run as_agent sh -c "env; cat /etc/gitconfig /run/bot-bottle/env /run/bot-bottle/mcp.json; cat /run/bot-bottle/relay/token; ls /run/bot-bottle/relay; tr '\\0' ' ' </proc/$(relay_pid)/cmdline; for f in environ mem maps; do cat /proc/$(relay_pid)/\$f && echo it can be read; done"
	refute_output --partial "$token"
	refute_output --partial "$(printf 'bottle:%s' "$token" | base64 -w 0)"
	refute_output --partial 'it can be read'
	assert_line --partial "/run/bot-bottle/relay/relay $PROXY"
	assert_line --partial '/run/bot-bottle/relay/token: Permission denied'
	run in_root sed -n 's/^Uid:\t\([0-9]*\).*/\1/p' "/proc/$(relay_pid)/status"
	assert_output 18888
}

@test "gone, it is started again by the next exec; a new provisioning takes the place of the old one" {
	local first
	first=$(relay_pid)
	in_root kill "$first"
	run as_agent curl -sS -o /dev/null -w '%{http_code}' https://echo.example.net/
	assert_output 200
	assert_not_equal "$(relay_pid)" "$first"
	first=$(relay_pid)
	run as_agent true
	assert_success
	assert_output ''
	equals "$first" "$(relay_pid)"
	run provision < <(sed "s/^STEPS=.init [a-z ]*. RELAYED=env/STEPS=ca RELAYED=ca/" "$N/script")
	assert_line 'done ca'
	assert_not_equal "$(relay_pid)" "$first"
	run in_root grep -qz relay "/proc/$first/cmdline"      # a zombie, at most
	assert_failure
}

@test "its port is taken by another program: said by provisioning" {
	in_root sh -c 'kill $(cat /run/bot-bottle/relay/pid)'
	in_root sh -c 'echo $$ >/tmp/other; exec python3 -m http.server -b 127.0.0.1 19100' 3>&- >/dev/null 2>&1 &
	sleep 1
	run provision <"$N/script"
	in_root sh -c 'kill $(cat /tmp/other)'
	assert_failure
	assert_line --regexp '^fail relay: 127.0.0.1:19100: Address (already )?in use'
	run provision <"$N/script"
	assert_success
}

@test "requests on one connection each get the header once; what is no request passes as it is" {
	run in_root python3 - <"$BATS_TEST_DIRNAME/relay.py" /run/bot-bottle/relay/relay
	assert_success
	assert_output 'all as expected'
}

@test "the token comes back in no answer: no reader takes for a body what the relay takes for a request" {
	run as_agent python3 - <"$BATS_TEST_DIRNAME/echoed.py"
	assert_success
	refute_output --partial "$(printf 'bottle:%s' "$(cat "$N/token")" | base64 -w 0)"
	assert_output $'POST /mcp\nPOST /mcp'
}

@test "an agent's 64 connections at once, 1 MB each" {
	run as_agent python3 -c '
import concurrent.futures as c, urllib.request as u
def one(n): return len(u.urlopen(u.Request("https://echo.example.net/p", b"x y " * 65536)).read()) > 0
with c.ThreadPoolExecutor(64) as pool: print(sum(pool.map(one, range(64))))'
	assert_output 64
}

@test "without a bundle it says so" {
	"$NATIVE" inside "$N" root sh -c 'kill -TERM 1' || :
	sleep 3
	run as_agent curl -sS https://echo.example.net/
	assert_output --partial 'CONNECT tunnel failed, response 502'
	run as_agent curl -sS -x http://127.0.0.1:18888 http://echo.example.net/
	assert_output 'bottle: the bundle does not answer; whoever runs this bottle sees why by bb-list'
}
