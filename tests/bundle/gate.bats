# SPDX-License-Identifier: MIT
# Where: unit, as root
# gate.bats: the git gate with an upstream that is too large for it, and with large pushes.
load native.bash

setup_file() { GIT_DISK=24m bundle_up '{"limits": {"push_bytes": 12000000}}'; }
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

@test "larger than a push may be, or than the disk: git says why, not a number; a line; the next push goes on" {
	in_guest 'git commit -q --allow-empty -m start; head -c 13000000 /dev/urandom >large; git add large; git commit -qm large'
	for options in '' '-c http.postBuffer=40000000'; do
		run in_guest "git $options push -q \$GATE HEAD:refs/heads/large"
		assert_failure
		assert_output --partial 'remote: bottle: push to app blocked by policy push-limit: it has more than 12065536 bytes'
		assert_output --partial '[remote rejected] HEAD -> large (blocked by policy push-limit)'
		run decided git
		assert_output --partial '"decision": "deny", "policy": "push-limit", "method": "git-receive-pack", "repo": "app"'
	done
	inside git sh -c 'head -c 30000000 /dev/zero >/run/git/filler || :'
	run in_guest 'git reset -q --soft HEAD~1; git rm -q --cached large; head -c 9000000 /dev/urandom >large; git add large; git commit -qm nine; git push -q $GATE HEAD:refs/heads/nine'
	inside git rm /run/git/filler
	assert_failure
	assert_output --partial "remote: bottle: push to app blocked by policy disk-full: it does not fit into the gate's 24 MiB"
	in_guest 'git reset -q --hard HEAD~1; git push -q $GATE HEAD:refs/heads/start'
}

# end_inspection SECONDS: kill what inspects a push, once there is one, as the kernel does where memory is short.
end_inspection() {
	inside root sh -c 'i=0; while [ $i -lt 600 ]; do i=$((i + 1)); for p in /proc/[0-9]*; do
		if [ "$(cat $p/oom_score_adj)" = 1000 ] && tr "\0" " " <$p/cmdline | grep -q hooks/pre-receive; then kill -KILL ${p#/proc/}; exit; fi
	done 2>/dev/null; done'
}

@test "an inspection that is killed is told, to git and in the log" {
	in_guest 'head -c 6000000 /dev/urandom | base64 >text; git add text; git commit -qm text'
	end_inspection 3>&- &
	run in_guest 'git push -q $GATE HEAD:refs/heads/killed'
	assert_failure
	assert_output --partial "remote: bottle: push to app blocked by policy internal-error: its inspection was killed: most likely the bundle's memory was used up"
	run decided git
	assert_output --partial '"decision": "deny", "policy": "internal-error"'
	in_guest 'git push -q $GATE HEAD:refs/heads/not-killed'
}

@test "a rule for files of some names counts in those" {
	run in_guest 'echo "password = \"not-so-secret\"" >main.tf; git add main.tf; git commit -qm terraform; git push -q $GATE HEAD:refs/heads/terraform'
	assert_failure
	assert_output --partial 'blocked by policy secret: rule hashicorp-tf-password matched in blob'
	in_guest 'git mv main.tf main.go; git commit -q --amend -m go; git push -q $GATE HEAD:refs/heads/go'
}
