# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2034,SC2154 # variables of lab and of other parts
# build - the layers in their order, and the packages that the host needs for it.

layers='base smolvm guest tiny agent bundle docker ready'
machine_tools='qemu-system-x86_64 qemu-img'

deps() {
	missing=''
	for package in $(packages packages-host); do
		dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
	done
	if [ "${1-}" = --missing ]; then
		echo "${missing# }"
		return 0
	fi
	[ -n "$missing" ] || { say 'all packages are installed'; return 0; }
	say "installing by apt-get:$missing"
	[ "$(id -u)" = 0 ] || die 77 'installing packages needs root' "advice: sudo $0 deps"
	apt-get update -qq
	# shellcheck disable=SC2086 # words
	DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends $missing >&2
}

need_tools() {
	for tool in $machine_tools mmdebstrap dockerd docker mke2fs zstd busybox python3 pip unzip openssl flock; do
		need "$tool"
	done
}

need() { command -v "$1" >/dev/null || die 69 "$1 is missing" "advice: $0 deps"; }

built() {
	for name in $layers; do [ -d "$(where "$name")" ] || return 1; done
}

build() {
	for tool in $machine_tools; do need "$tool"; done	# a part of a layer's name is what QEMU calls itself
	mkdir -p "$cache"
	built || need_tools
	built || [ "$(id -u)" = 0 ] ||
		die 77 'building needs root: owners in file systems, and a Docker engine of its own' \
			"advice: sudo env HOME=\"\$HOME\" $0 build; running needs no root."
	if ! built; then
		exec 9>"$cache/build.lock"	# a second build waits, then finds everything made
		flock 9
	fi
	for name in $layers; do layer "$name"; done
	printf 'layer          time   size%s\n' "$table"
	say "built in $(($(now) - started)) s: $cache"
}

clean() {
	case ${1:-} in
	'') rm -rf "$cache" ;;
	--old) clean_old ;;
	*) die 64 "clean: what is '$1'?" 'advice: lab clean [--old]' ;;
	esac
}

# What neither this tree uses nor a run that lives.
clean_old() {
	keep=" $(for name in $layers; do where "$name"; done | tr '\n' ' ')"
	ready=$(key_ready)
	for path in "$cache"/*-*; do
		case "$keep" in *" $path "*) continue ;; esac
		case $path in *"-$ready") continue ;; esac
		if [ -f "$path/parent" ] && [ "$(cat "$path/parent")" = "$ready" ]; then continue; fi
		rm -rf "$path"
	done
	for path in "$cache"/tmp.*; do
		kill -0 "${path##*.}" 2>/dev/null || rm -rf "$path"
	done
}
