# SPDX-License-Identifier: MIT
"""candidates.py RULES.json: Hyperscan names every rule that RE2 alone would find, and no more are found than that.

For each rule of the file, texts that it should match are made from its own pattern, then put into the common codings. A
text that RE2 alone finds in no form proves nothing; they are counted.
"""
import base64
import gzip
import json
import random
import re
import re._parser as parser
import sys

from bottle import decode, scan

RANDOM = random.Random(5)
CLASSES = {"CATEGORY_DIGIT": "0123456789", "CATEGORY_WORD": "abcXYZ019_", "CATEGORY_SPACE": " "}
CODINGS = (
    lambda text: text,
    lambda text: json.dumps({"a": text.decode("latin-1")}).encode(),
    base64.b64encode,
    base64.encodebytes,
    lambda text: b"see " + base64.b32encode(text) + b" end",
    lambda text: text.hex().encode(),
    lambda text: b"".join(b"%%%02x" % c for c in text),
    lambda text: text.decode("latin-1").encode("utf-16-le"),
    lambda text: base64.b64encode(gzip.compress(text)),
)


def one_of(members):
    found = []
    for kind, what in members:
        if str(kind) == "NEGATE":
            return "x"
        if str(kind) == "LITERAL":
            found.append(chr(what))
        elif str(kind) == "RANGE":
            found += map(chr, range(what[0], what[1] + 1))
        else:
            found += CLASSES.get(str(what), "q7.")
    return RANDOM.choice(found)


def text_of(tree):
    """A text that the parsed pattern should match."""
    out = ""
    for kind, what in tree:
        kind = str(kind)
        if kind == "LITERAL":
            out += chr(what)
        elif kind in ("NOT_LITERAL", "ANY"):
            out += "x"
        elif kind == "IN":
            out += one_of(what)
        elif kind in ("MAX_REPEAT", "MIN_REPEAT"):
            least, most, inner = what
            out += "".join(text_of(inner) for _ in range(int(least) or RANDOM.choice((0, min(int(most), 2)))))
        elif kind == "SUBPATTERN":
            out += text_of(what[3])
        elif kind == "BRANCH":
            out += text_of(RANDOM.choice(what[1]))
    return out


def sample(rule):
    source = re.sub(r"\(\?-?i\)", "", rule.source.decode()).replace(r"\z", r"\Z")
    tree = parser.parse(re.sub(r"\(\?-?[a-z]+:", "(?:", source))
    return ('x = "; ' + text_of(tree) + ' "\n').encode("latin-1", "replace")


def by_re2(scanner, data, budget, path):
    """Any rule, tried on every form, without Hyperscan to name it."""
    return any(True for form in decode.variants(data, budget) for rule in scanner.rules if rule.counts(path)
               for _ in rule.find(form.translate(scan._LINES), budget))


def main(path):
    scanner = scan.Scanner(path, compiled="")
    tried = found = 0
    rules = set()
    for rule in scanner.rules:
        path = rule.path and b"x" + text_of(parser.parse(rule.path.pattern.decode().replace("(?i)", ""))).encode() or None
        for coding in CODINGS:
            data = b"some words before it " * 9 + coding(sample(rule)) + b" and after"
            expected = by_re2(scanner, data, decode.Budget(len(data), 60), path)
            given = scanner.first(data, decode.Budget(len(data), 60), path=path) is not None
            tried, found = tried + 1, found + expected
            if coding is CODINGS[0] and expected:
                rules.add(rule.id)
            if given != expected:
                raise SystemExit(f"{rule.id}: RE2 alone says {expected}, the scanner {given}: {data!r}")
    print(f"{tried} texts, {found} with a finding, of {len(rules)} rules of {len(scanner.rules)} as they stand")
    if found < tried * 0.7 or len(rules) < len(scanner.rules) * 0.8:
        raise SystemExit("too few of the texts are findings: this proves little")


main(sys.argv[1])
