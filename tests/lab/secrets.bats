# SPDX-License-Identifier: MIT
# Where: lab packed, engine fresh
# secrets.bats: two planted values, and where they are while a start runs and after it.
load lab.bash

setup_file() {
	S=$BATS_FILE_TMPDIR
	random() { head -c 30 /dev/urandom | base64 | tr -d '+/=' | cut -c 1-32; }
	KEY=key$(random) NOTE=note$(random)
	printf '%s\n' "$KEY" "$NOTE" >"$S/values"
	sudo "$PROJECT/tests/lab/planted" watch "$S" "$(id -u)" 3>&- &
	for _ in $(seq 60); do [ ! -s "$S/rounds" ] || break; sleep 0.5; done
	# Not before: sudo hands its environment on, and the sampler would find itself.
	export KEY NOTE
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

# in_files FOLDER...: which files hold one of the values.
in_files() { env -u KEY -u NOTE sudo "$PROJECT/tests/lab/planted" files "$(S)/values" "$@"; }

@test "the agent has its own value, the sampler was at it all the time" {
	run cat "$(S)/out"
	assert_output "$NOTE"
	assert [ "$(wc -l <"$(S)/rounds")" -gt 20 ]
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
	cp "$(S)/err" "$(S)/m.json" "$BATS_TEST_TMPDIR"
	run in_files "$BATS_TEST_TMPDIR"
	assert_output ''
	# It finds what is there.
	cp "$(S)/out" "$BATS_TEST_TMPDIR/told"
	run in_files "$BATS_TEST_TMPDIR"
	assert_output "$BATS_TEST_TMPDIR/told"
}

# look USER SCRIPT: in the guest, with $key, $note and `has VALUE FILE`; the values by standard input and a pipe, so that
# looking for them puts them on no command line.
look() {
	run bb-vm exec secret -i --user "$1" -- sh -c '
		read -r key && read -r note
		has() { text=$(tr "\0" "\n" <"$2" 2>/dev/null); case $text in *"$1"*) return 0 ;; esac; return 1; }
		'"$2" <<<"$KEY
$NOTE" 3>&-
	assert_success
}

PROCESSES='for f in /proc/[0-9]*/environ /proc/[0-9]*/cmdline; do
	! has "$note" "$f" || echo "note: $(stat -c %U "${f%/*}") $(cat "${f%/*}/comm")"
	! has "$key" "$f" || echo "key: $f"
done | sort -u'

@test "in the guest: the agent's processes and the files in memory have its value, nobody has the bundle's" {
	look "$(who_sees)" "$PROCESSES"
	assert_line 'note: agent sleep'
	# Besides the agent's there are those that look.
	refute_line --regexp '^(key:|note: ([^ar]|agent [^s]))'
	look root 'find /run /tmp /home /root /etc /var -xdev -type f >/tmp/files
		find /run/bot-bottle -type f >>/tmp/files
		while read -r f; do
			! has "$note" "$f" || echo "note: $f $(stat -c "%a %U" "$f")"
			! has "$key" "$f" || echo "key: $f"
		done </tmp/files | sort -u
		grep -q "^[^ ]* /run/bot-bottle tmpfs \|^[^ ]* /run tmpfs " /proc/mounts && echo in memory'
	# Root has a copy of its own, since it reads nothing that the agent could write.
	assert_output 'note: /run/bot-bottle/env 600 agent
note: /run/bot-bottle/root/env 600 root
in memory'
}

@test "a value that is planted on a command line is caught" {
	bash -c 'exec -a "$1" sleep 8' sh "$KEY" 3>&- &
	sleep 6
	run sort -u "$(S)/hits"
	assert_line 'cmdline of sleep'
}
