# SPDX-License-Identifier: MIT
# Where: unit
# Bad input: what people type and write by mistake. Who, what and why in one line, advice in the next, the right status.
load ../helper
load ../engine

# as_file TEXT: a manifest of these bytes, in printf's spelling.
as_file() {
	# shellcheck disable=SC2059 # the text is the format
	printf -- "$1" >m.json
}

@test "a manifest that is no JSON: what was found, where, and what to do, from every reader" {
	while IFS='|' read -r text place why advice; do
		as_file "$text"
		for words in 'bb-plan check m.json' 'bb-plan new m.json' 'bb-smolfile --plan m.json' 'bb-plan show m.json'; do
			# shellcheck disable=SC2086 # words
			check refuses 65 "$why" $words
			check grep -q "m.json[:,] $place:" err
			check grep -qF -- "$advice" err
		done
	done <<-'END'
	{"a":[1],\n "b":2,\n}\n|line 2, column 7|a comma before }|take it out
	{"a":[1,\n2,\n\n]}|line 2, column 2|a comma before ]|take it out
	{"a":1,,"b":2}|line 1, column 8|a comma with nothing before it|take it out
	// why\n{"a":1}|line 1, column 1|a comment|JSON has none
	{"a":1,\n /* why */ "b":2}|line 2, column 2|a comment|JSON has none
	{"a":1 # why\n}|line 1, column 8|a comment|JSON has none
	\n# why\n{"a":1}|line 2, column 1|a comment|JSON has none
	\xef\xbb\xbf{"a":1}|line 1, column 1|a byte order mark|save it as UTF-8 without one
	\xff\xfe{\x00}\x00|line 1, column 1|this looks like UTF-16|iconv
	bottle: demo\nagent:\n  image: a:1\n|line 1, column 1|this looks like YAML|convert it
	---\n{bottle: demo}\n|line 1, column 1|this looks like YAML|convert it
	# my manifest\n\nbottle: demo\n|line 3, column 1|this looks like YAML|convert it
	- bottle: demo\n|line 1, column 1|this looks like YAML|convert it
	bottle = "demo"\n[agent]\n|line 1, column 1|this looks like TOML|convert it
	# my manifest\n[agent]\nimage = "a:1"\n|line 2, column 1|this looks like TOML|convert it
	<html>\n|line 1, column 1|this looks like XML or HTML|convert it
	{"a":1,\n "b":2,\n "a":3}|line 3, column 2|the name "a" is there twice, first in line 1, column 2|keep one
	{"o":{"\\u0061":1,\n"b":{},"a":2}}|line 2, column 8|the name "a" is there twice, first in line 1, column 7|keep one
	{'a':1}|line 1, column 2|a text in single quotes|double quotes
	{a:1}|line 1, column 2|a name without quotes|double quotes
	{"a":1\n "b":2}|line 1, column 7|a comma is missing|behind what stands before
	{"a":["x"\n "y"]}|line 1, column 10|a comma is missing|behind what stands before
	{"a":True}|line 1, column 6|a word that is no value|true, false and null
	["a"]|line 1, column 1|expected an object|RFC 8259
	{"a":1}}|line 1, column 8|something follows the object|RFC 8259
	{"a":1|line 1, column 7|the text ends too early|RFC 8259
	END
	all_good
}

@test "a file that cannot be read: each reader says why, and the same" {
	mkfifo fifo
	manifest >real.json
	ln -s real.json link
	head -c 1048577 /dev/zero >big
	while read -r status file text; do
		for words in 'bb-plan check' 'bb-plan new' 'bb-plan show' 'bb-plan get x' 'bb-plan merge real.json' 'bb-subnet --offline --plan' \
			'bb-smolfile --plan' 'bb-pack build --dry-run --plan' 'bb-provision check --plan'; do
			# shellcheck disable=SC2086 # words
			check refuses "$status" "$file $text" $words "$file"
		done
	done <<-'END'
	65 nope.json does not exist
	65 real.json/x is not a folder
	65 home is a folder
	65 link is a link
	65 /dev/null is not a regular file
	65 /dev/fd/77 cannot be read
	65 big is larger than 1 MiB
	END
	[ "$(id -u)" = 0 ] || { chmod 0 real.json; check refuses 74 'real.json cannot be read: Permission denied' bb-plan check real.json; }
	all_good
}

