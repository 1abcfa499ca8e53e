# SPDX-License-Identifier: MIT
# Runs in the guest as root, read from standard input behind a few assignments:
#   STEPS RELAYED NOW AGENT_USER WORKDIR ENV_FILE OURS CA NONCE BASIC BUNDLE PROXY_PORT PROMPT GATE REPOS GIT_NAME GIT_EMAIL
#   SUPERVISE
# RELAYED is the first of the steps that goes through the relay, if one does. They may hold secrets, so they are never
# exported and only reach builtins and files.
# Says "done STEP" for each step, "verified STEP" where it was tried, "note ..." for what could not be, "fail ..." and
# ends.
umask 022
run=/run/bot-bottle
own=/var/lib/bot-bottle
store=/etc/ssl/certs/ca-certificates.crt
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

fail() {
	printf 'fail %s\n' "$*"
	exit 1
}

# Packing loses owners (all files belong to whoever packed) and /tmp's sticky bit.
init() {
	[ "$(id -u)" = 0 ] || fail "init: the image runs commands as $(id -un), not as root"
	for dir in /tmp /var/tmp; do
		{ mkdir -p "$dir" && chown 0:0 "$dir" && chmod 1777 "$dir"; } || fail "init: cannot repair $dir"
		[ "$(stat -c '%u %a' "$dir")" = '0 1777' ] || fail "init: $dir is $(stat -c '%u %a' "$dir") still"
	done
	make_run
	[ -z "$AGENT_USER" ] || own_home
	echo "verified init"
}

own_home() {
	id -u "$AGENT_USER" >/dev/null 2>&1 || fail "init: the image has no user $AGENT_USER"
	find_home
	[ -e "$own/homes" ] || give_home
	for dir in "$home" "$WORKDIR"; do
		case $dir in ''|/) continue ;; esac
		# shellcheck disable=SC2016 # the agent's shell expands them
		as_agent 'mkdir -p "$1" && [ -w "$1" ]' "$dir" 2>/dev/null ||
			fail "init: $AGENT_USER cannot write to $dir, and root gives it a folder only before it runs for the first time"
	done
}

# Once: what the agent has put there since may be a second name (a hard link) of a file of root's.
give_home() {
	for dir in "$home" "$WORKDIR"; do
		case $dir in ''|/) continue ;; esac
		{ mkdir -p "$dir" && chown -R -h "$AGENT_USER:$group" "$dir"; } || fail "init: cannot give $dir to $AGENT_USER"
		[ "$(stat -c %U "$dir")" = "$AGENT_USER" ] || fail "init: $dir still belongs to $(stat -c %U "$dir")"
	done
	{ mkdir -p "$own" && : >"$own/homes"; } || fail "init: cannot write $own/homes"
}

find_home() {
	group=$(id -g "$AGENT_USER") || fail "the image has no user $AGENT_USER"
	home=$(eval "printf %s ~$AGENT_USER")      # its name was checked: letters, digits and ._- only
}

# In memory, where that can be had: what is written there must not reach the machine's disk.
make_run() {
	{ mkdir -p "$run" && chmod 755 "$run"; } || fail "cannot make $run"
	! grep -q "^[^ ]* $run tmpfs \|^[^ ]* /run tmpfs " /proc/mounts || return 0
	mount -t tmpfs -o mode=755,nosuid,nodev,size=16m bot-bottle "$run" 2>/dev/null ||
		echo "note $run is on the machine's disk, and so is the environment: the image has no mount, or may not"
}

# keep FILE TEXT: for the agent's eyes only, there at once or not at all.
keep() {
	make_run
	(umask 077 && printf %s "$2" >"$1.new") || fail "cannot write $1"
	[ -z "$AGENT_USER" ] || chown "$AGENT_USER" "$1.new" || fail "cannot give $1 to $AGENT_USER"
	mv "$1.new" "$1" || fail "cannot write $1"
	[ "$(stat -c '%U %a' "$1")" = "${AGENT_USER:-root} 600" ] || fail "$1 is $(stat -c '%U %a' "$1")"
}

