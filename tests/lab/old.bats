# SPDX-License-Identifier: MIT
# Where: lab packed
# old.bats: the last of lab/versions, the newest that drops the policy with --from: the danger, and its cure.
# A home of its own, as two versions over one database lose each other's keys.
load lab.bash

setup_file() {
	cd "$PROJECT" || return
	. "$PROJECT/tests/lab/env.sh"
	export HOME=$HOME/old BB_CALLS=$HOME/old/calls
	recorder smolvm "/opt/smolvm/$(tail -n 1 "$PROJECT/tests/lab/versions")/smolvm" "$HOME/record" "$BB_CALLS"
	export BOT_BOTTLE_SMOLVM=$HOME/record/smolvm
	cd "$PROJECT" || return
	sed 's/"bottle": "demo"/"bottle": "old"/; s/demo-agent:1/tiny-agent:1/; s/"user": "agent"/"user": "root"/; s/\/home\/agent\/work/\/tmp/' \
		tests/lab/demo.json >"$HOME/manifest.json"
	export PLAN=$HOME/.local/state/bot-bottle/bottles/old/plan.json CANARY=$BATS_FILE_TMPDIR/canary.log
	canary start "$CANARY" tcp:0.0.0.0:7777 3>&-
}

teardown_file() {
	bb-stop old 3>&-
	canary stop "$CANARY"
}

host_addr() { ip -4 -o addr show inet0 | awk '{ sub("/.*", "", $4); print $4 }'; }

# The guest of the tiny image has busybox only; its answers are hints, the canary's log decides. An exec of this
# version can hang.
attack() {
	"$BOT_BOTTLE_SMOLVM" machine exec --timeout 60s --name bot-bottle-old -- sh -c \
		"nc -w 5 $(host_addr) 7777 </dev/null; nc -w 5 1.1.1.1 443 </dev/null; nslookup nonce-$1.canary.test 93.184.216.53; true" 3>&-
}

@test "it packs by a registry on 127.0.0.1 that is gone afterwards" {
	bb-start --yes --until create "$HOME/manifest.json" </dev/null 3>&-
	run bb-plan get pack.by --plan "$PLAN"
	assert_output registry
	run pgrep -f 'docker-registry serve'
	assert_failure
	run docker images -q '127.0.0.1:*/*'
	assert_output ''
}

@test "without the patch the row holds no policy and bb-vm refuses to start it" {
	run sqlite3 "$HOME/.local/share/smolvm/server/smolvm.db" \
		"SELECT json_extract(data, '\$.allowed_cidrs') IS NULL FROM vms WHERE name = 'bot-bottle-old'"
	assert_output 1
	run bb-vm start --plan "$PLAN"
	assert_failure 77
	assert_output --partial unrestricted
}

@test "the danger: started by hand, that machine reaches a canary and a resolver" {
	canary clear "$CANARY"
	: >/var/log/lab/dns.log
	"$BOT_BOTTLE_SMOLVM" machine start --name bot-bottle-old 3>&-
	for _ in $(seq 60); do
		! "$BOT_BOTTLE_SMOLVM" machine exec --name bot-bottle-old -- true 3>&- || break
		sleep 1
	done
	attack danger
	run canary heard "$CANARY"
	assert_success
	run cat /var/log/lab/dns.log
	assert_output --partial nonce-danger
	bb-vm delete old 3>&-
}

@test "the cure: patched, verified, started; both hear nothing and the bundle answers" {
	canary clear "$CANARY"
	: >/var/log/lab/dns.log
	: >/var/log/lab/canary.log
	bb-vm create --plan "$PLAN" 3>&- | bb-tsi-patch apply >"$BATS_TEST_TMPDIR/plan"
	run bb-plan get tsi_patch --plan "$BATS_TEST_TMPDIR/plan"
	allow=$(bb-plan get subnet.allow --plan "$PLAN")
	assert_output "{\"wanted\":[\"$allow\"],\"before\":\"unrestricted\",\"after\":[\"$allow\"],\"by\":\"patch\",\"verified\":true}"
	bb-vm start --plan "$BATS_TEST_TMPDIR/plan" 3>&- | bb-vm wait >"$BATS_TEST_TMPDIR/ready" 3>&- ||
		{ bb-vm logs old | tail -n 20; false; }
	attack cure
	run canary heard "$CANARY"
	assert_failure 1
	run canary heard /var/log/lab/canary.log
	assert_failure 1
	run cat /var/log/lab/dns.log
	refute_output --partial nonce-cure
	bundle=$(bb-plan get subnet.bundle --plan "$PLAN")
	run "$BOT_BOTTLE_SMOLVM" machine exec --timeout 60s --name bot-bottle-old -- sh -c \
		"printf 'GET http://bundle.internal/nonce HTTP/1.1\r\nHost: bundle.internal\r\nConnection: close\r\n\r\n' | nc -w 20 $bundle 8888" 3>&-
	assert_output --partial "$(docker exec bot-bottle-bundle-old cat /run/bottle/nonce)"
}

@test "bb-probe proves it, and says that this engine has no witness" {
	# `wait` was the last to write the plan.
	run --separate-stderr bb-probe run --plan "$PLAN" 3>&-
	echo "$stderr"
	assert_success
	equals '[0,false,true]' "$(jq -c '[.probe.failed, .probe.witness, .probe.assumed > 10]' <<<"$output")"
	assert_regex "$stderr" "the guest's own word"
}

@test "a second start of that bottle's plan finds the row as it must be" {
	run bb-tsi-patch check --plan "$PLAN"
	assert_success
	assert_output --partial '"before":"equal"'
}
