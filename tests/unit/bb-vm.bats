# SPDX-License-Identifier: MIT
# Where: unit
# bb-vm with the real smolvm, as far as no KVM is needed: create, read back, delete; and what it refuses.
load ../helper
load ../engine

section() {
	printf '{"name":"bot-bottle-demo","engine":"smolvm","version":"%s","state":"%s"}' "$1" "$2"
}

@test "create with each real smolvm: row, section, saved plan, nothing but our own section changed" {
	for version in $ENGINES; do
		real_each "$version"
		plan_packed
		check works bb-vm create <plan.json
		check equals "$(section "$version" created)" "$(bb-plan get vm <out)" "$version"
		check same out "$BOT_BOTTLE_HOME/bottles/demo/plan.json"
		check equals 600 "$(stat -c %a "$BOT_BOTTLE_HOME/bottles/demo/plan.json")"
		testtool splice vm <out >without
		check same plan.json without
		check equals '"created"' "$(smolvm machine status --name bot-bottle-demo --json | python3 -c 'import json,sys; print(json.dumps(json.load(sys.stdin)["state"]))')"
		row >row
		check python3 - "$version" "$(own_label demo)" <<-'END'
		import json, sys
		r, p = json.load(open("row")), json.load(open("plan.json"))
		assert r["name"] == "bot-bottle-demo" and r["network"] is True, r
		assert r["cmd"] == ["sleep", "2147483647"] and r["entrypoint"] == [], r["cmd"]
		assert (r["cpus"], r["mem"]) == (2, 2048)
		env = dict(r["env"])
		assert all(env[k] == v for k, v in (e.split("=", 1) for e in p["smolfile"]["env"])), env
		assert r.get("labels") == ({"bot-bottle.slug": "demo", "bot-bottle.bottle": sys.argv[2]} if not sys.argv[1].startswith("1.7.") else None), r.get("labels")
		want = None if sys.argv[1].startswith("1.7.") else {"192.168.108.2/32"}
		assert (set(r["allowed_cidrs"]) if r["allowed_cidrs"] else None) == want, r["allowed_cidrs"]
		END
		# W19: what our children write is the operator's alone.
		check equals 600 "$(stat -c %a "$HOME/$DATABASE_OF_SMOLVM")" "mode of the database"
	done
	all_good
}

@test "each member of vm reaches the machine, and is compared with its row: another value is 77" {
	members=$(sed -n 's/^\.It Li vm\.\([a-z_]*\): .*/\1/p' "$BB_ROOT/man/bb-plan.5")
	for version in $ENGINES; do
		for member in $members; do
			real_each "$version"
			n=30
			[ "$member" != memory_mib ] || n=300
			manifest '"bundle"' "\"vm\":{\"$member\":$n},\"bundle\"" >m.json
			bb-plan new m.json | testtool splice subnet "$SUBNET" | bb-smolfile >plan.json
			packed
			check works bb-vm create <plan.json
			cp out made.json
			check works bb-tsi-patch apply <made.json
			sed "s/\"$member\":30/\"$member\":31/" made.json >other.json
			check ends 77 bb-tsi-patch check <other.json
			check grep -q 'which nobody asked for' err
		done
	done
	all_good
}

@test "create says the command in a dry run, marks the plan and makes nothing" {
	for version in $ENGINES; do
		real_each "$version"
		plan_packed
		check ends 0 bb-vm create --dry-run <plan.json
		words="+ smolvm machine create --name bot-bottle-demo --from $PACK"
		args=$(bb-plan get smolfile.create_args <plan.json | python3 -c 'import json,sys; print(*json.load(sys.stdin))')
		label=" --label bot-bottle.slug=demo --label bot-bottle.bottle=$(own_label demo)"
		[[ $version != 1.7.* ]] || label=
		check equals "bb-vm: $words $args$label -- sleep 2147483647" "$(cat err)"
		check equals true "$(bb-plan get dry_run <out)"
		check assert_not_exist "$HOME/$DATABASE_OF_SMOLVM"
		check assert_not_exist "$BOT_BOTTLE_HOME/bottles/demo/plan.json"
	done
	all_good
}

