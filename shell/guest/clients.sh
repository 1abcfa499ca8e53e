# SPDX-License-Identifier: MIT
# Runs in the guest as root, in one script with provision.sh and before it: clients that ask neither the environment nor the
# system's store. JVMs have options in a variable and a store of their own, Maven and Gradle a file, browsers a database.
# What the image has not is passed over; what could not be done is a note, since the agent may not need it.
# shellcheck disable=SC2154 # run, home, mark, image_path and PROXY_PORT are the others'
# shellcheck disable=SC2153 # bb-provision assigns it
proxy_host=127.0.0.1 proxy_port=$PROXY_PORT

clients() {
	find_home
	make_run
	rm -f "$run/clients"
	if find_java; then
		java_options
		settings .m2/settings.xml "$(maven_settings)"
		settings .gradle/gradle.properties "$(gradle_settings)"
	fi
	browsers
	pam_environment
}

# look NAME: the program that the agent would run by that name: by its PATH and JAVA_HOME, not by ours.
look() (
	PATH=$image_path
	set -- "$1" "$run/root/env"
	[ ! -r "$2" ] || . "$2"
	case $1 in
	java | keytool) [ ! -x "${JAVA_HOME-}/bin/$1" ] || { echo "$JAVA_HOME/bin/$1"; return 0; } ;;
	esac
	command -v "$1"
)

# as_agent SCRIPT [ARGS...]: nothing of root's is to follow a link in the agent's home, nor to run a program, or read a
# configuration, that may be the agent's own.
as_agent() (
	[ -z "$AGENT_USER" ] || { find_home && HOME=$home; }
	export HOME mark
	script=$1
	shift
	if [ "$(id -un)" = "${AGENT_USER:-root}" ]; then
		sh -c "$script" sh "$@"
	elif command -v runuser >/dev/null 2>&1; then
		runuser -u "$AGENT_USER" -- sh -c "$script" sh "$@"
	else
		su -s /bin/sh -c 'exec sh -c "$0" sh "$@"' -- "$AGENT_USER" "$script" "$@"
	fi
)

# --- JVM ---

