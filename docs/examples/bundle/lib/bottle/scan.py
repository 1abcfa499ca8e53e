# SPDX-License-Identifier: MIT
"""One scanner and one rule set for the proxy and the git gate.

Rules: gitleaks' own file, turned into rules.json when the image is built.
Each pattern is searched alone, behind its keywords: a combined re2.Set is
seconds slow on random data, Python's re can be made to hang by input.
Rule allowlists are not honoured: who sends data also chooses what is in it.
"""

import json
import math
import os
import time

import re2

from . import decode

RULES = os.path.join(os.path.dirname(__file__), "rules.json")
# Any high-entropy word near "key" or "token": too many false alarms in line.
LEFT_OUT = ("generic-api-key",)
# Many rules want a blank, quote or line end behind a token; in binary data it
# is some other byte. So all that is not printable counts as a line end.
_LINES = bytes(c if 0x20 <= c < 0x7F or c in b"\t\r" else 0x0A for c in range(256))


class Rule:
    """One pattern, compiled when its keyword is first seen."""

    def __init__(self, plain):
        self.id = plain["id"]
        self.keywords = [k.lower().encode("latin-1") for k in plain["keywords"]]
        self.entropy = plain["entropy"]
        self.group = plain["group"]
        self._source = plain["regex"]
        self._pattern = None

    @property
    def pattern(self):
        if self._pattern is None:
            options = re2.Options()
            options.encoding = re2.Options.Encoding.LATIN1
            options.log_errors = False
            self._pattern = re2.compile(self._source.encode("utf-8"), options)
        return self._pattern

    def wanted(self, lower):
        return not self.keywords or any(k in lower for k in self.keywords)

    def matches(self, data, budget):
        for m in self.pattern.finditer(data):
            budget.check()
            if self.entropy == 0 or entropy(self._secret(m)) > self.entropy:
                return True
        return False

    def _secret(self, m):
        if self.group:
            return m.group(self.group) or b""
        for text in m.groups():
            if text:
                return text
        return m.group(0)


def entropy(data):
    """Shannon entropy, bits a byte."""
    if not data:
        return 0.0
    size = len(data)
    counts = (data.count(b) for b in set(data))
    return -sum(n / size * math.log2(n / size) for n in counts)


class Verdict:
    """rule: id of the rule that matched, or 'scan-limit', or None."""

    def __init__(self, rule, started):
        self.rule = rule
        self.micros = int((time.monotonic() - started) * 1e6)


class Scanner:
    def __init__(self, path=RULES, seconds=30):
        with open(path, encoding="utf-8") as f:
            self.rules = [Rule(r) for r in json.load(f) if r["id"] not in LEFT_OUT]
        self.seconds = seconds

    def compile_all(self):
        """For the image build: every pattern must compile."""
        return [rule.pattern for rule in self.rules]

    def _find(self, data, budget):
        for blob in decode.variants(data, budget):
            blob = blob.translate(_LINES)
            lower = blob.lower()
            for rule in self.rules:
                if rule.wanted(lower) and rule.matches(blob, budget):
                    return rule.id
            budget.check()
        return None

    def scan(self, pieces):
        """Verdict over several byte strings; a bound reached is a refusal."""
        started = time.monotonic()
        budget = decode.Budget(sum(map(len, pieces)), self.seconds)
        try:
            for piece in pieces:
                rule = self._find(piece, budget)
                if rule:
                    return Verdict(rule, started)
        except decode.TooMuch:
            return Verdict("scan-limit", started)
        return Verdict(None, started)
