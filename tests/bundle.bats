# bb-bundle against a Docker that answers on demand: what it asks for, what it refuses, what it takes back.
# A real engine, the real image and the way to it are the lab's business.
load helper
load engine

NET=4444444444444444444444444444444444444444444444444444444444444444
BOX=5555555555555555555555555555555555555555555555555555555555555555

start() {
	fakes docker
	plan_demo "$@"
}

# Answers of a Docker in which everything works.
good_docker() {
	rule docker 'network create *' 0 "echo $NET"
	rule docker 'run *' 0 "echo $BOX"
	rule docker 'rm -f -v -- *' 0
	rule docker 'network rm -- *' 0
	rule docker 'logs *' 0 'echo "what the container said"'
}

inspect_answer() {
	printf '%s\n' sha256:abc "${1-demo}" true 'bot-bottle-bundle-demo 192.168.108.2/24 192.168.108.1 ' \
		true 'rw,nosuid,nodev,noexec,size=256m,mode=0755' 'rw,nosuid,nodev,noexec,size=64m' '[ALL]' 6 false \
		'[no-new-privileges]' 256 1073741824 no json-file 10m 3 1 0 false '' 0 1 '/etc/bottle/bundle.json false' 1
}

@test "dry run: network and container with every confinement, nothing is called, nothing made" {
	start
	ends 0 bb-bundle up --dry-run <plan.json
	equals 2 "$(wc -l <err)"
	for words in '+ docker network create --driver bridge --subnet 192.168.108.0/24 --gateway 192.168.108.1' \
		'--label bot-bottle.slug=demo' '-- bot-bottle-bundle-demo' '--ip 192.168.108.2' '--pull never' \
		'--network bot-bottle-bundle-demo' '--read-only' '--cap-drop ALL' '--security-opt no-new-privileges' \
		'--pids-limit 256' '--memory 1g' '--restart no' 'net.ipv6.conf.all.disable_ipv6=1' '-- bundle:1' \
		"--mount type=bind,src=$BOT_BOTTLE_HOME/bottles/demo/bundle.json,dst=/etc/bottle/bundle.json,readonly"; do
		check grep -Fq -- "$words" err
	done
	check equals '' "$(grep -E -- ' (-p|-P|--publish|--privileged|-v|--env-file|-e|--env) ' err || :)" "in the command"
	check equals '' "$(calls)" "calls"
	check assert_not_exist "$BOT_BOTTLE_HOME/bottles/demo/bundle.json"
	check equals true "$(bb-plan get dry_run <out)"
	all_good
}

@test "the configuration file: daemons by manifest, allowlist, no secret, readable in a private folder" {
	start
	export DEMO_API_KEY=sesame
	bb-plan new "$BB_ROOT/docs/examples/manifest.json" | testtool splice subnet "$SUBNET" | bb-smolfile >plan.json
	good_docker
	rule docker 'inspect *' 1 'echo "Error response from daemon: stop here" >&2'
	ends 69 bb-bundle up <plan.json
	file=$BOT_BOTTLE_HOME/bottles/demo/bundle.json
	equals 644 "$(stat -c %a "$file")"
	equals '700 700' "$(stat -c %a "$BOT_BOTTLE_HOME" "$BOT_BOTTLE_HOME/bottles/demo" | paste -sd' ')"
	python3 - "$file" <<-'END'
	import json, sys
	c = json.load(open(sys.argv[1]))
	assert c["version"] == 1 and c["bottle"] == "demo"
	assert c["daemons"] == ["egress", "dlp", "git", "supervise"], c["daemons"]
	assert c["allowlist"] == ["api.example.com"] and c["ports"] == [80, 443]
	assert c["credentials"] == [{"host": "api.example.com", "header": "Authorization", "prefix": "Bearer ", "secret": "cred-0"}]
	assert c["repos"] == {"app": {"url": "https://git.example.com/app.git"}}
	END
	! grep -rq sesame "$BOT_BOTTLE_HOME" "$FAKE_LOG" out err || fail "a secret got out"
	start
	works bb-smolfile <plan.json
	bb-bundle up --dry-run <plan.json >dry 2>/dev/null
	equals '[8888]' "$(bb-plan get bundle.ports <dry)"
}