@test "the line of a dry run is the command that create runs" {
	real_each "${ENGINES%%[[:space:]]*}"
	plan_packed
	ends 0 bb-vm create --dry-run <plan.json
	sed 's/^bb-vm: + //' err >line
	(eval "$(cat line)") >out2
	row >by-hand
	bb-vm delete demo
	works bb-vm create <plan.json
	row >by-us
	sed -i 's/"created_at":[0-9]*/"created_at":0/' by-hand by-us
	same by-hand by-us
}

@test "a second create is refused (75) and leaves the first machine alone" {
	real_each "${ENGINES%%[[:space:]]*}"
	plan_packed
	works bb-vm create <plan.json
	row >before
	refuses 75 'exists already' bb-vm create <plan.json
	row >after
	same before after
}

@test "two creates at once: one wins, the other gets 75" {
	real_each "${ENGINES%%[[:space:]]*}"
	plan_packed
	bb-vm create <plan.json >a 2>/dev/null 3>&- &
	one=$!
	bb-vm create <plan.json >b 2>/dev/null 3>&- &
	two=$!
	s1=0 s2=0
	wait "$one" || s1=$?
	wait "$two" || s2=$?
	equals '0 75' "$(printf '%s\n' $s1 $s2 | sort -n | paste -sd' ')"
	equals 1 "$(cat a b | wc -l)" "plans on stdout"
}

@test "a create that smolvm refuses leaves no machine, no saved plan, and says what smolvm said" {
	for version in $ENGINES; do
		real_each "$version"
		plan_packed
		echo 'no pack at all, but a file that is long enough to have a footer of sixty-four bytes at its end' \
			>"$PACK"
		check ends 69 bb-vm create <plan.json
		check grep -q 'smolvm machine create: .*SMOLPACK' err
		check equals '' "$(cat out)" "stdout"
		check equals '[]' "$(smolvm machine ls --json | tr -d ' \n')" "machines"
		check assert_not_exist "$BOT_BOTTLE_HOME/bottles/demo/plan.json"
	done
	all_good
}

# Wall W24.
@test "hand-edited sections are refused before smolvm is called: 77" {
	real_each "${ENGINES%%[[:space:]]*}"
	plan_packed
	python3 - <<-'END'
	import json
	text = open("plan.json").read()
	p = json.loads(text)
	def case(name, f):
	    q = json.loads(text)
	    f(q)
	    open("bad-" + name, "w").write(json.dumps(q))
	a = "create_args"
	case("cidr", lambda q: q["smolfile"][a].__setitem__(2, "0.0.0.0/0"))
	case("more", lambda q: q["smolfile"][a].extend(["-v", "/:/host"]))
	case("less", lambda q: q["smolfile"][a].pop())
	case("host", lambda q: q["smolfile"][a].__setitem__(4, "example.com"))
	case("order", lambda q: q["smolfile"][a].reverse())
	case("none", lambda q: q["smolfile"].pop(a))
	case("kind", lambda q: q["smolfile"].__setitem__(a, "--net"))
	case("number", lambda q: q["smolfile"][a].__setitem__(0, 1))
	END
	for file in bad-*; do
		check refuses 77 'section smolfile is not what' bb-vm create <"$file"
	done
	assert_not_exist "$HOME/$DATABASE_OF_SMOLVM"
	all_good
}

