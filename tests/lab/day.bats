# SPDX-License-Identifier: MIT
# Where: lab packed, engine fresh
# day.bats: a day in the bottle of docs/examples/manifest.json: all seven steps, and what the agent does with them.
load lab.bash

# The example, with the lab's CA and the lab's git host: git.example.com and its certificate are nobody's here.
setup_file() {
	M=$BATS_FILE_TMPDIR/examples
	cp -r docs/examples "$M"
	jq '.egress.upstream_ca = "/opt/lab/ca.pem" | .git.repos.app.url = "https://echo.example.net/app.git"
		| .egress.credentials = {"api.example.com": {"from_env": "DEMO_API_KEY"}} | .vm = {"cpus": 1, "memory_mib": 1024}' \
		docs/examples/manifest.json >"$M/manifest.json"
	# Modes, dotfiles and links go along.
	install -m 755 /dev/stdin "$M/skills/review/.tool" <<<'#!/bin/sh'
	ln -s SKILL.md "$M/skills/review/also"
	bb-start --yes --until provision "$M/manifest.json" </dev/null 3>&-
}

teardown_file() {
	bb-stop --force demo 3>&-
}

plan() { bb-plan get "$1" --plan "$HOME/.local/state/bot-bottle/bottles/demo/plan.json"; }

@test "all seven steps are done, and each is verified from inside" {
	run plan provision.done
	assert_output '["init","env","ca","prompt","skills","git","supervise"]'
	run plan provision.verified
	assert_output '["init","env","ca","prompt","skills","git","supervise"]'
}

@test "prompt and skills: where the agent looks, its own, with modes, dotfiles and links" {
	run guest -- sh -c 'cat "$BOT_BOTTLE_PROMPT" && stat -c "%U %a" "$BOT_BOTTLE_PROMPT"'
	assert_success
	assert_output "$(cat docs/examples/prompt.md; echo agent 600)"
	run guest -- sh -c 'cd ~/.claude/skills/review && stat -c "%n %U %a" .tool SKILL.md && readlink also && cat SKILL.md'
	assert_success
	assert_output "$(printf '%s\n' '.tool agent 755' "SKILL.md agent $(stat -c %a docs/examples/skills/review/SKILL.md)" SKILL.md; cat docs/examples/skills/review/SKILL.md)"
}

@test "python3, git and curl trust the bundle without flags" {
	run guest -- curl -sS https://api.example.com/
	assert_success
	run guest -- python3 -c 'import urllib.request; print(urllib.request.urlopen("https://api.example.com/").status)'
	assert_success
	assert_output 200
	# Not a repository: git must get as far as the proxy's own answer.
	run guest -- git ls-remote https://api.example.com/x.git
	assert_failure
	refute_output --partial 'certificate'
	assert_output --partial '403'
}

@test "clone, commit and push by the manifest's address go through the gate; a push with a key is refused" {
	run guest -- sh -c 'git clone -q https://echo.example.net/app.git app 2>&1 && cd app && git config user.name && date >made && git add made &&
		git commit -q -m made && git push -q origin HEAD:refs/heads/day 2>&1 && git rev-parse HEAD'
	assert_success
	assert_line Demo
	run git -c safe.directory='*' -C /var/lib/lab/git/app.git rev-parse refs/heads/day
	assert_output "$(guest -- git -C app rev-parse HEAD)"
	run guest -- sh -c "cd app && printf 'ghp_%s\n' '$(head -c 300 /dev/urandom | base64 -w 0 | tr -dc A-Za-z0-9 | cut -c 1-36)' >key && git add key && git commit -q -m key && git push origin HEAD:refs/heads/day"
	assert_failure
	assert_output --partial 'policy secret'
}

