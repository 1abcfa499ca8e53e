# SPDX-License-Identifier: MIT
# setup_suite.bash: once per bats run. Which binaries are tested, and a PATH that holds everything of
# this machine but the tools that a unit test must never meet by chance.

setup_suite() {
	local dir root
	root=$(cd "$BATS_TEST_DIRNAME" && while [ ! -e Makefile ] && [ "$PWD" != / ]; do cd ..; done && pwd -P)
	export BB_ROOT=$root
	BB_BIN=$(cd "${BB_BIN:-$root/out/bin}" && pwd -P) || return 1
	export BB_BIN BB_TESTTOOL=${BB_TESTTOOL:-$(dirname "$BB_BIN")/testtool}
	for dir in "$BB_BIN/bottlebox" "$BB_TESTTOOL"; do
		[ -x "$dir" ] || { echo "$dir is missing: run make unit" >&2; return 1; }
	done

	export BB_REAL_PATH=${PATH//*\/bats-core:} BB_TOOLS=$BATS_RUN_TMPDIR/tools
	mkdir "$BB_TOOLS"
	local IFS=: seen=:$BB_BIN:
	for dir in $PATH; do
		dir=$(cd "$dir" 2>/dev/null && pwd -P) || continue
		[[ $seen != *":$dir:"* ]] || continue
		seen=$seen$dir:
		# The first folder wins, as in PATH: ln leaves alone what is there.
		ln -s "$dir"/* "$BB_TOOLS/" 2>/dev/null || :
	done
	rm -f "$BB_TOOLS"/docker* "$BB_TOOLS"/podman* "$BB_TOOLS"/smolvm* "$BB_TOOLS"/bb-* "$BB_TOOLS/bottlebox"
	# A version manager's python3 may be a script that needs its own PATH: take the program itself.
	ln -sf "$(python3 -c 'import sys; print(sys.executable)')" "$BB_TOOLS/python3"

	export ASAN_OPTIONS=detect_leaks=1:exitcode=99:abort_on_error=0
	export UBSAN_OPTIONS=halt_on_error=1:exitcode=99:print_stacktrace=1
	export BB_REAL_CACHE=${XDG_CACHE_HOME:-$HOME/.cache}
}