@test "what fails after the network or the container was made is taken back, newest first" {
	while IFS='|' read -r what status text undone; do
		start
		case $what in
		run) rule docker 'run *' 125 'echo "docker: Error response from daemon: no cgroup." >&2' ;;
		image) rule docker 'run *' 125 'echo "docker: Error response from daemon: No such image: bundle:1" >&2' ;;
		inspect) rule docker 'inspect *' 1 'echo "Error response from daemon: gone" >&2' ;;
		label) inspect_answer other >answer; rule docker 'inspect *' 0 "cat $T/answer" ;;
		open) inspect_answer | sed '8s/.*/[]/' >answer; rule docker 'inspect *' 0 "cat $T/answer" ;;
		ports) inspect_answer | sed '19s/.*/1/' >answer; rule docker 'inspect *' 0 "cat $T/answer" ;;
		mounts) inspect_answer | sed '23s/.*/2/' >answer; rule docker 'inspect *' 0 "cat $T/answer" ;;
		route) inspect_answer >answer; rule docker 'inspect *' 0 "cat $T/answer" ;;
		esac
		good_docker
		check ends "$status" bb-bundle up <plan.json
		check grep -Fq -- "$text" err
		check equals '' "$(cat out)" stdout
		check equals "$undone" "$(calls | grep -E ' rm ' | sed -e 's/docker //' -e "s/$NET/NET/" -e "s/$BOX/BOX/" | paste -sd,)" \
			"taken back after $what"
	done <<-'END'
	run|69|no cgroup|rm -f -v -- bot-bottle-bundle-demo,network rm -- NET
	image|65|no image bundle:1|network rm -- NET
	inspect|69|gone|rm -f -v -- BOX,network rm -- NET
	label|77|label bot-bottle.slug is 'other'|rm -f -v -- BOX,network rm -- NET
	open|77|CapDrop|rm -f -v -- BOX,network rm -- NET
	ports|77|PortBindings|rm -f -v -- BOX,network rm -- NET
	mounts|77|Mounts|rm -f -v -- BOX,network rm -- NET
	route|77|not over the bottle's bridge|rm -f -v -- BOX,network rm -- NET
	END
	all_good
}

@test "a network that overlaps is 75, a foreign or changed one 77, and none of them is removed" {
	while IFS='|' read -r said net status text; do
		start
		rule docker 'network create *' 1 "echo 'Error response from daemon: $said' >&2"
		rule docker 'network inspect *' 0 "printf '$net'"
		good_docker
		check ends "$status" bb-bundle up <plan.json
		check grep -Fq -- "$text" err
		check equals '' "$(calls | grep -E 'network rm|docker run' || :)" "calls after '$said'"
	done <<-'END'
	Pool overlaps with other one on this address space||75|another network has 192.168.108.0/24
	network with name x already exists|id\t\t192.168.108.0/24 \tbridge\n|77|lacks the label
	network with name x already exists|id\tother\t192.168.108.0/24 \tbridge\n|77|lacks the label
	network with name x already exists|id\tdemo\t192.168.9.0/24 \tbridge\n|77|has 192.168.9.0/24, the plan says 192.168.108.0/24
	something strange||69|something strange
	END
	all_good
}

@test "a container of that name: ours and running is verified, a foreign one is refused and stays" {
	start
	rule docker 'network create *' 0 "echo $NET"
	rule docker 'run *' 125 'echo "docker: Error response from daemon: Conflict. The name is already in use by container x." >&2'
	rule docker 'inspect *State.Running*' 0 "echo '$BOX true other'"
	good_docker
	ends 77 bb-bundle up <plan.json
	grep -q 'not bottlebox' err
	equals "docker network rm -- $NET" "$(calls | grep ' rm ' | paste -sd,)"
}

@test "TERM while Docker starts the container: network is taken back, status 143" {
	start
	rule docker 'run *' 0 "echo \$\$ >$T/pid.new; mv $T/pid.new $T/pid; exec sleep 300"
	good_docker
	as_foreground "$BB_BIN/bb-bundle" up <plan.json >out 2>err 3>&- &
	us=$!
	wait_for pid
	kill -s TERM "$us"
	status=0
	wait "$us" || status=$?
	equals 143 "$status"
	gone "$(cat pid)"
	calls | grep -x "docker network rm -- $NET"
	equals '' "$(cat out)"
}

