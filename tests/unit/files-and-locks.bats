# SPDX-License-Identifier: MIT
# Where: unit
# Files, folders, locks, secrets, databases: what the library promises about them.
load ../helper

@test "a write replaces the whole file, with exactly that mode, whatever the umask" {
	umask 077
	printf old >f
	for mode in 600 644 400; do
		echo "new $mode" | { check works testtool write f "$mode"; }
		check equals "new $mode" "$(cat f)"
		check equals "$mode" "$(stat -c %a f)"
		chmod 600 f
	done
	check equals '' "$(ls | grep '^f\.')" "temporary files"
	all_good
}

@test "a write through a link replaces the link; what it pointed to is untouched" {
	echo theirs >target
	ln -s target link
	echo ours | { works testtool write link; }
	equals theirs "$(cat target)"
	assert [ ! -L link ]
	equals ours "$(cat link)"
}

@test "a full disk: 74, the old content stays, no temporary file is left" {
	unshare -rm true 2>/dev/null || skip "no mount namespaces here"
	mkdir disk
	head -c 300000 /dev/urandom >big
	unshare -rm sh -eu -c 'mount -t tmpfs -o size=128k none disk
		echo old >disk/f; status=0
		"$1" write disk/f <big >out 2>err || status=$?
		echo "$status" >status; cat disk/f >content; ls disk >list' sh "$BB_TESTTOOL" || skip "no tmpfs here"
	equals 74 "$(cat status)"
	equals old "$(cat content)"
	equals f "$(cat list)"
	grep -q 'No space left' err
	equals 2 "$(wc -l <err)"
}

@test "a file size limit: 74, the old content stays, no temporary file is left" {
	echo old >f
	head -c 300000 /dev/zero >big
	status=0
	(ulimit -f 100; trap '' XFSZ; exec "$BB_TESTTOOL" write f <big 2>err) || status=$?
	equals 74 "$status"
	equals old "$(cat f)"
	equals '' "$(ls | grep '^f\.')"
}

@test "a write into a missing folder: 74 and advice" {
	refuses 74 nowhere/f testtool write nowhere/f </dev/null
}

@test "reading: a link, folder, FIFO or device is unsafe; missing is missing; more than the limit is large" {
	printf 12345 >f
	ln -s f link
	ln -s nothing dangling
	mkdir d
	mkfifo p
	while read -r path want; do
		check equals "$want" "$(timeout 5 "$BB_TESTTOOL" read "$path" 5 | head -1)" "$path"
	done <<-'END'
	f ok
	link unsafe
	dangling unsafe
	d unsafe
	p unsafe
	/dev/null unsafe
	nothing missing
	f/x missing
	END
	check equals large "$(testtool read f 4 | head -1)"
	all_good
}

@test "folders are made private, with their parents" {
	umask 022
	works testtool folder "$T/a/b/c"
	equals '700 700 700' "$(stat -c %a a a/b a/b/c | paste -sd' ')"
	works testtool folder "$T/a/b/c"
}

# Wall W25.
@test "a folder that others can change is refused: 77" {
	mkdir -m 770 group
	mkdir -m 702 other
	: >file
	mkdir real
	ln -s real link
	check refuses 77 group testtool folder "$T/group"
	check refuses 77 other testtool folder "$T/other"
	check refuses 77 link testtool folder "$T/link"
	check ends 77 testtool folder "$T/file"
	if [ "$(id -u)" = 0 ]; then
		mkdir -m 700 foreign
		chown 12345 foreign
		check refuses 77 'belongs to user 12345' testtool folder "$T/foreign"
	fi
	all_good
}

@test "removing a tree: links go, what they point to stays; nothing outside is ever touched" {
	mkdir -p own/tree/sub outside
	echo keep >outside/file
	ln -s ../../outside own/tree/link
	ln -s ../../outside/file own/tree/sub/filelink
	: >own/tree/sub/f
	mkfifo own/tree/fifo
	works testtool remove "$T/own/tree" "$T/own"
	assert_not_exist own/tree
	equals keep "$(cat outside/file)"
	works testtool remove "$T/own/tree" "$T/own"
	check ends 70 testtool remove "$T/outside/file" "$T/own"
	check ends 70 testtool remove "$T/own/../outside" "$T/own"
	check ends 70 testtool remove "$T/ownmore" "$T/own"
	check ends 70 testtool remove "$T/own" "$T/own"
	equals keep "$(cat outside/file)"
	all_good
}

