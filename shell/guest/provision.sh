# Runs in the guest as root, read from standard input behind a few assignments:
#   STEPS AGENT_USER WORKDIR ENV_FILE CA NONCE
# They may hold secrets, so they are never exported and only reach builtins and files.
# Says "done STEP" for each step, "note ..." for what could not be checked, "fail ..." and ends.
umask 022
run=/run/bot-bottle
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
	done
	{ mkdir -p "$run" && chmod 755 "$run"; } || fail "init: cannot make $run"
	[ -z "$AGENT_USER" ] || own_home
}

own_home() {
	id -u "$AGENT_USER" >/dev/null 2>&1 || fail "init: the image has no user $AGENT_USER"
	group=$(id -g "$AGENT_USER")
	home=$(eval "printf %s ~$AGENT_USER")      # its name was checked: letters, digits and ._- only
	for dir in "$home" "$WORKDIR"; do
		case $dir in ''|/) continue ;; esac
		{ mkdir -p "$dir" && chown -R "$AGENT_USER:$group" "$dir"; } || fail "init: cannot give $dir to $AGENT_USER"
		[ "$(stat -c %U "$dir")" = "$AGENT_USER" ] || fail "init: $dir still belongs to $(stat -c %U "$dir")"
	done
}

env_file() {
	mkdir -p "$run" || fail "env: cannot make $run"
	(umask 077 && printf %s "$ENV_FILE" >"$run/env.new") || fail "env: cannot write $run/env"
	[ -z "$AGENT_USER" ] || chown "$AGENT_USER" "$run/env.new" || fail "env: cannot give $run/env to $AGENT_USER"
	mv "$run/env.new" "$run/env" || fail "env: cannot write $run/env"
	[ "$(stat -c %a "$run/env")" = 600 ] || fail "env: $run/env has mode $(stat -c %a "$run/env")"
}

# Into the system's store by its own tool; an image without one gets a store with this CA alone.
ca() {
	if command -v update-ca-certificates >/dev/null 2>&1; then
		mkdir -p /usr/local/share/ca-certificates
		printf '%s\n' "$CA" >/usr/local/share/ca-certificates/bot-bottle.crt || fail "ca: cannot write the certificate"
		update-ca-certificates >/tmp/ca.log 2>&1 </dev/null || fail "ca: update-ca-certificates: $(tail -n 1 /tmp/ca.log)"
		rm -f /tmp/ca.log
	else
		mkdir -p "${store%/*}"
		line=$(printf '%s\n' "$CA" | sed -n 2p)
		grep -qF "$line" "$store" 2>/dev/null || printf '%s\n' "$CA" >>"$store" || fail "ca: cannot write $store"
	fi
	line=$(printf '%s\n' "$CA" | sed -n 2p)
	grep -qF "$line" "$store" || fail "ca: $store does not hold the certificate afterwards"
	trusted
}

# A request over TLS through 8888, with nothing but what the agent will have. Its answer is known to this
# bottle's own container alone.
trusted() {
	url=https://bundle.internal/nonce
	[ ! -r "$run/env" ] || . "$run/env"
	if command -v curl >/dev/null 2>&1; then
		got=$(curl -sS --max-time 120 "$url" 2>&1 </dev/null) || fail "ca: curl: $got"
	elif command -v python3 >/dev/null 2>&1; then
		got=$(python3 -c 'import sys, urllib.request as u; print(u.urlopen(sys.argv[1], timeout=120).read().decode())' \
			"$url" 2>&1 </dev/null) || fail "ca: python3: $(printf '%s' "$got" | tail -n 1)"
	else
		echo "note the certificate is in $store, but the guest has neither curl nor python3 to try it"
		return
	fi
	[ "$got" = "$NONCE" ] || fail "ca: what answers at 8888 is not this bottle's bundle"
	echo "note verified"
}

for step in $STEPS; do
	case $step in
	env) env_file ;;
	*) "$step" ;;
	esac
	echo "done $step"
done
