# SPDX-License-Identifier: MIT
# Where: unit
# bb-bundle against a Docker that answers on demand: what it asks for, what it refuses, what it takes back.
# A real engine, the real image and the way to it are the lab's business.
load ../helper
load ../engine

start() {
	fakes docker
	plan_demo "$@"
	container_facts plan.json >facts
}

start_at_home() {
	start "$@"
	container_facts plan.json at_home '' >facts
}

@test "up: network, container, ports answer; section and saved plan" {
	can_be_home
	start_at_home
	good_docker
	works at_home 8888 bb-bundle up <plan.json
	equals "{\"network\":\"bot-bottle-bundle-demo\",\"container\":\"$BOX\",\"ports\":[8888]}" "$(bb-plan get bundle <out)"
	same out "$BOT_BOTTLE_HOME/bottles/demo/plan.json"
	testtool splice bundle <out >without
	same plan.json without
	equals '' "$(removed)"
	# What ran is what a dry run says.
	calls | grep -E 'docker (network create|run) ' | sed 's/^docker/+ docker/' >ran
	at_home '' bb-bundle up --dry-run <plan.json 2>said >/dev/null
	sed 's/^bb-bundle: //' said >want
	same want ran
}

@test "a route to the bundle that does not leave by the bottle's gateway (a VPN's, say): 77, all taken back (W12)" {
	can_be_home
	start_at_home
	good_docker
	# Ports would answer: only where the way leads decides.
	ends 77 at_home 8888 sh -c 'ip addr add 10.8.0.5/32 dev lo && ip route del local 192.168.108.2 2>/dev/null
		ip route replace local 192.168.108.2/32 dev lo src 10.8.0.5 table local && exec bb-bundle up <plan.json'
	grep -q "192.168.108.2 is reached from 10.8.0.5, not from the bottle's gateway 192.168.108.1" err
	equals BOX,NET "$(removed)"
	# No way at all is no better.
	: >calls
	ends 77 at_home '' sh -c 'ip addr flush dev lo && exec bb-bundle up <plan.json'
	grep -q 'is reached from nowhere' err
}

@test "a port that does not open, a container that stops: 75, its own log, all taken back" {
	can_be_home
	start_at_home '"bundle":' '"supervise":true,"bundle":'
	good_docker
	ends 75 at_home 8888 bb-bundle up --timeout 1 <plan.json
	grep -q 'port 9100 did not open in 1 s' err
	grep -q 'its log: what the container said' err
	equals BOX,NET "$(removed)"
	assert_not_exist "$BOT_BOTTLE_HOME/bottles/demo/plan.json"
}

# there_already: a container of ours runs, so that the next one is taken for it.
there_already() {
	rule docker 'run *' 125 'echo "docker: Error response from daemon: Conflict. The container name \"/x\" is already in use by container \"y\"." >&2'
	has_box "$(own_label demo)"
}

@test "what was there already: every fact of it that is not as asked is 77, and it is taken back" {
	start
	cp facts good
	there_already
	good_docker
	bb bb-bundle up <plan.json
	# Which templates it asks for; the ids are given by Docker, all else by us.
	grep -A6 -x inspect "$FAKE_LOG" | grep -F bot-bottle.config | sed 's/\\n/\n/g' | tail -n +4 >asked
	assert [ "$(wc -l <asked)" -gt 20 ]
	while IFS= read -r template; do
		awk -F'|' -v t="$template" '$1 == t { print t "|something else"; next } { print }' good >facts
		: >"$FAKE_LOG"
		check ends 77 bb-bundle up <plan.json
		check grep -q "the container's" err
		check equals '' "$(cat out)" stdout
		check equals NET "$(removed)" "taken back when $template is another"
	done <asked
	all_good
}

@test "a container that ended at once: 75 and its own log" {
	can_be_home
	start_at_home
	has_box "$(own_label demo)" false
	good_docker
	ends 75 at_home '' bb-bundle up <plan.json
	grep -q 'the bundle is not ready: its container has stopped' err
	grep -q 'its log: what the container said' err
	equals BOX,NET "$(removed)"
}

@test "a container that has no such option at all, so that Docker cannot fill in the template: 77 too" {
	start
	there_already
	rule docker 'inspect --type container *bot-bottle.config*' 1 \
		'echo "template parsing error: template: :9:19: executing \"\" at <.HostConfig.Tmpfs>: map has no entry for key \"Tmpfs\"" >&2'
	good_docker
	ends 77 bb-bundle up <plan.json
	grep -q 'not confined as asked: template parsing error' err
	equals NET "$(removed)"
}

