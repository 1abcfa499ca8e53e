# SPDX-License-Identifier: MIT
# Where: unit
# Rules about the source: who may include, call and write what; sizes; the command lines of smolvm.
load ../helper

setup() {
	fresh_home
	cd "$BB_ROOT" || return 1
}

# only "FILES" PATTERN WHERE...: the pattern stands in none but these files.
only() {
	local allowed=$1 pattern=$2
	shift 2
	local found
	found=$(grep -rnE -- "$pattern" "$@" 2>/dev/null | grep -vE "^($allowed):" || :)
	[ -z "$found" ] || { printf -- '-- %s only in %s:\n%s\n' "$pattern" "$allowed" "$found"; return 1; }
}

# C sources without comments and string literals, as "file:line:text".
bare() {
	python3 - "$@" <<-'END'
	import re, sys
	strings = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.S)
	def blank(m):
	    return "\n" * m[0].count("\n") if m[0][0] == "/" else m[0][0] * 2
	for name in sys.argv[1:]:
	    text = open(name).read()
	    # An #include names a file, no string.
	    text = re.sub(r'(#\s*include\s*)"([^"]*)"', r'\1<\2>', text)
	    for n, line in enumerate(strings.sub(blank, text).split("\n"), 1):
	        print(f"{name}:{n}:{line}")
	END
}

@test "jsmn.h, sqlite3.h and the digest's header have one user each" {
	check only lib/basic/json.c 'include <jsmn\.h>' lib applets
	check only lib/basic/db.c 'include <sqlite3\.h>|sqlite3_[a-z]' lib applets --include='*.[ch]'
	check only lib/basic/digest.c 'include <(sha2|CommonCrypto)' lib applets
	all_good
}

@test "only proc.c runs programs, script.c becomes one; only proc.c and undo.c send signals" {
	bare lib/*.[ch] lib/*/*.[ch] applets/*.[ch] applets/*/*.[ch] >"$T/src"
	check only_in 'lib/basic/(proc|script).c' '\b(fork|vfork|execv[pe]*|execl[pe]*|execvpe|posix_spawnp?|waitpid|wait4)\('
	check only_in '(lib/basic/proc.c|lib/basic/undo.c)' '\b(kill|killpg|raise)\('
	all_good
}

# only_in "FILES" PATTERN: over the bare source in $T/src.
only_in() {
	local found
	found=$(grep -E -- ":[0-9]+:.*($2)" "$T/src" | grep -vE "^($1):" || :)
	[ -z "$found" ] || { printf -- '-- %s only in %s:\n%s\n' "$2" "$1" "$found"; return 1; }
}

@test "no shell from C: no system, no popen, no sh -c but in strings for the guest" {
	bare lib/*.[ch] lib/*/*.[ch] applets/*.[ch] applets/*/*.[ch] >"$T/src"
	check only_in none '\b(system|popen|wordexp)\('
	# "sh", "-c" as words of an argument vector: only behind an exec into a guest (provision, probe, vm).
	check only 'applets/(provision|probe|vm)/[a-z]*\.c' '"-l?c"' lib applets
	all_good
}

@test "stdout belongs to out_all: nobody else prints" {
	bare lib/*.[ch] lib/*/*.[ch] applets/*.[ch] applets/*/*.[ch] >"$T/src"
	check only_in none '\b(printf|puts|putchar|vprintf|perror)\('
	check only_in none '\b(fprintf|fputs|fwrite|fputc|dprintf|putc)\([^;]*(stdout|stderr|STDOUT|STDERR|, *1\)|^1,)'
	check only_in lib/basic/cli.c 'STDOUT_FILENO|\bstdout\b|\bwrite\(1,'
	check only_in lib/basic/base.c '\bstderr\b|\bwrite\((2|STDERR_FILENO),'
	all_good
}

@test "calls that have a safe one in the library are not used" {
	bare lib/*.[ch] lib/*/*.[ch] applets/*.[ch] applets/*/*.[ch] >"$T/src"
	check only_in none '\b(gets|strcpy|strcat|sprintf|vsprintf|strtok|atoi|atol|atoll|strtol|strtoul|strtoll|alloca|tmpnam|mktemp|tempnam|setlocale)\('
	check only_in 'lib/basic/base.c' '\b(malloc|calloc|realloc)\('
	# Everything opens close-on-exec: a descriptor must not get into a child.
	check equals '' "$(grep -E ':.*\b(open|openat)\([^;]*O_' "$T/src" | grep -v CLOEXEC || :)" "open without O_CLOEXEC"
	check equals '' "$(grep -E '\bfopen\(' lib/*.c lib/*/*.c applets/*.c applets/*/*.c | grep -v '"[rwa]e"' || :)" "fopen without e"
	all_good
}

