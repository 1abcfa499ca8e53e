# engine.bash: the real smolvm of a given version for tests that need no running machine, and the fakes.

ENGINES=$(sed '/^#/d' "$BATS_TEST_DIRNAME/lab/versions")

# real VERSION: that smolvm is the one to use; skips where it cannot be had.
real() {
	BOT_BOTTLE_SMOLVM=$(XDG_CACHE_HOME=$BB_REAL_CACHE HOME=${BB_REAL_CACHE%/.cache} \
		"$BB_ROOT/tests/smolvm-get" "$1" 2>"$T/get") || skip "smolvm $1: $(paste -sd' ' "$T/get")"
	export BOT_BOTTLE_SMOLVM
}

# real_each: start each turn of a loop over versions with homes of its own.
real_each() {
	rm -rf "$HOME" "$BOT_BOTTLE_HOME"
	mkdir -p "$HOME"
	real "$1"
}

smolvm() {
	"$BOT_BOTTLE_SMOLVM" "$@" 2>/dev/null
}

# sql FILE STATEMENT [ARG...]: rows as "a|b"; BLOBs as text.
sql() {
	python3 - "$@" <<-'END'
	import sqlite3, sys
	db = sqlite3.connect(sys.argv[1])
	for row in db.execute(sys.argv[2], sys.argv[3:]).fetchall():
	    print(*(c.decode() if isinstance(c, bytes) else c for c in row), sep="|")
	db.commit()
	END
}

DATABASE_OF_SMOLVM=.local/share/smolvm/server/smolvm.db

row() {
	testtool db-row "$HOME/$DATABASE_OF_SMOLVM" 'SELECT data FROM vms WHERE name = ?1' "bot-bottle-${1-demo}" |
		sed '1s/^[a-z]* //'
}

# row_kind: "blob" or "text".
row_kind() {
	testtool db-row "$HOME/$DATABASE_OF_SMOLVM" 'SELECT typeof(data) FROM vms WHERE name = ?1' "bot-bottle-${1-demo}" |
		sed 's/^text //'
}

# edit_row CODE: change the row by Python; `r` is the parsed row.
edit_row() {
	python3 - "$HOME/$DATABASE_OF_SMOLVM" "$1" <<-'END'
	import json, sqlite3, sys
	db = sqlite3.connect(sys.argv[1])
	r = json.loads(db.execute("SELECT data FROM vms").fetchone()[0])
	exec(sys.argv[2])
	db.execute("UPDATE vms SET data = ?", (json.dumps(r, separators=(",", ":")).encode(),))
	db.commit()
	END
}

# plan_packed: $T/plan.json of `demo` with a pack in the cache (it would not boot).
plan_packed() {
	local folder=$XDG_CACHE_HOME/bot-bottle/smolmachines
	plan_demo "$@"
	mkdir -p "$folder"
	chmod 700 "$folder"
	[ -e "$folder/unit.smolmachine" ] || (umask 077; python3 "$BB_ROOT/tests/tools/make-pack" "$folder/unit.smolmachine")
	testtool splice pack "{\"image_id\":\"sha256:0\",\"artifact\":\"$folder/unit.smolmachine\",\"by\":\"archive\",\"cached\":true}" \
		<plan.json >plan.new
	mv plan.new plan.json
}

# fakes NAME...: these tools are fakes; `rule NAME PATTERN STATUS [CODE]` foresees a call.
fakes() {
	FAKE_LOG=$T/fake.log FAKE_RULES=$T/fake.rules
	mkdir -p "$T/fakes"
	: >"$FAKE_LOG"
	: >"$FAKE_RULES"
	for name; do
		sed -e "s|@LOG@|$FAKE_LOG|" -e "s|@RULES@|$FAKE_RULES|" "$BB_ROOT/tests/fakes/tool" >"$T/fakes/$name"
		chmod +x "$T/fakes/$name"
	done
	PATH=$T/fakes:$PATH
}
rule() {
	printf '%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "${4-}" >>"$FAKE_RULES"
}

# The calls as lines "docker network create ...", without --config DIR.
calls() {
	awk '/^== / { if (line) print line; line = substr($0, 4); next }
		{ if ($0 == "--config") { skip = 1; next } if (skip) { skip = 0; next } line = line " " $0 }
		END { if (line) print line }' "$FAKE_LOG"
}