@test "dry run: network and container with every confinement, nothing is called, nothing made" {
	start
	ends 0 bb-bundle up --dry-run <plan.json
	equals 2 "$(wc -l <err)"
	for words in '+ docker network create --driver bridge --subnet 192.168.108.0/24 --gateway 192.168.108.1' \
		'--label=bot-bottle.slug=demo' '--label=bot-bottle.boot=' "--label=bot-bottle.bottle=$(own_label demo)" '-- bot-bottle-bundle-demo' '--ip 192.168.108.2' '--pull never' \
		'--network bot-bottle-bundle-demo' '--read-only' '--cap-drop ALL' '--security-opt no-new-privileges' \
		'--pids-limit 256' '--memory=1073741824' '--memory-swap=1073741824' '--tmpfs /run/git:rw,nosuid,nodev,noexec,size=256m,mode=0755' '--restart no' 'net.ipv6.conf.all.disable_ipv6=1' '-- bundle:1' \
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
	ends 77 bb-bundle up <plan.json         # facts is another container's
	file=$BOT_BOTTLE_HOME/bottles/demo/bundle.json
	equals 644 "$(stat -c %a "$file")"
	equals '700 700' "$(stat -c %a "$BOT_BOTTLE_HOME" "$BOT_BOTTLE_HOME/bottles/demo" | paste -sd' ')"
	python3 - "$file" <<-'END'
	import json, sys
	c = json.load(open(sys.argv[1]))
	assert c["version"] == 1 and c["bottle"] == "demo"
	assert c["daemons"] == ["egress", "dlp", "git", "supervise"], c["daemons"]
	assert c["listen"] == {"egress": 9099, "dlp": 8888, "git": 9418, "supervise": 9100}, c["listen"]
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

@test "limits of the manifest: the gate's disk with its memory, the size of a request, the requests of a credential" {
	start
	manifest '"bundle":{"image":"bundle:1"}' '"bundle":{"image":"bundle:1"},"git":{"disk_mib":1024},"egress":{"allowlist":["api.example.com"],"limits":{"request_mib":64},"dlp":{"api.example.com":"redact"},"websocket":["api.example.com"],
		"credentials":{"api.example.com":{"from_env":"K","only":[{"method":"POST","path":"/v1/messages"},{"path":"/v1/models*"}]}}}' |
		bb-plan new - | testtool splice subnet "$SUBNET" | bb-smolfile >plan.json
	ends 0 bb-bundle up --dry-run <plan.json
	for words in '--tmpfs /run/git:rw,nosuid,nodev,noexec,size=1024m,mode=0755' "--memory=$((1792 << 20))"; do
		check grep -Fq -- "$words" err
	done
	good_docker
	ends 77 bb-bundle up <plan.json         # facts is another container's
	equals redact "$(jq -r '.dlp["api.example.com"]' "$BOT_BOTTLE_HOME/bottles/demo/bundle.json")"
	equals api.example.com "$(jq -r '.websocket[0]' "$BOT_BOTTLE_HOME/bottles/demo/bundle.json")"
	equals 67108864 "$(jq .limits.request_body "$BOT_BOTTLE_HOME/bottles/demo/bundle.json")"
	equals 'POST /v1/messages null /v1/models*' "$(jq -r '.credentials[0].only | map("\(.method) \(.path)") | join(" ")' "$BOT_BOTTLE_HOME/bottles/demo/bundle.json")"
	all_good
}

@test "what fails after the network or the container was made is taken back, newest first" {
	while IFS='|' read -r what status text undone; do
		start
		case $what in
		run) rule docker 'run *' 125 'echo "docker: Error response from daemon: no cgroup." >&2' ;;
		image) rule docker 'run *' 125 'echo "docker: Error response from daemon: No such image: bundle:1" >&2' ;;
		esac
		good_docker
		check ends "$status" bb-bundle up <plan.json
		check grep -Fq -- "$text" err
		check equals '' "$(cat out)" stdout
		check equals "$undone" "$(removed)" "taken back after $what"
	done <<-'END'
	run|69|no cgroup|BOX,NET
	image|65|no image bundle:1|BOX,NET
	route|77|not from the bottle's gateway|BOX,NET
	END
	all_good
}

@test "what is taken back is looked at first: a foreign object of that name stays" {
	start
	rule docker 'run *' 125 'echo "docker: Error response from daemon: no cgroup." >&2'
	has_box other
	good_docker
	ends 69 bb-bundle up <plan.json
	equals NET "$(removed)"
	grep -q "not bottlebox's" err
}

@test "a network that overlaps is 75, a foreign or changed one 77, and none of them is removed" {
	while IFS='|' read -r said net status text; do
		start
		rule docker 'network create *' 1 "echo 'Error response from daemon: $said' >&2"
		IFS=, read -r label range driver <<<"${net/OURS/$(own_label demo)}"
		has_net "$label" "$range" "$driver"
		good_docker
		check ends "$status" bb-bundle up <plan.json
		check grep -Fq -- "$text" err
		check equals '' "$(calls | grep -E 'network rm|docker run' || :)" "calls after '$said'"
	done <<-'END'
	Pool overlaps with other one on this address space||75|another network has 192.168.108.0/24
	network with name x already exists|,192.168.108.0/24,bridge|77|lacks the label
	network with name x already exists|other,192.168.108.0/24,bridge|77|lacks the label
	network with name x already exists|OURS,192.168.9.0/24,bridge|77|with 192.168.9.0/24, the plan says
	network with name x already exists|OURS,192.168.108.0/24,macvlan|77|is a macvlan
	something strange||69|something strange
	END
	all_good
}

