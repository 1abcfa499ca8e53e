# SPDX-License-Identifier: MIT
# Where: unit
# bb-plan: new, check, get, merge, show; and what every reader of plans refuses.
load ../helper

@test "new FILE wraps the manifest byte for byte and names its folder" {
	mkdir -p sub
	printf '  {"bottle" :\t"demo",\n "agent":{"image":"a:1"}, "bundle":{"image":"b:1"} }\n\n' >sub/m.json
	works bb-plan new sub/m.json
	printf '{"plan":1,"base":"%s","manifest":%s}\n' "$(pwd -P)/sub" \
		"$(printf '{"bottle" :\t"demo",\n "agent":{"image":"a:1"}, "bundle":{"image":"b:1"} }')" >want
	same want out
}

@test "new from stdin takes the working folder, and is the default verb" {
	manifest >m.json
	works bb-plan new <m.json
	cp out first
	works bb-plan <m.json
	same first out
	works bb-plan get base <first
	equals "$(pwd -P)" "$(cat out)"
}

@test "new leaves a plan as it is" {
	plan_demo
	works bb-plan new <plan.json
	same plan.json out
}

@test "folder names with quotes, blanks and non-ASCII letters survive in base" {
	mkdir -p $'a "b\\c\té'
	manifest >$'a "b\\c\té/m.json'
	works bb-plan new $'a "b\\c\té/m.json'
	python3 -c 'import json,sys; sys.stdout.write(json.load(open("out"))["base"])' >got
	equals "$(pwd -P)/"$'a "b\\c\té' "$(cat got)"
}

@test "get: strings without quotes, all else as its JSON; 1 and silence for what is not there" {
	plan_demo
	while IFS='|' read -r path want; do
		check works bb-plan get "$path" <plan.json
		check equals "$want" "$(cat out)" "get $path"
	done <<-'END'
	plan|1
	manifest.bottle|demo
	manifest.agent.command|["sh"]
	subnet.bundle|192.168.108.2
	smolfile.allow_cidrs|["192.168.108.2/32"]
	END
	for path in nothing manifest.nothing manifest.bottle.more subnet..cidr; do
		check ends 1 bb-plan get "$path" <plan.json
		check equals '' "$(cat out err)" "get $path"
	done
	all_good
}

