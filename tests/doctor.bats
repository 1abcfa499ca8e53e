# SPDX-License-Identifier: MIT
# bb-doctor: what is missing, and how to get it.
load helper
load engine

listen() {
	python3 -c '
import socket, time
s = socket.socket(socket.AF_UNIX)
s.bind("docker.sock")
s.listen()
open("listening", "w").write("x")
time.sleep(60)' 3>&- &
	listener=$!
	wait_for listening
}

teardown() {
	[ -z "${listener-}" ] || kill "$listener" 2>/dev/null || :
}

@test "each thing that is missing is named with its cure: docker, engine, remote engine, smolvm" {
	check refuses 69 'docker is not installed' bb-doctor
	check grep -q 'apt install docker.io' err
	fakes docker
	DOCKER_HOST=unix://$T/none.sock check refuses 69 "does not answer at $T/none.sock" bb-doctor
	check grep -q 'systemctl start docker' err
	DOCKER_HOST=tcp://192.0.2.1:1 check refuses 77 'DOCKER_HOST=tcp://192.0.2.1:1' bb-doctor
	DOCKER_CONTEXT=far check refuses 77 'DOCKER_CONTEXT=far' bb-doctor
	listen
	DOCKER_HOST=unix://$T/docker.sock check refuses 69 'smolvm is not installed' bb-doctor
	check equals '' "$(calls)" "Docker was called"
	all_good
}

@test "a socket path that is too long for the system is said, not cut" {
	fakes docker
	DOCKER_HOST=unix:///$(printf 'x%.0s' {1..200}) refuses 64 'too long' bb-doctor
}

@test "the hypervisor is the last thing looked at; all there: three lines" {
	fakes docker
	listen
	export DOCKER_HOST=unix://$T/docker.sock
	real "${ENGINES%%[[:space:]]*}"
	bb bb-doctor
	if [ -w /dev/kvm ] || [ "$(uname -s)" != Linux ]; then
		equals 0 "$status"
		equals 'docker smolvm hypervisor' "$(awk '{ print $1 }' out | paste -sd' ')"
		grep -q "^smolvm  *${ENGINES%%[[:space:]]*} " out
	else
		equals 69 "$status"
		grep -q /dev/kvm err
		grep -Eq 'kvm-intel|group kvm' err
	fi
}

@test "a low limit of open files is said: a guest would break on it" {
	fakes docker
	listen
	export DOCKER_HOST=unix://$T/docker.sock
	real "${ENGINES%%[[:space:]]*}"
	bb sh -c 'ulimit -n 4096; exec bb-doctor'
	grep -q 'ulimit -Hn is 4096: a guest that looks at more files of its image breaks' err
}

@test "an old smolvm is said to need the patch" {
	[ -w /dev/kvm ] || skip "no KVM device here"
	fakes docker
	listen
	export DOCKER_HOST=unix://$T/docker.sock
	real "$(grep -m1 '^1\.7\.' <<<"$ENGINES")"
	works bb-doctor
	grep -q 'has to be patched in' out
}
