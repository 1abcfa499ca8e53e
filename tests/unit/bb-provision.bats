# SPDX-License-Identifier: MIT
# Where: unit
# bb-provision: what reaches the guest and the bundle, by which way, and that no secret is ever an argument.
# Guest and container are fakes that keep what they were given; the lab has real ones.
load ../helper
load ../engine
load ../provision

@test "all: secrets into the bundle, one script into the guest, section says what was done" {
	running
	export DEMO_API_KEY=sesame-api DEMO_NOTE='sesame note with '\''quotes'\'' and $x'
	ends 0 bb-provision all <plan.json
	equals '{"done":["init","env","ca","prompt","skills","git","supervise"],"verified":["ca","git"]}' "$(bb-plan get provision <out)"
	equals sesame-api "$(cat given-cred-0)"
	calls | grep -x 'smolvm machine exec --name bot-bottle-demo -i --user root -- /bin/sh -s'
	# The script is well-formed, and its assignments are what was meant.
	dash -n script
	{ sed '/^# Runs in the guest/,$d' script; cat <<-'END'
		printf '%s\n' "$ENV_FILE" >env-file
		printf '%s|' "$STEPS" "$AGENT_USER" "$WORKDIR" "$NONCE" >rest
	END
	} >assignments
	dash assignments
	equals "init env ca prompt skills git supervise|agent|/home/agent/work|$NONCE|" "$(cat rest)"
	(set +u; . ./env-file; printf '%s|' "$HTTPS_PROXY" "$http_proxy" "$NO_PROXY" "$DEMO_NOTE" "$LANG" "$GIT_GATE_URL" "$MCP_SUPERVISE_URL" >vars)
	equals "http://127.0.0.1:18888|http://127.0.0.1:18888|192.168.108.2,localhost,127.0.0.1|$DEMO_NOTE|C.UTF-8|http://127.0.0.1:19418|http://127.0.0.1:19100/mcp|" "$(cat vars)"
	! grep -q "$TOKEN" script || fail "the token is in the script as it is"
}

@test "no secret, no token on any argv, in plan, state folder, stdout or stderr" {
	running
	export DEMO_API_KEY=sesame-api DEMO_NOTE=sesame-note
	ends 0 bb-provision all <plan.json
	! grep -rqE "sesame|$TOKEN" "$FAKE_LOG" out err plan.json "$BOT_BOTTLE_HOME" "$HOME" || fail 'a secret got out'
	grep -q sesame-note script
	! grep -q sesame-api script || fail "the credential of the bundle went to the guest"
}

@test "a variable that is not set, a file others can read: refused before anything is called" {
	running
	check refuses 65 'variable DEMO_API_KEY is not set' bb-provision all <plan.json
	mkdir -p m
	cp -r "$BB_ROOT/docs/examples/prompt.md" "$BB_ROOT/docs/examples/skills" m
	sed 's/{ "from_env": "DEMO_NOTE" }/{ "from_file": "note" }/' "$BB_ROOT/docs/examples/manifest.json" >m/m.json
	rm -rf "$HOME" "$BOT_BOTTLE_HOME"
	mkdir "$HOME"
	running "$REAL_VERSION" m/m.json
	export DEMO_API_KEY=sesame-api
	echo sesame-note >m/note
	chmod 644 m/note
	check ends 77 bb-provision all <plan.json
	check grep -q 'can be read by others' err
	check equals '' "$(calls | grep 'machine exec' || :)" "guest calls"
	chmod 600 m/note
	check ends 0 bb-provision all <plan.json
	check grep -q sesame-note script
	! grep -q sesame err out || fail "a secret got out"
	all_good
}

