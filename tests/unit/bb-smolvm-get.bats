# SPDX-License-Identifier: MIT
# Where: unit
# bb-smolvm-get: fetches smolvm, checked, whole, and where bottlebox finds it.
load ../helper
load ../engine

DATA=.local/share/bot-bottle/smolvm

# The wheels are big: pip keeps what it fetched where the real smolvm of the other tests is kept.
setup() {
	fresh_home
	unset XDG_DATA_HOME
	HOME="$T/it's a \"home\""
	mkdir "$HOME"
	export PIP_CACHE_DIR=$BB_REAL_CACHE/bot-bottle/tests/pip PIP_CONFIG_FILE=${PIP_CONFIG_FILE-${BB_REAL_CACHE%/.cache}/.config/pip/pip.conf}
	[ -e "$PIP_CONFIG_FILE" ] || unset PIP_CONFIG_FILE
}

# get [VERSION]: fetched, or there is no network here.
get() {
	bb bb-smolvm-get "$@"
	! grep -q 'cannot be fetched' err || skip "$(paste -sd' ' err)"
	equals 0 "$status" "$(cat err)"
}

# a_python WHAT: a python3 whose `pip download` does WHAT with $to, the folder, and everything else as the real one.
a_python() {
	mkdir -p fakes
	cat >fakes/python3 <<-END
		#!/bin/sh
		case "\$*" in
		*'pip --version') exit 0 ;;
		*pip\ download*) while [ "\$1" != --dest ]; do shift; done; to=\$2; mkdir "\$to"; $1 ;;
		*) exec '$(command -v python3)' "\$@" ;;
		esac
	END
	chmod +x fakes/python3
	PATH=$T/fakes:$PATH
}

@test "--list: the versions for this machine, the first one the default, nothing made" {
	[ "$(uname -sm)" = 'Linux x86_64' ] || skip 'another machine'
	works bb-smolvm-get --list
	equals "$ENGINES" "$(cat out)"
	equals '' "$(ls -A "$HOME")"
}

@test "the versions that the tests use are known" {
	for version in $ENGINES; do
		for machine in linux-x86_64 linux-aarch64; do
			check grep -qxE "	$version $machine [0-9a-f]{64}" "$BB_ROOT/shell/bb-smolvm-get"
		done
	done
	all_good
}

@test "words that are none: 64; a version that nobody knows: 69, and --list named" {
	check refuses 64 'unknown option --nope' bb-smolvm-get --nope
	check refuses 64 'only one version' bb-smolvm-get "$NEW_SMOLVM" "$OLD_SMOLVM"
	check refuses 69 'no smolvm 9.9.9 for' bb-smolvm-get 9.9.9
	check refuses 69 'no smolvm 1.32 for' bb-smolvm-get 1.32
	check refuses 69 'no smolvm ../x for' bb-smolvm-get ../x
	check refuses 64 'HOME is not set' env -u HOME bb-smolvm-get
	XDG_DATA_HOME=$T/a:b check refuses 64 'a colon in' bb-smolvm-get
	all_good
}

@test "another wheel than the known one: 77, and nothing of it is left" {
	a_python "echo evil >\"\$to/smolmachines-$NEW_SMOLVM-any.whl\""
	ends 77 bb-smolvm-get
	grep -q 'has the digest [0-9a-f]*, not [0-9a-f]*$' err
	equals '' "$(cat out)"
	equals '' "$(ls -A "$HOME/$DATA")"
}

@test "a file where its folder should be: 74" {
	mkdir -p "${HOME}/${DATA%/*}"
	echo mine >"$HOME/$DATA"
	ends 74 bb-smolvm-get
	grep -q "cannot make $HOME/$DATA" err
	equals mine "$(cat "$HOME/$DATA")"
}

@test "a release that was removed is not told as here" {
	mkdir -p "$HOME/$DATA"
	ln -s "$NEW_SMOLVM/smolvm" "$HOME/$DATA/smolvm"
	equals '' "$(bb-smolvm-get --list | grep installed)"
}

