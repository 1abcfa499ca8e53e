# SPDX-License-Identifier: MIT
# Where: unit
# Each call of the C library fails in turn under real commands: the status is one of ours, 0 only for the whole result,
# else a sentence with advice; nothing is left that the ledger does not know. tests/tools/inject says what is compared.
load ../helper
load ../engine

setup() {
	fresh_home
	[ "$BB_BIN" = "$BB_ROOT/out/bin" ] || skip "what is preloaded does not go with the sanitizers"
	[ -e "$BB_ROOT/out/fail-at.so" ] || skip "make unit builds out/fail-at.so"
	manifest >m.json
}

inject() {
	"$BB_ROOT/tests/tools/inject" "$@" 2>"$T/tmp" || faults=$((faults + 1))
	sed -n 's/^#/#/p' "$T/tmp" >&3
	grep -v '^#' "$T/tmp" || :
}

state='python3 -c "import sqlite3; d = sqlite3.connect(\"state/state.db\"); print([d.execute(\"SELECT * FROM \" + t).fetchall() for t in (\"leases\", \"ledger\")], d.execute(\"SELECT slug, pid, ending FROM bottles\").fetchall())"'

@test "plans: new, check, merge, smolfile, subnet" {
	plan_demo
	bb-plan new m.json | testtool splice subnet "$SUBNET" >a.json
	bb-plan new m.json | testtool splice pack '{"x":1}' >b.json
	rm -rf state
	inject new -- bb-plan new m.json
	inject check -- bb-plan check m.json
	inject merge -- bb-plan merge a.json b.json
	inject smolfile --may 'state/bottles/demo(/smolfile.toml)?$' -- bb-smolfile --plan a.json
	inject subnet --may 'state/bottles/demo$' -- bb-subnet alloc --offline --plan m.json
	all_good
}

# engine: docker as files in world/, docker and smolvm are stand-ins. `demo` was begun and has both of the bundle's things.
engine() {
	W=$T/world
	mkdir -p world
	fakes docker smolvm
	local gone='echo "Error: No such object" >&2; exit 1'
	rule docker 'inspect --type container *' own "[ -e $W/container ] || { $gone; }; $(box_lines "$(own_label demo)")"
	rule docker 'inspect --type network *' own "[ -e $W/network ] || { $gone; }; $(net_lines "$(own_label demo)")"
	rule docker 'rm -f -v *' own "rm $W/container"
	rule docker 'network rm *' own "rm $W/network"
	rule docker 'ps -a *' own "[ ! -e $W/container ] || printf 'bot-bottle-bundle-demo\trunning\tbundle:1\tdemo\tboot\t%s\n' $(own_label demo)"
	rule docker 'network ls *' own "[ ! -e $W/network ] || printf 'bot-bottle-bundle-demo\tdemo\tboot\t%s\n' $(own_label demo)"
	rule smolvm --version 0 "echo smolvm $NEW_SMOLVM"
	rule smolvm 'machine create --help' 0 'echo "      --allow-cidr <C>"'
	: >world/container
	: >world/network
	leases "INSERT INTO ledger(at, slug, phase, kind, name, id) VALUES('', 'demo', 'done', 'network', 'bot-bottle-bundle-demo', 'x'),
		('', 'demo', 'done', 'container', 'bot-bottle-bundle-demo', 'x')"
	bb-ledger claim demo
	mkdir -p -m 700 state/bottles/demo
	plan_demo
	saved plan.json
}

@test "ledger: claim, disown, list, undo" {
	inject claim --skip malloc --after "$state" -- bb-ledger claim demo --image x
	engine
	inject list --skip malloc,realpath -- bb-ledger list
	inject list-json --each 4 --skip malloc,realpath -- bb-ledger list --json
	inject undo --each 3 --after "$state; ls world" --clean "bb-clean --yes >/dev/null 2>&1; bb-stop demo >/dev/null 2>&1; ls world" -- bb-ledger undo demo
	all_good
}

@test "bundle: check, requests, answer, waive" {
	engine
	mv fake.rules rest
	has_box "$(own_label demo)"
	rule docker 'exec *' 0 "echo '{\"id\":\"1700000000-0123456789abcdef\",\"ts\":1,\"text\":\"may I?\"}'"
	cat rest >>fake.rules
	rm rest
	inject check --each 4 --skip malloc -- bb-bundle check demo
	inject requests --each 4 --skip malloc -- bb-bundle requests demo
	inject waive --each 4 --skip malloc -- bb-bundle waive demo 0123456789abcdef
	inject answer --each 4 --skip malloc -- bb-bundle answer demo 1700000000-0123456789abcdef yes
	all_good
}

# A living owner whom /proc does not show because something has run out is not dead; nothing of his is taken down.
@test "clean: what belongs to a living process stays, whatever fails" {
	engine
	bb-ledger claim demo --owner $$
	inject clean --only open,read --each 1000 --after 'ls world' --clean '[ -e world/container ] && [ -e world/network ] || echo "taken down"' -- bb-clean --yes
	all_good
}

@test "cp: a folder out of a guest" {
	engine
	mkdir -p tree/sub
	echo one >tree/one
	echo two >tree/sub/two
	ln -s /etc/passwd tree/link
	tar -cf d.tar -C tree .
	rm -rf tree
	rule smolvm 'machine exec *' own "cat $T/d.tar"
	inject cp --each 8 --skip unlink --after 'cat got/one got/sub/two' -- bb-vm cp demo:/d got
	all_good
}

# The planning applets and the ledger are real, the acting ones stand-ins that write the ledger's lines.
@test "start: up to create; what a failed one leaves is taken down by bb-clean" {
	fakes docker
	rule docker 'network ls *' 0
	rule docker 'ps -a *' 0
	for name in bb-doctor bb-pack bb-bundle bb-vm; do
		sed "s|@DIR@|$T|g" "$BB_ROOT/tests/fakes/applet" >"fakes/$name"
		chmod +x "fakes/$name"
	done
	inject start --each 2 --skip malloc --may 'stages|state/(bottles/demo|failed)(/.*)?$' --after 'ls state/bottles/demo' \
		--clean 'bb-clean --yes >/dev/null 2>&1; bb-stop demo >/dev/null 2>&1; ls -A state/bottles 2>/dev/null || :' \
		-- bb-start --yes --until create m.json
	all_good
}
