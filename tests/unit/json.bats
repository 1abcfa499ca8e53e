# SPDX-License-Identifier: MIT
# Where: unit
# The JSON checker, reader, writer and the splice: tables, a fixed-seed fuzz, Python as second opinion.
load ../helper

texts() {
	python3 "$BATS_TEST_DIRNAME/../cases/json_texts.py" "$1" "$BB_TESTTOOL"
}

@test "good texts are taken, bad ones refused, and Python agrees where it is as strict" {
	texts table
}

@test "fuzz: 40000 mutated texts, checker and Python give the same verdict" {
	texts fuzz
}

@test "splice: put a section in and take it out again: every byte as before, over 360 odd plans" {
	texts splice
}

@test "the place of a fault: line and column from 1" {
	while IFS='|' read -r text place; do
		check equals "$place" "$(printf "$text" | testtool json-check)" "$text"
	done <<-'END'
	{"a":1,}|1 7 a comma before }
	{"a":1,|1 8 the text ends too early
	{"a":1,5}|1 8 expected a member's name
	{"a":\n  tru}|2 3 a word that is no value
	{"a":\n  :}|2 3 expected a value
	{\n\n"a":1\n "b":2}|3 6 a comma is missing
	{"a":"x\\q"}|1 9 unknown escape in a string
	{"a":01}|1 7 expected ',' or '}'
	{"a":1}\n\n x|3 2 something follows the object
	{"a":1|1 7 the text ends too early
	\n\n|3 1 empty
	END
	all_good
}

@test "depth 64 passes, 65 does not; the same for arrays; a million brackets end quickly" {
	python3 -c '
for name, n in ("64", 63), ("65", 64):
    open("o" + name, "w").write("{\"a\":" * n + "{}" + "}" * n)
    open("a" + name, "w").write("{\"a\":" + "[" * n + "]" * n + "}")
open("deep", "w").write("{\"a\":" + "[" * 1000000)'
	check equals good "$(testtool json-check <o64)"
	check equals good "$(testtool json-check <a64)"
	for file in o65 a65 deep; do
		check equals 'nested too deeply (more than 64 levels)' "$(testtool json-check <$file | cut -d' ' -f3-)" "$file"
	done
	all_good
}

@test "100000 members, or one name 100000 times: done within seconds" {
	python3 -c '
open("many", "w").write("{" + ",".join("\"%d\":1" % i for i in range(60000)) + "}")
open("array", "w").write("{\"a\":[" + ",".join(["1"] * 400000) + "]}")
open("same", "w").write("{" + ",".join(["\"a\":1"] * 100000) + "}")'
	check equals 60000 "$(timeout 20 "$BB_TESTTOOL" json-walk <many | wc -l)"
	check equals 400001 "$(timeout 20 "$BB_TESTTOOL" json-walk <array | wc -l)"
	check equals 'the name "a" is there twice, first in line 1, column 2' "$(timeout 20 "$BB_TESTTOOL" json-check <same | cut -d' ' -f3-)"
	all_good
}

@test "reading: names, strings and nesting as Python sees them" {
	printf '%s' '{"a":{"b":[1,"x",{"c":null}],"d":{}},"\u00e9\ud83d\ude00":"q\"\\\/\n\t","t":true,"e":[],"z":""}' >text
	testtool json-walk <text >got
	python3 - >want <<-'END'
	import json
	def show(v, depth):
	    items = v.items() if isinstance(v, dict) else [(None, e) for e in v]
	    for k, e in items:
	        name = "." if k is None else k.encode().hex()
	        if isinstance(e, (dict, list)):
	            print(depth, name, ("{" if isinstance(e, dict) else "[") + str(len(e)))
	            show(e, depth + 1)
	        elif isinstance(e, str):
	            print(depth, name, '"' + (e.encode().hex() or "-"))
	        else:
	            print(depth, name, "=" + json.dumps(e).encode().hex())
	show(json.load(open("text")), 1)
	END
	same want got
}

@test "writing a string and reading it back gives the same bytes, every ASCII byte and beyond" {
	python3 -c 'import sys; sys.stdout.buffer.write(bytes(range(128)) + "äé€😀\u2028".encode())' >bytes
	testtool json-quote <bytes >quoted
	python3 -c '
import json
assert json.load(open("quoted", encoding="utf-8")).encode() == open("bytes", "rb").read()
assert not [b for b in open("quoted", "rb").read() if b < 32 or b == 127], "raw control characters"'
	for text in '' a '\' '"' '\\"\'; do
		check equals "$text" "$(printf %s "$text" | testtool json-quote | python3 -c 'import json,sys; print(json.load(sys.stdin))')"
	done
	all_good
}
