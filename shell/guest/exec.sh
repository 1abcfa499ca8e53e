# SPDX-License-Identifier: MIT
# Runs in the guest as: sh -c THIS sh USER WORKDIR TERM ONCE COMMAND...
# Reads what bb-provision left, becomes USER where that is still to be done, starts COMMAND.
# A missing command is 127 and one that cannot run 126, by the shell's own rules.
# An image without PATH in its configuration gives us none.
: "${PATH:=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin}"
export PATH
user=$1 dir=$2
[ -z "$3" ] || export TERM="$3"
once=$4
shift 4
env=/run/bot-bottle/env
# The way to the bundle, in case it has gone: where it is still there, its ports are taken, and this ends.
[ ! -r /run/bot-bottle/relay/start ] || [ "$(id -u)" != 0 ] || sh /run/bot-bottle/relay/start 2>/dev/null || :
# Variables for this command alone: the file is gone before it runs, and is read once more by its number.
if [ -n "$once" ]; then
	[ -z "$user" ] || [ "$(id -u)" != 0 ] || chown "$user" "$once"
	exec 9<"$once"
	rm -f "$once"
	once=/proc/self/fd/9
fi
if [ -n "$user" ] && [ "$(id -un)" != "$user" ] && [ "$(id -u)" = 0 ]; then
	id -u "$user" >/dev/null 2>&1 || { echo "bottle: the image has no user $user" >&2; exit 126; }
	# runuser -u leaves these as root has them; with -l it may hang (PAM).
	while IFS=: read -r name _ _ _ _ home _ || [ -n "$name" ]; do
		[ "$name" != "$user" ] || export HOME="$home" USER="$user" LOGNAME="$user"
		name=''
	done </etc/passwd
	inner='[ ! -r "$1" ] || . "$1"; [ -z "$3" ] || { . "$3"; exec 9<&-; }; [ -z "$2" ] || cd -- "$2" || exit 126; shift 3; exec "$@"'
	if command -v runuser >/dev/null 2>&1; then
		exec runuser -u "$user" -- sh -c "$inner" sh "$env" "$dir" "$once" "$@"
	fi
	# Options first: not every su takes them behind the user (POSIXLY_CORRECT; musl's getopt, without long options).
	exec su -s /bin/sh -c 'exec sh -c "$0" sh "$@"' -- "$user" "$inner" "$env" "$dir" "$once" "$@"
fi
: "${HOME:=/root}"
export HOME
# The agent can write its own: root has another.
[ "$(id -u)" != 0 ] || env=/run/bot-bottle/root/env
[ ! -r "$env" ] || . "$env"
[ -z "$once" ] || { . "$once"; exec 9<&-; }
[ -z "$dir" ] || cd -- "$dir" || exit 126
exec "$@"
