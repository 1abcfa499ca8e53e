# SPDX-License-Identifier: MIT
# Where: unit
# bb-start --resume: a bottle that was kept, or has stopped, comes back with its disk. Stand-ins for the acting applets;
# tests/lab/resume.bats does it for real.
load ../helper
load ../engine
load ../stages

setup() {
	fresh_home
	stand_ins
}

AGAIN='bb-bundle up,bb-tsi-patch apply,bb-vm start,bb-vm wait,bb-probe run,bb-provision all'

# kept WORDS...: a bottle that was left; the stand-in of bb-vm gives no section, a real one does.
kept() {
	ends 0 bb-start --yes "$@" m.json || return 1
	testtool splice vm '{"name":"bot-bottle-demo"}' <"$bottle/plan.json" >plan.new
	cat plan.new >"$bottle/plan.json"
	: >stages
}

row_of() { sql "$BOT_BOTTLE_HOME/state.db" "$1"; }

@test "it comes back: bundle and network anew, machine started and not made, proof, provisioning, agent; it stays" {
	kept --keep
	lease=$(row_of 'SELECT * FROM leases')
	for how in true "UPDATE bottles SET boot = 'an earlier one'" "UPDATE bottles SET boot = 'an earlier one', pid = 4194304, mark = 1"; do
		[ "$how" = true ] || row_of "$how"
		: >stages
		check ends 5 bb-start --resume demo -- sh -c 'exit 5'
		check equals "bb-provision check,bb-doctor --bottle demo,$AGAIN,bb-vm exec demo -i -- sh -c exit 5,bb-bundle down demo,bb-bundle check demo" "$(stages)"
		check grep -q 'demo was there before and stays as it was found; go on with: ' err
		check equals "$lease" "$(row_of 'SELECT * FROM leases')"
		check equals 0 "$(row_of 'SELECT pid FROM bottles')"
	done
	# The manifest's own command, and what the other ends are.
	check ends 0 bb-start --resume demo --detach
	check grep -q 'detached; bb-vm exec -it demo' err
	check ends 0 bb-start --resume demo --keep -- true
	check grep -q 'kept; the plan is' err
	all_good
}

@test "a stage that fails, a signal: the bottle stays" {
	kept --keep
	for what in bb-bundle-up bb-vm-start bb-provision-all; do
		: >stages
		echo 75 >"fail-$what"
		check ends 75 bb-start --resume demo
		rm "fail-$what"
		check equals '' "$(grep delete stages | paste -sd,)" "after $what"
	done
	: >hang-bb-vm-start
	as_foreground "$(command -v bb-start)" --resume demo -- true >out 2>err 3>&- &
	us=$!
	check wait_for hanging
	sleep 0.1
	kill -s INT "$us"
	status=0
	wait "$us" || status=$?
	check equals 130 "$status"
	check assert_exist "$bottle/plan.json"
	check equals '' "$(grep delete stages | paste -sd,)"
	all_good
}

@test "a range that is somebody else's by now: 75, and nothing is given up" {
	kept --keep
	lease=$(row_of 'SELECT cidr FROM leases')
	row_of "UPDATE leases SET slug = 'other'"
	check ends 75 bb-start --resume demo
	check grep -q "$lease, the range of demo, is somebody else's by now" err
	check equals "$lease" "$(row_of 'SELECT cidr FROM leases')"
	all_good
}

