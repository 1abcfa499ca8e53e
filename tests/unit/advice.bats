# SPDX-License-Identifier: MIT
# Where: unit
# Advice that leads nowhere is a fault: every "run X", "see X", "try X", "type X" of the sources is taken out of them by
# tests/tools/advice.py and tried as it stands.
load ../helper
load ../engine

# The names with their verbs, as --help has them.
names_and_verbs() {
	local name
	for name in $(bottlebox --list) $(cd "$BB_ROOT/shell" && ls -d bb-*); do
		echo "$name $("$name" --help | sed -n 's/^  \[\{0,1\}\([a-z][a-z-]*\)\]\{0,1\} .*/\1/p' | paste -sd' ')"
	done
}

# filled WORDS: placeholders become what there is in this test's folder.
filled() {
	sed -E 's/%s|SLUG|\bNAME\b/demo/g; s/\bPLAN\b/plan.json/; s/MANIFEST|\bFILE\b/m.json/; s/NEW-FOLDER/new/; s/\bCOMMAND\b/true/' <<<"$1"
}

# leads WHERE KIND WORDS: typed like that it does something, or says what is wrong with this bottle; it is never a wrong
# call, and never asks for a plan that nobody has.
leads() {
	local words input=/dev/null
	words=$(filled "$3")
	[ "$2" = run ] || input=plan.json
	case $words in bb-start*) words="$words --help" ;; esac
	# shellcheck disable=SC2086
	bb timeout 20 $words <$input
	case $status in
	64 | 70 | 124 | 126 | 127 | 13?) tell "$1: $words"; return 1 ;;
	esac
	! grep -qE 'is empty|is expected on|unknown (verb|option)' err || { tell "$1: $words"; return 1; }
}

@test "every advice is a command with its verb and options, a page, or a file, and the command can be typed as it stands" {
	names_and_verbs >verbs
	check python3 "$BB_ROOT/tests/tools/advice.py" "$BB_ROOT" verbs >advice
	check equals '' "$(grep '^bad' advice || :)" 'forms that nobody knows'
	plan_demo
	manifest >m.json
	fakes docker
	rule docker 'inspect --type image *' 0 "printf '%s\\n' $IMAGE_ID amd64"
	rule docker 'network *' 0
	rule docker '*' 1 'echo "Error: No such container: x" >&2'
	while IFS=$'\t' read -r kind where words; do
		# Brought by whoever installs smolvm; once it is here it is tried.
		[ "$words" != bb-smolvm-get ] || command -v bb-smolvm-get >/dev/null || continue
		# It is taken down by some of them.
		mkdir -p -m 700 "$BOT_BOTTLE_HOME" "$BOT_BOTTLE_HOME/bottles" "$BOT_BOTTLE_HOME/bottles/demo"
		saved plan.json
		check leads "$where" "$kind" "$words"
		tried=$((${tried-0} + 1))
	done < <(sort -u -t $'\t' -k 3 advice | grep -v '^bad')
	check equals 1 "$((tried > 25))" "$tried were tried"
	all_good
}

@test "the reader of advice finds one that leads nowhere" {
	mkdir -p tree/lib tree/applets tree/shell tree/man tree/docs
	names_and_verbs >verbs
	for _ in {1..50}; do echo 'f() { die(BB_NO, "see bb-list", "x"); }'; done >tree/lib/good.c
	touch tree/man/bb-plan.5
	while IFS='|' read -r text why; do
		printf 'f() { die(BB_NO, "%s", "x"); }\n' "$text" >tree/lib/bad.c
		python3 "$BB_ROOT/tests/tools/advice.py" tree verbs >found
		check grep -q "^bad.*lib/bad.c:1.*$why" found || cat tree/lib/bad.c
	done <<-'END'
	see bb-vm log demo|'log' behind 'bb-vm'
	see man 5 bb-plam|no page bb-plam.5
	see docs/nowhere.md|no file docs/nowhere.md
	try podman ps|what is that: try podman ps
	run it by hand|what is that: run it by hand
	END
	all_good
}
