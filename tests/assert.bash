# SPDX-License-Identifier: MIT
# assert.bash: how tests here and in the lab say what must be. An assertion is a command with a name, which prints what
# it saw when it fails: `equals` for values, `assert` and `refute` for any other command, as in `assert [ -s out ]`, and the
# assert_... of bats for what `run` kept. A bare `[` says only that it failed, a bare `!` not even that (tests/unit/source-rules.bats).

BATS_LIB_PATH=${BATS_LIB_PATH:-/usr/lib/bats}
bats_load_library bats-support
bats_load_library bats-assert

# equals WANT GOT [WHAT]
equals() {
	[ "$1" = "$2" ] || { printf -- '-- %s\n   wanted: %q\n   got:    %q\n' "${3-values differ}" "$1" "$2"; return 1; }
}