@test "keys of repositories go into the bundle with the credentials; the guest gets the token, in files of its own" {
	mkdir -p m
	cp -r "$BB_ROOT/docs/examples/prompt.md" "$BB_ROOT/docs/examples/skills" m
	(umask 077; printf 'line one\nline two\n' >m/deploy)
	sed 's|{ "url": "https://git.example.com/app.git" }|{ "url": "ssh://git@git.example.com/app.git", "key": { "from_file": "deploy" }, "host_key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEXAMPLEONLYEXAMPLE" }|' "$BB_ROOT/docs/examples/manifest.json" >m/m.json
	running "${ENGINES%%[[:space:]]*}" m/m.json
	export DEMO_API_KEY=sesame-api DEMO_NOTE=x
	ends 0 bb-provision all <plan.json
	equals 'line one
line two' "$(cat given-key-0)"
	! grep -q 'line one' script || fail 'the key went to the guest'
	! grep -q "line one" "$FAKE_LOG" || fail 'the key was an argument'
	equals "$(printf 'bottle:%s' "$TOKEN" | base64 -w 0)" "$(sed -n "s/^BASIC=//p" script)"
	: >m/deploy
	refuses 65 'git.repos.app.key is empty' bb-provision all <plan.json
	chmod 644 m/deploy
	refuses 77 'can be read by others' bb-provision all <plan.json
	engine_with '*'
	refuses 77 'can be read by others' bb-provision check <plan.json
}

@test "a bundle that does not keep its contract is refused (77): token, nonce, certificate" {
	running_given
	while IFS='|' read -r token nonce cert; do
		start
		printf "$token\n${nonce/NONCE/$NONCE}\n$cert\n" >handed
		check refuses 77 'does not keep its contract' bb-provision all <plan.json
		check equals '' "$(calls | grep 'machine exec' || :)" "guest calls with $token|$nonce|$cert"
	done <<-'END'
	short|NONCE|-----BEGIN CERTIFICATE-----\nx
	abcdefghijklmnopqrstuvwxyz0123456789 x|NONCE|-----BEGIN CERTIFICATE-----\nx
	abcdefghijklmnopqrstuvwxyz0123456789@|NONCE|-----BEGIN CERTIFICATE-----\nx
	abcdefghijklmnopqrstuvwxyz0123456789||-----BEGIN CERTIFICATE-----\nx
	abcdefghijklmnopqrstuvwxyz0123456789|another|-----BEGIN CERTIFICATE-----\nx
	abcdefghijklmnopqrstuvwxyz0123456789|NONCE|
	abcdefghijklmnopqrstuvwxyz0123456789|NONCE|-----BEGIN PRIVATE KEY-----\nx
	abcdefghijklmnopqrstuvwxyz0123456789|NONCE|-----BEGIN CERTIFICATE-----\nx\n-----BEGIN PRIVATE KEY-----\nx
	END
	# With all that it wants it is taken.
	start
	check ends 0 bb-provision all <plan.json
	all_good
}

