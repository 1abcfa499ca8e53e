# SPDX-License-Identifier: MIT
# What make does for those who change the code, in a copy of the tree.
load helper

# copy: the tree as it lies here, with what is built already.
copy() {
	mkdir -p "tree/$BB_OUT"
	(cd "$BB_ROOT" && git ls-files -coz --exclude-standard | tar -c --null -T - --ignore-failed-read) | tar -xC tree
	(cd "$BB_ROOT/$BB_OUT" && cp -a applets lib guest bottlebox gen testtool "$T/tree/$BB_OUT/")
}

@test "compile_commands.json: every C file of the tree, with the flags that compile it without a warning" {
	git -C "$BB_ROOT" rev-parse --git-dir >/dev/null 2>&1 || skip 'no git repository'
	copy
	works make -s -C tree compile_commands.json
	python3 - tree >listed <<-'END'
	import json, subprocess, sys
	for entry in json.load(open(sys.argv[1] + "/compile_commands.json")):
	    print(entry["file"])
	    subprocess.run([*entry["arguments"], "-fsyntax-only", "-Werror"], cwd=entry["directory"], check=True)
	END
	same <(git -C "$BB_ROOT" ls-files -co --exclude-standard '*.c' | sort) <(sort listed)
}

@test "check is lint and unit" {
	make -s -n -C "$BB_ROOT" lint unit >wanted
	make -s -n -C "$BB_ROOT" check >made
	grep -q 'tests/lint ' made
	grep -q 'tests/run unit ' made
	same wanted made
}
