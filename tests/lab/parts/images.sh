# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2034,SC2154 # variables of lab and of other parts
# images - the container images, built natively and kept as archives, and Docker's disk with them loaded.

archives='tiny agent bundle'

key_tiny() { key tests/lab/parts/images.sh; }
key_agent() { key docs/examples/agent docs/examples/base docs/examples/common docs/examples/versions; }
key_bundle() { key docs/examples/bundle docs/examples/base docs/examples/common docs/examples/versions docs/examples/host-settings; }
key_docker() { key_text "$(key_tiny)" "$(key_agent)" "$(key_bundle)" "$(key tests/lab/native-dockerd)"; }

# The project's own example images, by the very scripts its users call.
build_agent() { build_example agent demo-agent:1 "$1"; }
build_bundle() { build_example bundle bot-bottle-sidecars:latest "$1"; }

build_example() {
	with_dockerd "$3/data" example "$1" "$2" "$3/image.tar"
	rm -rf "$3/data"
}

example() {
	"$project/docs/examples/$1/build" >"${3%/*}/log" 2>&1 || { tail -n 30 "${3%/*}/log" >&2; return 1; }
	docker save -o "$3" "$2"
}

# tiny-agent:1 - 2 MB, busybox alone. Its entrypoint leaves a mark, so that a test can tell whether it ran (W14).
build_tiny() {
	tree=$1/tree
	mkdir -p "$tree/bin" "$tree/etc" "$tree/tmp" "$tree/root" "$tree/home/agent/work" "$tree/usr/bin"
	# busybox-static; Debian's other busybox needs libraries that this image lacks.
	! ldd /bin/busybox >/dev/null 2>&1 || die 69 '/bin/busybox is not static' 'advice: apt-get install busybox-static'
	cp /bin/busybox "$tree/bin/busybox"
	for applet in $(busybox --list); do
		[ "$applet" = busybox ] || ln -s busybox "$tree/bin/$applet"
	done
	ln -s ../../bin/env "$tree/usr/bin/env"
	printf 'root:x:0:0:root:/root:/bin/sh\nagent:x:1000:1000::/home/agent:/bin/sh\n' >"$tree/etc/passwd"
	printf 'root:x:0:\nagent:x:1000:\n' >"$tree/etc/group"
	printf '#!/bin/sh\necho "entry $*" >>/home/agent/entry-ran\nexec sleep 2147483647\n' >"$tree/bin/entry"
	chmod 755 "$tree/bin/entry"
	chmod 1777 "$tree/tmp"
	chown -R 0:0 "$tree"
	chown -R 1000:1000 "$tree/home/agent"
	with_dockerd "$1/data" import_tiny "$tree" "$1/image.tar"
	rm -rf "$tree" "$1/data"
}

import_tiny() {
	tar -C "$1" -cf - . | docker import --change 'ENTRYPOINT ["/bin/entry"]' --change 'CMD ["image-cmd"]' \
		--change 'ENV TINY=1' --change 'WORKDIR /home/agent/work' - tiny-agent:1 >&2
	docker save -o "$2" tiny-agent:1
}

# with_dockerd DATA_ROOT CMD... : CMD with a private engine; its sockets need a short path
with_dockerd() {
	engine=$(mktemp -d /tmp/lab-dockerd.XXXXXX)
	"$here/native-dockerd" start "$engine" "$1"
	shift
	eval "$("$here/native-dockerd" env "$engine")"
	"$@"	# when it fails, the exit trap of lab stops the engine
	unset DOCKER_HOST DOCKER_CONFIG
	stop_engine
}

stop_engine() {
	[ -n "${engine:-}" ] || return 0
	"$here/native-dockerd" stop "$engine"
	rm -rf "$engine"
	engine=''
}

build_docker() {
	with_dockerd "$1/data" load_images
	image "$1/data" "$1/docker.img" 16G
	rm -rf "$1/data"
}

load_images() {
	for archive in $archives; do docker load -q -i "$(where "$archive")/image.tar" >&2; done
}
