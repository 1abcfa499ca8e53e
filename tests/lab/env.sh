# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# env.sh: sourced inside the lab. The programs, the planted secrets, and recorders in front of docker and smolvm.

# recorder NAME REAL FOLDER CALLS: FOLDER/NAME writes its command line down, then is REAL. Paths are written
# into it, since smolvm is given an environment without ours.
recorder() {
	mkdir -p "$3"
	cat >"$3/$1" <<-EOT
	#!/bin/sh
	# One write, so that no other's stands in the middle.
	line=\$(printf '%s' "$1"; printf '\\t%s' "\$@" | tr '\\n' ' ')
	printf '%s\\n' "\$line" >>"$4"
	exec "$2" "\$@"
	EOT
	chmod +x "$3/$1"
}

PROJECT=$PWD
BB_CALLS=$HOME/calls
DEMO_API_KEY=demo-key-0b7c1f4e9a2d DEMO_NOTE=a-note-of-the-operator
recorder docker "$(PATH=/usr/sbin:/usr/bin:/sbin:/bin command -v docker)" "$HOME/record" "$BB_CALLS"
recorder smolvm /opt/smolvm/default/smolvm "$HOME/record" "$BB_CALLS"
PATH=$HOME/record:$PROJECT/out/bin:$PATH
export PROJECT PATH BB_CALLS DEMO_API_KEY DEMO_NOTE
# Which engine runs the machines: smolvm, or what tests/engine says.
if [ "${ENGINE-}" = docker ]; then
	BOT_BOTTLE_BACKEND=docker
	export BOT_BOTTLE_BACKEND
fi
