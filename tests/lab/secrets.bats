# secrets.bats: two planted values, and where they are while a start runs and after it. State "packed".
load lab.bash

setup_file() {
	S=$BATS_FILE_TMPDIR
	random() { head -c 30 /dev/urandom | base64 | tr -d '+/=' | cut -c 1-32; }
	export KEY NOTE
	KEY=key$(random) NOTE=note$(random)
	printf '%s\n' "$KEY" "$NOTE" >"$S/values"
	# Every process, again and again: command lines of all, environments of all that are not the operator's own; of
	# those smolvm's, which runs the guest.
	sudo sh -c '
		echo $$ >"$1/sampler"
		while [ -e "$1/values" ]; do
			grep -lsaFf "$1/values" /proc/[0-9]*/cmdline | grep -v "^/proc/$$/" | while read -r f; do
				printf "argv %s\n" "$(tr "\0" " " <"$f" | cut -c 1-200)"; done
			for p in /proc/[0-9]*; do
				case $(readlink "$p/exe" 2>/dev/null) in *smolvm*) ;; *) [ "$(stat -c %u "$p" 2>/dev/null)" != 1000 ] || continue ;; esac
				[ "$p" = "/proc/$$" ] || grep -qsaFf "$1/values" "$p/environ" && printf "environ %s %s\n" "$p" "$(cat "$p/comm")"
			done
			echo round >>"$1/rounds"
		done >>"$1/hits"' sampler "$S" 3>&- &
	for _ in $(seq 60); do [ ! -s "$S/rounds" ] || break; sleep 0.5; done
	sed 's/"bottle": "demo"/"bottle": "secret"/; s/demo-agent:1/tiny-agent:1/' tests/lab/demo.json >"$S/m.json"
	DEMO_API_KEY=$KEY DEMO_NOTE=$NOTE bb-start --yes "$S/m.json" -- sh -c 'echo "$DEMO_NOTE"; exec sleep 3000' </dev/null >"$S/out" 2>"$S/err" 3>&- &
	agent_runs 'bot-bottle-secret .*sleep 3000'
	for _ in $(seq 60); do [ ! -s "$S/out" ] || break; sleep 0.5; done
	sleep 5
}

teardown_file() {
	bb-stop secret 3>&-
	rm -f "$BATS_FILE_TMPDIR/values"
}

S() { echo "$BATS_FILE_TMPDIR"; }

# in_files SUDO FOLDER...: which files hold one of the values.
in_files() { sudo grep -rlaF -f "$(S)/values" "$@" 2>/dev/null; }

@test "the agent has its own value, the sampler was at it all the time" {
	run cat "$(S)/out"
	assert_output "$NOTE"
	[ "$(wc -l <"$(S)/rounds")" -gt 20 ]
	echo "# $(wc -l <"$(S)/rounds") samples" >&3
}

@test "no command line of any process, no environment but the operator's own" {
	run sort -u "$(S)/hits"
	assert_output ''
}

@test "not in plans, logs, packs, the state folder, smolvm's database and disks, docker inspect and Docker's disk" {
	run in_files "$HOME/.local/state/bot-bottle" "$HOME/.cache/bot-bottle" "$HOME/.local/share/smolvm" "$HOME/.cache/smolvm" \
		/var/lib/docker /var/log
	assert_output ''
	docker inspect bot-bottle-bundle-secret >"$BATS_TEST_TMPDIR/inspect"
	docker logs bot-bottle-bundle-secret >"$BATS_TEST_TMPDIR/logs" 2>&1
	run in_files "$BATS_TEST_TMPDIR/inspect" "$BATS_TEST_TMPDIR/logs" "$(S)/err"
	assert_output ''
}

@test "in the guest: in the agent's own processes and its file in memory; the bundle's value nowhere" {
	# By standard input and a pipe, so that looking for it puts it on no command line.
	run bb-vm exec secret -i --user root -- sh -c '
		read -r key && read -r note
		has() { printf "%s\n" "$1" | grep -qaF -f - "$2" 2>/dev/null; }
		for f in /proc/[0-9]*/environ /proc/[0-9]*/cmdline; do
			! has "$note" "$f" || echo "note: $(stat -c %U "${f%/*}")"
			! has "$key" "$f" || echo "key: $f"
		done | sort -u
		find /run /tmp /home /root /etc /var -xdev -type f >/tmp/files
		find /run/bot-bottle -type f >>/tmp/files
		while read -r f; do
			! has "$note" "$f" || echo "note: $f $(stat -c "%a %U" "$f")"
			! has "$key" "$f" || echo "key: $f"
		done </tmp/files | sort -u
		grep -q "^[^ ]* /run/bot-bottle tmpfs \|^[^ ]* /run tmpfs " /proc/mounts && echo in memory' <<<"$KEY
$NOTE" 3>&-
	assert_success
	assert_output 'note: agent
note: /run/bot-bottle/env 600 agent
in memory'
}

@test "a value that is planted on a command line is caught" {
	bash -c 'exec -a "$1" sleep 8' sh "$KEY" 3>&- &
	sleep 6
	run sort -u "$(S)/hits"
	assert_output --partial argv
}
