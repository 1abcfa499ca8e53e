# SPDX-License-Identifier: MIT
# gate.bats: the git gate with an upstream that is too large for it, and with large pushes.
load native.bash

setup_file() { GIT_DISK=24m bundle_up; }
teardown_file() { bundle_down; }

# in_guest SCRIPT: with $GATE and $AUTH, in a folder of its own
in_guest() {
	guest env HOME="$T" GIT_TERMINAL_PROMPT=0 GATE="http://$PROXY:9418/app" GIT_CONFIG_COUNT=1 \
		GIT_CONFIG_KEY_0=http.extraHeader GIT_CONFIG_VALUE_0="Authorization: Basic $(printf 'bottle:%s' "$(cat "$N/token")" | base64 -w 0)" \
		timeout 120 sh -euc "mkdir -p $T/w; cd $T/w; [ -d .git ] || { git init -q -b main; git config user.name G; git config user.email g@example.com; }; $1" 2>&1
}

@test "an upstream that does not fit: told, nothing stays behind, secrets and small things go on" {
	git init -q -b main "$T/big"
	head -c 40000000 /dev/urandom >"$T/big/large"
	git -C "$T/big" -c user.name=B -c user.email=b@example.com add large
	git -C "$T/big" -c user.name=B -c user.email=b@example.com commit -qm large
	git -C "$T/big" push -q "$N/git/app.git" HEAD:refs/heads/large
	run in_guest 'git fetch -q $GATE main'
	assert_failure
	run guest curl -sS -u "bottle:$(cat "$N/token")" "http://$PROXY:9418/app/info/refs?service=git-upload-pack"
	assert_output --partial "blocked by policy disk-full: what the upstream of app has does not fit into the gate's 24 MiB: git.disk_mib"
	run inside git sh -c 'find /run/git -name "tmp_*"'
	assert_output ''
	hand_over
	git -C "$N/git/app.git" update-ref -d refs/heads/large
	run in_guest 'git fetch -q $GATE main && git log --format=%s FETCH_HEAD'
	assert_output first
}

@test "a large text of base64 is scanned, not refused, also nine at once; with a key in it it is refused" {
	in_guest 'head -c 5000000 /dev/urandom | base64 >text; git add text; git commit -qm text; git push -q $GATE HEAD:refs/heads/text'
	in_guest 'for i in 1 2 3 4 5 6 7 8 9; do git push -q $GATE HEAD:refs/heads/t$i & done; wait'
	run git -C "$N/git/app.git" for-each-ref --format='%(refname)' 'refs/heads/t*'
	assert_output --partial refs/heads/t9
	run in_guest "echo ghp_$(head -c 300 /dev/urandom | base64 -w 0 | tr -dc A-Za-z0-9 | cut -c 1-36) >>text; git commit -qam key; git push -q \$GATE HEAD:refs/heads/key"
	assert_failure
	assert_output --partial 'blocked by policy secret: rule github-pat matched in blob'
	run inside root sh -c 'grep -l "^bottle-dlp" /proc/[0-9]*/cmdline'
	assert_success
}
