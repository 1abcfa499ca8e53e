# SPDX-License-Identifier: MIT
# Where: unit
# What a guest sends as a folder is an archive that it made up: what of it gets a name on this host (walls W23, W32).
load ../helper
load ../engine

# ordinary CMD...: without what root may do beyond its own files, so that modes count.
ordinary() {
	if [ "$(id -u)" = 0 ]; then
		setpriv --bounding-set=-all --inh-caps=-all "$@"
	else
		"$@"
	fi
}

# archive FILE MODE ENTRY...: a tar whose "." has that mode; an entry is "TYPE PATH [LINK]", TYPE as ls shows it or a
# letter of tar's own.
archive() {
	python3 - "$@" <<-'END'
	import io, sys, tarfile
	name, mode, *entries = sys.argv[1:]
	types = {"-": b"0", "d": b"5", "l": b"2", "p": b"6", "c": b"3", "b": b"4", "h": b"1"}
	with tarfile.open(name, "w", format=tarfile.GNU_FORMAT) as t:
	    for entry in ["d ./", *entries]:
	        kind, path, *link = entry.split(" ")
	        i = tarfile.TarInfo(path)
	        i.type, i.linkname, i.mode = types.get(kind, kind.encode()), "".join(link), 0o4755
	        if path == "./":
	            i.mode = int(mode, 8)
	        i.devmajor, i.devminor = 1, 3
	        i.size = 3 if kind in "-S7D" else 0
	        t.addfile(i, io.BytesIO(b"bad") if i.size else None)
	END
}

@test "whatever mode a folder has, and as an ordinary user: no link, FIFO or device of the guest gets a name here" {
	guest_here
	for mode in 0644 0333 0000 0111 0400 0500 0755; do
		archive a.tar "$mode" '- ./f' 'l ./notes.txt /etc/passwd' 'd ./sub' 'l ./sub/up ../..' 'p ./sub/pipe' \
			'c ./null' 'b ./sub/disk' 'l ./way ..' '- ./way/escaped' 'h ./same ./f'
		sends a.tar
		check ends 0 ordinary bb-vm cp "demo:/d" got
		check equals 'f same sub way way/escaped' "$(cd got && find . -mindepth 1 | cut -c 3- | sort | paste -sd' ')" "of mode $mode"
		check equals 'directory regular file' "$(find got -exec stat -c %F {} + | sort -u | paste -sd' ')" "kinds, mode $mode"
		check equals 700 "$(find got -exec stat -c %a {} + | sort -u)" "modes, mode $mode"
		check grep -q '6 links and special files of /d were left out' err
		chmod -R u+rwX got && rm -r got
	done
	assert_not_exist escaped
	all_good
}

@test "a copy that fails leaves nothing, whatever modes it has" {
	guest_here
	mkdir kept
	# "x" is a folder where a file of the same name comes behind it: tar fails in the middle.
	for mode in 0500 0000 0755; do
		archive a.tar "$mode" 'd ./shut' '- ./shut/f' 'h ./x ./nowhere'
		sends a.tar
		check ends 74 ordinary bb-vm cp "demo:/d" kept/got
		check equals '' "$(ls -A kept)" "left by mode $mode"
	done
	all_good
}