# mcp TOOL ARGUMENTS: the agent's call, by the file that it is given; what comes back.
mcp() {
	bb-vm exec demo -i -- python3 - "$@" <<-'PY' 3>&-
		import json, os, sys, urllib.request
		with open(os.environ["BOT_BOTTLE_MCP"]) as f:
		    server = json.load(f)["mcpServers"]["supervise"]
		call = {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": sys.argv[1], "arguments": json.loads(sys.argv[2])}}
		headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
		reply = urllib.request.urlopen(urllib.request.Request(server["url"], json.dumps(call).encode(), headers))
		print(json.load(reply)["result"]["content"][0]["text"])
	PY
}

@test "the operator is asked by MCP, sees it filtered, answers once, for a time" {
	run mcp ask '{"text":"may I?\u001b[2J\nnow"}'
	assert_success
	id=$(jq -r .id <<<"$output")
	run bb-bundle requests demo
	assert_output --regexp "^$id +[0-9]+[sm]  may I\?\?\[2J now$"
	run mcp answer "{\"id\":\"$id\"}"
	equals pending "$(jq -r .status <<<"$output")"
	run bb-bundle answer demo "$id" --for 3600 'yes, until noon'
	assert_success
	run mcp answer "{\"id\":\"$id\"}"
	equals 'answered yes, until noon' "$(jq -r '.status + " " + .answer' <<<"$output")"
	run bb-bundle requests demo
	assert_output ''
	run bb-bundle answer demo "$id" no
	assert_failure 1
	assert_output --partial 'no such request is waiting'
	# One that has expired is none.
	run mcp ask '{"text":"again?"}'
	id=$(jq -r .id <<<"$output")
	echo yes | bb-bundle answer demo "$id" --for 1
	sleep 2
	run mcp answer "{\"id\":\"$id\"}"
	equals expired "$(jq -r .status <<<"$output")"
	# The guest cannot answer itself.
	run guest -- curl -sS -o /dev/null -w '%{http_code}' http://192.168.108.2:9100/mcp
	assert_output 401
}

@test "folders go in and come out; work that is nowhere else keeps the bottle until it is fetched or dropped" {
	mkdir -p "$BATS_TEST_TMPDIR/in/.dot"
	install -m 755 /dev/null "$BATS_TEST_TMPDIR/in/tool"
	ln -s tool "$BATS_TEST_TMPDIR/in/link"
	bb-vm cp "$BATS_TEST_TMPDIR/in" demo:/home/agent/work/in 3>&-
	run guest -- sh -c 'stat -c "%n %U %a" in/tool in/.dot && readlink in/link'
	assert_output "$(printf '%s\n' 'in/tool agent 755' "in/.dot agent $(stat -c %a "$BATS_TEST_TMPDIR/in/.dot")" tool)"
	# app has the commit with the key, which no remote has.
	run bb-stop demo 3>&-
	assert_failure 1
	assert_output --partial '/home/agent/work/app: 1 commits that no remote has'
	run bb-vm cp demo:/home/agent/work/app "$BATS_TEST_TMPDIR/out" 3>&-
	assert_success
	assert_output --partial 'has a repository in it'
	equals "$(guest -- git -C app rev-parse HEAD)" "$(git -C "$BATS_TEST_TMPDIR/out" rev-parse HEAD)"
	equals 700 "$(stat -c %a "$BATS_TEST_TMPDIR/out")"
}

@test "exec --env: a variable of the operator's for one command" {
	ONCE='one $time' run bb-vm exec demo --env ONCE -- sh -c 'echo "$ONCE"; id -un; ls /run/bot-bottle' 3>&-
	assert_line --index 0 'one $time'
	assert_line --index 1 agent
	refute_output --partial once
}

@test "each step again, alone: the same as before" {
	for step in init env ca prompt skills git supervise; do
		run bb-provision "$step" --plan "$HOME/.local/state/bot-bottle/bottles/demo/plan.json" 3>&-
		assert_success
	done
	run guest -- git config --get-all url.http://127.0.0.1:19418/app.insteadOf
	assert_output https://echo.example.net/app.git
}
