# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2034,SC2154 # variables of lab and of other parts
# layers - the cache: every layer is a folder NAME-KEY, where KEY is a hash of all that goes into it.
# A layer is built beside its place and renamed, so what stands there is whole.

die() {
	status=$1
	printf '%s: %s\n%s\n' "${0##*/}" "$2" "$3" >&2
	exit "$status"
}

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

# packages FILE : the first word of each line, comments left out
packages() { sed 's/#.*//' "$here/$1" | awk 'NF { print $1 }'; }

# key FILE... : of names and contents; folders mean all files below
key() {
	(cd "$project" && find "$@" -type f ! -name '*.pyc' ! -name '*.bats' -exec sha256sum {} + | sort -k2 | sha256sum | cut -c1-16)
}

# key_text WORD... : of words, usually other keys
key_text() { printf '%s\n' "$*" | sha256sum | cut -c1-16; }

now() { date +%s; }

# layer NAME : makes sure that layer stands; its folder is then $(where NAME)
layer() {
	dir=$(where "$1")
	if [ -d "$dir" ]; then
		row "$1" cached
		return 0
	fi
	say "building $1 …"
	begin=$(now)
	tmp=$cache/tmp.$1.$$
	mkdir -p "$tmp"
	"build_$1" "$tmp"
	mv "$tmp" "$dir"
	row "$1" "$(($(now) - begin)) s"
}

where() { printf '%s/%s-%s\n' "$cache" "$1" "$("key_$1")"; }

# The time table, printed at the end.
table=''
row() {
	table=$(printf '%s\n%-10s %8s %6s' "$table" "$1" "$2" "$(du -sh "$(where "$1")" | cut -f1)")
}

# image DIR FILE SIZE : an ext4 file system with the tree DIR; no loop device, no mount
image() {
	truncate -s "$3" "$2"
	# ^has_journal: a lab that is killed is thrown away, so nothing needs replaying
	mke2fs -q -t ext4 -O '^has_journal' -E lazy_itable_init=1 -m 0 -d "$1" "$2"
}
