# SPDX-License-Identifier: MIT
# engine-smolvm.bash: what tests ask of the engine that runs machines, answered by smolvm. engine-docker.bash has the
# same names.
BACKEND=smolmachines

# needs WHAT: the test is about a part that not every engine has; here are all.
needs() { :; }

# agent_runs COMMAND: waits until a start has got so far.
agent_runs() {
	for _ in $(seq 1200); do
		! pgrep -f "machine exec .*$1" >/dev/null || return 0
		sleep 0.5
	done
	return 1
}

# vmm SLUG: the process of its machine, as smolvm has it.
vmm() { sqlite3 "$HOME/.local/share/smolvm/server/smolvm.db" "SELECT json_extract(CAST(data AS TEXT), '\$.pid') FROM vms WHERE name = 'bot-bottle-$1'"; }

# machine_left SLUG: what smolvm still has of its machine.
machine_left() {
	local name=bot-bottle-$1
	smolvm machine ls --json 2>/dev/null | jq -r --arg n "$name" '.[] | select(.name == $n) | "machine " + .name'
	[ ! -e "$HOME/.cache/smolvm/vms/$(printf %s "$name" | sha256sum | cut -c 1-16)" ] || echo "machine's folder"
}

# kill_machine SLUG: its process.
kill_machine() { kill -KILL "$(vmm "$1")"; }

# who_sees: in the machine, the user who may look at the agent's processes.
who_sees() { echo root; }

# A stranger's machine with a name like ours: bot-bottle-NAME, and as what it is listed.
STRANGER=machine
stranger_made() {
	local pack
	pack=$(ls ~/.cache/bot-bottle/smolmachines/*.smolmachine | head -n 1)
	/opt/smolvm/default/smolvm machine create --name "bot-bottle-$1" --from "$pack" 3>&-
}
stranger_gone() { /opt/smolvm/default/smolvm machine delete --name "bot-bottle-$1" --force 3>&-; }

# launch_is_short FILE: the calls up to the agent's launch, one a line. Of smolvm: version, help, create, start, the first
# exec, the probe, the relay, provisioning, the agent. The relay is a call of its own, because together with the
# script it is more than the 64 KiB that smolvm before 1.8.1 takes.
launch_is_short() {
	assert [ "$(grep -c -P '^smolvm\t' "$1")" -le 9 ]
	assert [ "$(grep -c -P '^docker\t' "$1")" -le 8 ]
}

# How often `docker rm` and `docker network rm` run for a whole bottle.
REMOVALS=2

# dry_run_says SLUG: in $output, how its machine would be made.
dry_run_says() {
	assert_output --partial "machine create --name bot-bottle-$1"
	assert_output --partial '--allow-cidr'
}

# run_beside BUNDLE OPTION...: docker run OPTION... on the network of that bundle.
run_beside() {
	local beside=$1
	shift
	timeout 240 docker run --network "$(docker inspect -f '{{range $k, $v := .NetworkSettings.Networks}}{{$k}}{{end}}' "$beside")" "$@"
}

# caller_of BUNDLE: the address that its agent's calls come from: the host's end of the bridge.
caller_of() { address_of "$1" | sed 's/[0-9]*$/1/'; }

# listens BUNDLE ADDRESS PORT: somebody does, in that bundle.
listens() { nc -z -w 5 "$2" "$3"; }

# row SQL-EXPRESSION: the JSON of the demo's row becomes that.
row() {
	sqlite3 "$DB" "UPDATE vms SET data = CAST($1 AS BLOB) WHERE name = 'bot-bottle-demo'"
}

# The demo's machine starts behind our back with a row that allows everything; afterwards the row looks as it did.
machine_without_policy() {
	bb-vm stop demo 3>&-
	row "json_set(CAST(data AS TEXT), '\$.allowed_cidrs', json('null'), '\$.dns_filter_hosts', json('null'))"
	local ip
	ip=$(jq -r .subnet.bundle "$HOME/.local/state/bot-bottle/bottles/demo/plan.json")
	/opt/smolvm/default/smolvm machine start --name bot-bottle-demo 3>&-
	row "json_set(CAST(data AS TEXT), '\$.allowed_cidrs', json('[\"$ip/32\"]'), '\$.dns_filter_hosts', json('[\"$ip\"]'))"
}

# What of a bottle is left, besides its lease, when the Docker engine is not there to take it down.
LEFT_WITHOUT_ENGINE='container or network'

# Rows of the escape suite that only the guest says were refused: none, since smolvm keeps a log of denials.
unwitnessed() { :; }
