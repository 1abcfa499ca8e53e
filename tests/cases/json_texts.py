# SPDX-License-Identifier: MIT
"""Texts for the JSON checker, good and bad, and what Python's json says about them.

python3 json_texts.py table TESTTOOL   each row of the tables below, held against the checker and Python
python3 json_texts.py fuzz TESTTOOL    mutated texts of a fixed seed: accepted means Python accepts, too
python3 json_texts.py splice TESTTOOL  members put in and taken out of odd plans: every other byte stays

Differences that are meant: the checker wants an object at the top, unique names, no surrogate halves,
depth <= 64, <= 1 MiB; Python takes NaN, Infinity and huge integers are its own limit.
"""
import json
import random
import subprocess
import sys

GOOD = [
    b'{}', b' \t\r\n{} \t\r\n', b'{"a":1}', b'{ "a" : 1 , "b" : [ ] }', b'{"":""}', b'{"a":{"a":{"a":1}}}',
    b'{"a":[[],{},[{}]]}', b'{"a":true,"b":false,"c":null}',
    b'{"a":0,"b":-0,"c":0.0,"d":-0.5,"e":1e5,"f":1E+5,"g":1e-5,"h":1.10,"i":1e400,"j":10000000000000000001}',
    rb'{"a":"\"\\\/\b\f\n\r\t\u0041\u00e4\uD83D\uDE00\u0000\uFFFF"}',
    '{"a":"ä€😀\u2028\x7f\u0080","ключ":1}'.encode(), b'{"A":1,"a":2}', rb'{"a":1,"\u0062":2}', rb'{"\u0000":1,"\u0001":2}',
    '{"a":"\ud7ff\ue000\uffff\U0010ffff\U00010000\u0800\u07ff"}'.encode(), b'{"a":"/"}',
    b'{"a":' * 63 + b'{}' + b'}' * 63, b'{"a":' + b'[' * 63 + b']' * 63 + b'}',
    b'{"a":"' + b'x' * ((1 << 20) - 8) + b'"}',
]
BAD = [
    b'', b' ', b'1', b'"a"', b'[]', b'null', b'{', b'}', b'{"a"', b'{"a":', b'{"a":1', b'{"a":1,', b'{"a":1,}',
    b'{,}', b'{"a":}', b'{"a" "b"}', b'{"a":1 "b":2}', b'{"a"::1}', b'{a:1}', b"{'a':1}", b'{"a":1}{}', b'{}{}', b'{}x',
    b'{} 1', b'{"a":[1,,2]}', b'{"a":[1,]}', b'{"a":[,1]}', b'{"a":[1 2]}', b'{"a":[}', b'{"a":[1}', b'{"a":]}', b'{"a":{]}',
    b'{1:1}', b'{null:1}', b'{"a":tru}', b'{"a":True}', b'{"a":nul}', b'{"a":nulll}', b'{"a":falsey}',
    b'{"a":01}', b'{"a":-01}', b'{"a":+1}', b'{"a":.5}', b'{"a":5.}', b'{"a":-}', b'{"a":1e}', b'{"a":1e+}', b'{"a":1.e5}',
    b'{"a":0x10}', b'{"a":1_000}', b'{"a":--1}', b'{"a":1-}', b'{"a":Infinity}', b'{"a":NaN}', b'{"a":-Infinity}',
    b'{"a":"', b'{"a":"\\', b'{"a":"\\"}', b'{"a":"x\ny"}', b'{"a":"x\ty"}', b'{"a":"\x00"}', b'{"a":"\x1f"}', b'{"a\n":1}',
    b'{"a":"\\\x00"}', rb'{"a":"\x"}', rb'{"a":"\u12"}', rb'{"a":"\u12G4"}', rb'{"a":"\U0041"}', rb'{"a":"\'"}', rb'{"a":"\u"}', rb'{"a":"\u123',
    rb'{"a":"\ud800"}', rb'{"a":"\udc00"}', rb'{"a":"\ud800\ud800"}', rb'{"a":"\ud800x"}', rb'{"a":"\ud800\n"}',
    rb'{"a":"\ud800\u0041"}', rb'{"a":"\udc00\ud800"}', rb'{"\ud800":1}', rb'{"a":"\ud83d\ude0',
    b'{"a":"\x80"}', b'{"a":"\xff"}', b'{"a":"\xc0\xaf"}', b'{"a":"\xc1\x81"}', b'{"a":"\xe0\x80\x80"}', b'{"a":"\xe0\x9f\xbf"}',
    b'{"a":"\xed\xa0\x80"}', b'{"a":"\xed\xbf\xbf"}', b'{"a":"\xf0\x80\x80\x80"}', b'{"a":"\xf4\x90\x80\x80"}',
    b'{"a":"\xf5\x80\x80\x80"}', b'{"a":"\xc3"}', b'{"a":"\xe2\x82"}', b'{"a":"\xf0\x9f\x98"}', b'{"a":"\xe4\xf6"}', b'{"a":"\xc3',
    b'{\xc3\xa4:1}', b'\xef\xbb\xbf{}', b'\xff\xfe{\x00}\x00', b'{"a":1}\x00', b'\x00{}', b'{"a"\x00:1}',
    b'{"a":1,"a":1}', b'{"a":1,"b":2,"a":3}', rb'{"a":1,"\u0061":2}', rb'{"a/b":1,"a\/b":2}', b'{"x":[{"a":1,"a":2}]}',
    rb'{"\ud83d\ude00":1,"' + '😀'.encode() + rb'":2}', rb'{"\u0000":1,"\u0000":2}', b'{"":1,"":2}',
    b'{"a":' * 64 + b'{}' + b'}' * 64, b'{"a":' + b'[' * 64 + b']' * 64 + b'}', b'{"a":' * 100000, b'[' * 100000,
    b'{"a":"' + b'x' * ((1 << 20) - 7) + b'"}', b'{"a":1} // x', b'/* x */{}', b'{"a":1}\x0b', b'\x0c{}', b'{\xc2\xa0}',
    '{\u2028}'.encode(),
]
# Bad for us by a rule that Python does not have.
OURS = [b'[]', b'1', b'"a"', b'null', b'{"a":Infinity}', b'{"a":NaN}', b'{"a":-Infinity}']