@test "pip fails, or is not there: 69, nothing is left" {
	a_python 'exit 1'
	ends 69 bb-smolvm-get
	grep -q 'cannot be fetched' err
	equals '' "$(ls -A "$HOME/$DATA")"
	printf '#!/bin/sh\nexit 1\n' >fakes/python3
	ends 69 bb-smolvm-get
	grep -q 'pip is missing' err
}

@test "TERM while it fetches: nothing is left" {
	a_python "echo >'$T/began'; exec sleep 60"
	as_foreground bb-smolvm-get >out 2>err &
	wait_for began
	kill -TERM $!
	pkill -TERM -P $! || :
	status=0
	wait $! || status=$?
	equals 143 "$status"
	equals '' "$(ls -A "$HOME/$DATA")"
}

@test "fetched under a home with blanks and quotes: bottlebox finds it without a variable; the last one asked for" {
	for version in $ENGINES; do
		get "$version"
		check equals "$HOME/$DATA/$version/smolvm" "$(cat out)"
		check equals "smolvm $version" "$("$(cat out)" --version)"
		check equals 1 "$(ls -A "$HOME/$DATA" | grep -cx "$version")"
		REAL_VERSION=$version
		rm -rf "$BOT_BOTTLE_HOME" "$HOME/.local/share/smolvm"
		plan_packed
		check works bb-vm create <plan.json
		check equals "smolvm $version" "$(sed 's/.* smolvm/smolvm/' "$BOT_BOTTLE_HOME/smolvm-version")"
		check works bb-smolvm-get "$version"
		check grep -qx "$version  installed, used" <(bb-smolvm-get --list)
	done
	all_good
	equals '' "$(find "$HOME/$DATA" -name 'fetch.*' -o -name 'smolvm.*')"
}

@test "the variables of the wrapper name what is there, whatever the caller's are" {
	for version in $ENGINES; do
		get "$version"
		ln -sf "$(command -v env)" "$HOME/$DATA/$version/program/smolvm"
		SMOLVM_AGENT_ROOTFS=/nowhere SMOLVM_AGENT_ROOTFS_TAR=/nowhere SMOLVM_LIB_DIR=/nowhere "$(cat out)" >seen
		check equals 0 "$(grep -c /nowhere seen)"
		check test -e "$(sed -n 's/^SMOLVM_LIB_DIR=//p' seen)/libkrun.so"
		check test -e "$(sed -n 's/^LD_LIBRARY_PATH=//p' seen)/libkrunfw.so.5"
		rootfs=$(sed -n 's/^SMOLVM_AGENT_ROOTFS[A-Z_]*=//p' seen)
		[ -d "$rootfs" ] && check test -x "$rootfs/sbin" || check test -s "$rootfs"
	done
	all_good
}

@test "its smolvm makes packs as far as this machine can: the agent's root file system is found" {
	for version in $ENGINES; do
		get "$version"
		timeout 60 "$(cat out)" pack create --image 127.0.0.1:1/x:1 -o "$T/p" >said 2>&1 </dev/null || :
		check test -s said
		check equals 0 "$(grep -c 'rootfs not found\|could not find agent rootfs' said)"
	done
	all_good
}

@test "order: BOT_BOTTLE_SMOLVM, PATH, the data folder; without any the advice names bb-smolvm-get" {
	plan_demo
	REAL_VERSION=$NEW_SMOLVM
	packed
	check refuses 69 'smolvm is not installed' bb-vm create <plan.json
	check grep -q bb-smolvm-get err
	mkdir -p "$HOME/$DATA" path own
	for place in "$HOME/$DATA" path own; do
		printf '#!/bin/sh\necho %s >>"%s/asked"\n' "${place##*/}" "$T" >"$place/smolvm"
		chmod +x "$place/smolvm"
	done
	check refuses 69 "$DATA/smolvm is another program" bb-vm create <plan.json
	PATH=$T/path:$PATH
	check refuses 69 'path/smolvm is another program' bb-vm create <plan.json
	BOT_BOTTLE_SMOLVM=$T/own/smolvm check refuses 69 'own/smolvm is another program' bb-vm create <plan.json
	check equals "$(printf 'smolvm\npath\nown')" "$(uniq asked)"
	all_good
}
