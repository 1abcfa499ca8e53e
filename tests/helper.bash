# SPDX-License-Identifier: MIT
# helper.bash: what every unit test starts from: homes of its own, no tool by chance, no locale.
# Streams are kept byte for byte in $T/out and $T/err; `run` of bats would cut them.

. "${BASH_SOURCE[0]%/*}/assert.bash"
bats_load_library bats-file

# The real versions of smolvm that tests use: the default one first, and the last that drops a machine's policy.
ENGINES=$(sed '/^#/d' "${BASH_SOURCE[0]%/*}/lab/versions")
NEW_SMOLVM=${ENGINES%%$'\n'*}
OLD_SMOLVM=${ENGINES##*$'\n'}

setup() {
	fresh_home
}

fresh_home() {
	local name
	T=$BATS_TEST_TMPDIR
	for name in $(compgen -e); do
		case $name in
		SMOLVM_* | DOCKER_* | BOT_BOTTLE_* | DEMO_*) unset "$name" ;;
		esac
	done
	export HOME=$T/home BOT_BOTTLE_HOME=$T/state LC_ALL=C PATH=$BB_BIN:$BB_TOOLS
	export XDG_CACHE_HOME=$HOME/.cache XDG_CONFIG_HOME=$HOME/.config
	export XDG_DATA_HOME=$HOME/.local/share XDG_STATE_HOME=$HOME/.local/state XDG_RUNTIME_DIR=$HOME/run
	mkdir -p "$HOME"
	cd "$T" || return 1
	faults=0
}

testtool() {
	"$BB_TESTTOOL" "$@"
}

# bb CMD...: run it; $status, $T/out, $T/err.
bb() {
	status=0
	"$@" >"$T/out" 2>"$T/err" || status=$?
}

# What happened, for a person.
tell() {
	printf '%s\n' "-- $*" "   status $status" '   stdout:' "$(head -c 700 "$T/out" | cat -v)" '   stderr:' \
		"$(head -c 700 "$T/err" | cat -v)"
}

# Everything our programs could have left. Locks stay by design, SQLite's side files come and go, which
# smolvm was found is remembered, and smolvm's own cache is its own business.
left_behind() {
	find "$HOME" "$BOT_BOTTLE_HOME" \( -path "$HOME/.cache/smolvm" -o -path "$BOT_BOTTLE_HOME/docker" \) -prune -o \
		! -name '*.lock' ! -name locks ! -name '*.db-wal' ! -name '*.db-shm' ! -name smolvm-version \
		! -path "$BOT_BOTTLE_HOME" -print 2>/dev/null | sort
}

# ends STATUS CMD...: that status; streams are looked at by the caller.
ends() {
	local want=$1
	shift
	bb "$@"
	[ "$status" = "$want" ] || { tell "wanted status $want: $*"; return 1; }
}

# works CMD...: status 0 and a silent stderr.
works() {
	ends 0 "$@" || return 1
	[ ! -s "$T/err" ] || { tell "wanted a silent stderr: $*"; return 1; }
}

# refuses STATUS TEXT CMD...: that status, nothing on stdout, on stderr one line "who: what: why" that
# has TEXT in it and one line of advice; nothing new in home and state.
refuses() {
	local want=$1 text=$2 before why= lines
	shift 2
	before=$(left_behind)
	bb "$@"
	mapfile -t lines <"$T/err"
	[ "$status" = "$want" ] || why="wanted status $want"
	[ ! -s "$T/out" ] || why="$why; wrote to stdout"
	[ "${#lines[@]}" = 2 ] || why="$why; wanted two lines on stderr"
	[[ ${lines[0]-} =~ ^(bottlebox|bb-[a-z-]+|testtool):\ [^\ ] ]] || why="$why; first line is not who: what"
	[[ ${lines[0]-} == *"$text"* ]] || why="$why; first line lacks '$text'"
	[[ ${lines[1]-} =~ ^\ \ [^\ ] ]] || why="$why; second line is no advice"
	[ "$before" = "$(left_behind)" ] || why="$why; left behind: $(comm -3 <(cat <<<"$before") <(left_behind) | tr -s '\n\t' ' ')"
	[ -z "$why" ] || { tell "${why#; }: $*"; return 1; }
}

# same WANT FILE: FILE's bytes are those of file WANT.
same() {
	cmp -s "$1" "$2" || { echo "-- $2 differs from $1"; diff "$1" "$2" | cat -v | head -20; return 1; }
}

# Loops over cases: each case by `check`, at the end `all_good` fails if one failed.
check() {
	"$@" || faults=$((faults + 1))
}
all_good() {
	[ "$faults" = 0 ] || { echo "-- $faults case(s) failed"; return 1; }
}

# The manifest most tests use; `manifest A B` replaces text A by B in it.
manifest() {
	local text
	text='{"bottle":"demo","agent":{"image":"demo-agent:1","command":["sh"]},"bundle":{"image":"bundle:1"}}'
	[ $# = 0 ] || text=${text/"$1"/"$2"}
	printf '%s\n' "$text"
}

# leases SQL: the state database as our programs make it, then SQL.
leases() {
	bb-ledger claim helper
	testtool db write "$BOT_BOTTLE_HOME/state.db" "DELETE FROM bottles WHERE slug = 'helper'; $1"
}

# alone CMD...: in a network namespace of its own, where no route or interface disturbs bb-subnet.
can_be_alone() {
	unshare -rn true 2>/dev/null
}
alone() {
	unshare -rn -- "$@"
}

# A plan of `demo` after the two planning stages, in $T/plan.json. Its range is the same on any
# machine: the section is written by hand.
SUBNET='{"mode":"bridge","cidr":"192.168.108.0/24","gateway":"192.168.108.1","bundle":"192.168.108.2","allow":"192.168.108.2/32"}'
plan_demo() {
	manifest "$@" | bb-plan new | testtool splice subnet "$SUBNET" | bb-smolfile >"$T/plan.json"
}

# gone PID: it has ended (a zombie that nobody reaps yet has ended, too).
gone() {
	local i state
	for i in 1 2 3 4 5 6 7 8 9 10; do
		state=$(sed 's/.*) //;s/ .*//' "/proc/$1/stat" 2>/dev/null) || return 0
		[ -n "$state" ] && [ "$state" != Z ] && [ "$state" != X ] || return 0
		sleep 0.1
	done
	echo "-- process $1 is still alive: $(tr '\0' ' ' <"/proc/$1/cmdline")"
	return 1
}

# wait_for FILE: until it has something in it, at most 10 s.
wait_for() {
	local i
	for i in {1..200}; do
		[ ! -s "$1" ] || return 0
		sleep 0.05
	done
	echo "-- $1 stays empty"
	return 1
}

# A background command with the signals of a terminal: bash starts those with INT ignored.
as_foreground() {
	exec env --default-signal=INT,HUP,TERM -- "$@"
}

# own_label SLUG: bot-bottle.bottle as this host and state folder have it (lib/basic/paths.h).
host_id() {
	local id
	id=$(cat /etc/machine-id 2>/dev/null)
	printf 'bottlebox %s' "${id:-$(uname -n)}" | sha256sum | cut -c 1-16
}
own_label() {
	printf '%s.%s' "$(printf 'bottlebox %s %s' "$(host_id)" "$(realpath -m "$BOT_BOTTLE_HOME")" | sha256sum | cut -c 1-16)" "$1"
}
