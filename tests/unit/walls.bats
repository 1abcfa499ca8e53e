# SPDX-License-Identifier: MIT
# Where: unit
# Walls of the security notes that no single applet owns: what reaches a terminal, what an edited plan can
# decide, whose folders are trusted, and that no secret gets anywhere.
load ../helper

# Bytes a terminal could obey, in UTF-8 and as JSON escapes.
EVIL='\u001b]0;title\u0007|\u001b[2J|\u009b31m|\u202etxt|\u2066x|\u200bx|\ufeff|\u007f|a\nb|a\rb|\u0085'

# no_raw FILE...: nothing in it that a terminal could obey (what scrub takes out; base.bats holds scrub
# against Python).
no_raw() {
	local file
	for file; do
		testtool scrub newlines <"$file" | cmp -s - "$file" ||
			{ echo "-- raw bytes in $file: $(cat -v "$file")"; return 1; }
	done
}

@test "W22: control and bidi characters in any text of a manifest never reach the terminal raw" {
	IFS='|' read -ra evil <<<"$EVIL"
	for bad in "${evil[@]}"; do
		for where in '"demo"|"%s"' '"demo-agent:1"|"%s"' '"sh"|"%s"' '"bundle:1"|"%s"' '"command"|"%s"' \
			'"command":["sh"]|"env":{"%s":"x"}' '"command":["sh"]|"env":{"A":"%s"}' '"command":["sh"]|"user":"%s"' \
			'"command":["sh"]|"workdir":"/%s"' '"command":["sh"]|"prompt":"%s"' '"command":["sh"]|"env":{"A":{"from_file":"%s"}}'; do
			# shellcheck disable=SC2059  # a pattern on purpose
			manifest "${where%%|*}" "$(printf "${where#*|}" "$bad")" >m.json
			bb bb-plan show <m.json
			check no_raw out err
			bb bb-plan check m.json
			check no_raw out err
			check equals 65 "$status" "check of $bad in ${where%%|*}"
		done
	done
	all_good
}

@test "W22: raw bytes too: broken UTF-8, C1 as single bytes, in file names and operands" {
	for bad in $'\x1b[2J' $'\x9b31m' $'\xc2\x9b31m' $'\xe2\x80\xae' $'x\ny' $'\xff\xfe'; do
		bb bb-plan new "no-$bad-file"
		check no_raw out err
		bb bb-plan "$bad"
		check no_raw out err
		bb bb-plan new --"$bad"
		check no_raw out err
		bb bb-vm stop "$bad"
		check no_raw out err
		bb bottlebox "$bad"
		check no_raw out err
		printf '{"bottle":"%s"}' "$bad" >m.json
		bb bb-plan check m.json
		check no_raw out err
		printf '{"%s":1}' "$bad" >m.json
		bb bb-plan check m.json
		check no_raw out err
		BOT_BOTTLE_HOME="$T/no/$bad" bb bb-subnet release demo
		check no_raw out err
		DOCKER_HOST="tcp://$bad" bb bb-bundle down demo
		check no_raw out err
		BOT_BOTTLE_SMOLVM="/no/$bad" bb bb-doctor
		check no_raw out err
	done
	all_good
}

@test "W22: bb-start says names of its own making through the same filter" {
	for bad in $'\x1b[2J' $'\xc2\x9b31m' $'\xe2\x80\xae'; do
		bb bb-start --yes "no-$bad"
		check no_raw out err
		bb bb-start "--$bad"
		check no_raw out err
		bb bb-start --until "$bad" m.json
		check no_raw out err
		BOT_BOTTLE_BACKEND=$bad bb bb-start --yes m.json
		check no_raw out err
		bb bb-stop "$bad"
		check no_raw out err
	done
	all_good
}

@test "W24: names and paths come from the slug: sections that say otherwise decide nothing" {
	plan_demo
	testtool splice smolfile '{"path":"/etc/passwd","create_args":["-v","/:/host"],"allow_cidrs":["0.0.0.0/0"],"env":[]}' <plan.json |
		testtool splice vm '{"name":"other","state":"running"}' |
		testtool splice bundle '{"container":"other","network":"other","ports":[22]}' >edited
	works bb-smolfile <edited
	bb-plan get smolfile <out >got
	bb-plan get smolfile <plan.json >want
	same want got
	works bb-plan show <edited
	grep -q 'ports 8888$' out
	refute grep -qE 'other|0\.0\.0\.0' out
	# The path in the section is never written to.
	equals "$BOT_BOTTLE_HOME/bottles/demo/smolfile.toml" "$(find "$BOT_BOTTLE_HOME" -type f)"
}

@test "W24: a saved plan of another bottle under this name is refused" {
	plan_demo demo other
	mkdir -p "$BOT_BOTTLE_HOME/bottles/demo"
	cp plan.json "$BOT_BOTTLE_HOME/bottles/demo/plan.json"
	refuses 65 'is the plan of other, not of demo' bb-vm exec demo -- true
}

@test "W25: a value that begins with '-' or could be more than a name is refused" {
	while IFS='|' read -r from to path; do
		manifest "$from" "$to" >m.json
		check refuses 65 "$path" bb-plan new m.json
	done <<-'END'
	"demo-agent:1"|"-v"|manifest.agent.image
	"demo-agent:1"|"--privileged"|manifest.agent.image
	"demo-agent:1"|"a b"|manifest.agent.image
	"demo-agent:1"|"a;b"|manifest.agent.image
	"demo-agent:1"|"$(id)"|manifest.agent.image
	"demo-agent:1"|""|manifest.agent.image
	"bundle:1"|"-v/:/host"|manifest.bundle.image
	"bundle:1"|"--net=host"|manifest.bundle.image
	"command":["sh"]|"user":"-u0"|manifest.agent.user
	"command":["sh"]|"user":"root;id"|manifest.agent.user
	"command":["sh"]|"user":"a/b"|manifest.agent.user
	"command":["sh"]|"user":""|manifest.agent.user
	"command":["sh"]|"workdir":"-x"|manifest.agent.workdir
	"command":["sh"]|"workdir":"relative"|manifest.agent.workdir
	"command":["sh"]|"workdir":"/a/../../etc"|manifest.agent.workdir
	"command":["sh"]|"workdir":"/a/.."|manifest.agent.workdir
	"command":["sh"]|"env":{"-e":"x"}|manifest.agent.env.-e
	"command":["sh"]|"env":{"A=B":"x"}|manifest.agent.env.A=B
	"command":["sh"]|"env":{"":"x"}|manifest.agent.env.
	"command":["sh"]|"env":{"1A":"x"}|manifest.agent.env.1A
	"command":["sh"]|"env":{"A":"x\ny"}|manifest.agent.env.A
	"command":["sh"]|"env":{"A":{"from_env":"B","from_file":"c"}}|manifest.agent.env.A
	"command":["sh"]|"env":{"A":{"from_env":"B;C"}}|manifest.agent.env.A
	"command":["sh"]|"env":{"A":{"from_cmd":"id"}}|manifest.agent.env.A
	"command":["sh"]|"env":{"A":5}|manifest.agent.env.A
	"bundle":{"image":"bundle:1"}|"bundle":{"image":"bundle:1"},"egress":{"allowlist":["*"]}|manifest.egress.allowlist
	"bundle":{"image":"bundle:1"}|"bundle":{"image":"bundle:1"},"egress":{"allowlist":["10.0.0.1"]}|not an address
	"bundle":{"image":"bundle:1"}|"bundle":{"image":"bundle:1"},"egress":{"allowlist":["a.com:22"]}|manifest.egress.allowlist
	"bundle":{"image":"bundle:1"}|"bundle":{"image":"bundle:1"},"egress":{"allowlist":["localhost"]}|manifest.egress.allowlist
	"bundle":{"image":"bundle:1"}|"bundle":{"image":"bundle:1"},"egress":{"credentials":{"a.com":{"from_env":"X"}}}|not in the allowlist
	"bundle":{"image":"bundle:1"}|"bundle":{"image":"bundle:1"},"egress":{"allowlist":["a.com"],"credentials":{"a.com":{"header":"A: b","from_env":"X"}}}|header
	"bundle":{"image":"bundle:1"}|"bundle":{"image":"bundle:1"},"egress":{"allowlist":["a.com"],"credentials":{"a.com":{}}}|from_env
	END
	all_good
}

@test "W25: a state folder of somebody else, or that others can write, is refused by all who write there (77)" {
	plan_demo
	rm -rf "$BOT_BOTTLE_HOME"
	for mode in 770 702 777 1777; do
		mkdir -p "$BOT_BOTTLE_HOME"
		chmod "$mode" "$BOT_BOTTLE_HOME"
		check refuses 77 'can be changed by other users' bb-smolfile <plan.json
		check refuses 77 'can be changed by other users' bb-subnet release demo
		check refuses 77 'can be changed by other users' bb-bundle down demo
		rm -rf "$BOT_BOTTLE_HOME"
	done
	for part in bottles bottles/demo; do
		mkdir -p "$BOT_BOTTLE_HOME/bottles/demo"
		chmod -R 700 "$BOT_BOTTLE_HOME"
		chmod 770 "$BOT_BOTTLE_HOME/$part"
		check refuses 77 "$part can be changed" bb-smolfile <plan.json
		rm -rf "$BOT_BOTTLE_HOME"
	done
	mkdir real
	ln -s "$T/real" "$BOT_BOTTLE_HOME"
	check refuses 77 'is not a folder' bb-smolfile <plan.json
	check equals '' "$(ls real)"
	rm "$BOT_BOTTLE_HOME"
	if [ "$(id -u)" = 0 ]; then
		mkdir -m 755 "$BOT_BOTTLE_HOME"
		chown 12345 "$BOT_BOTTLE_HOME"
		check refuses 77 'belongs to user 12345' bb-smolfile <plan.json
	fi
	all_good
}

@test "W25: state.db as a link is not followed" {
	mkdir -m 700 "$BOT_BOTTLE_HOME"
	python3 -c '
import sqlite3
d = sqlite3.connect("victim.db"); d.execute("CREATE TABLE leases(slug, cidr)"); d.execute("PRAGMA user_version = 1")
d.execute("INSERT INTO leases VALUES(\"demo\", \"192.168.1.0/24\")"); d.commit()'
	cp victim.db before
	ln -s "$T/victim.db" "$BOT_BOTTLE_HOME/state.db"
	ends 74 bb-subnet release demo
	manifest >m.json
	ends 74 bb-subnet --offline <m.json
	same before victim.db
}

@test "W25: BOT_BOTTLE_HOME must be absolute; HOME must be there" {
	manifest | bb-plan new | testtool splice subnet "$SUBNET" >plan
	BOT_BOTTLE_HOME=relative check refuses 64 'is relative' bb-smolfile <plan
	check env -u BOT_BOTTLE_HOME -u XDG_STATE_HOME HOME= bash -c 'bb-smolfile <plan >o 2>e; test $? = 64 && grep -q HOME e'
	env -u BOT_BOTTLE_HOME XDG_STATE_HOME=relative bb-smolfile <plan >out
	check assert_exist "$HOME/.local/state/bot-bottle/bottles/demo/smolfile.toml"
	env -u BOT_BOTTLE_HOME XDG_STATE_HOME="$T/xdg" bb-smolfile <plan >out
	check assert_exist "$T/xdg/bot-bottle/bottles/demo/smolfile.toml"
	all_good
}

@test "no secret value in plan, stdout, stderr or state, though variables are set and files are there" {
	mkdir -m 700 keys
	echo sesame-file >keys/token
	chmod 600 keys/token
	export DEMO_API_KEY=sesame-1 DEMO_NOTE=sesame-2
	cat >m.json <<-'END'
	{"bottle":"demo","agent":{"image":"a:1","env":{"A":{"from_env":"DEMO_NOTE"},"B":{"from_file":"keys/token"}}},
	 "egress":{"allowlist":["a.com"],"credentials":{"a.com":{"from_env":"DEMO_API_KEY"}}},"bundle":{"image":"b:1"}}
	END
	for words in 'bb-plan new m.json' 'bb-plan check m.json'; do
		# shellcheck disable=SC2086
		works $words
		cat out err >>all
	done
	bb-plan new m.json | testtool splice subnet "$SUBNET" >plan
	for words in 'bb-plan show' 'bb-smolfile --print' bb-smolfile 'bb-bundle up --dry-run' 'bb-vm create --dry-run' 'bb-pack build --dry-run'; do
		# shellcheck disable=SC2086
		bb $words <plan
		cat out err >>all
	done
	! grep -q sesame all || fail "a secret was printed"
	! grep -rq sesame "$BOT_BOTTLE_HOME" "$HOME" || fail "a secret was kept"
}
