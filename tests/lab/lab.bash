# SPDX-License-Identifier: MIT
# lab.bash: for the bats files that run inside the lab.
bats_require_minimum_version 1.5.0
. "${BASH_SOURCE[0]%/*}/../assert.bash"

# What the two engines do differently: engine-smolvm.bash, engine-docker.bash.
load "${BASH_SOURCE[0]%/*}/engine-${ENGINE:-smolvm}.bash"

canary() { "$PROJECT/tests/lab/canary" "$@"; }

# guest [USER] -- COMMAND...: in the bottle demo.
guest() { bb-vm exec demo "$@" 2> >(grep -v '^note: no packed assets' >&2) 3>&-; }

# own_label SLUG: bot-bottle.bottle as this host and state folder have it (lib/basic/paths.h).
own_label() {
	local id
	id=$(cat /etc/machine-id 2>/dev/null)
	id=$(printf 'bottlebox %s' "${id:-$(uname -n)}" | sha256sum | cut -c 1-16)
	printf '%s.%s' "$(printf 'bottlebox %s %s' "$id" "$HOME/.local/state/bot-bottle" | sha256sum | cut -c 1-16)" "$1"
}

# screen NAME COMMAND: in a terminal of its own; shown NAME TEXT: what stands on it, once TEXT does.
screen() { tmux new-session -d -s "$1" -x 120 -y 40 "$2; sleep 600" 3>&-; }

shown() {
	for _ in $(seq 240); do
		! tmux capture-pane -p -t "$1" | grep -qF "$2" || break
		sleep 0.5
	done
	run tmux capture-pane -p -t "$1"
	assert_output --partial "$2"
}

# unguard SLUG: the bundle is about to be exchanged on purpose; wall W11 would stop the machine (guard.bats).
unguard() { pkill -TERM -f "bb-guard --hold .*$1\$"; }

# with_agent SLUG: bb-start in the background until its agent runs; $pid is its process.
with_agent() {
	local m=$BATS_TEST_TMPDIR/$1.json
	sed "s/\"bottle\": \"demo\"/\"bottle\": \"$1\"/; s/demo-agent:1/tiny-agent:1/" tests/lab/demo.json >"$m"
	bb-start --yes "$m" -- sleep 3000 </dev/null >"$BATS_TEST_TMPDIR/said" 2>&1 3>&- &
	pid=$!
	agent_runs "bot-bottle-$1 .*sleep 3000"
}

# ended PID: waits until that process is gone.
ended() {
	for _ in $(seq 240); do
		[ -e "/proc/$1" ] || return 0
		sleep 0.5
	done
	return 1
}

# none_runs PATTERN: waits until no process has such a command line.
none_runs() {
	for _ in $(seq 240); do
		pgrep -f "$1" >/dev/null || return 0
		sleep 0.5
	done
	pgrep -af "$1"
	return 1
}

# What may be left of a bottle SLUG anywhere: one line each, nothing when all is gone.
left_of() {
	local slug=$1 name=bot-bottle-$1
	docker ps -a --format 'container {{.Names}}' | grep -F "bot-bottle-bundle-$slug"
	docker network ls --format 'network {{.Name}}' | grep -F "bot-bottle-bundle-$slug"
	machine_left "$slug"
	pgrep -af "$(printf %s "$name" | sha256sum | cut -c 1-16)|[b]b-guard .*$slug" | sed 's/^/process /'
	[ ! -e "$HOME/.local/state/bot-bottle/bottles/$slug" ] || echo "bottle's folder"
	sqlite3 "$HOME/.local/state/bot-bottle/state.db" "SELECT 'lease ' || cidr FROM leases WHERE slug = '$slug'
		UNION ALL SELECT 'bottle ' || slug FROM bottles WHERE slug = '$slug'" 2>/dev/null
	true
}

# address_of CONTAINER: of a bundle, on the network of its own name, where its agent is.
address_of() { docker inspect -f "{{with index .NetworkSettings.Networks \"$1\"}}{{.IPAddress}}{{end}}" "$1"; }

# --- other bundles than the one of $C: same image, same network, same walls ---

# bundle_config CHANGE...: the configuration of $C with these JSON objects laid over it.
bundle_config() {
	python3 -c '
import json, sys
with open(sys.argv[1]) as f:
    plain = json.load(f)
for change in sys.argv[2:]:
    plain.update(json.loads(change))
print(json.dumps(plain))' "$(docker inspect -f '{{range .Mounts}}{{if eq .Destination "/etc/bottle/bundle.json"}}{{.Source}}{{end}}{{end}}' "$C")" "$@"
}

# own_bundle NAME ADDRESS CONFIG OPTION...: docker run OPTION... with what else a bundle needs.
own_bundle() {
	local name=$1 address=$2 config=$3
	shift 3
	chmod 644 "$config"
	run_beside "$C" "$@" --name "$name" --ip "$address" \
		--read-only --tmpfs /run/bottle:rw,nosuid,nodev,noexec,mode=0755 --tmpfs /run/git --tmpfs /tmp --cap-drop ALL \
		--cap-add CHOWN --cap-add SETUID --cap-add SETGID --cap-add SETPCAP --cap-add KILL --cap-add NET_ADMIN \
		--security-opt no-new-privileges --sysctl net.ipv6.conf.all.disable_ipv6=1 \
		--mount "type=bind,src=$config,dst=/etc/bottle/bundle.json,readonly" "$(docker inspect -f '{{.Image}}' "$C")"
}

# answers ADDRESS PORT: waits until somebody speaks HTTP there.
answers() {
	for _ in $(seq 240); do
		! curl -sS -o /dev/null "http://$1:$2/" 2>/dev/null || return 0
		sleep 0.5
	done
	return 1
}

# hand CONTAINER [NAME VALUE...]: the hand-over, of these secrets.
hand() {
	local box=$1 name
	shift
	while [ $# -gt 1 ]; do
		printf '%s %s\n' "$1" "$(printf %s "$2" | base64 -w 0)"
		shift 2
	done | docker exec -i "$box" /usr/lib/bottle/handover "$(docker exec "$box" cat /run/bottle/nonce)"
}
