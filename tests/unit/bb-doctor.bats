# SPDX-License-Identifier: MIT
# Where: unit
# bb-doctor: all that is missing, and how to get it.
load ../helper
load ../engine

teardown() {
	[ -z "${ENGINE_PID-}" ] || kill "$ENGINE_PID" 2>/dev/null || :
}

docker_here() {
	fakes docker
	engine_with '*'
}

# says NAME STATE TEXT [FIX]: that line is in the list, with that advice behind it.
says() {
	awk -v start="$(printf '%-10s %-7s ' "$1" "$2")" -v text="$3" -v fix="${4-}" '
		index($0, start) == 1 && index($0, text) { at = NR; found = found || fix == "" }
		at && NR == at + 1 && index($0, "  ") == 1 && index($0, fix) { found = 1 }
		END { exit !found }' out || { tell "wanted: $*"; return 1; }
}

@test "without Docker, without smolvm: every line is there all the same, with its cure, and nothing is left" {
	ends 69 bb-doctor
	check equals '' "$(cat err)"
	check says docker missing 'docker is not installed' 'install Docker Engine (Debian: apt install docker.io)'
	check says images warn 'nobody could be asked'
	check says smolvm missing 'smolvm is not installed' 'run bb-smolvm-get'
	check equals 'docker images group smolvm hypervisor disk clock ranges leases files' \
		"$(sed '/^  /d' out | awk '{ print $1 }' | paste -sd' ')"
	check equals '' "$(left_behind | grep -v "^$HOME$")"
	all_good
}

@test "Docker: an engine that does not answer, one elsewhere, a path that is too long, a socket without an engine" {
	fakes docker
	DOCKER_HOST=unix://$T/none.sock check ends 69 bb-doctor
	check says docker missing "does not answer at $T/none.sock" 'start it: systemctl start docker'
	DOCKER_HOST=tcp://192.0.2.1:1 check ends 77 bb-doctor
	check says docker missing 'DOCKER_HOST=tcp://192.0.2.1:1 is not an engine on this machine' 'unset DOCKER_HOST'
	DOCKER_CONTEXT=far check ends 77 bb-doctor
	check says docker missing 'DOCKER_CONTEXT=far'
	DOCKER_HOST=unix:///$(printf 'x%.0s' {1..200}) check ends 64 bb-doctor
	check says docker missing 'too long' 'use a shorter path'
	check equals '' "$(calls)" "Docker was called"
	python3 -c '
import socket
s = socket.socket(socket.AF_UNIX)
s.bind("docker.sock")
s.listen()
open("listening", "w").write("x")
while True: s.accept()[0].close()' 3>&- &
	ENGINE_PID=$!
	wait_for listening
	DOCKER_HOST=unix://$T/docker.sock check ends 69 bb-doctor
	check says docker missing "the Docker engine does not answer at $T/docker.sock" 'systemctl start docker'
	check says images warn 'nobody could be asked'
	check equals '' "$(calls)" "Docker was called"
	all_good
}

@test "images: the default bundle's absence is a warning, a manifest's is a fault, and both are named" {
	fakes docker
	engine_with other:1
	bb bb-doctor
	check says images warn 'there is no image bot-bottle-sidecars:latest' 'build it first: bb-bundle build'
	manifest >m.json
	check ends 65 bb-doctor m.json
	check says images missing 'there is no image demo-agent:1' 'build or pull it first'
	check equals 2 "$(grep -c '^images     missing there is no image' out)"
	# The same by bb-provision check, which says the same of all the rest.
	check ends 65 bb-provision check <m.json
	check equals 2 "$(grep -c 'there is no image' err)"
	all_good
}

