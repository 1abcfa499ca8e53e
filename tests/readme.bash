# SPDX-License-Identifier: MIT
# readme.bash: the commands of the README, one a line, and where each is run. A command in no list fails.

# readme_commands: what is indented by four, outside of fences, without the remark behind; a pipe that goes on in the
# next line is one command.
readme_commands() {
	awk '/^```/ { fence = !fence; next }
		fence || !/^    / { next }
		{ sub(/^ +/, ""); sub(/ +#.*$/, ""); line = line (line == "" ? "" : " ") $0 }
		line !~ /\|$/ { if (line != "") print line; line = "" }' "$1"
}

# Here, by tests/unit/readme.bats, in one shell after the other: neither KVM nor Docker.
readme_here() {
	cat <<-'END'
	make deps
	make install PREFIX="$HOME/.local"
	export PATH="$HOME/.local/bin:$PATH"
	export DEMO_API_KEY=... DEMO_NOTE=hello
	bb-subnet --offline <docs/examples/manifest.json | bb-smolfile --print
	END
}

# In the lab, by tests/lab/readme.bats.
readme_lab() {
	cat <<-'END'
	bb-doctor
	bb-start docs/examples/manifest.json
	bb-plan new docs/examples/manifest.json | bb-subnet | bb-smolfile | bb-pack build | bb-bundle up | bb-vm create | bb-tsi-patch apply | bb-vm start | bb-vm wait | bb-probe run | bb-provision all >demo.plan
	bb-vm exec demo -it -- sh
	bb-vm cp demo:/home/agent/work work-of-the-agent
	bb-bundle requests demo
	bb-stop demo
	docker run --rm --detach --name sandbox demo-agent:1 sleep 600
	bb-probe run --exec 'docker exec sandbox'
	docker rm --force sandbox
	END
}

# Elsewhere: they need a network, or are what runs the tests. "COMMAND|FILE|TEXT": TEXT in FILE runs it.
readme_elsewhere() {
	cat <<-'END'
	make demo|tests/all|tests/demo/demo
	make test|.ci/run|make test
	bb-smolvm-get|tests/unit/bb-smolvm-get.bats|bb-smolvm-get "$@"
	bb-bundle build|tests/lab/parts/images.sh|docs/examples/$1/build
	bb-bundle build agent|tests/lab/parts/images.sh|docs/examples/$1/build
	END
}