@test "a tree replaced by a link is removed as a link" {
	mkdir -p own outside
	echo keep >outside/file
	ln -s "$T/outside" own/tree
	works testtool remove "$T/own/tree" "$T/own"
	equals keep "$(cat outside/file)"
}

@test "a lock is one at a time: the second waits, then 75; it is free when the first ends" {
	"$BB_TESTTOOL" lock l 0 20000 >first 3>&- &
	us=$!
	wait_for first
	check refuses 75 "the test's lock is in use" testtool lock l 200 0
	kill -s KILL "$us"
	wait "$us" || :
	check works testtool lock l 5000 0
	check assert_exist l
	all_good
}

@test "a waiter gets the lock as soon as it is given back" {
	"$BB_TESTTOOL" lock l 0 500 >first 3>&- &
	wait_for first
	works testtool lock l 10000 0
	equals 'locked free' "$(paste -sd' ' out)"
}

@test "a link in place of a lock is refused" {
	: >victim
	ln -s victim l
	refuses 74 'open lock' testtool lock l 0 0
}

@test "secrets: from the environment or a 0600 file of ours, never in a message" {
	umask 077
	mkdir base
	printf 'sesame\n' >base/key
	printf 'two\nlines\n\n' >base/lines
	check equals sesame "$(echo '{"from_file":"key"}' | testtool secret base)"
	check equals sesame "$(echo "{\"from_file\":\"$T/base/key\"}" | testtool secret /nowhere)"
	check equals $'two\nlines\n.' "$(echo '{"from_file":"lines"}' | testtool secret base; echo .)"
	check equals open "$(echo '{"from_env":"DEMO_X"}' | DEMO_X=open testtool secret base)"
	check equals '' "$(echo '{"from_env":"DEMO_X"}' | DEMO_X='' testtool secret base)"
	chmod 644 base/key
	check refuses 77 key testtool secret base <<<'{"from_file":"key"}'
	chmod 640 base/key
	check refuses 77 key testtool secret base <<<'{"from_file":"key"}'
	check refuses 65 'variable DEMO_Y is not set' testtool secret base <<<'{"from_env":"DEMO_Y"}'
	check refuses 65 nothing testtool secret base <<<'{"from_file":"nothing"}'
	ln -s lines base/link
	check refuses 65 link testtool secret base <<<'{"from_file":"link"}'
	mkfifo base/fifo
	check refuses 65 'not a regular file' testtool secret base <<<'{"from_file":"fifo"}'
	if [ "$(id -u)" = 0 ]; then
		chmod 600 base/key
		chown 12345 base/key
		check refuses 77 key testtool secret base <<<'{"from_file":"key"}'
	fi
	refute grep -q sesame err
	all_good
}

@test "both from_env and from_file, or neither, is no reference" {
	for text in '{}' '{"from_env":"A","from_file":"b"}' '{"from":"A"}'; do
		check ends 1 testtool secret . <<<"$text"
	done
	all_good
}

@test "SQLite: reading never creates, a link is refused, types are told apart" {
	check ends 74 testtool db read db 'SELECT 1'
	check ends 74 testtool db write db 'SELECT 1'
	check assert_not_exist db
	check works testtool db create db "CREATE TABLE t(a); INSERT INTO t VALUES(x'00ff'), ('text'), (NULL), (7), (1.5)"
	for n in 1:blob 2:text 3:null 4:integer 5:real; do
		check equals "${n#*:}" "$(testtool db-row db "SELECT a FROM t WHERE rowid = ?1" "${n%:*}" | cut -d' ' -f1)"
	done
	check equals 'no row' "$(testtool db-row db 'SELECT a FROM t WHERE rowid = ?1' 9)"
	ln -s db link
	check ends 74 testtool db read link 'SELECT 1'
	check ends 74 testtool db create link 'SELECT 1'
	check ends 74 testtool db read db 'SELECT nothing FROM t'
	check ends 74 testtool db read db "INSERT INTO t VALUES(1)"
	all_good
}
