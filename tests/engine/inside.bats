# SPDX-License-Identifier: MIT
# Where: engine fresh
# inside.bats: the place where whole bottles are tested natively, seen from inside: its Docker is a whole one, and it ends
# where its namespaces end.
load ../lab/lab.bash

setup_file() {
	docker network create open
	docker network create --internal closed
}

teardown_file() {
	docker network rm open closed
}

# in_container OPTION... SCRIPT: in the small image, without its entrypoint.
in_container() { timeout 60 docker run --rm --entrypoint sh "${@:1:$#-1}" tiny-agent:1 -c "${!#}"; }

@test "the canaries are heard from a bridge, on IPv4's public addresses and the LAN; from an internal network they are not" {
	local script='for addr in 1.1.1.1 8.8.8.8 10.0.2.2; do nc -w 3 $addr 443 </dev/null 2>/dev/null || echo silent; done'
	canary clear /var/log/lab/canary.log
	run in_container --network closed "$script"
	assert_output "$(printf '%s\n' silent silent silent)"
	run canary heard /var/log/lab/canary.log
	assert_failure 1
	run in_container --network open "$script"
	assert_output "$(printf '%s\n' canary canary canary)"
	run canary heard /var/log/lab/canary.log
	assert_success
	canary clear /var/log/lab/canary.log
}

@test "names resolve to the internet of this place, and its servers answer with the CA that it has" {
	run in_container --network open 'nslookup api.example.com'
	assert_output --partial 'Address: 93.184.216.34'
	run curl -sS --cacert /opt/lab/ca.pem https://api.example.com/here
	assert_output --partial '"path": "/here"'
}

@test "containers have their limits: processes and memory" {
	run in_container --pids-limit 8 'for i in 1 2 3 4 5 6 7 8 9 10; do sleep 5 & done; wait'
	assert_output --partial "can't fork"
	# One process that wants more than its share is killed; with more memory the same one is not.
	local script='dd if=/dev/zero of=/dev/null bs=60M count=1 2>/dev/null; echo $?'
	run in_container --memory 32m --memory-swap 32m "$script"
	assert_output --partial 137
	run in_container --memory 128m --memory-swap 128m "$script"
	assert_output 0
}

@test "no way out: this namespace has the two ends that it made itself, and no others' route" {
	run bash -c "ip -o link | awk -F': ' '{ print \$2 }' | grep -vE '^(lo|docker0|br-[0-9a-f]+|veth[0-9a-f]+@if[0-9]+)\$'"
	assert_output --regexp '^inet0@if[0-9]+$'
	run sudo ip -n internet route show default
	assert_output ''
	run sudo ip netns exec internet sh -c "ip -o link | awk -F': ' '{ print \$2 }'"
	assert_output --regexp $'^lo\nlan0@if[0-9]+$'
}

@test "of this machine there is no disk, no KVM, no other process; clock and kernel settings stay, for root as well" {
	run find /dev -type b
	assert_output ''
	assert [ ! -e /dev/kvm ]
	run pgrep -x tini-static
	assert_output 1
	run ! sudo date -s @0
	run ! sudo sysctl -qw vm.overcommit_memory=1
	run sudo sysctl -n net.ipv4.ip_forward
	assert_output 1
}
