# SPDX-License-Identifier: MIT
# Where: unit
# What make does for those who change the code, in a copy of the tree.
load ../helper

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

# Each block of docs/applet.md: one that names a file is written there, any other is typed, in a shell that knows nothing
# of this run. Prints statuses and commands; what they said is in $T/said-1, said-2, ...
follow() {
	python3 - "$T/tree" "$T/said" <<-'END'
	import os, re, subprocess, sys
	tree, said = sys.argv[1:]
	env = {"PATH": os.environ["BB_REAL_PATH"], "HOME": os.environ["HOME"]}
	typed = 0
	for language, file, text in re.findall(r"^```(\w+) ?([^\n]*)\n(.*?)^```$", open(tree + "/docs/applet.md").read(), re.S | re.M):
	    if file:
	        assert os.path.exists(f"{tree}/{file}"), file + " was not made"
	        open(f"{tree}/{file}", "w").write(text)
	        continue
	    typed += 1
	    with open(f"{said}-{typed}", "w") as out:
	        run = subprocess.run(["sh", "-euc", text], cwd=tree, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
	    print(run.returncode, text, end="")
	END
}

@test "new: a name that cannot be one, or is taken, is refused (64) and nothing is made" {
	copy
	find tree -type f -exec cksum {} + | sort >before
	while IFS='|' read -r name why; do
		check ends 64 tree/tools/new "$name"
		check equals "make new: $why" "$(head -1 err)"
	done <<-'END'
	|which applet?
	Hosts|'Hosts' cannot be a name
	../x|'../x' cannot be a name
	x-|'x-' cannot be a name
	x_y|'x_y' cannot be a name
	plan|bb-plan is there already
	tsi-patch|bb-tsi-patch is there already
	start|bb-start is there already
	END
	check same before <(find tree -type f -exec cksum {} + | sort)
	all_good
}

@test "docs/applet.md, followed word for word: the tests fail until all is written, then pass" {
	copy
	follow >followed
	cat >wanted <<-'END'
	0 make new APPLET=hosts
	2 make unit TESTS="bb-hosts every-program source-rules manual-pages"
	0 sed -i 's/^| `bb-hosts` | TODO:.*/| `bb-hosts` | lists the hosts that a bottle may reach |/' README.md
	0 make gen
	0 make unit TESTS="bb-hosts every-program source-rules manual-pages"
	END
	same wanted followed || { tail -n 60 "said-$(wc -l <followed)"; return 1; }
	cat >wanted <<-'END'
	TODO: what it does
	a page has every option, verb and status of --help
	every name has a page, tests, a line in README and completions
	no words of the making in sources: machine paths and marks
	there is a page for every name, and none too many
	END
	same wanted <(sed -n 's/^not ok [0-9]* //; T; s/ #.*//p' said-2 | sort)
}