@test "what two tars could read differently is no archive" {
	guest_here
	archive good.tar 0755 '- ./f'
	for kind in S 7 D V M N; do
		archive "kind-$kind.tar" 0755 "$kind ./f"
	done
	python3 - <<-'END'
	good = open("good.tar", "rb").read()
	def header(data, at, **fields):
	    places = {"name": 0, "mode": 100, "size": 124, "sum": 148, "type": 156}
	    b = bytearray(data)
	    for name, text in fields.items():
	        b[at + places[name]:at + places[name] + len(text)] = text
	    if "sum" not in fields:
	        b[at + 148:at + 156] = b" " * 8
	        b[at + 148:at + 156] = b"%06o\0 " % sum(b[at:at + 512])
	    return bytes(b)
	def pax(*records, kind=b"x"):
	    text = b""
	    for r in records:
	        n = len(r) + 3
	        text += b"%d %s\n" % (n + (len(b"%d" % n) > 1), r) if n < 10 else b"%d %s\n" % (len(r) + 4, r)
	    block = header(good[512:1024], 0, type=kind, size=b"%011o\0" % len(text))
	    return good[:512] + block + text.ljust(512, b"\0") + good[512:]
	for name, data in {
	    "sum": header(good, 512, sum=b"000001\0 "), "negative": header(good, 512, size=b"-0000000003\0"),
	    "wide": header(good, 512, size=b"\x80" + b"\0" * 10 + b"\x03"), "no-size": header(good, 512, size=b"\0" * 12),
	    "folder-size": header(good, 0, size=b"00000001000\0"), "cut": good[:1536], "short": good[:700],
	    "junk": good[:1536] + b"x" * 512, "size-twice": pax(b"size=4000"), "sparse": pax(b"GNU.sparse.size=4000"),
	    "file-slash": header(good, 512, name=b"./f/"), "no-name": header(good, 512, name=b"\0\0\0"),
	    "pax-slash": pax(b"path=./d/"), "pax-slash-nul": pax(b"path=./d/\0zz"), "pax-blank": pax(b" size=0"), "pax-tab": pax(b"\tsize=0"),
	    "pax-global": pax(b"path=./d/", kind=b"g"), "pax-twice": pax(b"path=./a", b"path=./d/"),
	    "pax-bad": pax(b"path=./ok").replace(b"13 path", b"99 path"),
	}.items():
	    open(name + ".tar", "wb").write(data)
	open("pax-good.tar", "wb").write(pax(b"path=./ok"))
	END
	rm good.tar
	for file in *.tar; do
		[ "$file" != pax-good.tar ] || continue
		sends "$file"
		check ends 74 bb-vm cp "demo:/d" got
		check grep -q 'what came for /d is no archive' err
		check equals '' "$(ls -A | grep '^got' || :)" "left by $file"
	done
	sends pax-good.tar
	check ends 0 bb-vm cp "demo:/d" got
	check equals bad "$(cat got/ok)"
	all_good
}

@test "a hard link to what was left out is left out, and all else arrives" {
	guest_here
	mkdir -p "tree/$(printf 'd%.0s' {1..120})"
	ln -s x tree/a
	ln -P tree/a tree/b
	ln -P tree/a "$(echo tree/d*)/$(printf 'l%.0s' {1..120})"
	echo keep >tree/c
	ln tree/c tree/e
	for format in gnu posix; do
		tar -C tree --format "$format" -cf a.tar .
		sends a.tar
		check ends 0 bb-vm cp "demo:/d" got
		check equals 'c e' "$(cd got && find . -type f | cut -c 3- | sort | paste -sd' ')" "$format"
		check grep -q '3 links' err
		rm -rf got
	done
	all_good
}

@test "the caller's TAR_OPTIONS decide nothing" {
	guest_here
	archive a.tar 0755 '- ../escaped' '- ./f'
	sends a.tar
	TAR_OPTIONS='-P --transform=s/f/g/' bb bb-vm cp "demo:/d" got
	assert_not_exist escaped
	assert_not_exist got/g
}

@test "an archive of any tar comes out whole: long names, pax, a thousand entries, some of them links" {
	guest_here
	mkdir -p "tree/$(printf 'd%.0s' {1..120})/$(printf 'e%.0s' {1..120})"
	for n in $(seq 300); do
		head -c $((n * 7)) /dev/urandom >"tree/f$n"
		ln -s "f$n" "tree/l$n"
		ln "tree/f$n" "tree/h$n"
	done
	head -c 3000000 /dev/urandom >"$(echo tree/d*/e*)/$(printf 'f%.0s' {1..120})"
	for format in gnu posix ustar; do
		[ "$format" != ustar ] || rm -r tree/d*
		tar -C tree --format "$format" -cf "$format.tar" .
		sends "$format.tar"
		check ends 0 bb-vm cp "demo:/d" got
		check grep -q '300 links' err
		check equals "$(cd tree && find . -type f | sort | xargs sha256sum)" "$(cd got && find . -type f | sort | xargs sha256sum)" "$format"
		rm -rf got
	done
	all_good
}