@test "no applet includes another; main.c and table.c stay small" {
	# An applet of several files is a folder; its headers are named with it.
	for file in applets/*.[ch] applets/*/*.[ch]; do
		while read -r header; do
			[ -e "lib/$header" ] || [[ $header == applets.def ]] ||
				check equals "$(dirname "${file#applets/}")" "$(dirname "$header")" "$file includes $header"
		done < <(sed -n 's/^#include "\(.*\)"/\1/p' "$file" | grep -v '^guest/')
	done
	for folder in applets/*/; do check test -e "$folder$(basename "$folder").c"; done
	check equals 1 $(($(wc -l <applets/main.c) <= 80)) "lines of main.c"
	check equals 1 $(($(wc -l <applets/table.c) <= 30)) "lines of table.c"
	all_good
}

# The floors, as AGENTS.md lists them: a file calls its own floor and those below.
@test "floors: no include of lib goes up, names both floors if one does, and every folder is a floor" {
	cat >"$T/floors" <<-'END'
	import glob, os, re, sys
	floors = ["basic", "tool", "plan", "record", "part", ""]
	# A header of several files: its others begin with its name. secret is the manifest's, digest is io's.
	own = {"secret": "manifest", "digest": "io", "docker_confined": "docker_machine"}
	bad = []
	os.chdir(sys.argv[1])
	for path in sorted(glob.glob("*.[ch]") + glob.glob("*/*.[ch]")):
	    floor, name = os.path.dirname(path), os.path.basename(path)[:-2]
	    text = open(path).read()
	    if floor not in floors:
	        bad.append(f"lib/{path}: {floor} is no floor: {' '.join(floors)}")
	        continue
	    for other in (os.path.dirname(i) for i in re.findall(r'^#include "([^"]*)\.h"', text, re.M) if not i.startswith("guest/")):
	        if other not in floors or floors.index(other) > floors.index(floor):
	            bad.append(f"lib/{path} is on the floor '{floor}' and includes from '{other}'")
	    first = re.search(r'^#include [<"](.*)\.h[>"]', text, re.M)
	    if path.endswith(".c") and first[1] not in (f"{floor}/{n}".lstrip("/") for n in (name, name.split("_")[0], own.get(name))):
	        bad.append(f"lib/{path}: its own header comes first, not {first[1]}.h")
	assert not bad, "\n" + "\n".join(bad)
	END
	check works python3 "$T/floors" lib
	# And the other way: an include that goes up is found.
	cp -r lib "$T/lib"
	sed -i 's|^#include "basic/json.h"|#include "part/bundle.h"|' "$T/lib/plan/document.h"
	check ends 1 python3 "$T/floors" "$T/lib"
	check grep -q "lib/plan/document.h is on the floor 'plan' and includes from 'part'" "$T/err"
	all_good
}

@test "the seam: above lib/tool a machine is used by its engine's record, and nothing of smolvm's is called" {
	check only none 'smolvm_[a-z_]+\(|SMOLVM_[A-Z]|"tool/smolvm' applets lib/part lib/record lib/plan lib/stage.c --include='*.[ch]'
	# And what each engine is called, or where it keeps its files, decides nothing there.
	check only none 'strn?cmp\([^)]*(engine->name|->backend|"smolvm|"smolmachines|"docker")' applets lib/part lib/record lib/plan lib/stage.c --include='*.c'
	cp -r applets "$T/"
	echo 'static int call(void) { return smolvm_find() != NULL; }' >>"$T/applets/vm/vm.c"
	check ends 1 only none 'smolvm_[a-z_]+\(' "$T/applets"
	all_good
}

@test "a header that changed is compiled again into all that include it, on every floor" {
	make -n OUT="$BB_OUT" -W lib/plan/wish.h all >"$T/made"
	for file in lib/part/proof.c lib/part/policy.c applets/vm/vm.c; do check grep -q "CC    $file" "$T/made"; done
	all_good
}

@test "functions have at most 60 lines, files at most 400: C, shell, Python, bats" {
	command -v ctags >/dev/null && ctags --version | grep -q Universal || skip "universal-ctags is not installed"
	find . \( -name .git -o -name 'out*' -o -name __pycache__ \) -prune -o -type f -print | sed 's|^\./||' >"$T/files"
	grep -E '\.(c|h|py|sh|bats|bash)$|^shell/bb-|^tools/|^tests/run$|^\.ci/run$' "$T/files" | grep -vE '^(man|completions)/' >"$T/code"
	while IFS= read -r file; do
		[ -f "$file" ] || continue
		lines=$(wc -l <"$file")
		[ "$lines" -le 400 ] || check equals '<= 400' "$lines" "lines of $file"
	done <"$T/code"
	grep -E '\.(c|py|sh)$|^shell/bb-' "$T/code" | ctags --fields=+ne --language-force=auto -L - -o "$T/tags" 2>/dev/null ||
		grep -E '\.(c|py|sh)$|^shell/bb-' "$T/code" | ctags --fields=+ne -L - -o "$T/tags"
	check equals '' "$(awk -F '\t' '
		{ line = end = 0; kind = $4 }
		kind ~ /^(f|m|function|member|method)$/ {
			for (i = 4; i <= NF; i++) { if ($i ~ /^line:/) line = substr($i, 6); if ($i ~ /^end:/) end = substr($i, 5) }
			if (end - line + 1 > 60) print $2 ":" line " " $1 " has " end - line + 1 " lines"
		}' "$T/tags")" "long functions"
	all_good
}

@test "exit statuses in C are names of the closed set, not numbers" {
	bare lib/*.[ch] lib/*/*.[ch] applets/*.[ch] applets/*/*.[ch] >"$T/src"
	check only_in none '\b(_exit|exit|die)\( *[0-9]'
	check only_in none 'return [2-9][0-9]*;'
	# In sh: literals, each of the set. 129, 130, 143: by signal.
	for file in shell/bb-*; do
		for n in $(grep -oE '\b(exit|die|return) [0-9]+' "$file" | grep -oE '[0-9]+'); do
			check grep -qw "$n" <<<'0 1 64 65 69 70 74 75 77 126 127 129 130 143'
		done
	done
	all_good
}

@test "no host mounts, loopback flag, ports, API or gvproxy in any smolvm call (W13)" {
	# -v, -p, --mount and serve are words of docker and of the registry, too: what is given to docker is left out.
	check python3 - lib/*.c lib/*/*.c applets/*.c applets/*/*.c <<-'END'
	import re, sys
	words = ("--outbound-localhost-only --port -p --publish -v --volume --mount --mount-socket --expose-socket "
	         "--ssh-agent --docker-socket --gpu serve").split()
	bad = []
	for name in sys.argv[1:]:
	    text = open(name).read().replace('program, "serve", file', "")
	    if not re.match("lib/tool/docker|lib/part/bundle", name):
	        bad += [f"{name}: {w}" for w in words if f'"{w}"' in text]
	assert not bad, bad
	END
	check only none 'outbound-localhost-only|gvproxy|smolvm serve|smolvm.* (-v|--volume|--port) ' lib applets shell --include='*.c' --include='*.h' --include='bb-*' --include='*.sh'
	all_good
}

@test "Docker is never given --env-file or a secret by -e (W10), nor --privileged, host network or socket" {
	check only none '"(--env-file|--privileged|--pid|--ipc|--userns|-P|--publish-all)"' lib applets
	check only '(lib/tool/docker.c|applets/probe/targets.c)' 'docker\.sock' lib applets
	all_good
}

@test "Docker's command words, templates and texts are known in lib/tool/docker*.c alone" {
	local above texts
	above=$(ls lib/*.[ch] lib/*/*.[ch] applets/*.[ch] applets/*/*.[ch] | grep -v '^lib/tool/')
	check only none '\{\{(\.|\$|(index|range|len|json|with|if) )' $above
	check only 'lib/tool/docker[_a-z]*\.[ch]' '\bdocker_(words|run|try|ask|list|look|act|make|remove|inspect|lines)\(|"tool/docker_run\.h"' lib applets
	texts=$(sed -n 's/^\t{ DOCKER_SAYS_[A-Z_]*, [a-z]*, "\(.*\)" },$/\1/p' lib/tool/docker_answer.c)
	check test "$(wc -l <<<"$texts")" -gt 10
	check equals '' "$(grep -niF -- "$texts" $above || :)" "Docker's texts"
	check only none 'strstr\([^;]*(\<said\>|docker_said|digest:|Error response)' $above
	all_good
}

@test "an assertion is a command with a name (tests/assert.bash): no bare [, [[, (( or !, no assert_equal" {
	cat >"$T/bare" <<-'END'
	import re, sys
	# A test is an alternative if something follows it, here or on the next line.
	found = []
	for name in sys.argv[1:]:
	    text = re.sub(r"<<-?(['\"]?)(\w+)\1(.*)\n(?:.*\n)*?\t*\2$", r"\3", open(name).read(), flags=re.M)
	    for line in text.split("\n"):
	        if re.match(r"\s+(\[\[?|\(\(|!)\s", line) and not re.search(r"\|\||&&|^\s*! +(-|command)|\\$", line) or re.match(r"\s*assert_equal\b", line):
	            found.append(f"{name}: {line.strip()}")
	print("\n".join(found))
	sys.exit(bool(found))
	END
	check works python3 "$T/bare" tests/*/*.bats
	printf '@test "x" {\n\t[ -s out ]\n\t[ -s out ] || fail empty\n\t! grep -q x out\n\t[[ $a == b ]]\n\tassert [ -s out ]\n}\n' >"$T/x.bats"
	check ends 1 python3 "$T/bare" "$T/x.bats"
	check equals 3 "$(wc -l <"$T/out")"
	all_good
}

@test "the versions of smolvm that tests use are named once, in tests/lab/versions; comments may tell of them" {
	pattern=$(sed '/^#/d; s/\./\\./g' tests/lab/versions | paste -sd'|')
	check only 'tests/lab/versions|[^:]*:[0-9]+:[[:blank:]]*#.*' "(^|[^0-9.])($pattern)([^0-9.]|\$)" tests --exclude-dir=corpus
	all_good
}

@test "shell scripts: sh, set -eu, no jq, no eval, shellcheck clean" {
	for file in shell/bb-* tests/run; do
		check equals '#!/bin/sh' "$(head -1 "$file")" "$file"
		check grep -qx 'set -eu' "$file"
		check equals '' "$(grep -nE '(^|[ \t;|&])(jq|eval)[ \t]' "$file" || :)" "jq or eval in $file"
		check dash -n "$file"
		! command -v shellcheck >/dev/null || check shellcheck "$file"
	done
	all_good
}

@test "every death in C gives one line of advice" {
	check equals '' "$(grep -nE '\bdie\([A-Z_]+, NULL,' lib/*.c lib/*/*.c applets/*.c applets/*/*.c || :)" "without advice"
	all_good
}

