# SPDX-License-Identifier: MIT
# Where: unit
# bb-vm cp and exec --env: what goes in and out. The guest is this machine: its commands run here, by the guest's own
# scripts; the lab has a real one.
load ../helper
load ../engine

# tree: a folder with modes, dotfiles, links, a name with spaces.
tree() {
	mkdir -p tree/sub/.hidden
	echo one >tree/one
	echo two >'tree/sub/a name'
	printf '#!/bin/sh\n' >tree/tool
	chmod 640 tree/one
	chmod 755 tree/tool
	echo dot >tree/sub/.hidden/.dot
}

shape() { (cd "$1" && find . -mindepth 1 -printf '%P %y %m %l\n' | sort); }

@test "a folder goes in with names, modes, dotfiles and links; what is there already is not touched" {
	guest_here
	tree
	ln -s one tree/link
	works bb-vm cp tree "demo:$T/guest/deep/tree"
	equals "$(shape tree)" "$(shape guest/deep/tree)"
	same tree/one guest/deep/tree/one
	echo mine >guest/deep/tree/one
	refuses 74 'is there already' bb-vm cp tree "demo:$T/guest/deep/tree"
	equals mine "$(cat guest/deep/tree/one)"
	refuses 64 'neither a regular file nor a folder' bb-vm cp nothing "demo:$T/x"
	mkfifo pipe
	refuses 64 'neither a regular file nor a folder' bb-vm cp pipe "demo:$T/x"
}

@test "a folder comes out into a new one of ours alone, without links, devices and setuid" {
	guest_here
	tree
	ln -s /etc tree/out
	mkfifo tree/pipe
	chmod 4777 tree/tool
	mkdir -p tree/.git/hooks
	ends 0 bb-vm cp "demo:$T/tree" got
	equals 700 "$(stat -c %a got)"
	equals '700 600' "$(stat -c %a got/tool got/one | paste -sd' ')"
	equals two "$(cat 'got/sub/a name')"
	equals dot "$(cat got/sub/.hidden/.dot)"
	assert_not_exist got/out
	assert_not_exist got/pipe
	grep -q '2 links and special files of' err
	grep -q 'got has a repository in it' err
	equals '' "$(ls -A | grep '^got\.')"
	refuses 64 'got is a folder' bb-vm cp "demo:$T/tree" got
}

@test "an archive that the guest made up: nothing gets out of the new folder, or nothing is taken at all" {
	guest_here
	mkdir tree
	python3 - <<-'END'
	import gzip, io, tarfile
	def archive(name, *entries):
	    with tarfile.open(name, "w", format=tarfile.GNU_FORMAT) as t:
	        for path, kind, link in (("./", tarfile.DIRTYPE, ""), *entries):
	            i = tarfile.TarInfo(path)
	            i.type, i.linkname, i.mode = kind, link, 0o4755
	            i.size = 3 if kind == tarfile.REGTYPE else 0
	            t.addfile(i, io.BytesIO(b"bad"))
	FILE, LINK = tarfile.REGTYPE, tarfile.SYMTYPE
	archive("links.tar", ("./good", FILE, ""), ("./out", LINK, "/etc"), ("./dev", tarfile.FIFOTYPE, ""), ("./up", LINK, ".."))
	archive("through.tar", ("./way", LINK, ".."), ("./way/escaped", FILE, ""))
	archive("above.tar", ("./good", FILE, ""), ("../escaped", FILE, ""), ("/tmp/bb-cp-escaped", FILE, ""))
	archive("hard.tar", ("./hard", tarfile.LNKTYPE, "../plan.json"))
	archive("deep.tar", ("./" + "d/" * 150 + "x", FILE, ""))
	archive("shut.tar", ("./good", FILE, ""))
	with tarfile.open("shut.tar", "w", format=tarfile.GNU_FORMAT) as t:
	    for path, kind, mode in (("./", tarfile.DIRTYPE, 0), ("./no", tarfile.DIRTYPE, 0), ("./no/x", FILE, 0)):
	        i = tarfile.TarInfo(path)
	        i.type, i.mode, i.size = kind, mode, 3 if kind == FILE else 0
	        t.addfile(i, io.BytesIO(b"bad"))
	with open("links.tar", "rb") as f:
	    open("packed.tar", "wb").write(gzip.compress(f.read()))
	END
	cp plan.json before
	sends links.tar
	ends 0 bb-vm cp "demo:$T/tree" got
	equals good "$(ls -A got)"
	equals 700 "$(stat -c %a got/good)"
	rm -r got
	sends shut.tar
	works bb-vm cp "demo:$T/tree" got
	equals bad "$(cat got/no/x)"
	rm -r got
	while read -r archive status text; do
		sends "$archive"
		check ends "$status" bb-vm cp "demo:$T/tree" got
		check grep -q "$text" err
		check equals '' "$(ls -A | grep '^got')" "left by $archive"
	done <<-'END'
		deep.tar 77 goes deeper than 100 folders
		packed.tar 74 is no archive
		before 74 is no archive
		hard.tar 74 tar:
	END
	sends through.tar
	ends 0 bb-vm cp "demo:$T/tree" got
	equals 'd f' "$(stat -c %F got/way got/way/escaped | cut -c 1 | sed 's/r/f/' | paste -sd' ')"
	rm -r got
	sends above.tar
	bb bb-vm cp "demo:$T/tree" got
	assert_not_exist escaped
	assert_not_exist /tmp/bb-cp-escaped
	same before plan.json
	# Something changed while it was read: what came is whole, and it is said.
	rm -rf got
	tar -cf part.tar -C "$T/tree" .
	sends part.tar 1
	ends 0 bb-vm cp "demo:$T/tree" got
	grep -q 'not all of' err
	all_good
}