@test "check names every fault at once, with line and column, and writes nothing on stdout" {
	cat >m.json <<-'END'
	{"bottle":"Bad_Slug",
	 "agent":{"imgae":"x","command":"sh"},
	 "egress":{"allowlist":["10.0.0.1","UPPER.example"]},
	 "vm":{"cpus":0},
	 "bundle":{"image":""}}
	END
	ends 65 bb-plan check m.json
	equals '' "$(cat out)"
	while read -r text; do
		check grep -Fq -- "$text" err
	done <<-'END'
	manifest.bottle (line 1, column 11)
	manifest.agent (line 2, column 10) lacks "image"
	manifest.agent.imgae (line 2, column 19) is not a known key; did you mean "image"?
	manifest.agent.command (line 2, column 33) must be a list of strings
	manifest.egress.allowlist (line 3
	manifest.vm.cpus (line 4, column 15) must be a whole number from 1 to 64
	manifest.bundle.image (line 5, column 20)
	m.json: 8 faults
	END
	[ "$faults" = 0 ] || cat err
	all_good
}

@test "check accepts the example manifest, a plan, and the same on stdin" {
	check works bb-plan check "$BB_ROOT/docs/examples/manifest.json"
	plan_demo
	check works bb-plan check plan.json
	check works bb-plan check <plan.json
	all_good
}

# Each line: what replaces what in the good manifest | what the message must say.
@test "a wrong manifest is refused by every reader: 65, place and reason" {
	while IFS='|' read -r from to text; do
		manifest "$from" "$to" >m.json
		check refuses 65 "$text" bb-plan new m.json
		check refuses 65 "$text" bb-plan <m.json
		check refuses 65 "$text" bb-subnet --offline <m.json
	done <<-'END'
	"bottle":"demo"|"bottel":"demo"|manifest (line 1, column
	"bottle":"demo",||lacks "bottle"
	"demo"|"Demo"|manifest.bottle
	"demo"|""|manifest.bottle
	"demo"|"1demo"|manifest.bottle
	"demo"|"a--b"|manifest.bottle
	"demo"|"a-"|manifest.bottle
	"demo"|"-a"|manifest.bottle
	"demo"|"a/../b"|manifest.bottle
	"demo"|"a.b"|manifest.bottle
	"demo"|"aaaaaaaaaabbbbbbbbbbccccccccccddddddddddd"|manifest.bottle
	"demo"|7|manifest.bottle (line 1, column 11) must be a string
	"demo"|"de\u0000mo"|NUL
	"agent":{"image":"demo-agent:1","command":["sh"]}|"agent":[]|manifest.agent (line 1, column 26) must be an object
	["sh"]|"sh"|manifest.agent.command
	["sh"]|[1]|manifest.agent.command
	"command":|"comand":|did you mean "command"?
	"image":"bundle:1"|"image":null|manifest.bundle.image
	"bundle":{"image":"bundle:1"}|"bundle":{"image":"bundle:1"},"supervise":"yes"|must be true or false
	"bundle":{"image":"bundle:1"}|"bundle":{"image":"bundle:1"},"vm":{"cpus":1.0}|manifest.vm.cpus
	"bundle":{"image":"bundle:1"}|"bundle":{"image":"bundle:1"},"vm":{"cpus":65}|manifest.vm.cpus
	"bundle":{"image":"bundle:1"}|"bundle":{"image":"bundle:1"},"vm":{"memory_mib":255}|manifest.vm.memory_mib
	"bundle":{"image":"bundle:1"}|"bundle":{"image":"bundle:1"},"vm":{"memory_mib":"2048"}|must be a number
	"bundle":{"image":"bundle:1"}|"bundle":{"image":"bundle:1"},"git":{"repos":{"a":{}}}|lacks "url"
	"bundle":{"image":"bundle:1"}|"bundle":{"image":"bundle:1"},"git":{"repos":{"../a":{"url":"https://a.b/c"}}}|manifest.git.repos
	"bundle":{"image":"bundle:1"}|"bundle":{"image":"bundle:1"},"git":{"repos":{"a":{"url":"git://a.b/c"}}}|must begin with https:// or ssh://
	"bundle":{"image":"bundle:1"}|"bundle":{"image":"bundle:1"},"git":{"repos":{"a":{"url":"https://u:p@a.b/c"}}}|manifest.git.repos.a.url
	"bundle":{"image":"bundle:1"}|"bundle":{"image":"bundle:1"},"git":{"repos":{"a":{"url":"ssh://git@a.b/c"}}}|needs "key" and "host_key"
	"bundle":{"image":"bundle:1"}|"bundle":{"image":"bundle:1"},"git":{"repos":{"a":{"url":"https://a.b/c","host_key":"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLE"}}}|is not reached by ssh
	"bundle":{"image":"bundle:1"}|"bundle":{"image":"bundle:1"},"git":{"repos":{"a":{"url":"ssh://-x@a.b/c"}}}|plain user name
	"bundle":{"image":"bundle:1"}|"bundle":{"image":"bundle:1"},"git":{"repos":{"a":{"url":"ssh://git:pw@a.b/c"}}}|plain user name
	"bundle":{"image":"bundle:1"}|"bundle":{"image":"bundle:1"},"git":{"repos":{"a":{"url":"ssh://-oProxyCommand=x/c"}}}|must name a host
	"bundle":{"image":"bundle:1"}|"bundle":{"image":"bundle:1"},"git":{"repos":{"a":{"url":"https://a.b"}}}|is not a plain URL
	"bundle":{"image":"bundle:1"}|"bundle":{"image":"bundle:1"},"git":{"repos":{"a":{"url":"https://a.b:443/c"}}}|must not name a port
	"bundle":{"image":"bundle:1"}|"bundle":{"image":"bundle:1"},"git":{"repos":{"a":{"url":"ssh://a.b:65536/c"}}}|a port from 1 to 65535
	"bundle":{"image":"bundle:1"}|"bundle":{"image":"bundle:1"},"git":{"repos":{"a":{"url":"ssh://a.b:/c"}}}|a port from 1 to 65535
	"bundle":{"image":"bundle:1"}|"bundle":{"image":"bundle:1"},"git":{"repos":{"a":{"url":"ssh://a_b/c"}}}|is not a plain URL
	"bundle":{"image":"bundle:1"}|"bundle":{"image":"bundle:1"},"git":{"repos":{"a":{"url":"ssh://.u@a.b/c"}}}|plain user name
	"bundle":{"image":"bundle:1"}|"bundle":{"image":"bundle:1"},"git":{"repos":{"a":{"url":"ssh://a.b/c","key":{"ask":""},"host_key":"ssh-rsa ================================"}}}|as ssh-keyscan shows it
	"image":"demo-agent:1","command":["sh"]|"image":"bundle:1","build":"x","command":["sh"]|would build the bundle's own image
	{"image":"demo-agent:1","command":["sh"]},"bundle":{"image":"bundle:1"}|{"image":"bot-bottle-sidecars:latest","build":"x"}|would build the bundle's own image
	"bundle":{"image":"bundle:1"}|"bundle":{"image":"bundle:1"},"git":{"repos":{"a":{"url":"https://a.b/c d"}}}|is not a plain URL
	"bundle":{"image":"bundle:1"}|"bundle":{"image":"bundle:1"},"git":{"repos":{"a":{"url":"ssh://a.b/c","key":{},"host_key":"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLE"}}}|must have one of
	"bundle":{"image":"bundle:1"}|"bundle":{"image":"bundle:1"},"git":{"repos":{"a":{"url":"ssh://a.b/c","key":"k","host_key":"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLE"}}}|must be {"from_env"
	"bundle":{"image":"bundle:1"}|"bundle":{"image":"bundle:1"},"git":{"repos":{"a":{"url":"ssh://a.b/c","key":{"from_fiel":"k"},"host_key":"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLE"}}}|did you mean "from_file"
	"bundle":{"image":"bundle:1"}|"bundle":{"image":"bundle:1"},"git":{"repos":{"a":{"url":"ssh://a.b/c","key":{"from_file":"k"},"host_key":"a.b ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLE"}}}|as ssh-keyscan shows it
	"bundle":{"image":"bundle:1"}|"bundle":{"image":"bundle:1"},"egress":{"limits":{"request_mib":257}}|a whole number from 1 to 256
	"bundle":{"image":"bundle:1"}|"bundle":{"image":"bundle:1"},"egress":{"limits":{"requests":1}}|manifest.egress.limits.requests
	"bundle":{"image":"bundle:1"}|"bundle":{"image":"bundle:1"},"git":{"disk_mib":1}|a whole number from 64 to 16384
	"bundle":{"image":"bundle:1"}|"bundle":{"image":"bundle:1"},"egress":{"allowlist":["a.b"],"credentials":{"a.b":{"from_env":"K","only":{"path":"/x"}}}}|must be a list of objects
	"bundle":{"image":"bundle:1"}|"bundle":{"image":"bundle:1"},"egress":{"allowlist":["a.b"],"credentials":{"a.b":{"from_env":"K","only":["/x"]}}}|must be an object
	"bundle":{"image":"bundle:1"}|"bundle":{"image":"bundle:1"},"egress":{"allowlist":["a.b"],"credentials":{"a.b":{"from_env":"K","only":[{"method":"POST"}]}}}|lacks "path"
	"bundle":{"image":"bundle:1"}|"bundle":{"image":"bundle:1"},"egress":{"allowlist":["a.b"],"credentials":{"a.b":{"from_env":"K","only":[{"path":"v1"}]}}}|is not a path like
	"bundle":{"image":"bundle:1"}|"bundle":{"image":"bundle:1"},"egress":{"allowlist":["a.b"],"credentials":{"a.b":{"from_env":"K","only":[{"path":"/a/../b"}]}}}|is not a path like
	"bundle":{"image":"bundle:1"}|"bundle":{"image":"bundle:1"},"egress":{"allowlist":["a.b"],"credentials":{"a.b":{"from_env":"K","only":[{"path":"/*/b"}]}}}|is not a path like
	"bundle":{"image":"bundle:1"}|"bundle":{"image":"bundle:1"},"egress":{"allowlist":["a.b"],"credentials":{"a.b":{"from_env":"K","only":[{"path":"/a%2e"}]}}}|is not a path like
	"bundle":{"image":"bundle:1"}|"bundle":{"image":"bundle:1"},"egress":{"allowlist":["a.b"],"credentials":{"a.b":{"from_env":"K","only":[{"method":"post","path":"/x"}]}}}|is not a method
	"bundle":{"image":"bundle:1"}|"bundle":{"image":"bundle:1"},"egress":{"dlp":{"a.b":"redact"}}|names a host that is not in the allowlist
	"bundle":{"image":"bundle:1"}|"bundle":{"image":"bundle:1"},"egress":{"allowlist":["a.b"],"dlp":{"a.b":"off"}}|is not block, redact or warn
	"bundle":{"image":"bundle:1"}|"bundle":{"image":"bundle:1"},"egress":{"allowlist":["a.b"],"websocket":["a.b","c.d"]}|manifest.egress.websocket.c.d (line 1, column 147) names a host that is not in the allowlist
	"bundle":{"image":"bundle:1"}|"bundle":{"image":"bundle:1"},"egress":{"websocket":"a.b"}|must be a list of strings
	"bundle":{"image":"bundle:1"}|"bundle":{"image":"bundle:1"},"egress":{"websocket":["wss://a.b"]}|manifest.egress.websocket
	"bundle":{"image":"bundle:1"}|"bundle":{"image":"bundle:1"},"extra":1|manifest.extra
	END
	all_good
}

@test "texts that are no plan are refused with 65" {
	plan_demo
	: >empty
	printf '   \n' >blank
	head -c 40 plan.json >short
	{ cat plan.json; echo '{}'; } >two
	echo '[1]' >list
	echo '"text"' >text
	printf '{"plan":1,"plan":1}\n' >twice
	echo '{"plan":1}' >bare
	sed 's/"plan":1/"plan":2/' plan.json >two-plan
	sed 's/"plan":1/"plan":"1"/' plan.json >text-plan
	sed 's/"plan":1/"plan":1.0/' plan.json >float-plan
	sed 's/"subnet"/"sub\\u006eet"/' plan.json >escaped
	sed 's/"subnet"/"Subnet"/' plan.json >upper
	printf '\xef\xbb\xbf%s' "$(cat plan.json)" >bom
	for applet in 'bb-plan new' 'bb-plan show' 'bb-subnet --offline' bb-smolfile; do
		while read -r file text; do
			# shellcheck disable=SC2086
			check refuses 65 "$text" $applet <"$file"
		done <<-'END'
		empty is empty
		blank is empty
		short line 1, column
		two line 2, column 1: something follows the object
		list expected an object
		text expected an object
		twice line 1, column 11: the name "plan" is there twice, first in line 1, column 2
		bare no manifest
		two-plan unknown plan number 2
		text-plan unknown plan number "1"
		float-plan unknown plan number 1.0
		escaped names at the top
		upper names at the top
		bom line 1, column 1: a byte order mark (BOM)
		END
	done
	all_good
}

@test "an empty stdin says that the stage before failed" {
	check refuses 65 'is empty' bb-smolfile </dev/null
	check grep -q 'the stage before failed' err
	all_good
}

@test "a terminal on stdin is a usage error with a hint" {
	command -v script >/dev/null || skip "script is not installed"
	for applet in 'bb-plan new' 'bb-plan show' 'bb-subnet --offline' bb-smolfile; do
		script -qec "$applet >'$T/o' 2>'$T/e'; echo \$? >'$T/s'" /dev/null </dev/null >/dev/null
		check equals 64 "$(cat s)" "status of $applet"
		check equals '' "$(cat o)" "stdout of $applet"
		check grep -q 'not a terminal' e
		check grep -q -- '--plan FILE' e
	done
	all_good
}

@test "--plan names a file; a link, folder, device, FIFO without a writer or missing file is refused" {
	plan_demo
	works bb-plan get manifest.bottle --plan plan.json
	equals demo "$(cat out)"
	ln -s plan.json link
	mkfifo fifo
	check refuses 65 'link is a link' bb-smolfile --plan link
	check refuses 75 'fifo is a FIFO to which nobody writes' bb-smolfile --plan fifo
	check refuses 65 'home is a folder' bb-smolfile --plan home
	check refuses 65 '/dev/null is not a regular file' bb-smolfile --plan /dev/null
	check refuses 65 'nothing does not exist' bb-smolfile --plan nothing
	check refuses 65 'nothing does not exist' bb-plan new nothing
	all_good
}

@test "1 MiB is read, one byte more is not: by stdin, --plan and new FILE" {
	python3 - <<-'END'
	m = '{"bottle":"demo","agent":{"image":"a:1","prompt":"%s"},"bundle":{"image":"b:1"}}'
	plan = '{"plan":1,"base":"/","manifest":' + m + '}'
	for name, size in ("full", 1 << 20), ("over", (1 << 20) + 1):
	    open(name, "w").write(plan % ("p" * (size - len(plan) + 2)))
	END
	equals 1048576 "$(wc -c <full)"
	check works bb-plan new full
	check same full out
	check works bb-plan new <full
	for words in 'bb-plan new' 'bb-plan show' 'bb-subnet --offline'; do
		# shellcheck disable=SC2086
		check refuses 65 'larger than' $words <over
	done
	check refuses 65 'larger than' bb-plan show --plan over
	check refuses 65 'larger than' bb-plan new over
	check refuses 65 "1 MiB" bb-plan check over
	all_good
}

@test "a plan that would outgrow 1 MiB by its new section is refused, not cut" {
	python3 - <<-'END'
	m = '{"bottle":"demo","agent":{"image":"a:1","prompt":"%s"},"bundle":{"image":"b:1"}}'
	plan = '{"plan":1,"base":"/","manifest":' + m + '}'
	open("full", "w").write(plan % ("p" * ((1 << 20) - len(plan) + 2)))
	END
	refuses 65 'larger than 1 MiB' bb-subnet --offline <full
}

@test "merge joins the sections of two branches and keeps the first plan's bytes" {
	plan_demo
	testtool splice bundle '{"x":1}' <plan.json >a
	testtool splice pack '{"y": 10000000000000000001}' <plan.json >b
	works bb-plan merge a b
	testtool splice pack '{"y": 10000000000000000001}' <a >want
	same want out
	works bb-plan merge a a
	same a out
}

@test "merge refuses a section that differs, another manifest, and a missing file" {
	plan_demo
	testtool splice pack '{"y":1}' <plan.json >a
	testtool splice pack '{"y":2}' <plan.json >b
	sed 's/"demo"/"other"/' plan.json >c
	check refuses 65 'section pack is in both' bb-plan merge a b
	check refuses 65 'different manifests' bb-plan merge a c
	check refuses 65 'nothing does not exist' bb-plan merge a nothing
	check refuses 64 'merge needs' bb-plan merge a
	check refuses 64 "what is 'c' for" bb-plan merge a b c
	all_good
}

@test "a manifest without a bundle, or without its image, means the image that bb-bundle build makes" {
	for bundle in '' ',"bundle":{}'; do
		printf '{"bottle":"demo","agent":{"image":"a:1"}%s}' "$bundle" >m.json
		check works bb-plan check m.json
		bb-plan new m.json | testtool splice subnet "$SUBNET" | bb-smolfile >plan.json
		check grep -qx 'bundle     bot-bottle-sidecars:latest' <(bb-plan show <plan.json)
		check ends 0 bb-bundle up --dry-run <plan.json
		check grep -q 'docker run .* -- bot-bottle-sidecars:latest$' err
	done
	all_good
}

@test "show prints what would run: image, command, allowlist, references, address and ports" {
	bb-plan new "$BB_ROOT/docs/examples/manifest.json" >plan.json
	testtool splice subnet "$SUBNET" <plan.json >with
	works bb-plan show <with
	cat >want <<-'END'
	bottle     demo
	agent      demo-agent:1, user agent: sh
	env        LANG DEMO_NOTE
	bundle     bot-bottle-sidecars:latest
	allowlist  api.example.com
	secret     DEMO_NOTE <- variable DEMO_NOTE of this host
	credential api.example.com <- variable DEMO_API_KEY of this host
	git        app <-> https://git.example.com/app.git
	file       prompt.md is the agent's prompt
	folder     skills/review is a skill of the agent's
	reaches    192.168.108.2/32, ports 8888 9418 9100
	END
	same want out
	works bb-plan show <plan.json
	grep -qx 'reaches    (no subnet yet), ports 8888 9418 9100' out
	manifest '"bundle":' '"git":{"repos":{"a":{"url":"ssh://git@a.b/c","key":{"from_file":"k"},"host_key":"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLE"}}},"bundle":' |
		sed 's/"image":"demo-agent:1"/&,"build":"agent"/' >m
	works bb-plan show <m
	grep -qx 'git        a <-> ssh://git@a.b/c' out
	grep -qx 'git key    a <- file k' out
	grep -qx 'folder     agent is what demo-agent:1 is built from' out
}

@test "usage: unknown verb, option and operand name the nearest" {
	check refuses 64 "unknown verb 'chekc'" bb-plan chekc
	check grep -q "did you mean 'bb-plan check'?" err
	check refuses 64 'unknown option --paln' bb-plan new --paln x
	check grep -q 'did you mean --plan?' err
	check refuses 64 'unknown option -x' bb-plan new -x
	check refuses 64 'option --plan needs FILE' bb-plan new --plan
	check refuses 64 'option --help takes no value' bb-plan --help=yes
	check refuses 64 'get needs PATH' bb-plan get
	check refuses 64 "what is 'two' for" bb-plan new one two
	check refuses 64 'nothing may follow --' bb-plan new -- x
	check refuses 64 '--dry-run' bb-plan new --dry-run
	# Exact names only: an abbreviation that works today is ambiguous tomorrow.
	check refuses 64 'unknown option --pla' bb-plan new --pla x
	check refuses 64 "unknown verb 'ne'" bb-plan ne
	all_good
}

@test "a host's name is as RFC 1123 has it: labels of 1 to 63, 253 in all, no hyphen at an end" {
	label=$(printf '%063d' 0 | tr 0 a)
	for good in a.b a--b.example 3com.example "$label.example" "$label.$label.$label.${label#aa}"; do
		check works bb-plan check <<<"$(manifest '"bundle":' "\"egress\":{\"allowlist\":[\"$good\"]},\"bundle\":")"
		check works bb-plan check <<<"$(manifest '"bundle":' "\"git\":{\"repos\":{\"app\":{\"url\":\"https://$good/a.git\"}}},\"bundle\":")"
	done
	for bad in '' . .a.b a.b. a..b -a.b a-.b a.-b a.b- 'a_b.c' 'a b.c' "a$label.example" "example.a$label" "$label.$label.$label.${label#a}"; do
		check ends 65 bb-plan check <<<"$(manifest '"bundle":' "\"egress\":{\"allowlist\":[\"$bad\"]},\"bundle\":")"; check grep -q manifest.egress.allowlist err
		check ends 65 bb-plan check <<<"$(manifest '"bundle":' "\"git\":{\"repos\":{\"app\":{\"url\":\"https://$bad/a.git\"}}},\"bundle\":")"; check grep -q manifest.git.repos.app.url err
	done
	all_good
}
