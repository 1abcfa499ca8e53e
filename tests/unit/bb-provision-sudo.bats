# SPDX-License-Identifier: MIT
# Where: unit
# sudo keeps proxy and certificates, by the real sudo and visudo (Debian's, unpacked), and is never left broken.
load ../helper
load ../engine
load ../provision
load ../guest

setup() {
	fresh_home
	debs sudo sudo
	guest_up debian "$DEBS"
	inside sh -c 'umask 337; echo "agent ALL=(ALL) NOPASSWD: ALL" >/etc/sudoers.d/agent; chmod 440 /etc/sudoers'
}
teardown() { guest_down; }

# sudo_works: it gives root, and keeps to itself what was put there before.
sudo_works() {
	check ends 0 bb-vm exec demo -- sudo -n id -u
	check equals 0 "$(cat out)" 'sudo id -u'
	check equals "$1" "$(inside sh -c 'cd /etc/sudoers.d && ls -A | paste -sd" "')" 'rules of sudo'
}

@test "sudo keeps proxy and certificates, not the agent's own variables; sudo -i has all" {
	check ends 0 bb-provision init <plan.json
	for turn in 1 2; do
		check ends 0 bb-provision env <plan.json
		check equals '' "$(grep note err)" "notes in turn $turn"
		sudo_works 'README agent bot-bottle'
	done
	check equals '0 440' "$(inside stat -c '%u %a' /etc/sudoers.d/bot-bottle)"
	# A fault of the image's own is no reason to do without, and not ours to mend.
	inside chmod 644 /etc/sudoers
	check ends 0 bb-provision env <plan.json
	sudo_works 'README agent bot-bottle'
	bb-vm exec demo -- env JAVA_TOOL_OPTIONS=-Done sudo -n env >kept
	bb-vm exec demo -- env | grep -E '^(https?_proxy|no_proxy|HTTPS?_PROXY|NO_PROXY|[A-Za-z_]*(CA|CERT)[A-Za-z_]*|npm_[a-z_]*|NODE_[A-Z_]*)=' >given
	check equals 1 $(($(wc -l <given) > 15))
	while IFS= read -r line; do
		check grep -qxF -- "$line" kept
	done <given
	check grep -qx JAVA_TOOL_OPTIONS=-Done kept
	! grep DEMO_NOTE kept || fail 'sudo kept what it should not'
	bb-vm exec demo -- sudo -n -i env >whole
	check grep -qx 'DEMO_NOTE=a note' whole
	all_good
}

@test "what sudo would not take is not left to it, and is said; without sudo nothing is written" {
	check ends 0 bb-provision init <plan.json
	put /usr/local/sbin/visudo 'exit 1'
	check ends 0 bb-provision env <plan.json
	check grep -q 'visudo refuses our rules' err
	sudo_works 'README agent'
	# The file alone is good, all together are not: sudo is as it was, and not worse.
	put /usr/local/sbin/visudo '[ "$2" = -f ] || [ ! -e /etc/sudoers.d/bot-bottle ]'
	check ends 0 bb-provision env <plan.json
	check grep -q 'visudo refuses our rules' err
	sudo_works 'README agent'
	inside sh -c 'rm /usr/local/sbin/visudo; sed -i s/@includedir.*// /etc/sudoers; echo "agent ALL=(ALL) NOPASSWD: ALL" >>/etc/sudoers'
	check ends 0 bb-provision env <plan.json
	check grep -q 'does not take in /etc/sudoers.d' err
	sudo_works 'README agent'
	inside rm -r /etc/sudoers.d /usr/bin/sudo
	check ends 0 bb-provision env <plan.json
	check equals '' "$(grep -o 'sudo.*' err)"
	check ends 1 inside test -e /etc/sudoers.d
	all_good
}
