# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2034,SC2154 # variables of lab and of other parts
# state - machines frozen in the middle of their life: disks (qcow2 on top of the parent's), memory, devices.
# "ready" is the first: booted, Docker and the "internet" up. Others are made on top by `lab run --save`.

key_ready() {
	key_text "$(key_base)" "$(key_smolvm)" "$(key_guest)" "$(key_docker)" \
		"$(key tests/lab/host/arguments.py)" "$(qemu-system-x86_64 --version)"
}

build_ready() {
	disk "$(where base)/root.img" raw "$1/root.qcow2"
	disk "$(where docker)/docker.img" raw "$1/docker.qcow2"
	machine --work "$1" --save --limit 600 || die 69 'the lab did not come up' 'advice: see its console above.'
	rm -f "$1/console"
}

# disk BACKING FORMAT FILE : FILE holds only what changes
disk() { qemu-img create -q -f qcow2 -b "$1" -F "$2" "$3"; }

# places : how many labs may run at a time: each keeps a processor busy and may touch all of its 8 GB.
places() {
	awk -v cpus="$(nproc)" '$1 == "MemTotal:" {
		n = int($2 / (10 * 1024 * 1024)); n = n < cpus ? n : cpus; print n < 1 ? 1 : n }' /proc/meminfo
}

# machine OPTION... : one run, in a place of its own.
# In the background with our own stdin, because a shell that waits for a foreground child hears no TERM.
machine() {
	base=$(where base)
	exec 3<&0	# a plain background command would read /dev/null
	"$here/host/vm.py" --lock "$cache/lock" --places "$(places)" --kernel "$base/vmlinuz" --initrd "$base/initrd.img" \
		--smolvm "$(where smolvm)/smolvm.img" --guest "$(where guest)/guest.img" "$@" <&3 3<&- &
	vm=$!
	exec 3<&-
	wait "$vm" || { rc=$?; vm=''; return "$rc"; }
	vm=''
}

stop_machine() {
	[ -n "${vm:-}" ] || return 0
	kill -TERM "$vm" 2>/dev/null || :
	wait "$vm" || :
	vm=''
}

# state_dir NAME [KEY] : the folder of a state. A state is of no use without the very parent that it stands on,
# so its name holds a hash of the parent's; without KEY it is the last one saved under NAME.
state_dir() {
	if [ "$1" = ready ]; then
		where ready
	elif [ -n "${2:-}" ]; then
		printf '%s/state-%s-%s\n' "$cache" "$1" "$(key_text "$(key_ready)" "$2")"
	else
		readlink -f "$cache/last-$1-$(key_ready)" || :
	fi
}

need_state() {
	[ -n "$2" ] && [ -d "$2" ] && return 0
	if [ "$1" = ready ]; then
		die 69 'the lab is not built, or its parts have changed' "advice: $0 build"
	fi
	die 69 "no saved state '$1' on top of this lab" "advice: $0 run --save $1 CMD"
}
