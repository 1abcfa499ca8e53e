# SPDX-License-Identifier: MIT
# Where: unit
# The README, read literally: each of its commands is run somewhere, here those that need neither KVM nor Docker.
load ../helper
load ../readme

@test "each command of the README is in a list of those that are run, and each of the lists is in the README" {
	readme_commands "$BB_ROOT/README.md" >commands
	{ readme_here; readme_lab; readme_elsewhere | sed 's/|[^|]*|[^|]*$//'; } >run
	equals 0 "$(sort run | uniq -d | wc -l)" 'run twice'
	sort commands >want
	sort run >got
	same want got
	assert [ "$(wc -l <commands)" -ge 15 ]
	# Who says that it is run elsewhere names where.
	while IFS='|' read -r command file text; do
		check grep -qF -- "$text" "$BB_ROOT/$file" || echo "   $command is not run by $file"
	done < <(readme_elsewhere)
	all_good
}

@test "each command of the lab's list is run by a test of the lab, in the README's order" {
	readme_lab >list
	grep -Fxf list <(readme_commands "$BB_ROOT/README.md") >order
	same list order
	check grep -q 'tests/lab/readme.bats' "$BB_ROOT/tests/lab/test"
	for number in $(seq "$(wc -l <list)"); do
		check grep -qE "\b(nth|at_terminal) $number\b" "$BB_ROOT/tests/lab/readme.bats" || echo "   $(sed -n "${number}p" list)"
	done
	all_good
}

# A tree as it is cloned, and a home in which nothing was ever installed.
@test "from the top: built, installed, used, as they stand; without anything of ours in PATH before" {
	mkdir tree
	(cd "$BB_ROOT" && git ls-files -z --cached --others --exclude-standard 2>/dev/null | tar -c --null -T -) | tar -x -C tree ||
		skip 'no git repository'
	readme_commands tree/README.md | grep -Fxf <(readme_here) >list
	same <(readme_here) list
	{
		echo 'set -eu; set -o pipefail; cd tree'
		while IFS= read -r command; do
			printf 'echo %q >>"$T/ran"\n%s\n' "$command" "$command"
		done <list
	} >script
	export T
	PATH=$BB_TOOLS MAKEFLAGS='' ends 0 bash script
	same list ran
	grep -q 'HTTP_PROXY=http://' out
	assert_exist "$HOME/.local/bin/bb-start"
	assert_exist "$HOME/.local/share/bottlebox/docs/examples/manifest.json"
	# What is installed is enough: the tree is not needed any more.
	rm -rf tree
	PATH=$HOME/.local/bin:$BB_TOOLS works bb-plan check "$HOME/.local/share/bottlebox/docs/examples/manifest.json"
	PATH=$HOME/.local/bin:$BB_TOOLS works bb-start --version
}