def unique(pairs):
    if len({k for k, _ in pairs}) != len(pairs):
        raise ValueError("a name twice")
    return dict(pairs)


def python_takes(text):
    """Strict Python: UTF-8, no surrogate halves, unique names; its own constants refused."""
    def refuse(word):
        raise ValueError(word)
    try:
        value = json.loads(text.decode(), object_pairs_hook=unique, parse_constant=refuse, parse_int=str)
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict)


def ask(tool, word, lines):
    done = subprocess.run([tool, word], input=b"".join(lines), stdout=subprocess.PIPE, check=True)
    return done.stdout.decode().splitlines()


def verdicts(tool, texts):
    return ask(tool, "json-check-many", [(t.hex() or "-").encode() + b"\n" for t in texts])


def depth_of(text):
    """Nesting of brackets outside strings."""
    depth = deepest = 0
    inside = escaped = False
    for b in text:
        if inside:
            inside, escaped = escaped or b != 34, not escaped and b == 92
        elif b == 34:
            inside = True
        elif b in b'{[':
            depth += 1
            deepest = max(deepest, depth)
        elif b in b'}]':
            depth -= 1
    return deepest


def table(tool):
    wrong = []
    for texts, want in ((GOOD, True), (BAD, False)):
        for text, said in zip(texts, verdicts(tool, texts)):
            if (said == "good") != want:
                wrong.append(f"checker: {said}, wanted {'good' if want else 'a refusal'}: {text[:60]!r}")
            ours = text in OURS or depth_of(text) > 64 or len(text) > 1 << 20
            if python_takes(text) != want and not ours:
                wrong.append(f"Python {'refuses' if want else 'takes'} {text[:60]!r}")
    return wrong


def mutate(rnd, text):
    text = bytearray(text)
    for _ in range(rnd.randint(1, 4)):
        at = rnd.randrange(len(text) + 1)
        kind = rnd.randrange(5)
        if kind == 0:
            del text[at:at + rnd.randint(1, 3)]
        elif kind == 1:
            text[at:at] = rnd.choice([b'"', b'\\', b'{', b'}', b'[', b']', b',', b':', b'0', b'-', b'e', b'.', b' ', b'\\u',
                                      b'\\ud83d', b'\\ude00', b'\xc3', b'\xa4', b'"a":', b'null', b'\n', b'\x00'])
        elif kind == 2 and text:
            text[at % len(text)] = rnd.randrange(256)
        elif kind == 3:
            text[at:at] = text[at:at + rnd.randint(1, 12)]
        else:
            del text[at:]
    return bytes(text)


