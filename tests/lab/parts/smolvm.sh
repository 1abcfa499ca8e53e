# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2034,SC2154 # variables of lab and of other parts
# smolvm - the real releases, from the PyPI package smolmachines, one folder per version under /opt/smolvm.

key_smolvm() { key tests/lab/versions tests/lab/parts/smolvm.sh; }

build_smolvm() {
	tree=$1/tree
	default=''
	for version in $(packages versions); do
		unpack_smolvm "$version" "$tree/$version" "$1/wheel"
		: "${default:=$version}"
	done
	ln -s "$default" "$tree/default"
	image "$tree" "$1/smolvm.img" 4G
	rm -rf "$tree" "$1/wheel"
}

# unpack_smolvm VERSION DIR SCRATCH
unpack_smolvm() {
	mkdir -p "$2" "$3/$1"
	pip download --quiet --no-deps --dest "$3/$1" "smolmachines==$1" >&2
	unzip -q "$3/$1/"*.whl 'smol/*' -d "$3/$1"
	rm -f "$3/$1/smol/"*.py "$3/$1/smol/"_native*
	cp -a "$3/$1/smol/." "$2/"
	# Called smolvm it does not look for a pack behind its own end, nor say so at every call.
	mkdir "$2/program"
	mv "$2/smol-vmm" "$2/program/smolvm"
	chmod 755 "$2/program/smolvm"
	# At its first start smolvm expands these beside the .zst: 20 s natively, 300 s in the lab.
	for template in "$2"/*.ext4.zst; do
		[ -e "$template" ] || continue
		zstd -q -d --sparse "$template" -o "${template%.zst}"
	done
	rootfs=SMOLVM_AGENT_ROOTFS_TAR=/opt/smolvm/$1/agent-rootfs.tar.zst
	if [ -e "$2/agent-rootfs.tar" ]; then
		expand_rootfs "$2"
		rootfs=SMOLVM_AGENT_ROOTFS=/opt/smolvm/$1/agent-rootfs
	fi
	# smolvm gives up after 30 s without progress of a boot, which a machine emulated in a busy one needs for each
	# step: its clocks go at a tenth of the speed, so that all its limits last ten times as long (README.md).
	cat >"$2/smolvm" <<-EOS
		#!/bin/sh
		# smolvm $1 with the libraries of its own release, and clocks for a slow machine
		SMOLVM_LIB_DIR=/opt/smolvm/$1
		LD_LIBRARY_PATH=/opt/smolvm/$1
		$rootfs
		LD_PRELOAD=/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1
		FAKETIME='+0 x0.1'
		FAKETIME_DISABLE_SHM=1
		export SMOLVM_LIB_DIR LD_LIBRARY_PATH ${rootfs%%=*} LD_PRELOAD FAKETIME FAKETIME_DISABLE_SHM
		exec /opt/smolvm/$1/program/smolvm "\$@"
	EOS
	chmod 755 "$2/smolvm"
}

# expand_rootfs DIR : a release archive holds this folder, the wheel only its .tar, and `pack create` of 1.7.7 wants
# the folder ("could not find agent rootfs"). It belongs to the user of the lab, as after an installation by him.
expand_rootfs() {
	mkdir "$1/agent-rootfs"
	tar -xf "$1/agent-rootfs.tar" -C "$1/agent-rootfs"
	chown -R 1000:1000 "$1/agent-rootfs"
	rm "$1/agent-rootfs.tar"
}