@test "a FIFO, a shell's <(...), /dev/stdin and - are read as standard input is; a FIFO without a writer is 75" {
	manifest >m.json
	bb-plan new m.json >want
	mkfifo fifo
	for words in 'bb-plan new -' 'bb-plan new /dev/stdin' 'bb-plan new /dev/fd/0' 'bb-plan new --plan -'; do
		# shellcheck disable=SC2086 # words
		check works $words <m.json
		check same want out
	done
	check works bb-plan new <(cat m.json)
	check same want out
	check works bb-plan check - <m.json
	check works bb-plan show <(cat want)
	check works bb-plan get manifest.bottle <(cat want)
	check equals demo "$(cat out)"
	cat m.json >fifo &
	check works bb-plan new fifo
	check same want out
	check refuses 75 'fifo is a FIFO to which nobody writes' bb-plan new fifo
	check refuses 65 'standard input is empty' bb-plan new - </dev/null
	check refuses 65 'standard input: line 1, column 1: this looks like YAML' bb-plan check - <<<'a: 1'
	all_good
}

@test "check takes several files: every fault of each, 65 if one has any; show and get take one" {
	manifest >good.json
	manifest '"demo"' 7 >bad.json
	echo '{,}' >worse.json
	check works bb-plan check good.json good.json
	check ends 65 bb-plan check nope.json bad.json
	check equals 'bb-plan: nope.json does not exist' "$(head -1 err)"
	check grep -q '^bb-plan: bad.json: manifest.bottle' err
	check ends 65 bb-plan check good.json bad.json worse.json
	check equals '' "$(cat out)"
	check grep -q '^bb-plan: bad.json: manifest.bottle (line 1, column 11) must be a string' err
	check grep -q '^bb-plan: worse.json: line 1, column 2: a comma with nothing before it' err
	check grep -q '^bb-plan: 2 of 3 files cannot be used' err
	check works bb-plan show good.json
	check grep -qx 'bottle     demo' out
	check works bb-plan get manifest.bottle good.json
	check equals demo "$(cat out)"
	check refuses 64 "what is 'good.json' for" bb-plan show bad.json good.json
	check refuses 65 'bad.json: manifest.bottle' bb-plan check --plan bad.json <good.json
	for words in 'check' 'new' 'show' 'get x'; do
		# shellcheck disable=SC2086 # words
		check refuses 64 'good.json and --plan bad.json are two plans' bb-plan $words good.json --plan bad.json
	done
	all_good
}

@test "get: a pointer reaches names with dots, slashes and tildes, and elements; the dotted way is as it was" {
	manifest '"bundle":' '"egress":{"allowlist":["api.example.com"],"credentials":{"api.example.com":{"from_env":"KEY"}}},"bundle":' |
		bb-plan new | testtool splice pack '{"a/b":{"c~d":[10,[20,21]]},"":5}' >plan
	while IFS='|' read -r path want; do
		check works bb-plan get "$path" plan
		check equals "$want" "$(cat out)" "get $path"
	done <<-'END'
	/manifest/egress/credentials/api.example.com/from_env|KEY
	/manifest/bottle|demo
	manifest.bottle|demo
	/manifest/egress/allowlist/0|api.example.com
	/pack/a~1b/c~0d/1/0|20
	/pack/a~1b/c~0d|[10,[20,21]]
	/pack/|5
	END
	for path in /nothing /manifest/bottle/x /manifest/egress/allowlist/1 /manifest/egress/allowlist/01 \
		/manifest/egress/allowlist/-1 /pack/a/b /pack/a~2b /pack/a~ / //; do
		check ends 1 bb-plan get "$path" plan
		check equals '' "$(cat out err)" "get $path"
	done
	all_good
}