@test "a manifest: every variable, file and folder that is missing, and its name if it is taken" {
	docker_here
	python3 -c '
import json
print(json.dumps({"bottle": "demo", "bundle": {"image": "b:1"}, "egress": {"upstream_ca": "no.pem", "allowlist": ["api.example.com"],
  "credentials": {"api.example.com": {"from_env": "NO_KEY"}}}, "agent": {"image": "a:1", "build": "nowhere", "prompt": "no.md",
  "skills": ["none", "two"], "env": {"A": {"from_env": "NOT_SET"}, "B": {"from_file": "open"}}}}))' >m.json
	mkdir -p two/a
	ln -s /etc two/out
	mkfifo two/a/pipe
	echo secret >open
	chmod 644 open
	bb bb-doctor m.json
	equals 65 "$status"
	while read -r text; do
		check says manifest missing "$text"
	done <<-'END'
	agent.prompt: no.md does not exist
	agent.skills: none: none does not exist
	agent.skills: two: two/out is a link to /etc, out of the folder
	agent.skills: two: two/a/pipe is neither a file nor a folder nor a link
	nowhere has no Dockerfile
	egress.upstream_ca
	agent.env.A: the variable NOT_SET is not set
	open can be read by others than you
	egress.credentials.api.example.com: the variable NO_KEY is not set
	END
	check equals 9 "$(grep -c '^manifest ' out)"
	check says name ok 'no other bottle demo'
	# bb-provision check has the same list.
	check ends 65 bb-provision check --plan m.json
	check equals 9 "$(grep -c '^bb-provision: ' err)"
	check equals 9 "$(grep -c '^  ' err)"
	manifest >ok.json
	bb-ledger claim demo
	check ends 75 bb-doctor ok.json
	check says manifest ok 'ok.json: its variables and files are here'
	check says name missing 'a bottle demo exists, since 20' 'bb-stop demo'
	echo '{' >bad.json
	check ends 65 bb-doctor bad.json
	check says manifest missing 'bad.json'
	check says docker ok 'answers at'
	all_good
}

@test "smolvm: another program of that name, one without its files, a whole one, an old one" {
	fakes docker smolvm
	engine_with '*'
	rule smolvm '--version' 0 'echo SmolVM 0.9'
	bb bb-doctor
	check says smolvm missing 'is another program called smolvm' 'run bb-smolvm-get'
	rm "$T/fakes/smolvm"
	check refuses_smolvm "BOT_BOTTLE_SMOLVM=$T/no does not exist" "$T/no"
	# A wrapper that names what is not there, one that names nothing, one that lacks a library.
	mkdir -p w/lib
	for words in "SMOLVM_LIB_DIR=$T/w/lib SMOLVM_AGENT_ROOTFS_TAR=$T/w/no.tar|agent rootfs is missing: SMOLVM_AGENT_ROOTFS_TAR is $T/w/no.tar" \
		"SMOLVM_LIB_DIR='$T/w/lib'|agent rootfs is missing: it is neither in $T/w " \
		"SMOLVM_LIB_DIR=$T/w SMOLVM_AGENT_ROOTFS=$T/w|there is no libkrunfw.* in $T/w"; do
		printf '#!/bin/sh\n%s exec %s/w/real "$@"\n' "${words%%|*}" "$T" >w/smolvm
		printf '#!/bin/sh\n[ "$1" != --version ] || { echo smolvm %s; exit; }\necho "  --allow-cidr"\n' "$NEW_SMOLVM" >w/real
		chmod +x w/smolvm w/real
		: >w/lib/libkrun.so; : >w/lib/libkrunfw.so.5; : >w/libkrun.so
		check refuses_smolvm "${words#*|}" "$T/w/smolvm"
	done
	: >w/agent-rootfs.tar
	printf '#!/bin/sh\nSMOLVM_LIB_DIR=%s/w/lib exec %s/w/real "$@"\n' "$T" "$T" >w/smolvm
	BOT_BOTTLE_SMOLVM=$T/w/smolvm bb bb-doctor
	check says smolvm ok "$NEW_SMOLVM ($T/w/smolvm)"
	all_good
}
refuses_smolvm() {
	BOT_BOTTLE_SMOLVM=$2 bb bb-doctor
	equals 69 "$status" && says smolvm missing "$1" 'run bb-smolvm-get'
}

