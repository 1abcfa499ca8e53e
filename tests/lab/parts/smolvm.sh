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
	chmod 755 "$2/smol-vmm"
	# At its first start smolvm expands these beside the .zst: 20 s natively, 300 s in the lab.
	for template in "$2"/*.ext4.zst; do
		[ -e "$template" ] || continue
		zstd -q -d --sparse "$template" -o "${template%.zst}"
	done
	rootfs=$(cd "$2" && ls agent-rootfs.tar*)
	cat >"$2/smolvm" <<-EOS
		#!/bin/sh
		# smolvm $1 with the libraries of its own release
		SMOLVM_LIB_DIR=/opt/smolvm/$1
		LD_LIBRARY_PATH=/opt/smolvm/$1
		SMOLVM_AGENT_ROOTFS_TAR=/opt/smolvm/$1/$rootfs
		export SMOLVM_LIB_DIR LD_LIBRARY_PATH SMOLVM_AGENT_ROOTFS_TAR
		exec /opt/smolvm/$1/smol-vmm "\$@"
	EOS
	chmod 755 "$2/smolvm"
}