@test "a suggestion is near or there is none: verbs, options, keys, stages, bottles" {
	manifest >m.json
	manifest '"bundle":' '"mounts":[],"bundle":' >mounts.json
	manifest '"bundle":' '"egres":{},"bundle":' >egres.json
	bb-ledger claim demo
	while IFS='|' read -r status text advice words; do
		# shellcheck disable=SC2086 # words
		check ends "$status" $words </dev/null
		check grep -qF -- "$text" err
		check grep -qF -- "$advice" err
	done <<-'END'
	64|unknown verb 'list'|bb-list shows the bottles|bb-vm list
	64|unknown verb 'ps'|did you mean 'bb-ledger list'?|bb-ledger ps
	64|unknown verb 'rm'|did you mean 'bb-vm delete'?|bb-vm rm demo
	64|unknown verb 'delete'|did you mean 'bb-bundle down'?|bb-bundle delete demo
	64|unknown verb 'validate'|did you mean 'bb-plan check'?|bb-plan validate m.json
	64|unknown verb 'strat'|did you mean 'bb-vm start'?|bb-vm strat
	64|unknown verb 'xyzzy'|type 'bb-vm --help'|bb-vm xyzzy
	64|unknown option --paln|did you mean --plan?|bb-plan new --paln m.json
	64|unknown option --mode|type 'bb-plan --help'|bb-plan new --mode
	64|unknown option --utnil|did you mean --until?|bb-start --utnil pack m.json
	64|unknown option --frce|did you mean --force?|bb-stop --frce demo
	64|there is no stage 'probee'|did you mean 'probe'?|bb-start --until probee m.json
	64|there is no stage 'mounts'|stages: plan subnet|bb-start --from=mounts m.json
	65|manifest.mounts (line 1|see man 5 bb-plan|bb-plan check mounts.json
	65|is not a known key; did you mean "egress"?|see man 5 bb-plan|bb-plan check egres.json
	1|there is no bottle dmeo|did you mean demo?|bb-vm stop dmeo
	1|there is no bottle nope|bb-list shows which there are|bb-vm stop nope
	1|there is no bottle dmeo|did you mean demo?|bb-vm logs dmeo
	END
	bb bb-plan check mounts.json
	check equals '' "$(grep 'did you mean' err)" mounts
	all_good
}

@test "every verb that takes a bottle's name: 1 for one that nothing here knows, with what helps, and nothing is made" {
	fakes docker
	rule docker 'inspect *' 1 'echo "Error: No such object: x" >&2'
	rule docker 'logs *' 1 'echo "Error response from daemon: No such container: x" >&2'
	rule docker 'ps *' 0
	rule docker 'network ls *' 0
	id=$(printf 'a%.0s' {1..64})
	: >file
	# undo asks the database of another one.
	bb-ledger claim another-bottle
	# What was kept stays kept.
	mkdir -m 700 "$BOT_BOTTLE_HOME/failed"
	tried=" bb-ledger:claim "
	while read -r words; do
		check refuses 1 'there is no bottle nope' $words
		check grep -qx '  bb-list shows which there are' err
		check equals '' "$(ls -A "$BOT_BOTTLE_HOME/bottles" "$BOT_BOTTLE_HOME/failed" 2>/dev/null | grep -v :)" "what $words makes"
		set -- $words
		tried="$tried$1:$2 "
	done <<-END
	bb-vm exec nope
	bb-vm cp nope:/x file
	bb-vm cp file nope:/x
	bb-vm unsaved nope
	bb-vm logs nope
	bb-vm stop nope
	bb-vm delete nope
	bb-bundle check nope
	bb-bundle stop nope
	bb-bundle down nope
	bb-bundle requests nope
	bb-bundle answer nope 1700000000-0123456789abcdef yes
	bb-bundle waive nope 0123456789abcdef
	bb-bundle logs nope
	bb-subnet release nope
	bb-ledger undo nope
	bb-ledger disown nope
	bb-ledger keep-logs nope
	bb-stop nope
	bb-stop --force nope
	bb-guard nope
	bb-guard --bundle $id nope
	bb-start --resume nope
	END
	# It says on standard output first what it goes by.
	check ends 1 bb-clean --yes nope
	check grep -qx 'bb-ledger: there is no bottle nope' err
	# None is left out: each verb with that operand. claim makes a bottle.
	for applet in vm bundle subnet ledger pack plan probe provision smolfile tsi-patch; do
		for verb in $("bb-$applet" --help | sed -n 's/^  \([a-z-]*\) \(SLUG\|FROM TO\).*/\1/p'); do
			check grep -q " bb-$applet:$verb " <<<"$tried"
		done
	done
	all_good
}

@test "a bottle that is known but has no plan is not an unknown name (65)" {
	bb-ledger claim demo
	for words in 'exec demo' 'cp demo:/x y' 'unsaved demo' 'logs demo'; do
		check refuses 65 'the bottle demo has no plan' bb-vm $words
		check grep -qx '  it is half made; take it down with: bb-stop demo' err
	done
	all_good
}

@test "what takes something away: a name that nothing here knows is said (1), a part that is gone is fine" {
	check refuses 1 'there is no bottle nope' bb-vm stop nope
	check refuses 1 'there is no bottle nope' bb-vm delete nope
	check refuses 1 'there is no bottle nope' bb-subnet release nope
	check refuses 1 'there is no bottle nope' bb-ledger disown nope
	bb-ledger claim demo
	check works bb-vm stop demo
	check works bb-vm delete demo
	check works bb-vm delete demo
	id=$(printf 'a%.0s' {1..64})
	check works bb-vm stop other --bundle "$id"
	fakes docker
	rule docker 'inspect *' 1 'echo "Error: No such object: x" >&2'
	rule docker '*' 0
	check refuses 1 'there is no bottle nope' bb-bundle down nope
	check refuses 1 'there is no bottle nope' bb-bundle stop nope
	check works bb-bundle down demo
	check works bb-bundle stop demo
	check works bb-bundle stop other --bundle "$id"
	# What is there is taken down, though nothing here knows the bottle.
	: >"$FAKE_RULES"
	has_box "$(own_label lost)"
	has_net "$(own_label lost)"
	rule docker '*' 0
	check works bb-bundle down lost
	check equals 2 "$(calls | grep -c ' rm ')" removals
	all_good
}

@test "values of options: empty, twice, no version, no id, no user, no folder: 64" {
	plan_demo
	while IFS='|' read -r text words; do
		args=()
		for word in $words; do
			args+=("${word/EMPTY/}")
		done
		check refuses 64 "$text" "${args[@]}" <plan.json
	done <<-'END'
	--engine foo is no version|bb-smolfile --engine foo
	--engine 1.2 is no version|bb-smolfile --engine 1.2
	--engine 1.2.3.4 is no version|bb-smolfile --engine=1.2.3.4
	--engine 0.8.0x is no version|bb-smolfile --engine 0.8.0x
	--engine +1.2.3 is no version|bb-smolfile --engine +1.2.3
	the value of --engine is empty|bb-smolfile --engine=
	the value of --plan is empty|bb-plan new --plan EMPTY
	--plan is there twice: a and b|bb-plan new --plan a --plan b
	--mode alias2|bb-subnet --offline --mode alias2
	--timeout 0: want a whole number|bb-vm wait --dry-run --timeout 0
	--timeout 1e3: want a whole number|bb-vm wait --dry-run --timeout 1e3
	--timeout -1: want a whole number|bb-bundle up --dry-run --timeout=-1
	--owner 0: want a whole number|bb-ledger claim x --owner 0
	--bundle foo is not the id of a container|bb-vm stop demo --bundle foo
	--image -x is not an image name|bb-ledger claim x --image=-x
	an operand of get is empty|bb-plan get EMPTY
	an operand of stop is empty|bb-vm stop EMPTY
	an operand is empty|bb-stop EMPTY
	an operand is empty|bb-start EMPTY
	the value of --until is empty|bb-start --until= m.json
	--until is there twice: pack and probe|bb-start --until pack --until=probe m.json
	option --force takes no value|bb-stop --force=yes demo
	option --until needs STAGE|bb-start m.json --until
	END
	mkdir -p "$BOT_BOTTLE_HOME/bottles/demo"
	cp plan.json "$BOT_BOTTLE_HOME/bottles/demo/"
	chmod -R go-rwx "$BOT_BOTTLE_HOME"
	check refuses 64 '--user -x is not a user name' bb-vm exec demo --user=-x -- true
	check refuses 64 '--workdir here must be an absolute path' bb-vm exec demo -w here -- true
	check works bb-smolfile <plan.json
	check ends 0 bb-smolfile --engine 0.8.0 --print <plan.json
	check grep -q '1.1.1.1/32' err
	all_good
}

@test "the shell tools: options anywhere before --, joined or with =; help in every spelling" {
	for tool in bb-start bb-stop bb-clean bb-list bb-guard bb-vm bb-plan bottlebox; do
		"$tool" --help >want
		for help in -h help; do
			check works "$tool" "$help"
			check same want out
		done
	done
	for words in 'bb-stop demo -h' 'bb-start m.json --help' 'bb-list --json -h' 'bb-clean -nh' 'bb-guard --hold -h' 'bb-vm stop demo -h'; do
		# shellcheck disable=SC2086 # words
		check works $words
		check grep -q "^usage: ${words%% *}" out
	done
	printf '#!/bin/sh\nusage() { cat <<EOT\nusage: bb-x [options] THING [-- COMMAND...]\nx\n\n  -n, --dry  a\n  -y, --yes  b\n      --to PLACE  c\n\nplaces: here there\nEOT\n}\n' >tool
	cat >>tool <<-'END'
	[ "${BB_OPTIONS-}" = $$ ] || exec bottlebox --options "$0" "$(usage)" "$@"
	unset BB_OPTIONS
	printf '<%s>' "$@"
	END
	while IFS='|' read -r words want; do
		# shellcheck disable=SC2086 # words
		check works sh tool $words
		check equals "$want" "$(cat out)" "$words"
	done <<-'END'
	-ny a|<--dry><--yes><a>
	a -yn|<--dry><--yes><a>
	--to=here a -n -n|<--dry><--to><here><a>
	a --to there -- -n --to|<--to><there><a><--><-n><--to>
	-- a|<--><a>
	a b -|<a><b><->
	END
	sh tool $'a\nb ' -- '' '*' "it's" >out
	check equals $'<a\nb ><--><><*><it\'s>' "$(cat out)"
	check refuses 64 "there is no place 'her'" sh tool --to her a
	check refuses 64 "what is '--force' for" bb-stop demo -- --force
	bb bb-stop -- help
	check equals '' "$(cat out)" 'a bottle called help'
	all_good
}
