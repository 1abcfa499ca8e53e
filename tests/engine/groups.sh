# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# groups - cgroups, of either version: one group of our own in each hierarchy, so that containers get real limits.

# hierarchies : the folder of each, of version 1 if the controllers are there; then the one of version 2 has none.
hierarchies() {
	awk '$3 == "cgroup" { one[++n] = $2 } $3 == "cgroup2" && !two { two = $2 }
		END { for (i = 1; i <= n; i++) print one[i]; if (!n && two) print two }' /proc/mounts
}

# join_groups NAME : this process into a new group of that name in each hierarchy
join_groups() {
	for h in $(hierarchies); do
		mkdir "$h/$1"
		for f in cpuset.cpus cpuset.mems; do	# version 1 gives a new group none
			if [ -e "$h/$1/$f" ] && [ -e "$h/cpuset.sched_load_balance" ]; then cat "$h/$f" >"$h/$1/$f"; fi
		done
		echo 0 >"$h/$1/cgroup.procs"
	done
}

# mount_groups DIR : the same hierarchies, seen from the group of this process (whose namespace is new)
mount_groups() {
	if [ "$(awk '$3 == "cgroup"' /proc/mounts | wc -l)" = 0 ]; then
		mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 "$1"
		# A group with controllers for those below has no processes of its own.
		mkdir "$1/init"
		echo 0 >"$1/init/cgroup.procs"
		sed 's/[^ ]*/+&/g' "$1/cgroup.controllers" >"$1/cgroup.subtree_control"
		return 0
	fi
	mount -t tmpfs -o nosuid,nodev,noexec,mode=755 groups "$1"
	awk '$3 == "cgroup" { print $4 }' /proc/mounts | while read -r options; do
		what=$(echo "$options" | tr , '\n' | grep -vxE 'r[wo]|relatime|no.*|xattr|release_agent=.*|clone_children' | paste -sd, -)
		case $what in name=*) with=none, ;; *) with='' ;; esac
		mkdir "$1/${what#name=}"
		mount -t cgroup -o "nosuid,nodev,noexec,$with$what" cgroup "$1/${what#name=}"
	done
}

# leave_groups NAME : gone, once nobody is in them. The first process of a PID namespace lets go of its files before the
# others have died, so this may take a while; what is busy after a minute stays, and false is said.
leave_groups() {
	for h in $(hierarchies); do
		left=300
		while [ -d "$h/$1" ]; do
			find "$h/$1" -depth -type d -exec rmdir {} + 2>/dev/null || :
			[ -d "$h/$1" ] || break
			left=$((left - 1))
			[ "$left" -gt 0 ] || return 1
			sleep 0.2
		done
	done
}