@test "an exit status of 0 proves nothing: each step must say so itself" {
	running_given
	while IFS='|' read -r said code status text; do
		start
		printf "$said" >said
		sed -i '/machine exec/d' "$FAKE_RULES"
		rule smolvm 'machine exec * -c *' 0 'cat >/dev/null'
		rule smolvm 'machine exec * -s' "$code" "cat >/dev/null; cat $T/said; echo 'Error: vm is gone' >&2"
		check ends "$status" bb-provision all <plan.json
		check grep -Fq -- "$text" err
		check equals '' "$(cat out)" stdout
	done <<-'END'
	|0|69|after 0 of 7 steps
	done init\n|0|69|after 1 of 7 steps
	done init\ndone env\ndone ca\ndone prompt\ndone skills\ndone git\ndone supervise\n|1|69|vm is gone
	done init\nfail env: disk full\n|1|1|in the guest: env: disk full
	done init\nfail \033[2Jbad\n|1|1|in the guest: ?[2Jbad
	END
	all_good
}

@test "the guest's words decide nothing: only steps that were asked for count, each once and in its turn" {
	running_given
	start
	head -c 3000000 /dev/zero | sed 's/\x00/verified x\n/g' | head -c 3000000 >many
	sed -i '/^smolvm\tmachine exec/d' "$FAKE_RULES"
	rule smolvm 'machine exec *' 0 "cat >/dev/null; cat $T/said"
	for said in 'done \377\n' 'done x\n' 'done init\ndone init\n' 'done init\ndone ca\n' 'done \n'; do
		printf "$said" >said
		check ends 69 bb-provision all <plan.json
		check grep -q 'which was not its turn' err
		check equals '' "$(cat out)" stdout
	done
	{ cat many; printf '\nverified \377\nverified ca\nverified ca\nverified git\n'; printf 'done %s\n' init env ca prompt skills git supervise; } >said
	check ends 0 bb-provision all <plan.json
	check equals '["ca","git"]' "$(bb-plan get provision.verified <out)"
	all_good
}

@test "single steps do that step only; env brings the credentials, init and ca do not" {
	running_given
	for step in init env ca prompt skills git supervise; do
		start
		rm -f given-cred-0
		printf 'done %s\n' "$step" >said
		check ends 0 bb-provision "$step" <plan.json
		check grep -qx "STEPS=$step" script
		if [ "$step" = env ]; then check assert_exist given-cred-0; else check assert_not_exist given-cred-0; fi
	done
	all_good
}

@test "an old smolvm without exec --user is called without it" {
	running "$(grep -m1 '^1\.[4-9]\.' <<<"$ENGINES")"
	export DEMO_API_KEY=x DEMO_NOTE=x
	ends 0 bb-provision all <plan.json
	calls | grep -x 'smolvm machine exec --name bot-bottle-demo -i -- /bin/sh -s'
}

@test "dry run says what goes where and reads no secret" {
	running
	ends 0 bb-provision all --dry-run <plan.json
	equals '' "$(calls)"
	grep -q -- '-i -- /bin/sh -s' err
	grep -q 'handover <its nonce> < the secrets egress.credentials.api.example.com$' err
}

@test "sections that must be there: 65 and which applet to run" {
	running
	testtool splice vm <plan.json >a
	testtool splice bundle <plan.json >b
	testtool splice subnet <plan.json >c
	check refuses 65 'the plan has no "vm' bb-provision all <a
	check refuses 65 'the plan has no "bundle' bb-provision all <b
	check refuses 65 'the plan has no "subnet' bb-provision all <c
	all_good
}

@test "a machine that is not the one that was checked gets no secret: 77" {
	running
	export DEMO_API_KEY=sesame DEMO_NOTE=sesame
	row >row
	for code in 'r["allowed_cidrs"] = ["0.0.0.0/0"]' 'r["allowed_cidrs"] = None; del r["dns_filter_hosts"]' \
		'r["mounts"] = [["/", "/h", False]]' 'r["env"].append(["HTTP_PROXY", "http://x"])' 'r["source_smolmachine"] = "/tmp/x"'; do
		sql "$HOME/$DATABASE_OF_SMOLVM" 'UPDATE vms SET data = CAST(? AS BLOB)' "$(cat row)"
		edit_row "$code"
		check ends 77 bb-provision all <plan.json
	done
	check equals '' "$(calls | grep -E 'docker exec|machine exec' || :)" "what was called"
	check ends 77 bb-provision env <plan.json
	sql "$HOME/$DATABASE_OF_SMOLVM" 'UPDATE vms SET data = CAST(? AS BLOB)' "$(cat row)"
	check ends 0 bb-provision all <plan.json
	all_good
}

@test "no proof, a failed one, or one of another machine, boot or container: 77, and no secret moves (W15)" {
	running
	export DEMO_API_KEY=sesame DEMO_NOTE=sesame
	cp plan.json good
	proof=$(bb-plan get probe --plan good)
	testtool splice probe <good >plan.json
	saved plan.json
	check refuses 77 'it was not proven' bb-provision all <plan.json
	for change in 's/"failed":0/"failed":1/' 's/"passed":1,/"passed":0,/' 's/"bound":{/"other":{/'; do
		testtool splice probe "$(sed "$change" <<<"$proof")" <good >plan.json
		saved plan.json
		check refuses 77 'it was not proven' bb-provision all <plan.json
	done
	for change in 's/"boot":"./"boot":"?/' "s/\"vmm\":$$/\"vmm\":1/" 's/"vmm_start":/"vmm_start":1/'; do
		testtool splice probe "$(sed "$change" <<<"$proof")" <good >plan.json
		saved plan.json
		check refuses 77 'the machine of demo is another than the one that was probed' bb-provision all <plan.json
	done
	for change in 's/"container":"5/"container":"-/' 's/"nonce":"[^"]*"/"nonce":1/'; do
		testtool splice probe "$(sed "$change" <<<"$proof")" <good >plan.json
		saved plan.json
		check refuses 77 'it was not proven' bb-provision all <plan.json
	done
	# Of another container, or one that was started again, its own hand-over knows.
	sed -i '/handover/d' "$FAKE_RULES"
	rule docker 'exec -i *' 65 'echo "handover: this container was started again since it was probed" >&2; cat >/dev/null'
	cp good plan.json
	saved plan.json
	check refuses 77 'handover: this container was started again' bb-provision all <plan.json
	# A later run took this proof back; here is an old copy of the plan.
	testtool splice probe <good >plan.json
	saved plan.json
	check refuses 77 'the proof in this plan is not the last one of demo' bb-provision all <good
	saved good
	# A VMM that is gone, whatever its number says.
	edit_row 'r["pid"] = 4194305'
	check refuses 69 'bot-bottle-demo does not run' bb-provision all <good
	check assert_not_exist script
	check assert_not_exist given-cred-0
	all_good
}

# --- what a manifest names of this host ---

# asking MEMBERS: the example's manifest with these members in its agent, in m.json.
asking() {
	manifest '"sh"]' '"sh"],'"$1" >m.json
}

@test "check: prompt and skills that are not what they must be, before anything is made" {
	fakes docker smolvm
	engine_with '*'
	mkdir -p real skills/review skills/dev skills/out skills/far
	echo text >prompt.md
	printf 'a\0b' >nul
	truncate -s 2G huge
	truncate -s 65M skills/far/big
	ln -s prompt.md link
	ln -s ../real skills/linked
	mkfifo fifo skills/dev/pipe
	ln -s ../../etc skills/out/up
	echo x >"skills/review/a
b"
	while IFS='|' read -r members text; do
		asking "$members"
		check refuses 65 "$text" bb-provision check <m.json
	done <<-'END'
	"prompt": "none.md"|agent.prompt: none.md does not exist
	"prompt": "real"|agent.prompt: real is a folder
	"prompt": "link"|agent.prompt: link is a link
	"prompt": "real/prompt"|agent.prompt: real/prompt does not exist
	"prompt": "fifo"|agent.prompt: fifo is not a regular file
	"prompt": "huge"|agent.prompt: huge is larger than 1 MiB
	"prompt": "nul"|agent.prompt: nul has a NUL character
	"skills": ["skills/none"]|agent.skills: skills/none: none does not exist
	"skills": ["skills/linked"]|agent.skills: skills/linked: linked is
	"skills": ["skills/Bad"]|must end in a name of lower-case letters
	"skills": ["skills/.."]|must end in a name of lower-case letters
	"skills": ["skills/a\nb"]|is not a folder's name
	"skills": ["skills/dev"]|dev/pipe is neither a file nor a folder nor a link
	"skills": ["skills/out"]|out/up is a link to ../../etc, out of the folder
	"skills": ["skills/far"]|far/big and what comes before it have more than 64 MiB
	"skills": ["skills/review"]|has control characters in its name
	"skills": ["real", "./real/"]|agent.skills: two are called real
	END
	check equals '' "$(calls)" 'what was called'
	# A link on the way: nobody would see it in the name.
	mkdir -p repo far/secret
	echo key >far/key
	ln -s ../far repo/docs
	for members in '"prompt": "docs/key"' '"skills": ["docs/secret"]' '"env": {"A": {"from_file": "docs/key"}}'; do
		asking "$members"
		mv m.json repo/m.json
		check refuses 77 'leads out of its folder by a link' bb-provision check --plan repo/m.json
	done
	asking '"prompt": "prompt.md", "skills": ["real"]'
	check ends 0 bb-provision check <m.json
	check equals '' "$(cat out err)"
	all_good
}

@test "check: secrets that are not there are named, values never shown; a question needs a terminal" {
	fakes docker
	engine_with '*'
	echo sesame >secret
	chmod 644 secret
	asking '"env": {"A": {"from_env": "NOT_SET"}}'
	check refuses 65 'agent.env.A: the variable NOT_SET is not set' bb-provision check <m.json
	asking '"env": {"A": {"from_file": "secret"}}'
	check refuses 77 'secret can be read by others than you' bb-provision check <m.json
	chmod 600 secret
	check ends 0 bb-provision check <m.json
	asking '"env": {"A": {"ask": "your key"}}'
	check refuses 64 'agent.env.A: there is no terminal to ask on' setsid -w bb-provision check <m.json
	asking '"env": {"A": {"ask": "x", "from_env": "B"}}'
	check refuses 65 'must be a string, {"from_env":...}' bb-provision check <m.json
	all_good
}

@test "a question is asked on the terminal without echo; its answer goes to the guest and nowhere else" {
	asking '"env": {"TOKEN": {"ask": "your key"}}'
	cp m.json "$T/ask.json"
	running "${ENGINES%%[[:space:]]*}" m.json
	printf 'done %s\n' init env ca >said
	python3 - "$BB_BIN/bb-provision" <<-'END' >screen
	import os, pty, sys, time
	pid, fd = pty.fork()
	if pid == 0:
	    plan = os.open("plan.json", os.O_RDONLY)
	    out = os.open("out", os.O_WRONLY | os.O_CREAT, 0o600)
	    os.dup2(plan, 0)
	    os.dup2(out, 1)
	    os.execv(sys.argv[1], ["bb-provision", "all"])
	seen = b""
	while b"your key (agent.env.TOKEN): " not in seen:
	    seen += os.read(fd, 1000)
	os.write(fd, b"sesame-typed\n")
	try:
	    while True:
	        data = os.read(fd, 1000)
	        if not data:
	            break
	        seen += data
	except OSError:
	    pass
	print(seen.decode(), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
	END
	check equals 0 "$(tail -n 1 screen | tr -d ' ')" status
	check grep -q sesame-typed script
	! grep -q sesame screen out || fail 'it was echoed'
	all_good
}

@test "skills go by one tar before the script: modes, dotfiles and links as they are; the prompt in the script" {
	mkdir -p skills/review/.hidden
	echo body >skills/review/SKILL.md
	echo run >skills/review/.hidden/tool
	chmod 755 skills/review/.hidden/tool
	ln -s SKILL.md skills/review/also
	printf 'be careful\nwith '\''quotes'\'' and $x' >prompt.md
	asking '"prompt": "prompt.md", "skills": ["./skills/review/"]'
	running "${ENGINES%%[[:space:]]*}" m.json
	rm -f "$FAKE_LOG"
	sed -i '/machine exec/d' "$FAKE_RULES"
	rule smolvm 'machine exec * /bin/sh -c *-skills*' 0 "cat >$T/sent.tar"
	rule smolvm 'machine exec * /bin/sh -c *-relay' 0 "cat >$T/relay"
	rule smolvm 'machine exec * /bin/sh -s' 0 "cat >$T/script; cat $T/said"
	printf 'done %s\n' init env ca prompt skills >said
	check ends 0 bb-provision all <plan.json
	check equals 3 "$(calls | grep -c 'machine exec')" 'calls of exec'
	check same "$BB_BIN/../guest/relay" relay
	mkdir there
	tar -C there -xpf sent.tar
	check equals "$(cd skills && find . -printf '%p %m %l\n' | sort)" "$(cd there && find . -printf '%p %m %l\n' | sort)" files
	{ sed '/^# Runs in the guest/,$d' script; echo 'printf %s "$PROMPT"'; } >assignments
	check same prompt.md <(dash assignments)
	all_good
}