@test "the real smolvm: whole, without its agent rootfs, and an old one that needs the patch" {
	docker_here
	real "${ENGINES%%[[:space:]]*}"
	bb bb-doctor
	check says smolvm ok "${ENGINES%%[[:space:]]*} ("
	sed "s|^\(.*SMOLVM_AGENT_ROOTFS_TAR=\)[^ ]*|\1$T/none|" "$BOT_BOTTLE_SMOLVM" >without
	chmod +x without
	check refuses_smolvm 'its agent rootfs is missing' "$T/without"
	real "$(grep -m1 '^1\.7\.' <<<"$ENGINES")"
	bb bb-doctor
	check says smolvm ok 'has to be patched in'
	all_good
}

@test "/dev/kvm that is not there, and one that is no KVM" {
	[ "$(uname -s)" = Linux ] || skip "not Linux"
	unshare -rm true 2>/dev/null || skip "no mount namespaces here"
	bb unshare -rm sh -c 'mount -t tmpfs none /dev && exec bb-doctor'
	check says hypervisor missing '/dev/kvm does not exist: this machine cannot run microVMs' 'load kvm-intel or kvm-amd'
	bb unshare -rm sh -c 'mount -t tmpfs none /dev && : >/dev/kvm && exec bb-doctor'
	check says hypervisor missing 'opens and cannot run guests: it is not the KVM'
	all_good
}

# Where the probe says yes the lab asks for a whole machine (lab/doctor.bats).
@test "a /dev/kvm that opens and cannot run guests is found without a boot" {
	[ -w /dev/kvm ] || skip "NO KVM DEVICE: that one which opens and cannot run guests is found is not shown here"
	grep -q pvm /proc/modules /proc/misc 2>/dev/null || [ -d /sys/module/kvm_pvm ] ||
		skip "THIS KVM MAY RUN GUESTS: that one which cannot is found is not shown here"
	bb bb-doctor
	equals 69 "$status"
	says hypervisor missing '/dev/kvm opens and cannot run guests' 'another machine'
}

@test "ranges: how many are free, and none" {
	can_be_alone || skip "no network namespaces here"
	bb alone bb-doctor
	check says ranges ok '766 /24 of 766 are free'
	leases "INSERT INTO leases(slug, cidr) VALUES('a', '192.168.5.0/24'), ('b', '198.18.7.0/24')"
	bb alone bb-doctor
	check says ranges ok '764 /24 of 766 are free'
	bb alone sh -c 'ip link set lo up && ip route add 192.168.0.0/16 dev lo && exec bb-doctor'
	check says ranges ok '511 /24 of 766 are free'
	bb alone sh -c 'ip link set lo up && ip route add 192.168.0.0/16 dev lo && ip route add 198.18.0.0/15 dev lo && exec bb-doctor'
	check says ranges missing 'no free /24 is left' 'see bb-list, docker network ls and ip route'
	bb alone sh -c 'ip link set lo up && ip route add 192.168.0.0/16 dev lo && ip route add 198.18.0.0/16 dev lo &&
		ip route add 198.19.0.0/17 dev lo && ip route add 198.19.128.0/18 dev lo && ip route add 198.19.192.0/19 dev lo &&
		ip route add 198.19.224.0/20 dev lo && ip route add 198.19.240.0/21 dev lo && ip route add 198.19.248.0/22 dev lo && exec bb-doctor'
	check says ranges warn '4 /24 of 766 are free' 'see bb-list'
	all_good
}

