# SPDX-License-Identifier: MIT
# Where: unit
# Memory and file sizes that end: what a plan costs, and that a program without more of either still cleans up.
load ../helper

# within KIB CMD...: with that much address space.
within() {
	local kib=$1
	shift
	(ulimit -v "$kib" && "$@")
}

setup() {
	fresh_home
	# The sanitizers reserve terabytes.
	[[ $BB_OUT != *-san ]] || skip "address space cannot be limited under sanitizers"
}

# least CMD...: the address space, in KiB, with which it works; to 64 KiB.
least() {
	local lo=1000 hi=400000 mid
	while [ $((hi - lo)) -gt 64 ]; do
		mid=$(((lo + hi) / 2))
		if within "$mid" "$@" >/dev/null 2>&1; then hi=$mid; else lo=$mid; fi
	done
	echo "$hi"
}

# large FILE: the manifest that names most: 1000 hosts with a credential each.
large() {
	python3 - >"$1" <<-'END'
	import json
	host = lambda n: f"{'a' * 59}{n:04}.{'b' * 60}.{'c' * 60}.example.com"
	print(json.dumps({"bottle": "demo", "agent": {"image": "demo-agent:1", "command": ["sh"]}, "bundle": {"image": "bundle:1"},
	    "egress": {"allowlist": [host(n) for n in range(1000)], "credentials": {host(n): {"from_env": f"V{n}"} for n in range(1000)}}}))
	END
}

# costs FACTOR BYTES CMD...: at most that many times BYTES more than the same with a small manifest, which is $base.
costs() {
	local most=$((base + $1 * $2 / 1024))
	shift 2
	within "$most" "$@" >out 2>err || { echo "-- $* needs more than $most KiB: $(least "$@")"; cat err; return 1; }
}

@test "reading a plan takes at most eight times its size in memory, whatever is in it" {
	manifest >small.json
	base=$(least bb-plan new small.json)
	large large.json
	size=$(stat -c %s large.json)
	check costs 8 "$size" bb-plan new large.json
	check costs 8 "$size" bb-plan check large.json
	bb-plan new large.json >plan.json
	check costs 8 "$size" bb-plan get manifest.bottle --plan plan.json
	check costs 8 "$size" bb-plan show --plan plan.json
	all_good
}

@test "merge takes at most eight times what it reads, however many sections" {
	manifest >small.json
	bb-plan new small.json >small
	base=$(least bb-plan merge small small)
	python3 - <<-'END'
	base = open("small").read().rstrip()[:-1]
	for name in "ab":
	    open(name, "w").write(base + "".join(f',"{name}{"abcdefghij"[n // 100]}{"abcdefghij"[n // 10 % 10]}{"abcdefghij"[n % 10]}":"{"x" * 1000}"' for n in range(400)) + "}\n")
	END
	check costs 8 $(($(stat -c %s a) + $(stat -c %s b))) bb-plan merge a b
	check equals 800 "$(grep -o '"[ab][a-j]*":' out | sort -u | wc -l)"
	all_good
}

@test "no memory is one sentence and 74, with what was begun taken back, wherever it ends" {
	large large.json
	base=$(least bb-plan new large.json)
	bb-plan new large.json | testtool splice subnet "$SUBNET" >plan.json
	most=$(within 400000 least bb-smolfile --plan plan.json)
	bb-smolfile --plan plan.json >/dev/null
	rm -rf "$BOT_BOTTLE_HOME"
	seen=0
	for kib in $(seq $((base / 2)) 97 "$most"); do
		status=0
		within "$kib" bb-smolfile --plan plan.json >out 2>err || status=$?
		# Below a size the system's loader does not get so far.
		! grep -q 'error while loading shared libraries' err || continue
		case $status in
		0) check assert_exist "$BOT_BOTTLE_HOME/bottles/demo/smolfile.toml" ;;
		74)
			seen=$((seen + 1))
			check equals 2 "$(wc -l <err)" "lines at $kib"
			check equals '' "$(cat out)" "stdout at $kib"
			check equals '' "$(find "$BOT_BOTTLE_HOME" -type f ! -name '*.lock' 2>/dev/null)" "left at $kib"
			;;
		*) check equals '0 or 74' "$status" "status at $kib" ;;
		esac
		rm -rf "$BOT_BOTTLE_HOME"
	done
	check test "$seen" -gt 3
	all_good
}

@test "a file over its limit is an error like another: 74, nothing half left" {
	large large.json
	bb-plan new large.json | testtool splice subnet "$SUBNET" >plan.json
	for command in 'bb-plan new large.json' 'bb-smolfile --plan plan.json'; do
		for blocks in 0 1 64; do
			status=0
			# shellcheck disable=SC2086 # words
			(ulimit -f "$blocks" && $command >out 2>/dev/null) || status=$?
			check equals 74 "$status" "$command with $blocks"
		done
	done
	check equals '' "$(find "$BOT_BOTTLE_HOME" -name '*.tmp*' -o -name 'smolfile.toml*' 2>/dev/null)"
	all_good
}
