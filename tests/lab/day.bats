# day.bats: a day in the bottle of docs/examples/manifest.json: all seven steps, and what the agent does with them.
# State "packed".
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
	bb-stop demo 3>&-
}

plan() { bb-plan get "$1" --plan "$HOME/.local/state/bot-bottle/bottles/demo/plan.json"; }

@test "all seven steps are done, and four of them were tried from inside" {
	run plan provision.done
	assert_output '["init","env","ca","prompt","skills","git","supervise"]'
	run plan provision.verified
	assert_output '["ca","git","supervise"]'
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

@test "the operator is asked by MCP, as the file says" {
	run guest -- sh -c 'url=$(python3 -c "import json, os; print(json.load(open(os.environ[\"BOT_BOTTLE_MCP\"]))[\"mcpServers\"][\"supervise\"][\"url\"])") &&
		curl -sS -H "Content-Type: application/json" -H "Accept: application/json, text/event-stream" -d "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/call\",\"params\":{\"name\":\"ask\",\"arguments\":{\"text\":\"may I?\"}}}" "$url"'
	assert_success
	assert_output --partial 'pending'
}

@test "each step again, alone: the same as before" {
	for step in init env ca prompt skills git supervise; do
		run bb-provision "$step" --plan "$HOME/.local/state/bot-bottle/bottles/demo/plan.json" 3>&-
		assert_success
	done
	run guest -- git config --get-all url.http://192.168.108.2:9418/app.insteadOf
	assert_output https://echo.example.net/app.git
}
