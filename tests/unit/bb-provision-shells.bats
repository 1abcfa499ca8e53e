# SPDX-License-Identifier: MIT
# Where: unit
# The environment that provisioning wrote is the same by every way into a shell: exec, login shells, su, scripts. In a
# root of this machine's files and in one of busybox.
load ../helper
load ../engine
load ../provision
load ../guest

teardown() { guest_down; }

@test "exec in an image that has no runuser, as an ordinary user: words, status and options pass unchanged" {
	guest_up busybox
	check ends 0 bb-provision init <plan.json
	# By this variable getopt stops at the first operand, as musl's does.
	for image in A=b POSIXLY_CORRECT=1; do
		echo "$image" >image-env
		check ends 7 bb-vm exec demo -- sh -c 'printf "%s|" "$(id -un)" "$PWD" "$HOME" "$@"; exit 7' -c --x 'a b' ''
		check equals 'agent|/home/agent/work|/home/agent|--x|a b||' "$(cat out)"
	done
	all_good
}

# same_by WAY...: that way gives each variable of the environment, whose own folder of programs is found, and of exec.
same_by() {
	bb bb-vm exec demo "$@"
	check equals 0 "$status" "status of $*"
	check equals '' "$(cat err)" "stderr of $*"
	check equals "$wanted" "$(grep -E "^(ours|$names)=" out | sort)" "$*"
}

# $wanted: what exec alone gives, and that a program in the image's own PATH is found.
all_ways() {
	put /opt/own/bin/ours 'env; echo ours=found'
	echo "PATH=/opt/own/bin:$GUEST_PATH" >image-env
	check ends 0 bb-provision init <plan.json
	check ends 0 bb-provision env <plan.json
	names=$(inside sed -n 's/^export \([A-Za-z_]*\)=.*/\1/p' /run/bot-bottle/env | grep -vxE 'BOT_BOTTLE_PATH|SHELL' | paste -sd'|')
	bb-vm exec demo -- ours >out
	wanted=$(grep -E "^(ours|$names)=" out | sort)
	check equals 1 $(($(wc -l <<<"$wanted") > 20)) 'that there is an environment'
	check grep -qx 'DEMO_NOTE=a note' out
	put /opt/own/bin/a-script ours
	same_by -- sh -c ours
	same_by -- sh -lc ours
	same_by -- a-script
	same_by --user root -- ours
	same_by --user root -- su agent -c ours
	same_by --user root -- su - agent -c ours
	same_by -- env -i HOME=/home/agent sh -lc ours
	# What was changed within it stays changed.
	check equals mine "$(LANG=mine bb-vm exec demo --env LANG -- sh -lc 'echo $LANG')"
	check equals '' "$(bb-vm exec demo -- env HTTP_PROXY= sh -lc 'echo $HTTP_PROXY')"
	# Others find their shell, and nothing of the agent's.
	check ends 0 inside su -s /bin/sh - other -c env
	check equals '' "$(cat err)$(grep DEMO out)"
}

@test "the same environment in exec, login shells, scripts and su: busybox" {
	guest_up busybox
	all_ways
	all_good
}

@test "the same environment in exec, login shells, scripts and su: Debian, bash too" {
	guest_up debian
	all_ways
	same_by -- bash -c ours
	same_by -- bash -lc ours
	bb-vm exec demo -- bash -ic ours >out 2>/dev/null
	check equals "$wanted" "$(grep -E "^(ours|$names)=" out | sort)" 'bash -i'
	all_good
}

@test "what PAM starts with no POSIX shell has ours, from a file that has no secret in it; what was there stays" {
	guest_up debian
	inside sh -c 'printf "# mine\nMINE=yes\n" >/etc/environment; sed -i "s|^\(agent:.*\):/bin/bash|\1:/usr/bin/fish|" /etc/passwd'
	# A name that the script itself uses.
	python3 - <<-'END'
	import json
	m = json.load(open("plan.json"))["manifest"]
	m["agent"]["env"] |= {"TOKEN": "x", "line": "y", "name": "z", "SECRET": {"from_env": "DEMO_NOTE"}}
	json.dump(m, open("m.json", "w"))
	END
	bb-plan change m.json <plan.json >changed.json
	for turn in 1 2; do
		check ends 0 bb-provision env <changed.json
		inside cat /etc/environment >environment.$turn
		! grep -E "$TOKEN|a note|SECRET|BOT_BOTTLE_PATH" environment.$turn || fail 'it has a secret in it'
	done
	check same environment.1 environment.2
	check equals '# mine|MINE=yes' "$(head -n 2 environment.1 | paste -sd'|')"
	inside su - agent -c env >out
	check grep -qx PIP_CERT=/etc/ssl/certs/ca-certificates.crt out
	check grep -qx MINE=yes out
	all_good
}