@test "a pack that is not ours alone is refused: elsewhere, a link, writable for others, gone" {
	real_each "${ENGINES%%[[:space:]]*}"
	plan_packed
	folder=${PACK%/*}
	version=$REAL_VERSION
	key=0123456789abcdef0123456789abcdef
	with_pack() {
		testtool splice pack "{\"image_id\":\"$IMAGE_ID\",\"artifact\":\"$1\"}" <plan.json >p
	}
	cp "$PACK" "$key-x-$version.smolmachine"
	mkdir -p "$folder/$key-sub" "$folder/$key-folder-$version.smolmachine"
	cp "$PACK" "$folder/$key-sub/x-$version.smolmachine"
	ln -s "$T/$key-x-$version.smolmachine" "$folder/$key-link-$version.smolmachine"
	cp "$PACK" "$folder/$key-open-$version.smolmachine"
	chmod 666 "$folder/$key-open-$version.smolmachine"
	cp "$PACK" "$folder/ffffffffffffffffffffffffffffffff-amd64-$version.smolmachine"
	cp "$PACK" "$folder/$key-amd64-1.0.0.smolmachine"
	for path in "$T/$key-x-$version.smolmachine" "$folder/../../../../$key-x-$version.smolmachine" \
		"$folder/$key-sub/x-$version.smolmachine" "$folder/$key-link-$version.smolmachine" \
		"$folder/$key-open-$version.smolmachine" "$folder/$key-folder-$version.smolmachine" \
		"$folder/ffffffffffffffffffffffffffffffff-amd64-$version.smolmachine" "$folder/$key-amd64-1.0.0.smolmachine" \
		"$folder/$key-../../../../../$key-x-$version.smolmachine" /etc/passwd ''; do
		with_pack "$path"
		check refuses 77 'the pack' bb-vm create <p
	done
	with_pack "$folder/$key-gone-$version.smolmachine"
	check refuses 65 "$key-gone" bb-vm create <p
	testtool splice pack "{\"artifact\":\"$PACK\"}" <plan.json >p
	check refuses 65 'pack.image_id' bb-vm create <p
	chmod 770 "$folder"
	check refuses 77 'can be changed by other users' bb-vm create <plan.json
	all_good
}

@test "start is refused unless the row has exactly our policy (77), or has no machine (65)" {
	for version in $ENGINES; do
		real_each "$version"
		plan_packed
		works bb-vm create <plan.json
		edit_row 'r["allowed_cidrs"] = None; r.pop("dns_filter_hosts", None)'
		check refuses 77 'unrestricted' bb-vm start <plan.json
		check grep -q 'run bb-tsi-patch apply first' err
		edit_row 'r["allowed_cidrs"] = ["0.0.0.0/0"]; r["dns_filter_hosts"] = ["192.168.108.2"]'
		check refuses 77 '0.0.0.0/0' bb-vm start <plan.json
		edit_row 'r["allowed_cidrs"] = ["192.168.108.2/32"]; r["mounts"] = [["/", "/host", False]]'
		check refuses 77 '"mounts"' bb-vm start <plan.json
		check works bb-vm delete demo
		check refuses 65 'no machine bot-bottle-demo' bb-vm start <plan.json
	done
	all_good
}

@test "stop and delete: what is there, what is gone, twice; other machines stay" {
	for version in $ENGINES; do
		real_each "$version"
		plan_packed
		works bb-vm create <plan.json
		smolvm machine create --name other --from "$PACK" >made
		check works bb-vm stop demo
		check works bb-vm stop demo
		check works bb-vm delete demo
		check works bb-vm delete demo
		check works bb-vm stop demo
		check equals other "$(smolvm machine ls --json | python3 -c 'import json,sys; print(*[m["name"] for m in json.load(sys.stdin)])')"
	done
	all_good
}

@test "no plan, no database, no smolvm home: nothing is made by a look; of a known bottle stop and delete are done at once" {
	real_each "${ENGINES%%[[:space:]]*}"
	check refuses 1 'there is no bottle demo' bb-vm delete demo
	check refuses 1 'there is no bottle demo' bb-vm stop demo
	bb-ledger claim demo
	check works bb-vm delete demo
	check works bb-vm stop demo
	all_good
	assert_not_exist "$HOME/$DATABASE_OF_SMOLVM"
}

@test "verbs on a bottle take its name only: 64 for what is none, 1 for an unknown one" {
	real_each "${ENGINES%%[[:space:]]*}"
	for verb in stop delete logs exec; do
		for slug in Demo ../demo 'a b' --x ''; do
			check ends 64 bb-vm "$verb" "$slug"
			check equals '' "$(cat out)"
		done
		check refuses 64 "$verb needs SLUG" bb-vm "$verb"
	done
	check refuses 1 'there is no bottle demo' bb-vm exec demo -- true
	check refuses 64 'exactly one side' bb-vm cp a b
	check refuses 64 'exactly one side' bb-vm cp demo:/a demo:/b
	check refuses 64 'exactly one side' bb-vm cp ./demo:/a b
	all_good
}

@test "logs: the console's text filtered for terminals; an empty one; none yet is 1; a link is not followed" {
	plan_packed
	mkdir -p "$BOT_BOTTLE_HOME/bottles/demo"
	cp plan.json "$BOT_BOTTLE_HOME/bottles/demo/plan.json"
	folder=$XDG_CACHE_HOME/smolvm/vms/$(printf bot-bottle-demo | sha256sum | cut -c1-16)
	check refuses 1 'does not exist' bb-vm logs demo
	mkdir -p "$folder"
	: >"$folder/agent-console.log"
	check works bb-vm logs demo
	check equals '' "$(cat out)"
	printf 'boot\033[2J\n\302\2331m\r\n' >"$folder/agent-console.log"
	check works bb-vm logs demo
	check equals 'boot?[2J|?1m?' "$(paste -sd'|' out)"
	echo secret >elsewhere
	ln -sf "$T/elsewhere" "$folder/agent-console.log"
	check ends 1 bb-vm logs demo
	check equals '' "$(cat out)"
	all_good
}

@test "the environment of smolvm is an allow-list; SMOLVM_ variables of the user do nothing" {
	real_each "${ENGINES%%[[:space:]]*}"
	sed -e "s|@LOG@|$T/log|" -e "s|@REAL@|$BOT_BOTTLE_SMOLVM|" "$BB_ROOT/tests/fakes/record" >recorder
	chmod +x recorder
	plan_packed
	export BOT_BOTTLE_SMOLVM=$T/recorder
	export SMOLVM_DATA_DIR=$T/evil SMOLVM_MACHINE_NAME=evil SMOLVM_EGRESS_FLOOR=off SMOLVM_ALLOW_HOST_LOOPBACK=1
	export SMOLVM_BOOT_BINARY=/bin/false HTTPS_PROXY=http://192.0.2.1 DEMO_SECRET=sesame RUST_LOG=trace SSH_AUTH_SOCK=/x
	works bb-vm create <plan.json
	works bb-vm delete demo
	assert_not_exist evil
	cut -d= -f1 log.env | sort -u | grep -vE '^(HOME|PATH|USER|LOGNAME|LANG|LC_ALL|TERM|TMPDIR|XDG_(DATA|CACHE|CONFIG)_HOME|XDG_RUNTIME_DIR|LD_LIBRARY_PATH|SMOLVM_(LIB_DIR|AGENT_ROOTFS|AGENT_ROOTFS_TAR)|PWD|OLDPWD|SHLVL|_)$' >strange || :
	equals '' "$(cat strange)" "variables that got through"
	# No flag that opens the sandbox (W13), in what was really called.
	equals '' "$(grep -xE -- '-v|--volume|-p|--port|--outbound-localhost-only|serve|--mount|--ssh-agent|--gpu' log || :)"
	grep -qx -- --allow-cidr log
}

@test "smolvm missing, a wrong path, not a program, another program of that name, too old: 69 and a hint" {
	plan_packed
	check refuses 69 'smolvm is not installed' bb-vm create <plan.json
	check grep -q 'BOT_BOTTLE_SMOLVM' err
	BOT_BOTTLE_SMOLVM=$T/nothing check refuses 69 "$T/nothing" bb-vm create <plan.json
	: >plain
	BOT_BOTTLE_SMOLVM=$T/plain check refuses 69 "$T/plain" bb-vm create <plan.json
	# CelestoAI's SmolVM installs a program of the same name (its --version reads "smolvm, version N").
	for answer in 'smolvm, version 0.0.12' 'SmolVM 1.2.3' 'smolvm banana' ''; do
		mkdir -p other
		printf '#!/bin/sh\necho "%s"\n' "$answer" >other/smolvm
		chmod +x other/smolvm
		PATH=$T/other:$PATH check ends 69 bb-vm create <plan.json
		check grep -q 'another program called smolvm' err
	done
	printf '#!/bin/sh\ncase $1 in --version) echo smolvm 1.9.9 ;; *) echo no such flag ;; esac\n' >other/smolvm
	PATH=$T/other:$PATH check ends 69 bb-vm create <plan.json
	check grep -q 'another program called smolvm' err
	printf '#!/bin/sh\ncase $1 in --version) echo smolvm 1.3.9 ;; *) echo "  --allow-cidr C" ;; esac\n' >other/smolvm
	PATH=$T/other:$PATH check ends 69 bb-vm create <plan.json
	check grep -q 'oldest' err
	all_good
}

@test "the remembered version goes with the file: another smolvm is asked again" {
	set -- $ENGINES
	[ $# -ge 2 ] || skip "needs two versions"
	plan_packed
	for version in "$1" "$2" "$1"; do
		real "$version"
		plan_packed
		check ends 0 bb-vm create --dry-run <plan.json
		check equals "$version" "$(bb-plan get vm.version <out)"
	done
	all_good
}

executing() { proven_bottle '"command":["sh"]' '"command":["from","manifest"],"user":"node","workdir":"/w"'; }

@test "exec gives back the guest's status, feeds stdin with -i, and passes words unchanged" {
	executing
	rule smolvm 'machine exec * exit42' 42
	rule smolvm 'machine exec * killed' 137
	rule smolvm 'machine exec * die' killKILL
	rule smolvm 'machine exec *' 0 'cat; echo err >&2'
	check ends 42 bb-vm exec demo -- exit42
	check ends 137 bb-vm exec demo -- killed
	check ends 137 bb-vm exec demo -- die
	echo input >in
	check ends 0 bb-vm exec -i demo -- cat <in
	check equals 'input err' "$(cat out) $(cat err)"
	: >"$FAKE_LOG"
	check ends 0 bb-vm exec -i demo -- echo 'a b' '' '$x' -v </dev/null
	check equals "echo|a b||\$x|-v" "$(tail -5 "$FAKE_LOG" | paste -sd'|')"
	: >"$FAKE_LOG"
	check ends 0 bb-vm exec demo </dev/null
	check equals "node|/w|||from|manifest" "$(tail -6 "$FAKE_LOG" | paste -sd'|')"
	check refuses 64 '-t needs a terminal' bb-vm exec -t demo -- x </dev/null
	all_good
}

@test "exec asks Docker whether the bundle runs, unless a living guard of that container would know" {
	executing
	rule smolvm 'machine exec *' 0
	guarded=$BOT_BOTTLE_HOME/bottles/demo/guarded start=$(sed 's/.*) //' "/proc/$$/stat" | cut -d' ' -f20)
	asked() { : >"$FAKE_LOG"; bb-vm exec demo -- true; calls | grep -c '^docker inspect' || :; }
	equals 1 "$(asked)"
	echo "$$ $start $BOX" >"$guarded"
	equals 0 "$(asked)"
	# Another container, another start of that number, a process that is gone, an older bottlebox's file.
	for line in "$$ $start ${BOX/5/6}" "$$ $((start + 1)) $BOX" "4194305 $start $BOX" "$$ 0 $BOX" "$$"; do
		echo "$line" >"$guarded"
		check equals 1 "$(asked)" "$line"
	done
	all_good
}

@test "exec -t: TERM goes along; the terminal is afterwards as it was, whatever ended the program" {
	executing
	# As a client of a full-screen program: raw, on the other screen, no cursor; then it ends, or hangs.
	rule smolvm 'machine exec * leave' 7 "stty raw -echo; printf '\033[?1049h\033[?25l\033[?1000h'"
	rule smolvm 'machine exec * hang' own "stty raw -echo; echo >$T/raw; exec sleep 60"
	python3 - "$BB_BIN/bb-vm" <<-'END' >said
	import os, pty, signal, subprocess, sys, termios, time
	ours, theirs = pty.openpty()
	before = termios.tcgetattr(theirs)
	def lead():
	    import fcntl
	    os.setsid()
	    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
	def run(word):
	    return subprocess.Popen([sys.argv[1], "exec", "demo", "-it", "--", word], stdin=theirs, stdout=theirs,
	                            preexec_fn=lead, env={**os.environ, "TERM": "xterm-256color"})
	child = run("leave")
	print("leave", child.wait(), termios.tcgetattr(theirs) == before)
	print("screen", b"\033[?1047l" in os.read(ours, 9999))
	child = run("hang")
	while not os.path.exists("raw"):
	    time.sleep(0.05)
	print("raw", termios.tcgetattr(theirs) != before)
	child.terminate()
	print("hang", child.wait(), termios.tcgetattr(theirs) == before)
	END
	check equals 'leave 7 True|screen True|raw True|hang -15 True' "$(paste -sd'|' said)"
	check equals 'node|/w|xterm-256color||leave' "$(grep -x -B4 leave "$FAKE_LOG" | paste -sd'|')"
	all_good
}
