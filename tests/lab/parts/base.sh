# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2034,SC2154 # variables of lab and of other parts
# base - Debian 12 with everything the tests call, as a disk image; kernel and initrd beside it.

key_base() { key tests/lab/packages-lab tests/lab/guest/early tests/lab/parts/base.sh; }

build_base() {
	tree=$1/tree
	mmdebstrap --quiet --variant=minbase --include="$(packages packages-lab | paste -sd,)" \
		--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
		--dpkgopt='path-exclude=/usr/share/locale/*' bookworm "$tree" >&2
	cp -L "$tree/vmlinuz" "$1/vmlinuz"
	cp -L "$tree/initrd.img" "$1/initrd.img"
	rm -rf "${tree:?}"/boot/* "$tree"/var/cache/apt/* "$tree"/var/lib/apt/lists/*
	configure_base "$tree"
	image "$tree" "$1/root.img" 24G
	rm -rf "$tree"
}

configure_base() {
	install -m 755 "$here/guest/early" "$1/init-lab"
	mkdir -p "$1/opt/smolvm" "$1/opt/lab" "$1/var/lib/docker"
	echo lab >"$1/etc/hostname"
	printf '127.0.0.1\tlocalhost lab\n::1\tlocalhost ip6-localhost\n' >"$1/etc/hosts"
	rm -f "$1/etc/resolv.conf"
	: >"$1/etc/resolv.conf"
	# Docker 20.10 and the nft flavour of iptables do not agree in a machine without legacy tables.
	chroot "$1" update-alternatives --quiet --set iptables /usr/sbin/iptables-legacy
	chroot "$1" update-alternatives --quiet --set ip6tables /usr/sbin/ip6tables-legacy
	# The user of the product: no root, member of the two groups that it needs.
	chroot "$1" useradd --create-home --shell /bin/bash --uid 1000 --user-group --groups docker,kvm op
	echo 'op ALL=(ALL) NOPASSWD: ALL' >"$1/etc/sudoers.d/op"
	chmod 440 "$1/etc/sudoers.d/op"
	ln -s /opt/smolvm/default/smolvm "$1/usr/local/bin/smolvm"
	ln -s /opt/lab/canary "$1/usr/local/bin/canary"
}