# The way to the bundle for everybody here, started anew with the token as it is now. That bb-vm exec can start it again,
# the token lies in a folder of root's as well. Its program is where bb-provision sent it.
relay() {
	make_run
	way=$run/relay
	(umask 077 && mkdir -p "$way" && printf '%s\n' "Basic $BASIC" >"$way/token") || fail "relay: cannot write $way/token"
	end_relay
	# Where a program can be run: a /run that is noexec is passed over.
	for place in "$way" "$own"; do
		{ mkdir -p "$place" && rm -f "$place/relay" && cp "$run-relay" "$place/relay" && chmod 755 "$place/relay"; } || continue
		printf '%s\n' "pid=\$($place/relay $BUNDLE <$way/token) && echo \$pid >$way/pid" >"$way/start"
		said=$(sh "$way/start" 2>&1) && { rm -f "$run-relay"; return 0; }
		case $said in relay:*) fail "$said" ;; esac
		rm -f "$place/relay"
	done
	fail "relay: no folder to write a program to and run it: $said"
}

# Its ports are free a moment later.
end_relay() {
	old=$(cat "$way/pid" 2>/dev/null) || return 0
	case $(tr '\0' ' ' <"/proc/$old/cmdline" 2>/dev/null) in */relay\ *) ;; *) return 0 ;; esac
	kill "$old" && sleep 1
}

# What clients.sh finds comes last. BOT_BOTTLE_PATH says that the environment is there, and what PATH it had.
# The agent's file is the agent's to write, so root reads a copy of its own.
env_file() {
	ENV_FILE="$ENV_FILE
[ ! -r $run/clients ] || . $run/clients
export BOT_BOTTLE_PATH=\"\$PATH\""
	keep "$run/env" "$ENV_FILE"
	(umask 077 && mkdir -p "$run/root" && printf %s "$ENV_FILE" >"$run/root/env") || fail "cannot write $run/root/env"
	(. "$run/root/env") || fail "env: $run/env cannot be read by a shell"
	shells
	echo "verified env"
}

prompt() {
	keep "$run/prompt" "$PROMPT"
	echo "verified prompt"
}

# As tar has unpacked them, in a folder that was root's until now: each takes the place of one of that name.
skills() {
	find_home
	chown -R -h "$AGENT_USER:$group" "$run-skills" || fail "skills: cannot give $run-skills to $AGENT_USER"
	# shellcheck disable=SC2016 # the agent's shell expands them
	as_agent 'mkdir -p "$2" && for new in "$1"/*; do
		old=$2/${new##*/}
		rm -rf "$old" && mv "$new" "$old" || exit 1
	done' "$run-skills" "$home/.claude/skills" 2>/dev/null || fail "skills: $AGENT_USER cannot write to $home/.claude/skills"
	rm -rf "$run-skills"
	echo "verified skills"
}

# Into the system's store by its own tool; an image without one gets a store with this CA alone.
ca() {
	clock
	line=$(printf '%s\n' "$CA" | sed -n 2p)
	if command -v update-ca-certificates >/dev/null 2>&1; then
		mkdir -p /usr/local/share/ca-certificates
		printf '%s\n' "$CA" >/usr/local/share/ca-certificates/bot-bottle.crt || fail "ca: cannot write the certificate"
		# --fresh: to it a new certificate of the old name is the old one, and Java's store would keep that.
		update-ca-certificates --fresh >"$run/ca.log" 2>&1 </dev/null || update-ca-certificates >"$run/ca.log" 2>&1 </dev/null ||
			fail "ca: update-ca-certificates: $(tail -n 1 "$run/ca.log")"
		rm -f "$run/ca.log"
	elif command -v update-ca-trust >/dev/null 2>&1; then
		mkdir -p /etc/pki/ca-trust/source/anchors
		printf '%s\n' "$CA" >/etc/pki/ca-trust/source/anchors/bot-bottle.crt || fail "ca: cannot write the certificate"
		update-ca-trust >"$run/ca.log" 2>&1 </dev/null || fail "ca: update-ca-trust: $(tail -n 1 "$run/ca.log")"
		rm -f "$run/ca.log"
		[ -e "$store" ] || ln -s /etc/pki/tls/certs/ca-bundle.crt "$store" || fail "ca: cannot make $store"
	else
		mkdir -p "${store%/*}"
		grep -qF "$line" "$store" 2>/dev/null || printf '%s\n' "$CA" >>"$store" || fail "ca: cannot write $store"
	fi
	grep -qF "$line" "$store" || fail "ca: $store does not hold the certificate afterwards"
	clients
	got=$(fetch https://bundle.internal/nonce </dev/null)
	case $? in
	0) ;;
	3) echo "note the guest has neither curl nor python3 to try the certificate"; return 0 ;;
	*) fail "ca: $got" ;;
	esac
	[ "$got" = "$NONCE" ] || fail "ca: what answers at 8888 is not this bottle's bundle"
	echo "verified ca"
}