@test "leases without a living bottle are named; those of a bottle that is kept or runs are not" {
	leases "INSERT INTO leases(slug, cidr) VALUES('nobody', '192.168.5.0/24'), ('kept', '192.168.6.0/24'),
		('runs', '192.168.7.0/24'), ('dead', '192.168.8.0/24')"
	bb-ledger claim kept
	bb-ledger claim runs --owner $$
	sleep 60 3>&- &
	bb-ledger claim dead --owner $!
	kill $!
	wait $! || :
	bb bb-doctor
	says leases warn 'do not live any more: dead nobody' 'bb-clean gives back what died; bb-stop NAME'
	bb-stop nobody 2>/dev/null || :
	testtool db write "$BOT_BOTTLE_HOME/state.db" "DELETE FROM leases WHERE slug IN ('nobody', 'dead')"
	bb bb-doctor
	says leases ok 'none without its bottle'
}

@test "disk and clock: a full one, a small one, a state folder of others; files from the future" {
	unshare -rm true 2>/dev/null || skip "no mount namespaces here"
	mkdir -p "$BOT_BOTTLE_HOME"
	bb unshare -rm sh -c 'mount -t tmpfs -o size=8m none "$BOT_BOTTLE_HOME" && chmod 700 "$BOT_BOTTLE_HOME" && exec bb-doctor'
	check says disk missing "$BOT_BOTTLE_HOME" 'make room'
	bb unshare -rm sh -c 'mount -t tmpfs -o size=900m none "$BOT_BOTTLE_HOME" && chmod 700 "$BOT_BOTTLE_HOME" && exec bb-doctor'
	check says disk warn 'has little room for packs and machines' 'make room'
	check says clock ok 'UTC, nothing here is from the future'
	chmod 777 "$BOT_BOTTLE_HOME"
	check ends 69 bb-doctor
	check says state missing "$BOT_BOTTLE_HOME"
	chmod 700 "$BOT_BOTTLE_HOME"
	bb-ledger claim kept
	touch -d '+3 days' "$BOT_BOTTLE_HOME/state.db"
	bb bb-doctor
	check says clock warn "state.db is of a later day than today" 'set the clock'
	all_good
}

@test "a low limit of open files is said: a guest would break on it" {
	bb sh -c 'ulimit -n 4096; exec bb-doctor'
	says files warn 'ulimit -Hn is 4096: a guest that looks at more files of its image breaks' 'raise the hard limit'
}

@test "--json: the same list for a program, its status in it; nobody's words reach a terminal" {
	printf -v bad 'tcp://\x1b[2J"\\'
	DOCKER_HOST=$bad bb bb-doctor --json
	equals 77 "$status"
	python3 - out <<-'END'
	import json, sys
	d = json.load(open(sys.argv[1]))
	assert d["status"] == 77, d
	by = {c["name"]: c for c in d["checks"]}
	assert by["docker"]["state"] == "missing" and "\x1b" not in by["docker"]["text"] and by["docker"]["fix"], by
	assert by["ranges"]["state"] in ("ok", "warn") and len(d["checks"]) >= 9, by
	assert all(("fix" in c) == (c["state"] != "ok") for c in d["checks"]), d
	END
}

@test "--bottle: the engine that has the bottle's machine, whatever BOT_BOTTLE_BACKEND says; of no bottle, the one that it says" {
	docker_here
	rule docker 'version *' 0 'echo 20.10.24'
	rule docker 'info *' 0 'printf "Debian\t[name=seccomp]\n"'
	BOT_BOTTLE_BACKEND=docker bb-ledger claim demo
	check bb bb-doctor --bottle demo
	check says docker ok "20.10.24 (/"
	check equals 'bb-doctor: demo stays with the engine it was made with: docker' "$(cat err)"
	check equals '' "$(grep -E '^(smolvm|hypervisor) ' out)"
	check bb bb-doctor --bottle other
	check grep -q '^smolvm ' out
	check equals '' "$(cat err)"
	BOT_BOTTLE_BACKEND=docker check bb bb-doctor --bottle demo
	check equals '' "$(cat err)"
	BOT_BOTTLE_BACKEND=docker check bb bb-doctor --bottle other
	check equals '' "$(grep '^smolvm ' out)"
	check refuses 64 "is no bottle's name" bb-doctor --bottle ../demo
	all_good
}
