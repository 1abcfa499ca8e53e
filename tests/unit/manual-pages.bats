# SPDX-License-Identifier: MIT
# Where: unit
# Pages: they are well formed, say what the programs say, and their examples run.
load ../helper

MAN=$BATS_TEST_DIRNAME/../../man

need() {
	command -v "$1" >/dev/null || skip "$1 is not installed"
}

names() {
	bottlebox --list
	(cd "$BB_ROOT/shell" && ls -d bb-*)
}

# The page as a person reads it, a paragraph a line.
text_of() {
	mandoc -T ascii -O width=1000 "$1" | sed "s/.$(printf '\b')//g"
}

# section PAGE TITLE
section() {
	text_of "$1" | awk -v title="$2" '/^[A-Z]/ { on = $0 == title; next } on'
}

# Our programs that a shell line uses, with the verb: "bb-plan new".
programs() {
	printf '%s\n' "$1" | tr '|' '\n' | sed -e 's/^ *//' -e 's/^bottlebox bb-/bb-/'
}

# Does a line need Docker or smolvm, or a file that only such a line makes?
needs_engine() {
	local part input
	while read -r part; do
		case $part in
		bb-plan\ * | bb-smolfile* | bb-subnet\ --offline* | bottlebox\ --*) ;;
		*) return 0 ;;
		esac
	done < <(programs "$1")
	input=$(printf '%s\n' "$1" | sed -n 's/.*< *\([^ ]*\).*/\1/p')
	[ -n "$input" ] && [ ! -e "${input/#\~/$HOME}" ]
}

@test "every page is clean for mandoc, and for GNU man" {
	need mandoc
	for page in "$MAN"/*.[1-8]; do
		check mandoc -T lint -W warning "$page"
	done
	all_good
	command -v groff >/dev/null || skip "groff is not installed: only mandoc has read the pages"
	for page in "$MAN"/*.[1-8]; do
		groff -mdoc -ww -T utf8 "$page" >out 2>err || check equals 0 $? "groff $page"
		check equals '' "$(cat err)" "groff $page"
	done
	all_good
}

@test "there is a page for every name, and none too many" {
	equals "$( (names; echo bottlebox) | sort)" "$(cd "$MAN" && ls -- *.1 | sed 's/\.1$//' | sort)"
	for name in $(names); do
		check grep -q "^\.It Xr $name 1$" "$MAN/bottlebox.1"
	done
	all_good
}

@test "a page has every option, verb and status of --help" {
	need mandoc
	for name in $(names); do
		text_of "$MAN/$name.1" >page
		for option in $("$name" --help | sed -n 's/^ *\(-[A-Za-z], \)\{0,1\}\(--[a-z-]*\)[ ].*/\2/p'); do
			check grep -Eq "^ +(-., )?$option( [A-Z]+)?($|  )" page || echo "   $name: $option is not in its page"
		done
		for verb in $("$name" --help | sed -n 's/^  \([a-z][a-z-]*\) .*/\1/p'); do
			check grep -Eq "^     $verb( |$)" page || echo "   $name: $verb is not in its page"
		done
		section "$MAN/$name.1" 'EXIT STATUS' >page
		for status in $("$name" --help | sed -n 's/.*exit: \([^,]*[0-9n]\).*manual.*/\1/p'); do
			check grep -Eq "^     ${status/+/\\+}( |$)" page || echo "   $name: status $status is not in its page"
		done
	done
	all_good
}

@test "pages point to pages that exist" {
	for page in "$MAN"/*.[1-8]; do
		while read -r name number; do
			check test -e "$MAN/$name.$number" || echo "   ${page##*/}: $name($number) does not exist"
		done < <(sed -n 's/^\.\(It \)\{0,1\}Xr \([^ ]*\) \([0-9]\).*/\2 \3/p' "$page")
	done
	all_good
}

