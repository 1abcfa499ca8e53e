# SPDX-License-Identifier: MIT
# engine-docker.bash: what tests ask of the engine that runs machines, answered by Docker: the agent is a container.
# engine-smolvm.bash has the same names.
BACKEND=docker

# needs WHAT: the test is about a part that Docker, or the place where it is tested, does not have.
needs() {
	case $1 in
	row) skip 'Docker has no policy row' ;;
	kernel) skip "a container shares its host's kernel" ;;
	clock) skip "the clock is this machine's own, and stays as it is" ;;
	*) echo "needs: what is $1?"; return 1 ;;
	esac
}

# agent_runs COMMAND: waits until a start has got so far.
agent_runs() {
	for _ in $(seq 1200); do
		! pgrep -f "docker .*exec .*$1" >/dev/null || return 0
		sleep 0.5
	done
	return 1
}

# vmm SLUG: the first process of its container.
vmm() { docker inspect -f '{{.State.Pid}}' "bot-bottle-$1"; }

# machine_left SLUG: containers and networks with the bottle's label, besides the bundle's.
machine_left() {
	local label
	label=label=bot-bottle.bottle=$(own_label "$1")
	docker ps -a --filter "$label" --format '{{.Names}}' | grep -vxF "bot-bottle-bundle-$1" | sed 's/^/machine /'
	docker network ls --filter "$label" --format '{{.Name}}' | grep -vF "bot-bottle-bundle-$1" | sed 's/^/network /'
	! docker inspect --type container "bot-bottle-$1" >/dev/null 2>&1 || echo "machine by the name of bot-bottle-$1"
}

# kill_machine SLUG: its first process, which is not ours.
kill_machine() { sudo kill -KILL "$(vmm "$1")"; }

# who_sees: in the machine, the user who may look at the agent's processes. Root has no CAP_SYS_PTRACE in a container.
who_sees() { echo agent; }

# A stranger's container with a name like ours: bot-bottle-NAME, and as what it is listed.
STRANGER=container
stranger_made() { docker create --name "bot-bottle-$1" tiny-agent:1; }
stranger_gone() { docker rm -f "bot-bottle-$1"; }

# launch_is_short FILE: the calls up to the agent's launch, one a line. None of smolvm; of Docker, without the polls of who
# waits for the bundle's ports: 14 acts (a network, two containers, the way out, two starts, the guard's ear, seven commands inside), and
# each stage that acts looks at machine, network and bundle itself.
launch_is_short() {
	run grep -c -P '^smolvm\t' "$1"
	assert_output 0
	assert [ "$(grep -P '^docker\t' "$1" | grep -vc -P '\tcat\t/proc/net/tcp$')" -le 40 ]
}

# How often `docker rm` and `docker network rm` run for a whole bottle: one call for both networks.
REMOVALS=3

# dry_run_says SLUG: in $output, how its container would be made.
dry_run_says() {
	assert_output --partial "--name bot-bottle-$1"
	assert_output --partial '--cap-drop ALL'
	assert_output --partial '--internal'
}

# run_beside BUNDLE OPTION...: docker run OPTION... on the networks of that bundle: the inner one and its way out.
run_beside() {
	local beside=$1 detached=no options=() id network
	shift
	for network; do
		if [ "$network" = -d ]; then detached=yes; else options+=("$network"); fi
	done
	id=$(docker create --network "$beside" "${options[@]}")
	for network in $(docker inspect -f '{{range $k, $v := .NetworkSettings.Networks}}{{$k}} {{end}}' "$beside"); do
		[ "$network" = "$beside" ] || docker network connect "$network" "$id"
	done
	if [ $detached = yes ]; then docker start "$id"; else timeout 240 docker start -a "$id"; fi
}

# caller_of BUNDLE: the address that its agent's calls come from: its container's on the inner network.
caller_of() { docker inspect -f "{{with index .NetworkSettings.Networks \"$1\"}}{{.IPAddress}}{{end}}" "bot-bottle-${1#bot-bottle-bundle-}"; }

# listens BUNDLE ADDRESS PORT: somebody does, on all addresses. The host has none from where it could ask.
listens() { docker exec "$1" grep -q " 00000000:$(printf %04X "$3") 00000000:0000 0A " /proc/net/tcp; }

# What of a bottle is left, besides its lease, when the Docker engine is not there to take it down.
LEFT_WITHOUT_ENGINE='machine'

# Rows of the escape suite that only the guest says were refused: Docker keeps no log of denials, and where these lead there
# is no canary that could hear. The devices are the host's own.
unwitnessed() {
	local name
	for name in example.com api.example.com; do
		echo "indeterminate E-05: dns 100.96.0.1 53 $name"
		echo "indeterminate E-05: dns $RANGE.1 53 $name"
	done
	cat <<-END
		indeterminate E-01: icmp 1.1.1.1
		indeterminate E-01: icmp $RANGE.1
		indeterminate E-01: tcp $RANGE.3 8888
		indeterminate E-01: tcp $NEIGHBOUR 8888
		indeterminate E-01: tcp $NEIGHBOUR 9099
		indeterminate E-01: tcp $NEIGHBOUR 9100
		indeterminate E-01: tcp $NEIGHBOUR 9418
		indeterminate E-06: each /sys/bus/virtio/devices device
		indeterminate E-06: tcp 100.96.0.1 CANARY
		indeterminate E-06: tcp $RANGE.1 CANARY
		indeterminate E-06: tcp ::ffff:$RANGE.1 CANARY
		indeterminate E-06: udp $RANGE.1 CANARY
		indeterminate E-06: udpto $RANGE.1 CANARY
	END
}