# A certificate that was made a minute ago is not valid yet where the clock is behind.
clock() {
	off=$(($(date +%s) - NOW))
	[ "${off#-}" -lt 300 ] || fail "ca: the guest's clock is $off s off the host's"
}

# fetch URL [BODY]: as the agent, with nothing but what it will have. Prints the answer, or why there is none; 3 when there
# is nothing to try it with.
fetch() {
	# shellcheck disable=SC2016 # the agent's shell expands them
	as_agent '[ ! -r /run/bot-bottle/env ] || . /run/bot-bottle/env
	if command -v curl >/dev/null 2>&1; then
		curl -sSf --max-time 120 ${2:+-H "Content-Type: application/json" -H "Accept: application/json, text/event-stream" -d "$2"} "$1" 2>&1
	elif command -v python3 >/dev/null 2>&1; then
		said=$(python3 -c "import sys, urllib.request as u
h = {\"Content-Type\": \"application/json\", \"Accept\": \"application/json, text/event-stream\"}
r = u.Request(sys.argv[1], sys.argv[2].encode() if sys.argv[2:] else None, h if sys.argv[2:] else {})
print(u.urlopen(r, timeout=120).read().decode())" "$@" 2>&1) || { printf "%s\n" "$said" | tail -n 1; exit 1; }
		printf "%s\n" "$said"
	else
		exit 3
	fi' "$@"
}

# For every user, so that it holds whatever HOME the agent has. What the manifest calls a repository by is taken to the
# gate, which each is asked through.
git_config() { git config --system "$@" || fail "git: git config --system $*"; }

git_() {
	# An agent may bring a library instead.
	command -v git >/dev/null 2>&1 || { echo "note git: the image has no git, so nothing was set and tried"; return 0; }
	[ -z "$GIT_NAME" ] || git_config user.name "$GIT_NAME"
	[ -z "$GIT_EMAIL" ] || git_config user.email "$GIT_EMAIL"
	while read -r name url; do
		[ -n "$name" ] || continue
		git config --system --unset-all "url.$GATE/$name.insteadOf" 2>/dev/null || :
		git_config --add "url.$GATE/$name.insteadOf" "$url"
		case $url in
		ssh://*:*/*) ;;
		ssh://*/*) path=${url#ssh://}; git_config --add "url.$GATE/$name.insteadOf" "${path%%/*}:${path#*/}" ;;
		esac
		said=$(as_agent '[ ! -r /run/bot-bottle/env ] || . /run/bot-bottle/env; GIT_TERMINAL_PROMPT=0 git ls-remote "$1"' "$url" 2>&1 </dev/null) ||
			fail "git: $name: $(printf '%s\n' "$said" | tail -n 1)"
	done <<-END
	$REPOS
	END
	[ -z "$REPOS" ] || echo "verified git"
}

# The way to the operator, as a file that agents take (claude --mcp-config).
supervise() {
	keep "$run/mcp.json" "{\"mcpServers\":{\"supervise\":{\"type\":\"http\",\"url\":\"$SUPERVISE\"}}}"
	got=$(fetch "$SUPERVISE" '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"bb-provision","version":"1"}}}' </dev/null)
	case $?,$got in
	0,*'"serverInfo"'*) echo "verified supervise" ;;
	0,*) fail "supervise: what answers at 9100 is no MCP server" ;;
	3,*) echo "note the guest has neither curl nor python3 to try the way to the operator" ;;
	*) fail "supervise: $got" ;;
	esac
}

for step in $STEPS; do
	[ "$step" != "$RELAYED" ] || relay
	case $step in
	env) env_file ;;
	git) git_ ;;
	*) "$step" ;;
	esac
	echo "done $step"
done