@test "--manifest takes over what may change, shows it and asks; what needs a new machine is 65" {
	kept --keep
	while IFS='|' read -r key from to; do
		manifest "$from" "$to" >new.json
		check refuses 65 "manifest.$key cannot change without a new machine" bb-start --yes --resume demo --manifest new.json
	done <<-'END'
	agent.image|demo-agent:1|other-agent:1
	vm|"bundle"|"vm":{"cpus":3},"bundle"
	bottle|"demo"|"other"
	END
	manifest '"bundle"' '"egress":{"allowlist":["a.example"]},"bundle"' >new.json
	: >stages
	check ends 64 setsid -w bb-start --resume demo --manifest new.json </dev/null
	printf 'n\n' | on_pty bb-start --resume demo --manifest new.json >shown
	check equals 1 "$(cat pty-status)"
	check grep -q 'egress' shown
	check grep -q 'a.example' shown
	# The manifest is judged, and asked for, before anything is looked for.
	check equals '' "$(stages)"
	: >stages
	check ends 0 bb-start --yes --resume demo --manifest new.json -- true
	check equals "bb-provision check,bb-doctor --bottle demo,bb-vm stop demo,bb-bundle stop demo,$AGAIN,bb-vm exec demo -i -- true,bb-bundle down demo,bb-bundle check demo" "$(stages)"
	check equals '["a.example"]' "$(bb-plan get manifest.egress.allowlist <"$bottle/plan.json")"
	# Nothing is different now, so nothing is asked.
	check ends 0 bb-start --resume demo --manifest new.json -- true
	all_good
}

@test "--manifest: a variable is added, changed and taken away, the first repository and an operator come, and go" {
	kept --keep
	for members in '"supervise":true,' '"git":{"repos":{"app":{"url":"https://git.example/app.git"}}},' ''; do
		manifest '"bundle":' "$members\"bundle\":" >new.json
		: >stages
		check ends 0 bb-start --yes --resume demo --manifest new.json -- true
		check works bb-plan diff new.json "$bottle/plan.json"
		# Of the machine itself nothing has changed.
		check equals '' "$(grep -E 'create|delete' stages)" "after $members"
		bb-plan get smolfile.create_args <"$bottle/03-smolfile.json" >>args
	done
	for env in '{"A":"1"}' '{"A":"2","B":"3"}' '{"B":"3"}' '{}'; do
		manifest '["sh"]' "[\"sh\"],\"env\":$env" >new.json
		check ends 0 bb-start --yes --resume demo --manifest new.json -- true
		check equals "$env" "$(bb-plan get manifest.agent.env <"$bottle/plan.json")"
		bb-plan get smolfile.create_args <"$bottle/03-smolfile.json" >>args
	done
	check equals 1 "$(sort -u args | wc -l)" 'ways to make the machine'
	all_good
}

@test "no such bottle, no machine yet, words that do not go together" {
	check refuses 1 'there is no bottle nope' bb-start --resume nope
	check refuses 64 "is no bottle's name" bb-start --resume ../demo
	check refuses 64 'option --resume needs SLUG' bb-start --resume
	check refuses 64 '--resume takes no MANIFEST' bb-start --resume demo m.json
	check refuses 64 '--resume takes no MANIFEST' bb-start --resume demo --dry-run
	check refuses 64 '--manifest is for a bottle that exists' bb-start --manifest m.json m.json
	bb-start --yes --until pack m.json 2>/dev/null
	check ends 65 bb-start --resume demo
	check grep -q 'demo has no machine yet' err
	all_good
}

@test "bb-plan diff: paths that differ, with both values; order and spaces are no difference" {
	printf '{"bottle":"demo","agent":{"image":"x:1","command":["sh"],"env":{"A":"1","B":"2"}},"bundle":{"image":"b"}}' >a.json
	printf '{"bundle":{"image":"b"},\n "agent":{"env":{"B":"2","A":"1"},"image":"x:1","command":[ "sh" ]},"bottle":"demo"}' >b.json
	check works bb-plan diff a.json b.json
	printf '{"bottle":"demo","agent":{"image":"x:2","command":["sh",\n"-c"],"env":{"A":"1","C":"3"}},"bundle":{"image":"b"}}' >c.json
	check ends 1 bb-plan diff a.json c.json
	printf '%s\t%s\t%s\n' agent.image '"x:1"' '"x:2"' agent.command '["sh"]' '["sh", "-c"]' agent.env.B '"2"' - agent.env.C - '"3"' >want
	check same want out
	check ends 1 bb-plan diff a.json <c.json
	check same want out
	check ends 65 bb-plan diff a.json nope.json
	all_good
}
