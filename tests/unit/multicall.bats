# SPDX-License-Identifier: MIT
# Where: unit
# The multicall door: which applet is meant, --list, --help, --version, unknown names, a full stdout.
load ../helper

@test "an applet is the same by link and by name" {
	works bb-plan --help
	cp out by-link
	works bottlebox bb-plan --help
	same by-link out
}

@test "links in the bin folder are exactly what --list says, plus the door and the shell tools" {
	works bottlebox --list
	{ cat out; echo bottlebox; cd "$BB_ROOT/shell" && ls -d bb-* 2>/dev/null || :; } | sort >"$T/want"
	ls "$BB_BIN" | sort >"$T/got"
	same "$T/want" "$T/got"
}

@test "--version of every name is the one of the Makefile, and needs neither standard input nor an operand" {
	echo "bottlebox $(sed -n 's/^VERSION = //p' "$BB_ROOT/Makefile")" >want
	grep -Eqx 'bottlebox [0-9]+\.[0-9]+\.[0-9]+' want
	for name in $(ls "$BB_BIN"); do
		check works "$name" --version <&-
		check same want out || echo "   $name"
		# By its path, with nothing of ours in PATH.
		PATH=$BB_TOOLS check works "$BB_BIN/$name" --version
		check same want out || echo "   $name by its path"
	done
	all_good
	equals "$T/home" "$(left_behind)"
}

@test "the version stands in the Makefile alone, and the newest release of the change log has it" {
	version=$(sed -n 's/^VERSION = //p' "$BB_ROOT/Makefile")
	cd "$BB_ROOT"
	equals CHANGELOG.md "$(grep -rlwF "${version}" README.md AGENTS.md CHANGELOG.md SECURITY.md applets lib shell tools man/*.[15] man/prose | sort)"
	grep -qm 1 "^## $version" CHANGELOG.md
}

@test "--list and --help of the door speak on stdout only" {
	works bottlebox --list
	assert [ -s out ]
	cp out names
	works bottlebox --help
	while read -r name; do
		check grep -q "^  $name " out
	done <names
	all_good
}

@test "unknown applets end with 127, a missing word with 64" {
	check refuses 127 bb-nothing bottlebox bb-nothing
	check refuses 127 --nothing bottlebox --nothing
	check refuses 127 'bb-pla' bottlebox bb-pla
	ln -s "$BB_BIN/bottlebox" bb-strange
	check refuses 127 bb-strange ./bb-strange
	check refuses 64 'which applet' bottlebox
	all_good
}

@test "a renamed door is still the door, an applet's name in a folder name means nothing" {
	mkdir bb-plan.d
	ln -s "$BB_BIN/bottlebox" bb-plan.d/other
	works ./bb-plan.d/other --version
}

@test "a full stdout is noticed: 74 and one message" {
	[ -e /dev/full ] || skip "this system has no /dev/full"
	manifest >m.json
	for words in '--version' '--list' '--help' 'bb-plan --help' 'bb-plan new m.json' 'bb-plan show --plan m.json'; do
		status=0
		# shellcheck disable=SC2086  # words on purpose
		bottlebox $words >/dev/full 2>err || status=$?
		check equals 74 "$status" "status of $words"
		check equals 2 "$(wc -l <err)" "lines on stderr of $words"
	done
	all_good
}

@test "a closed stdout is noticed: 74" {
	manifest >m.json
	for words in '--version' 'bb-plan --help' 'bb-plan new m.json'; do
		status=0
		# shellcheck disable=SC2086
		bottlebox $words >&- 2>err || status=$?
		check equals 74 "$status" "status of $words"
	done
	all_good
}

@test "a reader that goes away: 74, not a signal" {
	python3 -c 'print("{\"bottle\":\"demo\",\"agent\":{\"image\":\"a:1\",\"prompt\":\"" + "p" * 500000 + "\"},\"bundle\":{\"image\":\"b:1\"}}")' >big.json
	set -o pipefail
	{ status=0; bb-plan new big.json 2>err || status=$?; echo "$status" >status; } | true
	equals 74 "$(cat status)"
}

@test "a start makes few system calls once it is loaded" {
	command -v strace >/dev/null || skip "strace is not installed"
	[[ $BB_BIN != *san* ]] || skip "a sanitizer makes many calls of its own"
	strace -o calls "$BB_BIN/bottlebox" --version >out
	# The loader's last act is to write-protect what it relocated.
	awk '/^mprotect/ { n = 0; next } { n++ } END { exit n > 12 }' calls || { cat calls; return 1; }
}
