# SPDX-License-Identifier: MIT
# Where: engine host
# place.bats: tests/engine/engine from outside: what a command finds and gives back, and that nothing is left, however it ends.
bats_require_minimum_version 1.5.0
load ../assert.bash

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return
	CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/bot-bottle/lab
	T=$BATS_TEST_TMPDIR
}

engine() { tests/engine/engine "$@" 3>&-; }

# runs NAME COMMAND...: in the background until it has said "here"; $pid is the script's. A terminal's signals as they come.
runs() {
	local name=$1
	shift
	env --default-signal=INT,TERM,HUP tests/engine/engine run sh -c "echo here; $*" </dev/null >"$T/$name" 2>&1 3>&- &
	pid=$!
	for _ in $(seq 600); do
		! grep -q '^here' "$T/$name" || return 0
		kill -0 "$pid" || break
		sleep 0.2
	done
	cat "$T/$name"
	return 1
}

# left_of PID: folder, groups, loop devices and processes of that run, a line each.
left_of() {
	find "$CACHE" -maxdepth 1 -name "tmp.engine.$1"
	find /sys/fs/cgroup -maxdepth 2 -name "bottlebox-engine.$1"
	losetup -n -O BACK-FILE | grep -F "tmp.engine.$1/" || true
	pgrep -af "tmp.engine.$1( |\$)" || true
}

# nothing_left PID: soon.
nothing_left() {
	for _ in $(seq 150); do
		[ -n "$(left_of "$1")" ] || return 0
		sleep 0.2
	done
	left_of "$1"
	return 1
}

@test "a command runs as op in a copy of the project; its streams and status are its own; --root, --env" {
	run --separate-stderr -42 engine run --env WORD=a,b sh -c 'id -un; pwd; cat; echo "$WORD $HOME $ENGINE"; echo aside >&2; [ ! -e .git ]; cat out/bottlebox | cmp - /home/op/work/out/bottlebox && exit 42' <<<typed
	assert_output "$(printf '%s\n' op /home/op/work typed 'a,b /home/op docker')"
	equals aside "$stderr"
	run -0 engine run --root id -u
	assert_output 0
	run -127 engine run no-such-command
	run -143 engine run sh -c 'kill $$'
}

@test "what it leaves in out/lab comes back, of links nothing; the rest does not" {
	mkdir -p out/lab
	local name=came-back-$$
	engine run sh -c "mkdir -p out/lab/$name && echo file >out/lab/$name/file && ln -s /etc/passwd out/lab/$name/link && echo x >out/$name"
	run find out -name "*$name*" -o -path "*$name/*"
	assert_output "$(printf '%s\n' out/lab/$name out/lab/$name/file)"
	rm -r "out/lab/$name"
}

@test "its end, TERM, INT and kill -9: processes, mounts, loop devices, groups and folder are gone; the command has not outlived it" {
	local signal begun
	runs whole 'sleep 2'
	assert [ -n "$(left_of "$pid")" ]
	begun=$pid
	wait "$pid"
	run left_of "$begun"
	assert_output ''
	for signal in TERM INT KILL; do
		runs "$signal" 'docker run -d --rm --entrypoint sleep tiny-agent:1 3600; exec sleep 4711'
		begun=$pid
		pgrep -f 'sleep 4711'
		kill "-$signal" "$pid"
		run wait "$pid"
		nothing_left "$begun"
		run pgrep -f '^sleep 4711'
		assert_failure
	done
}

@test "two at once do not see each other; what one that was killed with its reaper left, the next one takes" {
	local first second
	runs one 'docker network create mine; sleep 3; docker network ls --format "{{.Name}}"; pgrep -xc dockerd'
	first=$pid
	runs two 'docker network ls --format "{{.Name}}"; docker ps -q | wc -l; pgrep -xc dockerd'
	second=$pid
	wait "$first" "$second"
	run tail -n 1 "$T/one"
	assert_output 1
	run cat "$T/two"
	assert_output "$(printf '%s\n' here bridge host none 0 1)"
	runs dead 'sleep 3600'
	first=$pid
	kill -KILL $(pgrep -f "engine/gone .*tmp.engine.$first\$") "$first"
	run wait "$first"
	assert [ -d "$CACHE/tmp.engine.$first" ]
	engine run true
	nothing_left "$first"
}

@test "--limit ends it with 75; what it is asked wrongly is 64, and nobody but root is served: 77" {
	tests/engine/engine run --limit 12 sleep 600 </dev/null >"$T/late" 2>&1 3>&- &
	pid=$!
	status=0
	wait "$pid" || status=$?
	equals 75 "$status"
	grep -q 'ended after its limit of 12 s' "$T/late"
	nothing_left "$pid"
	run -64 engine run
	run -64 engine run --limit soon true
	run -64 engine nonsense
	run -77 setpriv --reuid 65534 env "XDG_CACHE_HOME=$T" tests/engine/engine run true
}

@test "a terminal of its own: a size, and Ctrl-C that ends the command inside, not the place" {
	command -v script || skip 'no script(1) here'
	run script -qec 'stty rows 33 cols 99; tests/engine/engine run --tty sh -c "tty; stty size; trap \"echo caught\" INT; kill -INT \$\$; exit 5"' /dev/null </dev/null 3>&-
	assert_failure 5
	assert_output --partial /dev/pts/
	assert_output --partial '33 99'
	assert_output --partial caught
}
