# SPDX-License-Identifier: MIT
# Where: unit
# The planning pipe as a person types it; the manifest stays byte for byte the same.
load ../helper

pipe() {
	bb-plan new "$1" | bb-subnet --offline | bb-smolfile
}

# The bytes between `"manifest":` and `,"subnet":`.
inner() {
	python3 -c 'import sys; b = sys.stdin.buffer.read(); sys.stdout.buffer.write(b[b.index(b"\"manifest\":") + 11:b.rindex(b",\"subnet\":")])'
}

@test "new | subnet | smolfile: all sections, the manifest byte for byte" {
	pipe "$BB_ROOT/docs/examples/manifest.json" >plan
	inner <plan >got
	printf %s "$(cat "$BB_ROOT/docs/examples/manifest.json")" >want
	same want got
	equals '["plan","base","manifest","subnet","smolfile"]' "$(python3 -c '
import json; print(json.dumps(list(json.load(open("plan"))), separators=(",", ":")))')"
}

@test "odd manifests come through unchanged: escapes, blanks, order" {
	n=0
	while IFS= read -r text; do
		n=$((n + 1))
		printf "$text" >m.json
		pipe m.json >plan
		check works bb-plan check plan
		inner <plan >got
		printf %s "$(printf "$text" | sed -e 's/^ *//' -e 's/ *$//')" >want
		check same want got
	done <<-'END'
	{ "bundle" : { "image" : "b:1" } , "agent" : { "image" : "a:1" } , "bottle" : "demo" }
	{"bottle":"de\\u006do","agent":{"image":"a\\u003a1"},"bundle":{"image":"b:1"}}
	{"b\\u006fttle":"demo","agent":{"image":"a:1"},"bundle":{"image":"b:1"}}
	  {"bottle":"demo","agent":{"image":"a:1","command":["echo","\\/ \\" \\\\ {} ,"]},"bundle":{"image":"b:1"}}
	{"bottle":"demo","agent":{"image":"a:1","env":{"A":"\\ud83d\\ude00😀"}},"bundle":{"image":"b:1"},"vm":{"cpus":2\t}}
	END
	equals 5 "$n"
	all_good
}

@test "each stage adds its own section and no other byte" {
	manifest | bb-plan new >a
	bb-subnet --offline <a >b
	bb-smolfile <b >c
	testtool splice subnet <b >got
	check same a got
	testtool splice smolfile <c >got
	check same b got
	all_good
}

@test "unknown members at the top pass through, however they are written" {
	manifest | bb-plan new | testtool splice x_new '{"n": 10000000000000000001, "e":1e400 ,"d":1.10,"s":"\/"}' |
		testtool splice zz '[ ]' >a
	bb-subnet --offline <a | bb-smolfile | testtool splice smolfile | testtool splice subnet >b
	same a b
}

@test "a failing first stage makes every stage behind it fail, with an empty stdout" {
	manifest demo Demo | { bb-plan new || echo $? >s1; } 2>e1 | { bb-subnet --offline || echo $? >s2; } 2>e2 |
		{ bb-smolfile || echo $? >s3; } 2>e3 >out
	equals '65 65 65' "$(cat s1 s2 s3 | paste -sd' ')"
	assert_size_zero out
	grep -q 'the stage before failed' e2
	grep -q 'the stage before failed' e3
	assert_not_exist "$BOT_BOTTLE_HOME"
}

@test "a bare manifest can enter at any stage that needs no section before it" {
	manifest >m.json
	bb-subnet --offline <m.json | bb-smolfile >a
	pipe m.json >b
	same b a
}

@test "a full stdout leaves no half plan: 74, at each stage" {
	[ -e /dev/full ] || skip "this system has no /dev/full"
	plan_demo
	for words in 'bb-plan new' 'bb-subnet --offline' bb-smolfile 'bb-smolfile --print'; do
		status=0
		# shellcheck disable=SC2086
		$words <plan.json >/dev/full 2>err || status=$?
		check equals 74 "$status" "$words"
		check grep -q 'standard output' err
	done
	all_good
}

@test "the planning stages together make few files: the Smolfile alone" {
	pipe "$BB_ROOT/docs/examples/manifest.json" >plan
	equals "bottles
bottles/demo
bottles/demo/smolfile.toml" "$(cd "$BOT_BOTTLE_HOME" && find . -mindepth 1 | sed 's|^\./||' | sort)"
}
