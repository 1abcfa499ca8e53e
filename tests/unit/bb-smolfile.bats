# SPDX-License-Identifier: MIT
# Where: unit
# bb-smolfile: goldens byte for byte, re-read by an independent TOML reader; hand-edited sections.
load ../helper

CASES=$BATS_TEST_DIRNAME/../cases/smolfile

with_subnet() {
	bb-plan new "$1" | testtool splice subnet "$SUBNET"
}

@test "goldens: --print writes exactly these bytes and no file" {
	for json in "$CASES"/*.json; do
		with_subnet "$json" >plan
		check works bb-smolfile --print <plan
		check same "${json%.json}.toml" out
	done
	assert_not_exist "$BOT_BOTTLE_HOME"
	all_good
}

@test "an independent TOML reader sees the env and the one address, nothing else" {
	python3 -c 'import tomllib' || skip "python3 is older than 3.11"
	for json in "$CASES"/*.json; do
		with_subnet "$json" | bb-smolfile --print >toml
		check python3 - toml <<-'END'
		import json, sys, tomllib
		t = tomllib.load(open(sys.argv[1], "rb"))
		assert set(t) == {"env", "network"}, t.keys()
		assert t["network"] == {"allow_cidrs": ["192.168.108.2/32"]}, t["network"]
		env = dict(e.split("=", 1) for e in t["env"])
		assert len(env) == len(t["env"]) and t["env"] == sorted(t["env"], key=str.encode), t["env"]
		for k in "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy":
		    assert env.pop(k) == "http://192.168.108.2:8888"
		for k in "NO_PROXY", "no_proxy":
		    assert env.pop(k) == "192.168.108.2,localhost,127.0.0.1"
		# What the manifest asks for may change while the machine stays: bb-provision's, not the machine's.
		assert set(env.values()) == {"/etc/ssl/certs/ca-certificates.crt"} and len(env) == 6, env
		END
	done
	all_good
}

@test "the section: path, digest of the file, flags, env, addresses; the file is private" {
	with_subnet "$CASES/full.json" >plan
	works bb-smolfile <plan
	cp out after
	file=$BOT_BOTTLE_HOME/bottles/demo/smolfile.toml
	same "$CASES/full.toml" "$file"
	equals 600 "$(stat -c %a "$file")" mode
	equals '700 700' "$(stat -c %a "$BOT_BOTTLE_HOME" "$BOT_BOTTLE_HOME/bottles/demo" | paste -sd' ')" folders
	python3 - "$file" <<-'END'
	import hashlib, json, sys
	p = json.load(open("after"))
	s = p["smolfile"]
	toml = open(sys.argv[1], "rb").read()
	assert list(s) == ["path", "sha256", "create_args", "env", "allow_cidrs"], list(s)
	assert s["path"] == sys.argv[1] and s["sha256"] == hashlib.sha256(toml).hexdigest()
	assert s["allow_cidrs"] == ["192.168.108.2/32"]
	want = ["--net", "--allow-cidr", "192.168.108.2/32", "--allow-host", "192.168.108.2",
	        "--cpus", "4", "--mem", "4096"]
	for e in s["env"]:
	    want += ["-e", e]
	assert s["create_args"] == want, s["create_args"]
	END
	testtool splice smolfile <after >without
	same plan without
}

@test "same plan, same bytes; a run over its own output changes nothing" {
	with_subnet "$CASES/full.json" >plan
	works bb-smolfile <plan
	cp out once
	works bb-smolfile render <once
	same once out
}

@test "no secret by reference gets into file, plan or state, though variable and file are there" {
	mkdir -p sub
	cp "$CASES/full.json" sub/m.json
	printf 'sesame-of-the-file\n' >sub/token
	chmod 600 sub/token
	export DEMO_API_KEY=sesame-of-the-environment
	with_subnet sub/m.json >plan
	ends 0 bb-smolfile <plan
	cat out err plan "$BOT_BOTTLE_HOME"/bottles/demo/* >all
	bb-plan show <plan >>all
	bb-smolfile --print <plan >>all
	grep -q API_KEY all
	! grep -q sesame all || fail "a secret is in: $(grep -l sesame out err plan)"
	! grep -rq sesame "$BOT_BOTTLE_HOME" || fail "a secret is in the state folder"
}

@test "--engine says what that smolvm really lets through, on stderr only" {
	plan_demo
	while IFS='|' read -r version text; do
		check ends 0 bb-smolfile --engine "$version" <plan.json
		check grep -Fq "$text" err
		check same plan.json out
	done <<-END
	0.8.0|1.1.1.1/32
	0.9.1|name server
	$OLD_SMOLVM|effective allowlist of smolvm $OLD_SMOLVM: 192.168.108.2/32
	$NEW_SMOLVM|effective allowlist of smolvm $NEW_SMOLVM: 192.168.108.2/32
	END
	all_good
}

# Wall W24: what a section says is compared with what follows from it, never obeyed.
@test "a hand-edited subnet section is refused: 65" {
	manifest | bb-plan new >bare
	while IFS='|' read -r section; do
		testtool splice subnet "$section" <bare >plan
		check refuses 65 'subnet' bb-smolfile <plan
	done <<-'END'
	{}
	[]
	"192.168.108.0/24"
	{"cidr":"192.168.108.0/24","bundle":"192.168.108.2"}
	{"cidr":"192.168.108.0/24","allow":"192.168.108.2/32"}
	{"bundle":"192.168.108.2","allow":"192.168.108.2/32"}
	{"cidr":"192.168.108.0/24","bundle":"192.168.108.2","allow":"0.0.0.0/0"}
	{"cidr":"0.0.0.0/0","bundle":"0.0.0.2","allow":"0.0.0.2/32"}
	{"cidr":"192.168.108.0/24","bundle":"192.168.108.2","allow":"192.168.108.0/24"}
	{"cidr":"192.168.108.0/24","bundle":"192.168.108.2","allow":"192.168.108.2/31"}
	{"cidr":"192.168.108.0/24","bundle":"192.168.108.2","allow":"192.168.108.2"}
	{"cidr":"192.168.108.0/24","bundle":"192.168.108.1","allow":"192.168.108.1/32"}
	{"cidr":"192.168.108.0/24","bundle":"192.168.108.3","allow":"192.168.108.3/32"}
	{"cidr":"192.168.108.0/24","bundle":"192.168.109.2","allow":"192.168.109.2/32"}
	{"cidr":"192.168.108.0/24","bundle":"1.1.1.1","allow":"192.168.108.2/32"}
	{"cidr":"192.168.108.0/23","bundle":"192.168.108.2","allow":"192.168.108.2/32"}
	{"cidr":"192.168.108.5/24","bundle":"192.168.108.2","allow":"192.168.108.2/32"}
	{"cidr":"192.168.108.0/24","bundle":"192.168.108.02","allow":"192.168.108.2/32"}
	{"cidr":"192.168.108.0/24","bundle":"192.168.108.2 ","allow":"192.168.108.2/32"}
	{"cidr":"192.168.108.0/24","bundle":"192.168.108.2","allow":["192.168.108.2/32"]}
	{"cidr":"192.168.108.0/24","bundle":"192.168.108.2","allow":"192.168.108.2/32\n0.0.0.0/0"}
	{"cidr":"192.168.108.0/24","bundle":"192.168.108.2","allow":"::/0"}
	END
	all_good
}

@test "a public address in the subnet section is refused: 65" {
	manifest | bb-plan new >bare
	for third in 1.1.1 10.0.0 8.8.8 127.0.0 169.254.169; do
		testtool splice subnet "{\"mode\":\"bridge\",\"cidr\":\"$third.0/24\",\"gateway\":\"$third.1\",\"bundle\":\"$third.2\",\"allow\":\"$third.2/32\"}" <bare >plan
		check refuses 65 'subnet' bb-smolfile <plan
	done
	all_good
}

@test "without the subnet section: 65 and which applet to run" {
	manifest >m.json
	refuses 65 'the plan has no "subnet' bb-smolfile <m.json
	grep -q 'run bb-subnet first' err
}

@test "variables that bottlebox sets are refused in the manifest, all others may be given" {
	for name in HTTP_PROXY HTTPS_PROXY NO_PROXY http_proxy https_proxy no_proxy NODE_EXTRA_CA_CERTS SSL_CERT_FILE \
		REQUESTS_CA_BUNDLE CURL_CA_BUNDLE GIT_SSL_CAINFO CODEX_CA_CERTIFICATE NODE_USE_ENV_PROXY npm_config_cafile \
		GIT_GATE_URL MCP_SUPERVISE_URL; do
		for value in '"x"' '{"from_env":"DEMO"}'; do
			manifest '"command":["sh"]' "\"env\":{\"$name\":$value}" >m.json
			check refuses 65 "manifest.agent.env.$name" bb-smolfile <m.json
		done
	done
	for name in NODE_OPTIONS SHELL COLORTERM ALL_PROXY SSL_CERT_DIR; do
		manifest '"command":["sh"]' "\"env\":{\"$name\":\"x\"}" >m.json
		check works bb-plan new m.json
	done
	all_good
}
