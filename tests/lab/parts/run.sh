# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2034,SC2154 # variables of lab and of other parts
# run - one command in a copy of a saved state.

shell() { run --tty "$@" bash -l; }

run() {
	state=ready save='' state_key='' limit=3600
	flags=''
	user=op
	env=''
	while [ $# -gt 0 ]; do
		case $1 in
		--state | --save | --key | --limit | --env) [ $# -ge 2 ] || die 64 "$1 needs a value" 'advice: lab help' ;;
		esac
		case $1 in
		--state) state=$2 && shift ;;
		--save) save=$2 && shift ;;
		--key) state_key=$2 && shift ;;
		--limit) limit=$2 && shift ;;
		--env) env="$env --env $2" && shift ;;
		--root) user=root ;;
		--stdin | --tty) flags="$flags $1" ;;
		--) shift && break ;;
		-*) die 64 "run: what is '$1'?" 'advice: lab help' ;;
		*) break ;;
		esac
		shift
	done
	[ $# -gt 0 ] || die 64 'run: which command?' 'advice: lab run [OPTION]... CMD...'
	for word in "$state" "${save:-x}"; do
		case $word in *[!a-z0-9-]*) die 64 "'$word' is no name of a state" 'advice: use a-z, 0-9 and -.' ;; esac
	done
	case " $env" in *[!A-Za-z0-9\ _./:=@%+,-]*) die 64 "--env: a character that is not allowed here" 'advice: put it into CMD.' ;; esac
	from=$(state_dir "$state" "$([ -n "$save" ] || printf %s "$state_key")")
	need_state "$state" "$from"
	if [ -n "$save" ] && [ -n "$state_key" ] && [ -d "$(state_dir "$save" "$state_key")" ]; then
		say "state $save is there already"
		remember
		return 0
	fi
	resume "$@"
}

# resume CMD... : in a new overlay on the disks of $from
resume() {
	tmp=$cache/tmp.run.$$
	mkdir -p "$tmp"
	disk "../${from##*/}/root.qcow2" qcow2 "$tmp/root.qcow2"
	disk "../${from##*/}/docker.qcow2" qcow2 "$tmp/docker.qcow2"
	rc=0
	# shellcheck disable=SC2086 # words
	machine --work "$tmp" --state "$from" --limit "$limit" --put "$project" --user "$user" \
		$env $flags ${save:+--save} -- "$@" || rc=$?
	if [ -n "$save" ] && [ "$rc" = 0 ]; then keep; fi
	exit "$rc"
}

# keep : the work folder becomes the new state
keep() {
	key_ready >"$tmp/parent"
	dir=$(state_dir "$save" "${state_key:-none}")
	rm -f "$tmp/console"
	rm -rf "$dir"
	mv "$tmp" "$dir"
	remember
	say "saved state $save ($(du -sh "$dir" | cut -f1))"
}

remember() { ln -sfn "$(state_dir "$save" "${state_key:-none}")" "$cache/last-$save-$(key_ready)"; }
