# SPDX-License-Identifier: MIT
# Where: unit
# What every name must have and do, whoever adds it: read from `bottlebox --list` and shell/.
load ../helper

# The applets, or with "all" the shell tools as well.
names() {
	bottlebox --list
	[ "${1-}" != all ] || (cd "$BB_ROOT/shell" && ls -d bb-*)
}

# The sections that the records name, from --help: "writes: NAME".
sections() {
	for name in $(names); do
		"$name" --help | sed -n 's/.*writes: \([a-z_]*\).*/\1/p'
	done | grep -v nothing
}

@test "--help: status 0, stdout only, at most 27 lines of at most 132 columns" {
	for name in $(names all); do
		check works "$name" --help
		check equals 1 "$(($(wc -l <out) <= 27))" "$name --help has $(wc -l <out) lines"
		check equals '' "$(grep -n '.\{133\}' out)" "$name --help is too wide"
		check grep -q "usage: $name" out
		check grep -q "man $name" out
	done
	all_good
}

@test "unknown options and operands: 64, two lines on stderr" {
	for name in $(names); do
		check refuses 64 'unknown option --no-such-option' "$name" --no-such-option
		check refuses 64 'unknown option -Q' "$name" -Q
		check refuses 64 "unknown verb 'no-such-verb'" "$name" no-such-verb
	done
	for name in $(cd "$BB_ROOT/shell" && ls -d bb-*); do
		check refuses 64 no-such-option "$name" --no-such-option
	done
	all_good
}

@test "--help wins over nothing else: it needs no stdin and changes nothing" {
	before=$(left_behind)
	for name in $(names all); do
		check works "$name" --help <&-
	done
	equals "$before" "$(left_behind)"
	all_good
}

@test "every name has a page, tests, a line in README and completions" {
	for name in $(names all); do
		check assert_exist "$BB_ROOT/man/$name.1"
		check grep -Fq -- "$name" "$BB_ROOT/README.md"
		check assert_exist "$BB_ROOT/tests/unit/$name.bats"
		check assert_exist "$BB_ROOT/completions/$name.fish"
		check grep -Fq -- "$name" "$BB_ROOT/completions/bottlebox.bash"
		check grep -Fq -- "$name" "$BB_ROOT/completions/_bottlebox"
	done
	all_good
}

@test "a test file bb-NAME or bb-NAME-WHAT is about a program that exists, and none lies where nobody runs it" {
	for file in "$BB_ROOT"/tests/unit/bb-*.bats; do
		name=$(basename "$file" .bats)
		while [ "$name" != bb ] && ! grep -Fqxe "$name" <(names all); do name=${name%-*}; done
		check equals 1 "$(names all | grep -cFxe "$name")" "${file##*/} and a program of that name"
	done
	check equals '' "$(find "$BB_ROOT/tests" -name '*.bats' ! -path '*/unit/*' ! -path '*/bundle/*' ! -path '*/lab/*' ! -path '*/engine/*')" 'in no folder that make runs'
	all_good
}

@test "section names are known, each owned once, and named after the applet" {
	equals '' "$(sections | sort | uniq -d)" "owned twice"
	for section in $(sections); do
		check grep -Fqx "bb-${section//_/-}" <(names)
		check grep -qw "$section" <<<'subnet smolfile pack bundle tsi_patch vm provision probe'
	done
	all_good
}

@test "the exit statuses a record names are of the closed set" {
	for name in $(names); do
		"$name" --help | sed -n 's/.*exit: \(.*\)   manual.*/\1/p' >exits
		check grep -q '^0 ' exits
		for status in $(grep -oE '[0-9]+(\+n)?' exits); do
			grep -qxF -- "$status" <(printf '%s\n' 0 1 64 65 69 70 74 75 77 126 127 128+n) ||
				check equals 'a status of the closed set' "$status" "$name --help"
		done
		check grep -q 'exit: 0 .*64' <("$name" --help)
	done
	all_good
}

@test "acting verbs have --dry-run, planning ones do not take it" {
	for name in bb-plan bb-subnet bb-smolfile; do
		check ends 64 "$name" --dry-run </dev/null
	done
	for name in bb-pack bb-bundle bb-vm bb-tsi-patch bb-provision; do
		check grep -q -- '--dry-run' <("$name" --help)
	done
	all_good
}

@test "an option is for some verbs: another one refuses it (64) and names those" {
	# option NAME VERBS LETTER LONG ARG HELP
	while IFS=$'\t' read -r kind name verbs _ long arg _; do
		[ "$kind" = option ] || continue
		for verb in $("$(dirname "$BB_BIN")/gen" | awk -F '\t' -v n="$name" '$1 == "verb" && $2 == n { print $3 }'); do
			[[ ",$verbs," != *",$verb,"* ]] || continue
			if [ "$arg" = - ]; then set -- "--$long"; else set -- "--$long" 1; fi
			check refuses 64 "$verb takes no --$long" "$name" "$verb" "$@" </dev/null
			check grep -Eq "^  ([a-z]+, )*([a-z-]+ and )?${verbs##*,} takes? it$" err
		done
	done < <("$(dirname "$BB_BIN")/gen")
	all_good
}

@test "a record that gives an option to no verb is our bug (70)" {
	check works testtool record
	check works testtool record one
	check works testtool record 'two one'
	check ends 70 testtool record three
	check ends 70 testtool record ''
	check ends 70 testtool record 'one three'
	check grep -q "bb-test: --option is for 'one three'" err
	all_good
}

@test "every reader of plans refuses an empty stdin with 65" {
	for words in 'bb-plan new' 'bb-plan get x' 'bb-plan show' 'bb-subnet alloc' 'bb-smolfile render' 'bb-pack build' \
		'bb-bundle up' 'bb-vm create' 'bb-vm start' 'bb-tsi-patch apply' 'bb-provision all'; do
		# shellcheck disable=SC2086
		check ends 65 $words </dev/null
		check grep -q 'is empty' err
		check equals '' "$(cat out)" "stdout of $words"
	done
	all_good
}

@test "every acting reader refuses a dry plan with 77, and takes it with --dry-run or refuses for another reason" {
	plan_demo
	testtool splice dry_run true <plan.json >dry
	for words in 'bb-pack build' 'bb-bundle up' 'bb-vm create' 'bb-vm start' 'bb-tsi-patch apply' 'bb-provision all'; do
		# shellcheck disable=SC2086
		check refuses 77 'dry run' $words <dry
	done
	# Planning ones may read it.
	check works bb-plan show <dry
	check works bb-smolfile --print <dry
	all_good
}
