# SPDX-License-Identifier: MIT
# Runs in the guest as root, in one script with provision.sh and before it: the ways into a shell that lose the environment.
# What a shell starts inherits it; these do not: a login shell (su -, ssh) clears or changes it, PAM makes a new one, sudo
# drops it. So no BASH_ENV: it would put back, in each script, what somebody changed on purpose.
# shellcheck disable=SC2154 # run is provision.sh's
mark='bb-provision made this'
# As the image has it: provision.sh looks in the usual places only, the agent does not.
image_path=${PATH:-/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin}

shells() {
	profile
	pam_environment
	sudo_keeps
}

# replace FILE MODE: standard input becomes the file, at once or not at all.
replace() {
	{ cat >"$1.new" && chown 0:0 "$1.new" && chmod "$2" "$1.new" && mv -f "$1.new" "$1"; } || fail "cannot write $1"
}

# /etc/profile sets PATH anew, and so has lost what the image and agent.env say of it. The environment is read once only:
# a login shell within it (agents start each command in one) keeps what was changed meanwhile.
profile() {
	case $image_path in *"'"*) image_path=$PATH ;; esac
	mkdir -p /etc/profile.d
	replace /etc/profile.d/bot-bottle.sh 644 <<-END
		# $mark: a login shell has what bb-vm exec gives.
		bot_bottle_was=\$PATH
		if [ -z "\${BOT_BOTTLE_PATH-}" ] && [ -r $run/env ]; then
			PATH='$image_path'
			if [ -r $run/root/env ]; then . $run/root/env; else . $run/env; fi
			PATH=\$bot_bottle_was
		fi
		case :\$PATH: in
		*":\${BOT_BOTTLE_PATH:-\$PATH}:"*) ;;
		*) PATH=\$BOT_BOTTLE_PATH:\$PATH ;;
		esac
		export PATH
		unset bot_bottle_was
	END
	grep -qs profile.d /etc/profile ||
		echo "[ ! -r /etc/profile.d/bot-bottle.sh ] || . /etc/profile.d/bot-bottle.sh # $mark" >>/etc/profile ||
		fail "env: cannot write /etc/profile"
}

# For what PAM begins with another shell or none: cron, ssh, su - with fish. On the disk and for everybody to read: our own
# names only.
pam_environment() {
	[ -d /etc/pam.d ] && [ -r "$run/root/env" ] || return 0
	{
		[ ! -e /etc/environment ] || sed "/^# $mark: begin/,/^# $mark: end/d" /etc/environment
		echo "# $mark: begin"
		our_values | while IFS= read -r line; do
			case $line in BOT_BOTTLE_PATH=*) ;; *) printf '%s\n' "$line" ;; esac
		done
		echo "# $mark: end"
	} | replace /etc/environment 644 || exit 1
}

# In a shell of its own: agent.env may give any name that this one uses.
our_values() {
	# shellcheck disable=SC2086 # words
	sh -c '. "$1"; shift; for bot_bottle_name; do
		bot_bottle_value=$(printenv "$bot_bottle_name") && printf "%s=%s\n" "$bot_bottle_name" "$bot_bottle_value"
	done' sh "$run/root/env" $OURS JAVA_TOOL_OPTIONS </dev/null
}

# A file that sudo does not take would end all of sudo: it is judged under a name that sudo passes over (one with a dot),
# and taken away again if the whole was good without it and is refused with it.
sudo_keeps() {
	command -v sudo >/dev/null 2>&1 || return 0
	rules=/etc/sudoers.d/bot-bottle
	grep -qsE '^[#@]includedir[[:space:]]+/etc/sudoers\.d' /etc/sudoers || {
		echo "note sudo: /etc/sudoers does not take in /etc/sudoers.d, so that sudo drops proxy and certificates"
		return 0
	}
	names=''
	for name in $OURS JAVA_TOOL_OPTIONS; do
		# Without it, sudo -i reads the environment whole.
		[ "$name" = BOT_BOTTLE_PATH ] || names="$names $name"
	done
	printf '# %s\nDefaults env_keep += "%s"\n' "$mark" "${names# }" | replace "$rules.new" 440 || exit 1
	rm -f "$rules"
	whole=true
	! sudoers_good || whole=sudoers_good
	if sudoers_good -f "$rules.new" && mv -f "$rules.new" "$rules" && $whole; then
		return 0
	fi
	rm -f "$rules.new" "$rules"
	echo "note sudo: visudo refuses our rules, so that sudo drops proxy and certificates"
}

sudoers_good() {
	! command -v visudo >/dev/null 2>&1 || visudo -c "$@" >/dev/null 2>&1 </dev/null
}
