# SPDX-License-Identifier: MIT
# Where: engine fresh
# docker-engine.bats: what can go wrong with machines that are containers, and with no others.
load lab.bash

# manifest SLUG [SED...]: the lab's manifest under another name, with the small agent, and changed as asked; in $M.
manifest() {
	M=$BATS_TEST_TMPDIR/$1.json
	sed "s/\"bottle\": \"demo\"/\"bottle\": \"$1\"/; s/demo-agent:1/tiny-agent:1/" tests/lab/demo.json >"$M"
	shift
	[ $# -eq 0 ] || sed -i "$@" "$M"
}

start() { bb-start --yes "$@" </dev/null 3>&-; }

teardown() {
	for slug in liar alone loud row; do
		[ ! -e "$HOME/.local/state/bot-bottle/bottles/$slug" ] || bb-stop --force "$slug" 3>&- || true
	done
}

# another_docker CODE: in front of PATH, a docker that first runs this Python over its `words`.
another_docker() {
	mkdir -p "$BATS_TEST_TMPDIR/another"
	printf '#!/usr/bin/env python3\nimport os, sys\nwords = sys.argv[1:]\n%s\nos.execv("%s", ["docker", *words])\n' "$1" "$HOME/record/docker" \
		>"$BATS_TEST_TMPDIR/another/docker"
	chmod +x "$BATS_TEST_TMPDIR/another/docker"
}

# refused CODE TEXT: a start with that docker ends with 77 and says TEXT, and nothing is left.
refused() {
	manifest liar
	another_docker "$1"
	PATH=$BATS_TEST_TMPDIR/another:$PATH run start "$M" -- echo the agent runs
	assert_failure 77
	assert_output --partial "$2"
	refute_output --partial 'the agent runs'
	run left_of liar
	assert_output ''
}

# forgets WORD...: code that leaves these words out. adds CONTAINER WORD...: that gives them to its `docker create`.
forgets() { printf 'for word in "%s".split(): words = [w for w in words if w != word]' "$*"; }
adds() {
	local name=$1
	shift
	printf 'if "create" in words and "network" not in words and "%s" in words: words[words.index("create") + 1:1 + words.index("create")] = "%s".split()' "$name" "$*"
}

@test "guard off, Docker makes a network that is not internal: 77, nothing is left" {
	refused "$(forgets --internal)" 'it is not internal'
}

@test "guard off, Docker gives this host an address in the network: 77, nothing is left" {
	refused "$(forgets com.docker.network.bridge.inhibit_ipv4=true | sed 's/$/; words = [w for w in words if w != "--opt"]/')" \
		'this host has an address in it'
}

@test "guard off, Docker gives the machine a resolver: 77, nothing is left" {
	refused 'if "--dns" in words: del words[words.index("--dns"):words.index("--dns") + 2]' '{{.HostConfig.Dns}}'
}

@test "guard off, Docker gives the machine a capability: 77, nothing is left" {
	refused "$(adds bot-bottle-liar --cap-add NET_ADMIN)" '{{.HostConfig.CapAdd}}'
}

@test "guard off, Docker gives the machine a folder of this host: 77, nothing is left" {
	refused "$(adds bot-bottle-liar -v /etc:/host)" 'it has mounts'
}

@test "guard off, Docker gives the machine its socket: 77, nothing is left" {
	refused "$(adds bot-bottle-liar -v /var/run/docker.sock:/var/run/docker.sock:ro)" 'it has mounts'
}

@test "guard off, Docker gives the bundle a capability: 77, nothing is left" {
	refused "$(adds bot-bottle-bundle-liar --cap-add SYS_ADMIN)" '{{.HostConfig.CapAdd}}'
}

@test "guard off, one more container in the bottle's network: 77 at the next command" {
	manifest alone
	start --until provision "$M"
	run -0 bb-vm exec alone -- true 3>&-
	docker run -d --name bb-third --network bot-bottle-bundle-alone --entrypoint sleep tiny-agent:1 600
	run bb-vm exec alone -- true 3>&-
	docker rm -f bb-third
	assert_failure 77
	assert_output --partial 'bb-third is in it, too'
	run -0 bb-vm exec alone -- true 3>&-
}

@test "guard off, 9099 on more than its loopback: the probe turns red there, and the proof is gone" {
	manifest alone
	start --until provision "$M"
	local box=bot-bottle-bundle-alone ip plan=$HOME/.local/state/bot-bottle/bottles/alone/plan.json
	ip=$(address_of "$box")
	run -0 bb-probe run --tap --plan "$plan" 3>&-
	assert_line --regexp "^ok .*talk $ip 9099"
	sudo nsenter -t "$(docker inspect -f '{{.State.Pid}}' "$box")" -n -m nft insert rule inet bottle input tcp dport 9099 accept
	docker exec -i -u dlp "$box" python3 - "$ip" <tests/escape/off/relay.py >/dev/null 2>&1 3>&- &
	for _ in $(seq 240); do
		! docker exec "$box" grep -qE '^ *[0-9]+: [0-9A-F]{6}C0:238B 0{8}:0000 0A ' /proc/net/tcp || break
		sleep 0.5
	done
	run bb-probe run --tap --plan "$plan" 3>&-
	assert_failure 77
	assert_line --regexp "^not ok .*talk $ip 9099"
	equals 2 "$(printf '%s\n' "$output" | grep -c '^not ok')"
	run bb-vm exec alone -- true 3>&-
	assert_failure 77
}

# There is such a file in a container of that image that was started plainly: the control.
comes() {
	for _ in $(seq 240); do
		! docker exec "$1" test -e "$2" 2>/dev/null || return 0
		sleep 0.5
	done
	return 1
}

@test "an image with ENTRYPOINT, USER, VOLUME, HEALTHCHECK, EXPOSE: nothing of it runs, and its volume goes with the bottle (W14)" {
	docker build -q -t loud-agent:1 - <<-'END'
		FROM tiny-agent:1
		USER agent
		ENTRYPOINT ["/bin/sh", "-c", "touch /home/agent/began; exec sleep 600"]
		HEALTHCHECK --interval=1s CMD touch /home/agent/healthy
		VOLUME /data
		EXPOSE 8080
	END
	docker run -d --name bb-plain -u root loud-agent:1
	comes bb-plain /home/agent/began
	comes bb-plain /home/agent/healthy
	docker rm -f -v bb-plain
	before=$(docker volume ls -q | sort)
	manifest loud 's/tiny-agent:1/loud-agent:1/'
	start --until provision "$M"
	run -0 bb-vm exec loud -- ls /home/agent 3>&-
	refute_output --partial began
	refute_output --partial healthy
	equals "0:0 null map[]" "$(docker inspect -f '{{.Config.User}} {{json .State.Health}} {{.HostConfig.PortBindings}}' bot-bottle-loud)"
	run -0 bb-vm exec loud -- id -un 3>&-
	assert_output agent
	equals /data "$(docker inspect -f '{{range .Mounts}}{{.Destination}}{{end}}' bot-bottle-loud)"
	bb-stop loud 3>&-
	run left_of loud
	assert_output ''
	equals "$before" "$(docker volume ls -q | sort)"
	docker rmi loud-agent:1
}

@test "a bottle is its engine's, whatever BOT_BOTTLE_BACKEND says by now: list, exec, another start, stop" {
	manifest row
	start --until provision "$M"
	for backend in '' smolmachines; do
		export BOT_BOTTLE_BACKEND=$backend
		run bb-list 3>&-
		assert_output --regexp 'row +docker +detached'
		run -0 bb-vm exec row -- echo inside 3>&-
		assert_output inside
	done
	bb-vm stop row 3>&-
	for backend in '' smolmachines; do
		export BOT_BOTTLE_BACKEND=$backend
		run start --resume row -- echo again
		assert_success
		assert_output --partial 'row stays with the engine it was made with: docker'
		assert_output --partial again
		run bb-list 3>&-
		assert_output --regexp 'row +docker +stopped, kept'
	done
	bb-stop row 3>&-
	run left_of row
	assert_output ''
	run grep -P '^smolvm\t.*bot-bottle-row' "$BB_CALLS"
	assert_failure 1
}

@test "BOT_BOTTLE_BACKEND is a word nobody knows: 64" {
	manifest row
	BOT_BOTTLE_BACKEND=podman run start "$M"
	assert_failure 64
	assert_output --partial 'podman'
	run left_of row
	assert_output ''
}

@test "vm.disk_gib: 65, since Docker gives a container no disk of a size" {
	manifest row 's/"cpus": 1/"cpus": 1, "disk_gib": 5/'
	run start "$M"
	assert_failure 65
	assert_output --partial 'Docker gives a container no disk of a size'
	assert_output --partial 'take vm.disk_gib out of the manifest'
	run left_of row
	assert_output ''
}

@test "bb-vm logs: there is no console, 1; bb-doctor says in one line that the kernel is this host's" {
	manifest row
	start --until wait "$M"
	run bb-vm logs row
	assert_failure 1
	assert_output --partial 'has no console'
	run bb-doctor
	equals 1 "$(printf '%s\n' "$output" | grep -c "they share this host's kernel")"
	bb-stop row 3>&-
}

@test "a rootless engine and Docker Desktop are 69 with the reason; nothing is begun" {
	manifest row
	for said in "Debian GNU/Linux\t[name=seccomp,profile=default name=rootless]|a rootless engine" 'Docker Desktop\t[name=seccomp]|Docker Desktop has'; do
		another_docker "if 'info' in words: print('${said%|*}'); sys.exit(0)"
		PATH=$BATS_TEST_TMPDIR/another:$PATH run bb-doctor
		assert_failure 69
		assert_output --partial "${said#*|}"
		PATH=$BATS_TEST_TMPDIR/another:$PATH run start "$M"
		assert_failure 69
		assert_output --partial "${said#*|}"
		run left_of row
		assert_output ''
	done
}
