# SPDX-License-Identifier: MIT
# The environment that provisioning wrote is the same by every way into a shell: exec, login shells, su, scripts. In a
# root of this machine's files and in one of busybox.
load helper
load engine
load provision
load guest

teardown() { guest_down; }

@test "exec in an image that has no runuser, as an ordinary user: words, status and options pass unchanged" {
	guest_up busybox
	check ends 0 bb-provision init <plan.json
	# musl's getopt, which Alpine has, stops at the first operand, and so does glibc's by this variable.
	for image in A=b POSIXLY_CORRECT=1; do
		echo "$image" >image-env
		check ends 7 bb-vm exec demo -- sh -c 'printf "%s|" "$(id -un)" "$PWD" "$HOME" "$@"; exit 7' -c --x 'a b' ''
		check equals 'agent|/home/agent/work|/home/agent|--x|a b||' "$(cat out)"
	done
	all_good
}
