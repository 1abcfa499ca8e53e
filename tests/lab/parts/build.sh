# shellcheck shell=sh disable=SC2034,SC2154 # variables of lab and of other parts
# build - the layers in their order, and the packages that the host needs for it.

layers='base smolvm guest tiny agent bundle docker ready'

deps() {
	missing=$(missing_packages)
	[ -n "$missing" ] || { say 'all packages are installed'; return 0; }
	say "installing by apt-get: $(echo "$missing" | paste -sd" " -)"
	[ "$(id -u)" = 0 ] || die 77 'installing packages needs root' "advice: sudo $0 deps"
	apt-get update -qq
	later=''
	for package in $missing; do
		least=$(least_version "$package")
		[ -z "$least" ] || dpkg --compare-versions "$(candidate "$package")" ge "$least" || later=yes
	done
	[ -z "$later" ] || add_backports
	# shellcheck disable=SC2086 # words
	DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends ${later:+-t "$release-backports"} $missing >&2
}

missing_packages() {
	for package in $(packages packages-host); do
		version=$(dpkg-query -W -f '${db:Status-Status} ${Version}' "$package" 2>/dev/null) || version=''
		case $version in
		installed\ *) dpkg --compare-versions "${version#* }" ge "$(least_version "$package")" || echo "$package" ;;
		*) echo "$package" ;;
		esac
	done
}

least_version() { awk -v p="$1" '$1 == p && $2 !~ /^#/ { print $2 }' "$here/packages-host"; }

candidate() { apt-cache policy "$1" | awk '$1 == "Candidate:" { print $2 }'; }

# The same archive that this system's own packages come from, its backports suite.
add_backports() {
	# shellcheck source=/dev/null
	release=$(. /etc/os-release && echo "$VERSION_CODENAME")
	apt-cache policy | grep -q "n=$release-backports" && return 0
	origin=$(apt-cache policy base-files | awk '$1 ~ /^[0-9]+$/ && $2 ~ /^http/ { print $2; exit }')
	say "adding the suite $release-backports of $origin to apt's sources"
	echo "deb $origin $release-backports main" >/etc/apt/sources.list.d/bottlebox-lab-backports.list
	apt-get update -qq
}

need_tools() {
	for tool in qemu-system-x86_64 qemu-img mmdebstrap dockerd docker mke2fs zstd busybox python3 pip unzip openssl flock; do
		command -v "$tool" >/dev/null || die 69 "$tool is missing" "advice: $0 deps"
	done
}

built() {
	for name in $layers; do [ -d "$(where "$name")" ] || return 1; done
}

build() {
	command -v qemu-system-x86_64 >/dev/null || die 69 'qemu-system-x86_64 is missing' "advice: $0 deps"
	mkdir -p "$cache"
	built || need_tools
	built || [ "$(id -u)" = 0 ] ||
		die 77 'building needs root: owners in file systems, and a Docker engine of its own' \
			"advice: sudo env HOME=\"\$HOME\" $0 build; running needs no root."
	exec 9>"$cache/build.lock"	# a second build waits, then finds everything made
	flock 9
	for name in $layers; do layer "$name"; done
	printf 'layer          time   size%s\n' "$table"
	say "built in $(($(now) - started)) s: $cache"
}

clean() {
	case ${1:-} in
	'')
		rm -rf "$cache"
		;;
	--old)
		keep=" $(for name in $layers; do where "$name"; done | tr '\n' ' ')"
		ready=$(key_ready)
		for dir in "$cache"/*-*; do
			case "$keep" in *" $dir "*) continue ;; esac
			if [ -f "$dir/parent" ] && [ "$(cat "$dir/parent")" = "$ready" ]; then continue; fi
			case $dir in *"-$ready") continue ;; esac
			rm -rf "$dir"
		done
		;;
	*) die 64 "clean: what is '$1'?" 'advice: lab clean [--old]' ;;
	esac
}
