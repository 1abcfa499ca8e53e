# SPDX-License-Identifier: MIT
# Where: lab up, engine guest bundle
# gate.bats: the git gate of a running bundle: what it takes, what it forwards, and by which key.
load lab.bash

setup_file() {
	export C=bot-bottle-bundle-demo OWN=bb-test-gate FREE=echo.example.net
	IP=$(address_of "$C")
	TOKEN=$(docker exec "$C" cat /run/bottle/token)
	KEY=ghp_$(head -c 300 /dev/urandom | base64 -w 0 | tr -dc A-Za-z0-9 | cut -c 1-36)
	export IP TOKEN KEY
}

setup() {
	MARK=mark$RANDOM$RANDOM
}

teardown_file() {
	docker rm -f "$OWN" >/dev/null 2>&1 || true
}

# fetch ARGS...: the body, then the status on a line of its own.
fetch() { curl -sS --max-time 120 -w '\n%{http_code}' "$@" 2>&1; }

@test "git gate: a secret in any object stops the push, with the rule on the client's screen" {
	cd "$BATS_TEST_TMPDIR"
	git init -q -b main w && cd w
	git config user.name Test && git config user.email test@example.com
	printf '\0binary %s\1' "$KEY" >file
	git add file && git commit -q -m one && git rm -q file && git commit -q -m two --allow-empty
	run git push "http://bottle:$TOKEN@$IP:9418/app" "main:refs/heads/$MARK"
	assert_failure
	assert_output --partial 'blocked by policy secret: rule github-pat matched in blob'
	run git ls-remote "http://bottle:$TOKEN@$IP:9418/app"
	assert_success
	assert_output --partial refs/heads/main
	refute_output --partial "$(git rev-parse HEAD)"
}

@test "git gate: a clean push goes to the upstream or nowhere" {
	cd "$BATS_TEST_TMPDIR"
	git init -q -b main w && cd w
	git -c user.name=T -c user.email=t@example.com commit -q --allow-empty -m clean
	run git push "http://bottle:$TOKEN@$IP:9418/app" "HEAD:refs/heads/$MARK"
	assert_success
	run git -c safe.directory='*' -C /var/lib/lab/git/app.git rev-parse "refs/heads/$MARK"
	assert_output "$(git rev-parse HEAD)"
	run git push "http://bottle:$TOKEN@$IP:9418/app" HEAD:refs/heads/protected
	assert_failure
	assert_output --partial 'blocked by policy upstream'
	run docker exec -u git "$C" git -c safe.directory='*' -C /run/git/app.git for-each-ref
	assert_output --partial "refs/heads/$MARK"
	refute_output --partial protected
}

@test "git gate: a length that is none, and a body beyond the limit whose end nobody waits for" {
	local url=http://$IP:9418/app/git-receive-pack type='Content-Type: application/x-git-receive-pack-request'
	run fetch -u "bottle:$TOKEN" -H "$type" -H 'Content-Length: -1' -X POST "$url"
	assert_output --partial 'git-protocol: Content-Length is no number'
	# The client is told, not cut off, though it goes on sending.
	head -c 60000000 /dev/zero | fetch -u "bottle:$TOKEN" -H "$type" -H 'Expect:' -H 'Transfer-Encoding: chunked' --data-binary @- "$url" >"$BATS_TEST_TMPDIR/told"
	grep -q 'blocked by policy push-limit' "$BATS_TEST_TMPDIR/told"
}

# An upstream of our own behind ssh, in the outside world of the lab; its host key is in $BATS_TEST_TMPDIR/host.pub.
ssh_upstream() {
	cd "$BATS_TEST_TMPDIR"
	for key in host other client; do ssh-keygen -q -t ed25519 -N '' -C '' -f $key; done
	git init -q --bare -b main up.git
	git -C up.git update-ref refs/heads/main "$(git -C up.git -c user.name=T -c user.email=t@example.com \
		commit-tree -m first "$(git -C up.git hash-object -t tree -w /dev/null)")"
	cp client.pub keys
	printf '%s\n' 'Port 2222' "HostKey $PWD/host" "AuthorizedKeysFile $PWD/keys" 'StrictModes no' 'UsePAM no' \
		"PidFile $PWD/sshd.pid" 'PasswordAuthentication no' >sshd_config
	sudo usermod -p '*' "$(id -un)"
	sudo mkdir -p /run/sshd
	sudo ip netns exec internet /usr/sbin/sshd -f "$PWD/sshd_config"
}

@test "git gate: an upstream by ssh is reached with its own key and known by its host key; without either it is not" {
	ssh_upstream
	config() {
		bundle_config "{\"daemons\":[\"egress\",\"dlp\",\"git\"],\"allowlist\":[],\"credentials\":[],\"websocket\":[],\"repos\":{\"app\":{\"url\":\"ssh://$(id -un)@$FREE:2222$PWD/up.git\",
			\"host_key\":\"$(cut -d' ' -f 1,2 "$1.pub")\",\"secret\":\"key-0\"}}}" >own.json
	}
	gate() { git -c core.askPass=true "$1" "http://bottle:$TOKEN@${IP%.*}.9:9418/app" "${@:2}"; }
	config host
	own_bundle "$OWN" "${IP%.*}.9" "$PWD/own.json" -d
	answers "${IP%.*}.9" 8888 && answers "${IP%.*}.9" 9418
	TOKEN=$(docker exec "$OWN" cat /run/bottle/token)
	run fetch -u "bottle:$TOKEN" "http://${IP%.*}.9:9418/app/info/refs?service=git-upload-pack"
	assert_line --index -1 503
	assert_output --partial 'policy credential-missing: the key of app has not arrived yet'
	hand "$OWN" key-0 "$(cat client)" >/dev/null
	run -0 gate ls-remote
	assert_output --partial refs/heads/main
	git clone -q "http://bottle:$TOKEN@${IP%.*}.9:9418/app" w
	git -C w -c user.name=T -c user.email=t@example.com commit -q --allow-empty -m two
	(cd w && run -0 gate push HEAD:refs/heads/day)
	equals "$(git -C w rev-parse HEAD)" "$(git -C up.git rev-parse day)"
	# The key is the git daemon's alone.
	run docker exec -u egress "$OWN" cat /run/bottle/keys/key-0
	assert_failure
	docker rm -f "$OWN"
	# Another host key than the one that answers: nothing of ours is shown to it.
	config other
	own_bundle "$OWN" "${IP%.*}.9" "$PWD/own.json" -d
	answers "${IP%.*}.9" 8888 && answers "${IP%.*}.9" 9418
	TOKEN=$(docker exec "$OWN" cat /run/bottle/token)
	hand "$OWN" key-0 "$(cat client)" >/dev/null
	run fetch -u "bottle:$TOKEN" "http://${IP%.*}.9:9418/app/info/refs?service=git-upload-pack"
	assert_line --index -1 502
	assert_output --partial 'policy upstream'
	docker rm -f "$OWN"
	sudo kill "$(sudo cat sshd.pid)"
}
