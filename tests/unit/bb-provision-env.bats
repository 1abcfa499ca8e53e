# SPDX-License-Identifier: MIT
# Where: unit
# The agent's environment: what bb-provision gives is read last, and is the whole of what the manifest says.
load ../helper
load ../engine
load ../provision

# env_of: what the script of the last run makes of a machine's variables; ours, and those of the manifest.
env_of() {
	{ sed '/^# Runs in the guest/,$d' script; echo 'printf "%s\n" "$ENV_FILE" >env-file'; } >assignments
	dash assignments
	env -i LANG=row GIT_GATE_URL=row MCP_SUPERVISE_URL=row NOTE=row HTTP_PROXY=row PATH="$PATH" dash -c '. ./env-file; env' |
		grep -E '^(LANG|NOTE|SHY|GIT_GATE_URL|MCP_SUPERVISE_URL|HTTP_PROXY)=' | sort
}

@test "the environment given wins over the machine's own, and what the manifest no longer says is not given" {
	running
	export DEMO_API_KEY=sesame-api DEMO_NOTE=sesame-note
	python3 - <<-'END'
	import json
	m = json.load(open("plan.json"))["manifest"]
	m["agent"]["env"] = {"LANG": "C", "NOTE": "it's $x"}
	json.dump(m, open("one.json", "w"))
	m["agent"]["env"] = {"LANG": "C", "SHY": ""}
	m.get("git", {}).pop("repos", None)
	m["supervise"] = False
	json.dump(m, open("two.json", "w"))
	END
	echo 'done env' >said
	bb-plan change one.json <plan.json >changed.json
	check ends 0 bb-provision env <changed.json
	check equals "GIT_GATE_URL=http://127.0.0.1:19418 HTTP_PROXY=http://127.0.0.1:18888 LANG=C MCP_SUPERVISE_URL=http://127.0.0.1:19100/mcp NOTE=it's \$x" "$(env_of | paste -sd' ')"
	bb-plan change two.json <plan.json >changed.json
	check ends 0 bb-provision env <changed.json
	# NOTE is what the image says then.
	check equals "HTTP_PROXY=http://127.0.0.1:18888 LANG=C NOTE=row SHY=" "$(env_of | paste -sd' ')"
	all_good
}

@test "what clients need besides the proxy; what bottlebox sets, and nothing else, a manifest may not give" {
	running
	export DEMO_API_KEY=sesame-api DEMO_NOTE=sesame-note
	echo 'done env' >said
	check ends 0 bb-provision env <plan.json
	env_of >/dev/null
	env -i PATH="$PATH" dash -c '. ./env-file; env' >given
	for pair in NODE_USE_ENV_PROXY=1 COLORTERM=truecolor SHELL=/bin/sh GIT_HTTP_PROXY_AUTHMETHOD=basic \
		PIP_CERT=/etc/ssl/certs/ca-certificates.crt npm_config_cafile=/etc/ssl/certs/ca-certificates.crt; do
		check grep -qx "$pair" given
	done
	check equals 'SHELL=/bin/bash' "$(env -i SHELL=/bin/bash dash -c '. ./env-file; env' | grep ^SHELL=)"
	for name in $(sed -n 's/^\([A-Za-z_]*\)=.*/\1/p' given | grep -vxE 'PATH|PWD|SHELL|COLORTERM|LANG|DEMO_NOTE|OLDPWD|_'); do
		manifest '"command":["sh"]' "\"env\":{\"$name\":\"x\"}" >m.json
		check refuses 65 "manifest.agent.env.$name" bb-plan new m.json
	done
	all_good
}