@test "a container of that name: ours is verified and kept, ours but stopped is replaced, a foreign one stays" {
	can_be_home
	used='echo "docker: Error response from daemon: Conflict. The name is already in use by container x." >&2'
	start_at_home
	rule docker 'run *' 125 "$used"
	has_box "$(own_label demo)"
	good_docker
	check works at_home 8888 bb-bundle up <plan.json
	check equals '' "$(removed)" 'removed when ours runs'
	start_at_home
	rule docker 'run *' 125 "$used"
	has_box other
	good_docker
	check ends 77 bb-bundle up <plan.json
	check grep -q "not bottlebox's" err
	check equals NET "$(removed)" 'removed when it is foreign'
	start_at_home
	rule docker 'run *' own "[ -e $T/second ] || { : >$T/second; $used; exit 125; }; echo $BOX"
	has_box "$(own_label demo)" false
	good_docker
	check ends 0 at_home 8888 bb-bundle up <plan.json
	check equals BOX "$(removed)" 'removed when ours has stopped'
	all_good
}

@test "a network of ours with our range is used again" {
	can_be_home
	start_at_home
	rule docker 'network create *' 1 'echo "Error response from daemon: network with name x already exists" >&2'
	good_docker
	works at_home 8888 bb-bundle up <plan.json
	equals '' "$(removed)"
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
	equals BOX,NET "$(removed)"
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
	bb bb-bundle up <plan.json
	equals "$BOT_BOTTLE_HOME/docker" "$(grep -A1 -x -- --config "$FAKE_LOG" | grep -v -e --config -e '^--$' | sort -u)"
	equals 700 "$(stat -c %a "$BOT_BOTTLE_HOME/docker")"
}

@test "down: what is ours goes, what is gone is fine, what is foreign stays (77)" {
	start
	has_box "$(own_label demo)"
	good_docker
	works bb-bundle down demo
	equals "docker rm -f -v -- $BOX,docker network rm -- $NET" "$(calls | grep ' rm ' | paste -sd,)"
	start
	rule docker 'inspect *' 1 'echo "Error: No such object: x" >&2'
	works bb-bundle down demo
	equals '' "$(calls | grep ' rm ' || :)"
	start
	has_box other
	has_net other
	ends 77 bb-bundle down demo
	equals '' "$(calls | grep ' rm ' || :)"
	grep -q "not bottlebox's" err
	start
	has_box "$(own_label demo)"
	has_net "$(own_label demo)"
	rule docker 'rm *' 1 'echo "Error response from daemon: device busy" >&2'
	rule docker 'network rm *' 0
	ends 1 bb-bundle down demo
	grep -q 'device busy' err
	calls | grep -q 'network rm'
}

@test "logs: filtered for terminals, 1 if there is no container; names are checked" {
	start
	rule docker 'logs --tail 10000 -- bot-bottle-bundle-demo' 0 "printf 'a\033[2Jb\n\302\233c\n'; printf 'err\n' >&2"
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

@test "requests: a filtered line each, whatever the bundle says; answer: by standard input, never a command line" {
	start
	has_box "$(own_label demo)"
	printf '%s\n' '{"id":"1764000000-0123456789abcdef","ts":1764000000,"text":"may I?\u001b[2J\nnow"}' 'no json' \
		'{"id":"../x","ts":1,"text":"bad id"}' '{"id":"1764000001-0123456789abcdef","ts":"x","text":"no time"}' \
		'{"id":"1764000002-0123456789abcdef","ts":1}' >asked
	rule docker "exec $BOX /usr/lib/bottle/requests" 0 "cat $T/asked"
	rule docker "exec -i $BOX /usr/lib/bottle/grant 1764000000-0123456789abcdef *" 0 "echo \$6 >$T/seconds; cat >$T/answer"
	rule docker 'exec -i *' 1 'cat >/dev/null; echo "grant: no such request is waiting" >&2'
	works bb-bundle requests demo
	equals 2 "$(wc -l <out)"
	grep -qE '^1764000000-0123456789abcdef +[0-9?]+[smh]?  may I\?\?\[2J\?now$' out
	grep -qE '^1764000001-0123456789abcdef +[0-9?]+[smh]?  no time$' out
	works bb-bundle answer demo 1764000000-0123456789abcdef 'yes, sesame'
	equals 'yes, sesame 3600' "$(cat answer) $(cat seconds)"
	! grep -q sesame "$FAKE_LOG" || fail 'the answer was an argument'
	echo 'by a pipe' >line
	bb bb-bundle answer demo 1764000000-0123456789abcdef --for 60 <line
	equals 'by a pipe 60' "$(cat answer) $(cat seconds)"
	refuses 1 'no such request is waiting' bb-bundle answer demo 1764000009-0123456789abcdef x
	refuses 64 'is not the id of a request' bb-bundle answer demo '../../x' x
	refuses 64 '--for' bb-bundle answer demo 1764000000-0123456789abcdef --for 0 x
	rm "$FAKE_RULES"
	rule docker 'inspect *' 1 'echo "Error: No such container: x" >&2'
	refuses 1 'no container bot-bottle-bundle-demo of ours runs' bb-bundle requests demo
}
