# SPDX-License-Identifier: MIT
# Where: unit
# Faults on demand: system calls that fail at the n-th time (strace), signals in the middle of a write, and
# command lines nobody would type. After each: a status of the closed set, no half file, no crash.
load ../helper

tracer() {
	command -v strace >/dev/null || skip "strace is not installed"
	[[ $BB_BIN != *san* ]] || skip "a leak check does not run under strace"
	strace -o /dev/null true 2>/dev/null || skip "strace may not trace here"
}

# with_fault CALL ERROR N CMD...: the N-th CALL fails by ERROR; $status, out, err.
with_fault() {
	local call=$1 error=$2 n=$3
	shift 3
	bb strace -o "$T/trace" -e "trace=$call" -e "inject=$call:error=$error:when=$n" "$@"
}

# Which read of bb-smolfile is the first of its stdin; those before it are the loader's.
first_read() {
	strace -o "$T/reads" -e trace=read bb-smolfile --print <plan.json >/dev/null
	awk '/^read\(0/ { print NR; exit }' "$T/reads"
}

@test "every write, fsync, rename and chmod that fails: 74, the old file stays, no temporary is left" {
	tracer
	plan_demo
	file=$BOT_BOTTLE_HOME/bottles/demo/smolfile.toml
	echo 'the old one' >"$file"
	for fault in fsync:EIO:1 fchmod:EPERM:1 rename:EXDEV:1 rename:ENOSPC:1 write:ENOSPC:1 write:EIO:1 close:EIO:last; do
		IFS=: read -r call error n <<<"$fault"
		if [ "$n" = last ]; then
			# The close of the written file: the first one after the fsync.
			strace -o trace -e trace=fsync,close bb-smolfile <plan.json >out
			n=$(awk '/^close/ { n++ } /^fsync/ { print n + 1; exit }' trace)
			echo 'the old one' >"$file"
		fi
		with_fault "$call" "$error" "$n" bb-smolfile <plan.json
		check equals 74 "$status" "status after $fault"
		check equals '' "$(cat out)" "stdout after $fault"
		check equals 'the old one' "$(cat "$file")" "file after $fault"
		check equals smolfile.toml "$(ls "$BOT_BOTTLE_HOME/bottles/demo")" "files after $fault"
		check equals 2 "$(wc -l <err)" "lines on stderr after $fault"
	done
	all_good
}

@test "a write that takes half, and one that is interrupted, are carried on" {
	tracer
	plan_demo
	bb strace -o trace -e trace=write -e inject=write:retval=10:when=1 bb-smolfile --print <plan.json
	# strace pretends that 10 bytes went out: what follows must be the rest.
	bb-smolfile --print <plan.json | tail -c +11 >rest
	same rest out
	with_fault write EINTR 1 bb-smolfile --print <plan.json
	equals 0 "$status"
	bb-smolfile --print <plan.json >whole
	same whole out
	with_fault read EINTR "$(first_read)" bb-smolfile --print <plan.json
	equals 0 "$status"
	same whole out
}

@test "a read that fails is no end of the text: 74, not half a plan" {
	tracer
	plan_demo
	with_fault read EIO "$(first_read)" bb-smolfile --print <plan.json
	equals 74 "$status"
	equals '' "$(cat out)"
}

@test "no memory: 74 and a sentence, no crash" {
	[[ $BB_BIN != *san* ]] || skip "a sanitizer needs more memory than that"
	plan_demo
	python3 -c 'print("{\"plan\":1,\"base\":\"/\",\"manifest\":{\"bottle\":\"demo\",\"agent\":{\"image\":\"a:1\"},\"bundle\":{\"image\":\"b:1\"}},\"x\":[" + ",".join(["1"] * 500000) + "]}")' >big
	status=0
	(ulimit -v 8000; exec bb-plan new <big >out 2>err) || status=$?
	[ "$status" = 74 ] || { tell 'with 8 MB'; return 1; }
	grep -q 'no memory' err
}

@test "TERM in the middle of a write: no temporary file is left (planning applets, too)" {
	tracer
	plan_demo
	rm "$BOT_BOTTLE_HOME/bottles/demo/smolfile.toml"
	as_foreground strace -o trace -e trace=fsync -e inject=fsync:delay_enter=2000000 "$BB_BIN/bb-smolfile" <plan.json >out 2>err 3>&- &
	us=$!
	for _ in {1..100}; do
		[ -z "$(ls "$BOT_BOTTLE_HOME/bottles/demo")" ] || break
		sleep 0.02
	done
	kill -s TERM "$(ps -o pid= --ppid "$us" | tr -d ' ')"
	wait "$us" || :
	equals '' "$(ls "$BOT_BOTTLE_HOME/bottles/demo")" "left after TERM"
}

@test "1500 random command lines: a status of the closed set, never a signal, two lines at most" {
	plan_demo
	python3 - "$BB_BIN" <<-'END'
	import os, random, subprocess, sys
	rnd = random.Random(1122)
	names = ["bottlebox", "bb-plan", "bb-subnet", "bb-smolfile", "bb-pack", "bb-bundle", "bb-vm", "bb-tsi-patch", "bb-provision"]
	words = ["", "-", "--", "---", "--=", "--plan", "--plan=", "--plan=plan.json", "-n", "--dry-run", "--owner", "--owner=1", "--owner=-1",
	         "--owner=99999999999999999999", "--help=x", "--timeout", "--timeout=0", "--timeout=1e9", "-i", "-it", "-u", "-uroot", "-w", "-nx",
	         "--offline", "--mode", "--mode=", "--print", "--engine", "--by", "demo", "Demo", "../x", "new", "get", "show", "check", "merge", "alloc",
	         "release", "render", "build", "up", "down", "logs", "create", "start", "wait", "exec", "cp", "stop", "delete", "apply", "all", "env", "a:/b",
	         "demo:/x", "plan.json", "nothing", "/", ".", "x" * 5000, "%s%n", "\x1b[2J", "\xff", "bb-plan", "bb-vm", "--" + "y" * 300]
	allowed = {0, 1, 64, 65, 69, 70, 74, 75, 77, 126, 127}
	env = dict(os.environ, PATH=sys.argv[1])          # no docker, no smolvm
	bad = []
	for _ in range(1500):
	    argv = [rnd.choice(names)] + [rnd.choice(words) for _ in range(rnd.randint(0, 5))]
	    stdin = open(rnd.choice(["plan.json", "/dev/null"]))
	    done = subprocess.run([os.path.join(sys.argv[1], argv[0])] + argv[1:], stdin=stdin, capture_output=True, env=env, timeout=20)
	    if done.returncode not in allowed or done.returncode == 70 or (done.returncode >= 64 and (done.stdout or not done.stderr)):
	        bad.append((argv, done.returncode, done.stdout[:80], done.stderr[:300]))
	assert not bad, "\n".join(map(repr, bad[:8]))
	END
}