@test "the examples that need neither Docker nor smolvm run" {
	need mandoc
	ran=0
	for page in "$MAN"/*.[1-8]; do
		rm -rf example
		mkdir example
		cp "$BB_ROOT/docs/examples/manifest.json" example/
		while IFS= read -r line; do
			cd "$T/example"
			if ! needs_engine "$line"; then
				ran=$((ran + 1))
				status=0
				bash -c "set -o pipefail; $line" >"$T/out" 2>"$T/err" </dev/null || status=$?
				check equals 0 "$status" "${page##*/}: $line: $(cat "$T/err")"
			fi
			cd "$T"
		done < <(section "$page" EXAMPLES | sed -n 's/^ *\$ //p')
	done
	all_good
	[ "$ran" -ge 12 ] || { echo "only $ran examples ran"; return 1; }
}

@test "every example uses programs, verbs and options that exist" {
	need mandoc
	seen=0
	for page in "$MAN"/*.[1-8]; do
		while IFS= read -r part; do
			seen=$((seen + 1))
			read -ra word <<<"$part"
			check test -x "$BB_BIN/${word[0]}" || { echo "   ${page##*/}: $part"; continue; }
			"${word[0]}" --help >help
			if grep -q '^  [a-z]' help && [[ ${word[1]-} == [a-z]* ]] && [ "${word[0]}" != bottlebox ]; then
				check grep -qE "^  \[?${word[1]}\]? " help || echo "   ${page##*/}: $part"
			fi
			for option in "${word[@]:1}"; do
				[ "$option" != -- ] || break
				[[ $option == --* ]] || continue
				check grep -q -- "$option[ ]" help || echo "   ${page##*/}: $part"
			done
		done < <(section "$page" EXAMPLES | sed -n 's/^ *\$ //p' | while IFS= read -r line; do programs "$line"; done)
	done
	all_good
	[ "$seen" -ge 30 ] || { echo "only $seen programs seen"; return 1; }
}

@test "every diagnostic of a page is a message of the source" {
	need mandoc
	python3 - "$MAN" "$BB_ROOT" <<'END'
import glob, re, sys
man, root = sys.argv[1:]
source = ""
for name in sorted(glob.glob(root + "/lib/**/*.c", recursive=True) + glob.glob(root + "/applets/**/*.c", recursive=True) + glob.glob(root + "/shell/**/*", recursive=True)):
    try:
        text = open(name).read()
    except IsADirectoryError:
        continue
    text = re.sub(r'"\s*\n\s*"', "", text).replace('\\"', '"')      # one literal over two lines
    source += re.sub(r'"\s*[A-Z_]{4,}\s*"', "", text)
bad = seen = 0
for page in sorted(glob.glob(man + "/*.[1-8]")):
    inside = False
    for line in open(page):
        inside = line.startswith(".Sh DIAGNOSTICS") or inside and not line.startswith(".Sh")
        if not inside or not line.startswith(".It "):
            continue
        text = line[4:].strip().replace("\\(dq", '"')
        pieces = [p.strip() for p in re.split(r"\b[A-Z][A-Z_]{2,}(?![A-Z_=]*=)\b", text)]
        pieces = [p for p in pieces if len(p) > 3]
        assert pieces, text
        for p in pieces:
            seen += 1
            if p not in source:
                bad += 1
                print(f"{page}: no message says: {p}")
assert seen > 30, seen
sys.exit(bad > 0)
END
}