def fuzz(tool):
    rnd = random.Random(20261122)
    seeds = [t for t in GOOD if len(t) < 1000] + [plan for plan in odd_plans()]
    texts = [mutate(rnd, rnd.choice(seeds)) for _ in range(40000)]
    wrong, good = [], 0
    for text, said in zip(texts, verdicts(tool, texts)):
        good += said == "good"
        if (said == "good") != (python_takes(text) and depth_of(text) <= 64):
            wrong.append(f"checker: {said}, Python: {python_takes(text)}: {text!r}")
    if good < 1000:
        wrong.append(f"only {good} of {len(texts)} texts were good: the run says little")
    return wrong


def odd_plans():
    """Members with every spelling that a re-printer would change."""
    values = [b'10000000000000000001', b'1e400', b'1.10', b'-0', b'1E+2', b'"\\/\\u00e4"', '"ä"'.encode(), b'[ ]', b'{ }',
              b'[1 , 2]', b'{"b" : 1 ,"a":\t2}', b'"}"', b'"{\\""', b'",\\\\"', b'null', b'true', b'""', b'[{"own":1}]', b'{"own":{}}']
    names = [b'"a"', b'"\\u0062"', '"ключ"'.encode(), b'""', b'"x\\\\y"', b'"a,b"', b'"a\\"b"', b'"manifest"', b'"ow"', b'"own2"', b'"z"']
    blanks = [b'', b' ', b'\n\t ', b'\r\n', b'   ']
    rnd = random.Random(3)
    for n in list(range(6)) * 60:
        rnd.shuffle(names)
        members = [rnd.choice(blanks) + name + rnd.choice(blanks) + b':' + rnd.choice(blanks) + rnd.choice(values)
                   + rnd.choice(blanks) for name in names[:n]]
        yield rnd.choice(blanks) + b'{' + (b','.join(members) or rnd.choice(blanks)) + b'}' + rnd.choice(blanks)


def splice(tool):
    wrong, new, newer = [], b'{"cidr":"x","n":1.10}', b'[ 1e400 ]'

    def run(docs, value):
        return [bytes.fromhex(l) for l in ask(tool, "splice-many",
                [b"%s %s %s\n" % (d.hex().encode(), b"own".hex().encode(), value.hex().encode() if value else b"-") for d in docs])]

    def expect(what, got, want):
        wrong.extend(f"{what}:\n   got  {g!r}\n   want {w!r}" for g, w in zip(got, want) if g != w)

    plans = list(odd_plans())
    added = run(plans, new)
    expect("put in, taken out", run(added, None), plans)
    expect("put in twice", run(added, new), added)
    replaced = run(added, newer)
    expect("replaced", replaced, [a.replace(b'"own":' + new, b'"own":' + newer) for a in added])
    expect("replaced back", run(replaced, new), added)
    expect("taken out where it is not", run(plans, None), plans)
    for plan, text in zip(plans, added):
        want = json.loads(plan, parse_int=str, parse_float=str) | {"own": {"cidr": "x", "n": "1.10"}}
        if json.loads(text, parse_int=str, parse_float=str) != want:
            wrong.append(f"not what Python reads: {text!r}")
    # First, in the middle, last; the escaped spelling is the same member.
    for text, out in [(b'{"own":1,"b":2}', b'{"b":2}'), (b'{ "own" : 1 , "b":2}', b'{  "b":2}'), (b'{"a":1,"own":2,"b":3}', b'{"a":1,"b":3}'),
                      (b'{"a":1 , "own":2\n}', b'{"a":1 \n}'), (b'{"own":1}', b'{}'), (rb'{"a":1,"\u006fwn":[1,2]}', b'{"a":1}'),
                      (b'{"own":{"own":1},"x":{"own":2}}', b'{"x":{"own":2}}')]:
        expect("taken out", run([text], None), [out])
    return wrong


if __name__ == "__main__":
    faults = {"table": table, "fuzz": fuzz, "splice": splice}[sys.argv[1]](sys.argv[2])
    print("\n".join(faults[:20]))
    sys.exit(bool(faults))
