# SPDX-License-Identifier: MIT
# Where: unit
# Whose the files of the agent's home are: given to it once, before it runs; what it puts there later leads root nowhere.
load ../helper
load ../engine
load ../provision
load ../guest

setup() {
	fresh_home
	guest_up debian
	inside sh -c 'mkdir -p /home/agent/.cache /usr/share/ours; echo root >/usr/share/ours/secret; chmod 600 /usr/share/ours/secret
		echo x >/home/agent/.cache/file'
}
teardown() { guest_down; }

# again STEP: what an agent has planted meanwhile is still root's afterwards
again() {
	check ends 0 bb-provision "$1" <plan.json
	check equals 'root 600' "$(inside stat -c '%U %a' /usr/share/ours/secret)" "root's file after $1"
}

@test "home and working folder are the agent's after the first init; a link to a file of root's gives that away at no later one" {
	check ends 0 bb-provision init <plan.json
	check equals $'agent agent\nagent agent\nagent agent' "$(inside stat -c '%U %G' /home/agent /home/agent/.cache/file /home/agent/work)"
	# By number, as an agent can where the kernel does not protect hard links.
	inside ln /usr/share/ours/secret /home/agent/.cache/mine
	inside ln /usr/share/ours/secret /home/agent/work/mine
	inside ln -s /usr/share/ours/secret /home/agent/.cache/points
	again init
	all_good
}

@test "a working folder that was removed is made again, by the agent itself, and never through its links" {
	check ends 0 bb-provision init <plan.json
	inside rm -r /home/agent/work
	again init
	check equals 'agent' "$(inside stat -c '%U' /home/agent/work)"
	inside sh -c 'rm -r /home/agent/work; ln -s /usr/share/ours/new /home/agent/work'
	ends 1 bb-provision init <plan.json
	grep -q 'init: agent cannot write to /home/agent/work' err
	inside test ! -e /usr/share/ours/new
}

@test "skills are put into the home by the agent: a link there leads root nowhere" {
	check ends 0 bb-provision init <plan.json
	again skills
	check equals $'agent\nagent' "$(inside stat -c %U /home/agent/.claude/skills/review /home/agent/.claude/skills/review/SKILL.md)"
	inside sh -c 'ln /usr/share/ours/secret /home/agent/.claude/mine; echo old >/home/agent/.claude/skills/review/gone'
	again skills
	check ends 1 inside test -e /home/agent/.claude/skills/review/gone
	inside sh -c 'mkdir /usr/share/ours/review; echo keep >/usr/share/ours/review/keep; rm -r /home/agent/.claude/skills; ln -s /usr/share/ours /home/agent/.claude/skills'
	check ends 1 bb-provision skills <plan.json
	check grep -q 'skills: agent cannot write to /home/agent/.claude/skills' err
	check equals keep "$(inside ls /usr/share/ours/review)"
	all_good
}