@test "no docker, a remote engine, a silent engine, no permission: status and advice" {
	plan_demo
	check ends 69 bb-bundle up <plan.json
	check grep -q 'apt install docker.io' err
	for host in tcp://192.0.2.1:2375 ssh://far npipe:////x; do
		DOCKER_HOST=$host check ends 77 bb-bundle up <plan.json
		check grep -q "DOCKER_HOST=$host" err
		DOCKER_HOST=$host check ends 77 bb-bundle down demo
	done
	DOCKER_CONTEXT=far check ends 77 bb-bundle up <plan.json
	fakes docker
	rule docker '*' 1 'echo "Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?" >&2'
	check ends 69 bb-bundle up <plan.json
	check grep -q 'systemctl start docker' err
	: >"$FAKE_RULES"
	rule docker '*' 1 'echo "permission denied while trying to connect to the Docker daemon socket" >&2'
	check ends 69 bb-bundle up <plan.json
	check grep -q 'join the group docker' err
	all_good
}

@test "docker gets a configuration folder of our own, in the state folder" {
	start
	good_docker
	rule docker 'inspect *' 1
	ends 69 bb-bundle up <plan.json
	equals "$BOT_BOTTLE_HOME/docker" "$(grep -A1 -x -- --config "$FAKE_LOG" | grep -v -e --config -e '^--$' | sort -u)"
	equals 700 "$(stat -c %a "$BOT_BOTTLE_HOME/docker")"
}

@test "down: what is ours goes, what is gone is fine, what is foreign stays (1)" {
	start
	rule docker 'inspect --type container *' 0 "echo '$BOX demo'"
	rule docker 'inspect --type network *' 0 "echo '$NET demo'"
	good_docker
	works bb-bundle down demo
	equals "docker rm -f -v -- $BOX,docker network rm -- $NET" "$(calls | grep ' rm ' | paste -sd,)"
	start
	rule docker 'inspect *' 1 'echo "Error: No such object: x" >&2'
	works bb-bundle down demo
	equals '' "$(calls | grep ' rm ' || :)"
	start
	rule docker 'inspect *' 0 "echo '$BOX other'"
	ends 1 bb-bundle down demo
	equals '' "$(calls | grep ' rm ' || :)"
	grep -q "not bottlebox's" err
	start
	rule docker 'inspect --type container *' 0 "echo '$BOX demo'"
	rule docker 'inspect --type network *' 0 "echo '$NET demo'"
	rule docker 'rm *' 1 'echo "Error response from daemon: device busy" >&2'
	rule docker 'network rm *' 0
	ends 1 bb-bundle down demo
	grep -q 'device busy' err
	calls | grep -q 'network rm'
}

@test "logs: filtered for terminals, 1 if there is no container; names are checked" {
	start
	rule docker 'logs -- bot-bottle-bundle-demo' 0 "printf 'a\033[2Jb\n\302\233c\n'; printf 'err\n' >&2"
	works bb-bundle logs demo
	equals 'a?[2Jb|?c|err' "$(paste -sd'|' out)"
	start
	rule docker 'logs *' 0
	check works bb-bundle logs demo
	check equals '' "$(cat out)" "log of a silent container"
	start
	rule docker 'logs *' 1 'echo "Error: No such container: x" >&2'
	check refuses 1 'No such container' bb-bundle logs demo
	for slug in Demo ../x -- ''; do
		check ends 64 bb-bundle logs "$slug"
		check ends 64 bb-bundle down "$slug"
	done
	all_good
}

@test "an upstream CA that is no certificate, a private key, or a link is refused: 65" {
	start
	printf -- '-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n' >good.pem
	{ cat good.pem; printf -- '-----BEGIN PRIVATE KEY-----\nx\n'; } >key.pem
	echo text >text.pem
	ln -s good.pem link.pem
	for name in good key text link gone; do
		manifest '"bundle":' "\"egress\":{\"upstream_ca\":\"$name.pem\"},\"bundle\":" | bb-plan new |
			testtool splice subnet "$SUBNET" >p
		if [ "$name" = good ]; then
			check ends 0 bb-bundle up --dry-run <p
		else
			check refuses 65 "egress.upstream_ca: " bb-bundle up --dry-run <p
		fi
	done
	all_good
}
