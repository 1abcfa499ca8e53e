# SPDX-License-Identifier: MIT
# Where: unit
# The small parts of the library: numbers, nearest words, scrubbing, quoting, digests, ranges, TOML.
load ../helper

@test "numbers: whole, decimal, in range; no sign tricks, blanks or leading zeros" {
	equals '0 1 -1 100 no no no no no no no no no no' \
		"$(testtool num -1 100 0 1 -1 100 101 -2 '' - + +1 ' 1' '1 ' 01 1.0 | paste -sd' ')"
	equals 'no no no no no' "$(testtool num 0 9 0x1 1e1 -- -01 -00 | paste -sd' ')"
	equals '9223372036854775807 no no' "$(testtool num 0 9223372036854775807 9223372036854775807 \
		9223372036854775808 99999999999999999999999 | paste -sd' ')"
}

@test "the nearest word is close or none" {
	while IFS='|' read -r text words want; do
		# shellcheck disable=SC2086
		check equals "$want" "$(testtool nearest "$text" $words)" "$text among $words"
	done <<-'END'
	comand|image command user|command
	imgae|image command user|image
	x|image command user|none
	list|create start wait exec cp unsaved logs stop delete|none
	mounts|bottle agent egress git supervise vm bundle|none
	bottel|bottle agent egress|bottle
	nwe|new check get|new
	chekc|new check get|check
	lst|ls list logs|ls
	lits|ls list logs|list
	ls|ls list|ls
	ab|ac|none
	abc|abd|abd
	|a b|none
	zzzzzz|image command user|none
	image|image imag|image
	aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggggggggg|image|none
	END
	all_good
}

# Wall W22: what a terminal could obey.
@test "scrub: C0, DEL, C1, escape, bidi, zero width and broken UTF-8 become '?'; letters stay" {
	python3 - <<-'END'
	bad = [chr(c) for c in [*range(1, 32), *range(127, 160), *range(0x200b, 0x2010), *range(0x2028, 0x202f),
	       *range(0x2060, 0x206a), 0xfeff, 0x61c]]
	good = "abc ~ äé ß 日本 😀 \u00a0 \u2010"
	open("text", "wb").write("".join("x" + b for b in bad).encode() + good.encode())
	open("want", "wb").write(b"x?" * len(bad) + good.encode())
	# A broken byte is one '?', and what follows it is looked at again.
	open("broken", "wb").write(b"\xff\xc0\xafa\x80b\xe2\x82c\xed\xa0\x80d\xf4\x90\x80\x80e\xc3")
	END
	testtool scrub <text >got
	check same want got
	testtool scrub <broken >got
	check equals 'abcde' "$(tr -d '?' <got)"
	check python3 -c 'open("got", encoding="ascii").read()'
	check equals 'a?b' "$(printf 'a\nb' | testtool scrub)"
	check equals $'a\nb' "$(printf 'a\nb' | testtool scrub newlines)"
	all_good
}

@test "scrub of nothing is nothing" {
	check ends 0 testtool scrub </dev/null
	check equals '' "$(cat out)"
	all_good
}

@test "words quoted for a shell come back as they were from sh" {
	for word in '' a 'a b' "it's" '$HOME `id` "x"' '\' $'a\nb' $'\t' '*' '~' 'a;b' '#x' '!' '-n' 'ä😀' "''" "a'b'c" '{a,b}' '='; do
		quoted=$(testtool shell-quote "$word")
		check equals "$word." "$(sh -c "printf '%s.' $quoted")" "$word"
	done
	check equals 'docker run -- a:1' "$(testtool shell-quote docker run -- a:1)"
	all_good
}

@test "digests agree with sha256sum: empty, small, 64 KiB edges, 3 MB" {
	for n in 0 1 55 56 63 64 65 65535 65536 65537 3000000; do
		head -c "$n" /dev/urandom >f
		want=$(sha256sum <f | cut -d' ' -f1)
		check equals "$want" "$(testtool digest <f)" "$n bytes"
		check equals "$want" "$(testtool digest f)" "file of $n bytes"
	done
	check equals e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 "$(testtool digest </dev/null)"
	check ends 74 testtool digest nothing
	all_good
}

@test "ranges: what is one, and what overlaps, as Python's ipaddress sees it" {
	python3 - >cases <<-'END'
	import ipaddress, random
	rnd = random.Random(5)
	for _ in range(60):
	    base = rnd.choice([0xc0a80000, 0xc0a86c00, 0x0a000000, 0xffffff00]) + rnd.randrange(256)
	    a, b = (ipaddress.ip_network((base ^ rnd.choice([0, 1, 256, 65536]), rnd.choice([0, 8, 16, 23, 24, 25, 31, 32])), strict=False) for _ in "ab")
	    print(a, b, "overlap" if a.overlaps(b) else "apart")
	END
	while read -r a b want; do
		check equals "$a $b $want" "$(testtool cidr "$a" "$b")"
	done <cases
	check equals 192.168.3.0/24 "$(testtool cidr 192.168.3.77/24)"
	check equals 10.0.0.1/32 "$(testtool cidr 10.0.0.1)"
	for text in '' x 1.2.3 1.2.3.4.5 256.1.1.1 1.2.3.4/33 1.2.3.4/ 1.2.3.4/-1 1.2.3.4/08 ' 1.2.3.4' ::1 1.2.3.4/24x; do
		check equals no "$(testtool cidr "$text")" "'$text'"
	done
	all_good
}

@test "TOML: what goes in comes out of an independent reader" {
	python3 -c 'import tomllib' || skip "python3 is older than 3.11"
	set -- 'A=1' 'B="q"' 'C=\back\' $'D=\ttab' $'E=\nline' $'F=\x01\x1f\x7f' 'G=ä😀' 'H=# [x]' "I='" ''
	testtool toml "$@" >toml
	python3 - "$@" <<-'END'
	import sys, tomllib
	t = tomllib.load(open("toml", "rb"))
	assert t == {"env": sys.argv[1:], "network": {"allow_cidrs": sys.argv[1:]}}, t
	END
	equals 'env = []' "$(testtool toml | head -1)"
	equals 'env = ["x"]' "$(testtool toml x | head -1)"
}

@test "slugs: the rule and its edges" {
	equals 'good good good good good good' "$(testtool slugs a a1 a-b a-1-b agent-2 "$(printf 'a%.0s' {1..40})" | paste -sd' ')"
	for slug in '' A 1a -a a- a--b a_b a.b 'a b' a/b ä "$(printf 'a%.0s' {1..41})" $'a\n' $'a\x1b'; do
		check equals bad "$(testtool slugs "$slug")" "'$slug'"
	done
	all_good
}

@test "what docker and smolvm said is one line without colours and preambles" {
	check equals 'no such image: x' "$(printf 'WARNING: old\nError response from daemon: no such image: x\nmore\n' | testtool said docker)"
	check equals 'it said nothing' "$(testtool said docker </dev/null)"
	check equals 'vm not found: x' "$(printf '\033[2mINFO\033[0m x\n\033[31mError: \033[0mvm not found: x\n' | testtool said smolvm)"
	check equals 'second' "$(printf 'Error: first\nError: second\nhint\n' | testtool said smolvm)"
	check equals 'it said nothing' "$(testtool said smolvm </dev/null)"
	check equals 'last line' "$(printf 'a\nlast line\n\n' | testtool said smolvm)"
	all_good
}
