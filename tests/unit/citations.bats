# SPDX-License-Identifier: MIT
# Where: unit
# What comments and pages cite exists: walls in docs/threats.md, pages and their headings, and the tests that docs/threats.md names.
load ../helper

# Prints what is cited in the tree FOLDER and is not there.
reader() {
	cat >"$T/cited" <<-'END'
	import glob, os, re, sys
	root = sys.argv[1]
	os.chdir(root)
	bad = []
	def text(path):
	    return open(path, errors="replace").read()
	def files(*places):
	    for place in places:
	        for folder, below, names in os.walk(place):
	            below[:] = sorted(d for d in below if d not in ("corpus", "cases", "__pycache__"))
	            yield from (os.path.join(folder, n) for n in sorted(names))
	pages = {p: text(p) for p in glob.glob("*.md") + [f for f in files("docs") if f.endswith(".md")]}
	# What is said in words: comments, the strings that Python modules begin with, pages as they are.
	def words(path, t):
	    if re.search(r"\.[ch]$", path):
	        found = re.findall(r"/\*.*?\*/", t, re.S)
	        found = [re.sub(r"\n[ \t]*\*? ?", " ", f) for f in found]
	    elif path.endswith(".md") or path.endswith(".mdoc"):
	        found = [t]
	    else:
	        found = re.findall(r'^"""(.*?)"""', t, re.S | re.M) + [re.sub(r"^[ \t]*# ?", "", "".join(b), flags=re.M)
	                 for b in re.findall(r"(?:^[ \t]*#.*\n)+", t, re.M)]
	    return " ".join(f.replace("\n", " ") for f in found)
	def exists(path, page):
	    folder = os.path.dirname(path)
	    while True:
	        if os.path.exists(os.path.join(folder, page)):
	            return True
	        if not folder:
	            return False
	        folder = os.path.dirname(folder)
	walls = set(re.findall(r"^### (W\d+) ", pages["docs/threats.md"], re.M))
	seen = {"walls": 0, "pages": 0, "headings": 0, "tests": 0}
	for path in list(files("lib", "applets", "guest", "shell", "tests", "docs", "man")) + glob.glob("*.md"):
	    if os.path.islink(path) or os.path.basename(path) == "citations.bats":
	        continue
	    t = text(path)
	    for wall in sorted(set(re.findall(r"\bW\d+\b", t))):
	        seen["walls"] += 1
	        if wall not in walls:
	            bad.append(f"{path}: {wall} is not in docs/threats.md")
	    said = words(path, t)
	    for page in sorted(set(re.findall(r"(?<![\w./<$-])[\w./-]*\w\.md\b", said)) - {"SKILL.md", "prompt.md"}):
	        seen["pages"] += 1
	        if not exists(path, page):
	            bad.append(f"{path}: no page {page}")
	    for name, part in sorted(set(re.findall(r"\b(bb-[a-z-]+|bottlebox)\((\d)\)", said))):
	        seen["pages"] += 1
	        if not os.path.exists(f"man/{name}.{part}"):
	            bad.append(f"{path}: no page man/{name}.{part}")
	    for page, heading in re.findall(r'\b(docs/[\w/-]+\.md), "([^"]+)"', said):
	        seen["headings"] += 1
	        if not re.search(rf"^#+ {re.escape(heading)}$", pages.get(page, ""), re.M):
	            bad.append(f"{path}: no heading '{heading}' in {page}")
	# Each wall has its tests, or says that it has none.
	for wall, body in re.findall(r"^### (W\d+) .*?\n(.*?)(?=^#|\Z)", pages["docs/threats.md"], re.S | re.M):
	    lines = re.findall(r"^\* (.*)$", body, re.M)
	    if not lines:
	        bad.append(f"docs/threats.md: {wall} names no test and does not say 'no test'")
	    for line in lines:
	        named = re.fullmatch(r"`(tests/[^`]*)`: (.*)", line)
	        seen["tests"] += 1
	        if line != "no test" and not (named and os.path.exists(named[1]) and
	                                      re.search(rf"""^@test ["']{re.escape(named[2])}["'] {{$""", text(named[1]), re.M)):
	            bad.append(f"docs/threats.md: {wall}: no such test: {line}")
	print(*bad, sep="\n", end="\n" if bad else "")
	print(seen, file=sys.stderr)
	sys.exit(bool(bad) or not all(seen.values()))
	END
}

@test "every wall, page, heading and test that is cited exists" {
	reader
	ends 0 python3 "$T/cited" "$BB_ROOT"
	equals '' "$(cat out)"
}

@test "the reader finds what is cited and does not exist" {
	reader
	mkdir tree
	(cd "$BB_ROOT" && cp -r ./*.md lib applets guest shell tests docs man "$T/tree")
	rm -rf tree/tests/lab/root
	echo '/* As wall W99 says, docs/nowhere.md, and bb-nothing(1) as well. */' >>tree/lib/stage.c
	printf '/* One (docs/smolvm.md,\n * "The row"), and another (docs/smolvm.md,\n * "The rows"). */\n' >>tree/lib/stage.h
	echo '# See smolvm-notes.md.' >>tree/shell/bb-stop
	sed -i -e 's/^\* `tests\/lab\/bundle.bats`: W5: git .*/* `tests\/lab\/bundle.bats`: W5: git/' -e '/^### W20/,/^#/s/^\* no test$//' tree/docs/threats.md
	ends 1 python3 "$T/cited" tree
	sort out >found
	sort >wanted <<-'END'
	lib/stage.c: W99 is not in docs/threats.md
	lib/stage.c: no page docs/nowhere.md
	lib/stage.c: no page man/bb-nothing.1
	lib/stage.h: no heading 'The rows' in docs/smolvm.md
	shell/bb-stop: no page smolvm-notes.md
	docs/threats.md: W5: no such test: `tests/lab/bundle.bats`: W5: git
	docs/threats.md: W20 names no test and does not say 'no test'
	END
	same wanted found
}

@test "every C file opens with a sentence of its own that says what it is for, and not only where to look" {
	cd "$BB_ROOT" || return 1
	for file in lib/*.c lib/*/*.c applets/*.c applets/*/*.c guest/*.c; do
		name=$(basename "$file")
		first=$(sed -n 2p "$file")
		case $first in
		"/* $name: see "* | "/* $name: See "*) ;;
		"/* $name: "* | "/* bb-${name%.c}: "*) continue ;;
		esac
		check equals "/* $name: what it is for" "$first" "$file"
	done
	all_good
}

@test "links between the pages lead somewhere, here and where they are installed" {
	(cd "$BB_ROOT" && DESTDIR=$T/root PREFIX=/usr LINK=soft tools/install "$BB_BIN/bottlebox" install)
	for folder in "$BB_ROOT" root/usr/share/bottlebox; do
		for page in "$folder"/*.md "$folder"/docs/*.md; do
			for link in $(grep -oE '\]\([a-zA-Z.][^):]*\)' "$page" | tr -d ']()' | sed 's/#.*//'); do
				case $folder:$link in root*:tests/* | root*:../tests/*) continue ;; esac
				check test -e "$(dirname "$page")/$link" || echo "   $page: $link"
			done
		done
	done
	all_good
}