@test "every variable of a page is read by the source, and every one of ours is in a page" {
	for name in $(sed -n 's/^\.It Ev //p' "$MAN"/*.1 | tr -d ',' | tr ' ' '\n' | sort -u); do
		[ -n "$name" ] || continue
		check grep -rqE "\"$name\"|[\$]\{?$name\b" "$BB_ROOT/lib" "$BB_ROOT/applets" "$BB_ROOT/shell" ||
			echo "   $name is in a page and not in the source"
	done
	for name in $(grep -rhoE 'BOT_BOTTLE_[A-Z]+' "$BB_ROOT/lib" "$BB_ROOT/applets" "$BB_ROOT"/shell/bb-* | sort -u); do
		check grep -q "^\.It Ev.*\b$name\b" "$MAN/bottlebox.1" || echo "   $name is not in bottlebox(1)"
	done
	all_good
}

@test "bb-plan(5): each key's example is accepted and a wrong type refused; no key is missing" {
	need mandoc
	section "$MAN/bb-plan.5" DESCRIPTION | sed -n 's/^     \([a-z][a-zA-Z_.]*\): \(.*\)$/\1\t\2/p' >keys
	python3 - "$BB_ROOT/lib/plan/manifest.c" <<'END'
import json, re, subprocess, sys
tables, table = {}, None
for line in open(sys.argv[1]):
    start = re.match(r"static const struct field (\w+)(\[\])? = (.*)", line)
    if start:
        table = tables.setdefault(start[1], [])
    if table is not None:
        for row in re.findall(r"\{ (\..*?) \}", line):
            name = re.search(r'\.name = "(\w+)"', row)
            # What a list has in it is told in words.
            members = "OBJECTS" not in row and re.search(r"\.members = &?(\w+)", row)
            table.append((name and name[1], members and members[1]))
        if line.strip().endswith("};"):
            table = None

# Maps have one row without a name; their keys are the page's words in capitals.
WORD = {"each_credential": "HOST", "each_repo": "NAME"}
def paths(table, prefix):
    for name, members in tables[table]:
        if name is None and members:
            yield from paths(members, prefix + WORD[table] + ".")
        elif name:
            yield prefix + name, members
            if members and members != "each_text":
                yield from paths(members, prefix + name + ".")
known = {p for p, members in paths("manifest", "") if not (members in tables and tables[members] and tables[members][0][0])}
page = dict(line.rstrip("\n").split("\t", 1) for line in open("keys"))
assert len(known) > 20, known
missing, extra = known - set(page), set(page) - known
assert not missing and not extra, f"not in the page: {sorted(missing)}; not in the program: {sorted(extra)}"

PLACE = {"HOST": "api.example.com", "NAME": "app"}
def manifest():
    return {"bottle": "demo", "agent": {"image": "a:1"}, "bundle": {"image": "b:1"}, "egress": {"allowlist": ["api.example.com"]}}
def accepted(path, value):
    m = manifest()
    at, names = m, [PLACE.get(n, n) for n in path.split(".")]
    for n in names[:-1]:
        at = at.setdefault(n, {})
    at[names[-1]] = value
    if path.startswith("git.repos.NAME."):
        for name, rest in (("url", "ssh://a.b/c"), ("key", {"from_env": "KEY"}), ("host_key", "ssh-ed25519 " + "A" * 68)):
            at.setdefault(name, rest)
    if "HOST" in path and not {"from_env", "from_file", "ask"} & set(at):
        at["from_env"] = "KEY"
    run = subprocess.run(["bb-plan", "check"], input=json.dumps(m), text=True, capture_output=True)
    assert run.returncode in (0, 65), run
    return run.returncode == 0, run.stderr
bad = 0
for path, example in page.items():
    good, why = accepted(path, json.loads(example))
    if not good:
        bad += 1
        print(f"{path}: {example} is refused: {why}")
    if accepted(path, None)[0]:
        bad += 1
        print(f"{path}: null is accepted")
sys.exit(bad > 0)
END
	section "$MAN/bb-plan.5" EXAMPLES | sed -n '/^ *{$/,/^ *}$/p' >m.json
	works bb-plan check m.json
}

@test "bb-plan(5): each section it describes is one that an applet writes, and the other way round" {
	sed -n '/^\.Ss The sections/,/^\.Sh/s/^\.It Va //p' "$MAN/bb-plan.5" | sort >page
	for name in $(bottlebox --list); do
		"$name" --help | sed -n 's/.*writes: \([a-z_]*\) .*/\1/p'
	done | grep -vx nothing | sort >help
	same help page
}