@test "names: a colon is no other machine, a slash at the end is no folder yet" {
	guest_here
	tree
	ends 0 bb-vm cp "demo:$T/tree" demo:work
	equals one "$(cat ./demo:work/one)"
	ends 0 bb-vm cp "demo:$T/tree" new/
	equals one "$(cat new/one)"
	works bb-vm cp ./demo:work "demo:$T/back"
	equals one "$(cat back/one)"
}

@test "an old smolvm, which hangs on large input, is not given any" {
	guest_here
	sed -i '/--version/d' "$FAKE_RULES"
	rule smolvm '--version' 0 "echo smolvm $OLD_SMOLVM"
	rm -f "$BOT_BOTTLE_HOME/smolvm-version"
	mkdir tree
	head -c 100000 /dev/urandom >tree/large
	: >"$FAKE_LOG"
	refuses 69 "smolvm $OLD_SMOLVM hangs on more than 64 KiB of input" bb-vm cp tree "demo:$T/x"
	equals '' "$(calls | grep 'machine exec' || :)"
}

@test "a file comes out as it was, over one that is there; a missing one is said" {
	guest_here
	echo new >file
	echo old >got
	works bb-vm cp "demo:$T/file" got
	same file got
	works bb-vm cp "demo:$T/file" fresh
	same file fresh
	ends 74 bb-vm cp "demo:$T/nothing" got2
	assert_not_exist got2
	equals '' "$(ls -A | grep '^got2')"
}

@test "exec --env: variables of ours for that command alone, no value on a command line, nothing left" {
	guest_here
	export ONE="a 'quoted' \$value" TWO='two
lines'
	works bb-vm exec demo --env ONE -e TWO -- sh -c 'printf "%s|%s" "$ONE" "$TWO"'
	equals "$ONE|$TWO" "$(cat out)"
	! grep -q quoted "$FAKE_LOG" || fail 'a value was an argument'
	equals '' "$(ls /run/bot-bottle/once.* /run/once.* 2>/dev/null || :)"
	refuses 64 'the variable NOT_THERE is not set' bb-vm exec demo --env NOT_THERE -- true
	refuses 64 'a value does not belong here' bb-vm exec demo --env 'ONE=sesame' -- true
	! grep -q sesame err || fail 'it was shown'
	refuses 64 'HTTPS_PROXY is set by bottlebox' bb-vm exec demo --env HTTPS_PROXY -- true
	refuses 64 "is not a variable's name" bb-vm exec demo --env 'ONE,,TWO' -- true
}

@test "unsaved: repositories with changes, commits and stashes that no remote has; nothing to say is 0" {
	guest_here
	git_() { git -c user.name=T -c user.email=t@example.com -c init.defaultBranch=main "$@"; }
	sed -i "s|\"user\":|\"workdir\":\"$T/work\",\"user\":|" plan.json
	saved plan.json
	mkdir work
	works bb-vm unsaved demo
	git_ init -q --bare up.git
	git_ clone -q up.git work/clean 2>/dev/null
	git_ -C work/clean commit -q --allow-empty -m one
	git_ -C work/clean push -q origin HEAD:main
	works bb-vm unsaved demo
	git_ clone -q up.git 'work/a name'
	git_ -C 'work/a name' checkout -q --detach
	git_ -C 'work/a name' commit -q --allow-empty -m two
	git_ init -q work/fresh
	echo x >work/fresh/file
	ends 1 bb-vm unsaved demo
	equals "$T/work/a name: 1 commits that no remote has|$T/work/fresh: 1 files changed" "$(sort out | paste -sd'|')"
	rm -rf 'work/a name' work/fresh
	echo x >work/clean/file
	git_ -C work/clean add file
	git_ -C work/clean stash -q
	ends 1 bb-vm unsaved demo
	grep -q "^$T/work/clean: [1-9] commits that no remote has$" out
	sed -i 's/^smolvm\tmachine exec.*/smolvm\tmachine exec *\t1\techo "Error: machine is not running" >\&2/' "$FAKE_RULES"
	refuses 69 'cannot be looked at' bb-vm unsaved demo
	# A machine that is gone is not asked.
	cp "$HOME/$DATABASE_OF_SMOLVM" rows
	sql "$HOME/$DATABASE_OF_SMOLVM" 'DELETE FROM vms'
	: >"$FAKE_LOG"
	works bb-vm unsaved demo
	equals '' "$(calls)"
	cp rows "$HOME/$DATABASE_OF_SMOLVM"
	# What git refuses to tell is no all-clear.
	rm -rf work/clean
	git_ init -q work/strange
	echo broken >work/strange/.git/HEAD
	sed -i '/machine exec/d' "$FAKE_RULES"
	rule smolvm 'machine exec *' own 'while [ "$1" != -- ]; do shift; done; shift; exec "$@"'
	ends 1 bb-vm unsaved demo
	equals "$T/work/strange: git cannot tell" "$(cat out)"
}

@test "an engine that brings a guest's link as a link, or its setuid bit: neither lands here (W23)" {
	guest_here
	sed -i '/machine cp/d' "$FAKE_RULES"
	rule smolvm 'machine cp *' 0 'for w in "$3" "$4"; do set -- "$@" "${w#bot-bottle-demo:}"; done; shift 4; cp -a --remove-destination "$1" "$2"'
	echo mine >own
	ln -s "$T/own" link
	refuses 77 'is no regular file in the guest' bb-vm cp "demo:$T/link" got
	assert_not_exist got
	equals mine "$(cat own)"
	equals '' "$(ls -A | grep '^got\.' || :)"
	printf '#!/bin/sh\n' >tool
	chmod 4777 tool
	works bb-vm cp "demo:$T/tool" got
	equals 755 "$(stat -c %a got)"
}