@test "no words of the making in sources: machine paths and marks" {
	check only none '\bXXX\b|FIXME|TODO' lib applets shell Makefile
	check only tests/unit/make-targets.bats '[T]ODO:' README.md man tests/unit/*.bats
	all_good
}

@test "files are as .editorconfig says: line ends, a last newline, nothing behind a line; generated ones are marked" {
	git rev-parse --git-dir >/dev/null 2>&1 || skip 'no git repository'
	check equals '' "$(git ls-files --eol -- . ':!tests/fuzz/corpus' | awk '$1 != "i/lf" && $1 != "i/none" && $1 != "i/" { print $NF }')" 'other line ends'
	check equals '' "$(git grep -InE '[ 	]+$' -- . ':!tests/cases' ':!tests/unit/bb-probe.bats' ':!tests/fuzz/corpus' || :)" 'blanks at an end'
	check equals '' "$(git ls-files -z -- . ':!tests/cases' ':!tests/fuzz/corpus' | xargs -0 sh -c 'for f; do [ ! -s "$f" ] || [ -z "$(tail -c 1 "$f")" ] || echo "$f"; done' sh)" 'no last newline'
	check equals '' "$(git ls-files completions 'man/*.1' | git check-attr --stdin linguist-generated | grep -v ': true$' || :)" 'not marked'
	all_good
}

# rows TABLE: "WHERE FILE" for each line of tests/lab/test or tests/engine/test.
rows() { grep -oE "[a-z]+ +(lab|engine)-[a-z-]+ +tests/[a-z/-]+\.bats" "tests/$1/test" | awk '{ print $1, $3 }'; }

# says FILE PATTERN: its second line.
says() { sed -n 2p "$1" | grep -qxE -- "$2" || { echo "-- $1: its second line is not $2"; return 1; }; }

@test "the second line of a file of tests says where it runs, as the tables of lab and engine have it" {
	local file place want
	for place in lab engine; do rows "$place" >"$T/$place"; done
	assert [ -s "$T/lab" ]
	assert [ -s "$T/engine" ]
	for file in tests/unit/*.bats tests/bundle/*.bats tests/lab/*.bats tests/engine/*.bats; do
		want=''
		for place in lab engine; do
			want=$want$(awk -v f="$file" -v p="$place" '$2 == f { w = w " " $1 } END { if (w) printf ", %s%s", p, w }' "$T/$place")
		done
		case $file in
		tests/unit/* | tests/bundle/*) want=', unit(, as root)?' ;;
		*) [ -n "$want" ] || want=', nowhere' ;;
		esac
		check says "$file" "# Where: ${want#, }"
	done
	all_good
}