find_java() {
	java=$(look java) keytool=$(look keytool)
	[ -n "$java$keytool" ] || return 1
	jvm=$(readlink -f "${java:-$keytool}")
	jvm=${jvm%/bin/*}
	[ -n "$keytool" ] || ! [ -x "$jvm/bin/keytool" ] || keytool=$jvm/bin/keytool
	# Of hosts that are not asked for through the proxy, as Java writes a list.
	direct=$([ ! -r "$run/root/env" ] || . "$run/root/env"; printf %s "${NO_PROXY-}" | tr , '|')
	direct="localhost|127.*|[::1]${direct:+|$direct}"
}

# Added to what the image or agent.env say there; behind it, so that ours count.
java_options() {
	options="-Dhttp.proxyHost=$proxy_host -Dhttp.proxyPort=$proxy_port -Dhttps.proxyHost=$proxy_host -Dhttps.proxyPort=$proxy_port -Dhttp.nonProxyHosts=$direct"
	java_store
	[ -z "$trusted" ] || options="-Djavax.net.ssl.trustStore=$trusted $options"
	replace "$run/clients" 644 <<-END
		case \${JAVA_TOOL_OPTIONS-} in
		*"$options") ;;
		*) export JAVA_TOOL_OPTIONS="\${JAVA_TOOL_OPTIONS:+\$JAVA_TOOL_OPTIONS }$options" ;;
		esac
	END
}

# The JVM's own store where that follows the system's (Debian, Fedora) and so has this certificate and no old one. Else one
# of ours: the JVM's roots and this certificate, made anew each time. JKS, since every JVM reads it and needs no password
# to; all in one call, since a JVM takes a second to start.
java_store() {
	trusted='' new=$run/cacerts.new own=''
	for own in "$jvm/lib/security/cacerts" "$jvm/jre/lib/security/cacerts" ''; do [ ! -s "$own" ] || break; done
	if [ -z "$keytool" ]; then
		echo "note the image has a java without keytool, so that it does not trust the bundle"
		return 0
	fi
	if [ -n "$own" ] && store_has "$own"; then
		trusted=$(readlink -f "$own")
		return 0
	fi
	rm -f "$new" "$run/cacerts"
	made=$(as_agent 'mktemp -d' </dev/null) || made=/nonexistent
	if [ -n "$own" ] && ! said=$(key_tool -importkeystore -noprompt -srckeystore "$own" -srcstorepass changeit \
		-destkeystore "$made/store" -deststoretype JKS -deststorepass changeit 2>&1 </dev/null); then
		as_agent 'rm -f "$1/store"' "$made"
		echo "note keytool: $own cannot be read, so that Java trusts the bundle alone: $(last_line "$said")"
	fi
	said=$(printf '%s\n' "$CA" | key_tool -importcert -noprompt -alias bot-bottle -keystore "$made/store" -storetype JKS \
		-storepass changeit 2>&1)
	as_agent 'cat "$1/store"; rm -rf "$1"' "$made" 2>/dev/null </dev/null | cat >"$new"
	if store_has "$new" && chmod 644 "$new" && mv -f "$new" "$run/cacerts"; then
		trusted=$run/cacerts
	else
		rm -f "$new"
		echo "note keytool: Java does not trust the bundle: $(last_line "$said")"
	fi
}

# As the agent: in the places where it looks for programs, this may be one of its own.
key_tool() { as_agent 'exec "$@"' "$keytool" "$@"; }

# However it breaks lines.
store_has() {
	key_tool -list -rfc -keystore "$1" -storepass changeit 2>/dev/null </dev/null | tr -d '\r\n' |
		grep -qF "$(printf '%s\n' "$CA" | sed '/^-/d' | tr -d '\r\n')"
}

last_line() { printf '%s\n' "$1" | tail -n 1; }

# --- Maven, Gradle: neither takes the proxy from Java's options for what it fetches itself ---

# settings FILE TEXT: in the home, if there is none or it is ours.
settings() {
	(
		file=$1 text=$2
		export file text proxy_port
		as_agent 'cd || exit 1
		if [ -e "$file" ] && ! grep -qF "$mark" "$file"; then
			grep -q "$proxy_port" "$file" || exit 3
			exit 0
		fi
		umask 077
		mkdir -p "${file%/*}" && printf "%s\n" "$text" >"$file.new" && mv -f "$file.new" "$file"' >/dev/null 2>&1 </dev/null
	)
	case $? in
	0) ;;
	3) echo "note $home/$1 is not ours and was left alone: it must name $proxy_host, port $proxy_port, as the proxy" ;;
	*) echo "note $home/$1 cannot be written" ;;
	esac
}

maven_settings() {
	printf '%s\n' '<?xml version="1.0" encoding="UTF-8"?>' "<!-- $mark; without this line it is yours and stays as it is. -->" \
		'<settings>' '  <proxies>'
	for protocol in http https; do
		printf '    <proxy><id>bot-bottle-%s</id><active>true</active><protocol>%s</protocol><host>%s</host><port>%s</port><nonProxyHosts>%s</nonProxyHosts></proxy>\n' \
			"$protocol" "$protocol" "$proxy_host" "$proxy_port" "$direct"
	done
	printf '%s\n' '  </proxies>' '</settings>'
}

gradle_settings() {
	echo "# $mark; without this line it is yours and stays as it is."
	for protocol in http https; do
		printf 'systemProp.%s.proxyHost=%s\nsystemProp.%s.proxyPort=%s\n' "$protocol" "$proxy_host" "$protocol" "$proxy_port"
	done
	printf 'systemProp.http.nonProxyHosts=%s\n' "$direct"
}

# --- browsers ---

# Chromium and its kind read the home's database; Firefox one for each profile, of which those that are there get it.
browsers() {
	if ! command -v certutil >/dev/null 2>&1; then
		for name in chromium chromium-browser google-chrome google-chrome-stable firefox firefox-esr; do
			[ -z "$(look "$name")" ] || {
				echo "note the image has $name and no certutil (NSS tools), so that $name does not trust the bundle"
				return 0
			}
		done
		return 0
	fi
	said=$(
		cert=$CA
		export cert
		as_agent 'cd && umask 077 && mkdir -p .pki/nssdb || exit 1
		[ -e .pki/nssdb/cert9.db ] || certutil -N -d sql:.pki/nssdb --empty-password || exit 1
		for db in .pki/nssdb/cert9.db .mozilla/firefox/*/cert9.db; do
			[ -e "$db" ] || continue
			db=sql:${db%/cert9.db}
			while certutil -D -d "$db" -n bot-bottle 2>/dev/null; do :; done
			printf "%s\n" "$cert" | certutil -A -d "$db" -n bot-bottle -t C,, -a || exit 1
			certutil -L -d "$db" -n bot-bottle >/dev/null || exit 1
		done' 2>&1 </dev/null
	) || echo "note certutil: browsers do not trust the bundle: $(last_line "$said")"
}
