# SPDX-License-Identifier: MIT
"""One scanner and one rule set for the proxy and the git gate.

Rules: gitleaks' own file, turned into rules.json when the image is built. Hyperscan looks for all of them in one pass
and names candidates; RE2 then judges each by the rule's own keywords, groups and entropy. (RE2 alone, rule by rule
behind its keywords, took 2 s for 1 MB of code in all its forms; Python's re can be made to hang by input.)
Rule allowlists are not honoured: who sends data also chooses what is in it. A rule that its makers bound to the names of
files counts in such files alone: `password = "..."` is a finding in Terraform, and in a chat any line of any program.
"""

import collections
import hashlib
import json
import math
import os

import hyperscan
import re2

from . import decode, examples
from .frames import KNOWN

RULES = os.path.join(os.path.dirname(__file__), "rules.json")
COMPILED = os.path.join(os.path.dirname(__file__), "rules.hsdb")
# Any high-entropy word near "key" or "token": too many false alarms in line.
LEFT_OUT = ("generic-api-key",)
# Many rules want a blank, quote or line end behind a token; in binary data it
# is some other byte. So all that is not printable counts as a line end.
_LINES = bytes(c if 0x20 <= c < 0x7F or c in b"\t\r" else 0x0A for c in range(256))


# RULE matched from START to END in some form of the data; ID: what it may be waived by, or None.
Found = collections.namedtuple("Found", "rule start end id")


def compiled(source):
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.log_errors = False
    return re2.compile(source, options)


class Rule:
    """One pattern, compiled for RE2 when it is first needed."""

    def __init__(self, plain):
        self.id = plain["id"]
        self.keywords = [k.lower().encode("latin-1") for k in plain["keywords"]]
        self.entropy = plain["entropy"]
        self.group = plain["group"]
        self.source = plain["regex"].encode("utf-8")
        self.path = plain["path"] and compiled(plain["path"].encode("utf-8"))
        self._pattern = None

    @property
    def pattern(self):
        if self._pattern is None:
            self._pattern = compiled(self.source)
        return self._pattern

    def counts(self, path):
        """In a file of this name (bytes), or in what is none (None)?"""
        return not self.path or path is not None and self.path.search(path) is not None

    def wanted(self, lower):
        return not self.keywords or any(k in lower for k in self.keywords)

    def find(self, data, budget):
        """(start, end, secret) of each match that counts; DATA has passed _LINES."""
        if not self.wanted(data.lower()):
            return
        for m in self.pattern.finditer(data):
            budget.check()
            secret = self._secret(m)
            if (self.entropy == 0 or entropy(secret) > self.entropy) and secret not in examples.PUBLISHED:
                yield *m.span(), secret

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


def database(rules):
    """Hyperscan's, of all rules; the id of a pattern is the rule's place in the list."""
    made = hyperscan.Database()
    made.compile(expressions=[r.source for r in rules], ids=list(range(len(rules))), elements=len(rules),
                 flags=[hyperscan.HS_FLAG_SINGLEMATCH | hyperscan.HS_FLAG_ALLOWEMPTY] * len(rules))
    return made


def save(scanner, digest, path):
    """For the image build: the database, behind the digest of the rule file that it is of."""
    with open(path, "wb") as f:
        f.write(digest + hyperscan.dumpb(scanner.database))


def load(rules, digest, path):
    """The one of the image build, which took a second there; made again where it is of other rules or for another processor."""
    made = None
    try:
        with open(path, "rb") as f:
            if f.read(len(digest)) == digest:
                made = hyperscan.loadb(f.read(), hyperscan.HS_MODE_BLOCK)
    except (OSError, hyperscan.error):
        pass
    made = made or database(rules)
    made.scratch = hyperscan.Scratch(made)
    return made


class Scanner:
    def __init__(self, path=RULES, seconds=30, compiled=COMPILED, known=None, waivers=None):
        with open(path, "rb") as f:
            raw = f.read()
        self.rules = [Rule(r) for r in json.loads(raw) if r["id"] not in LEFT_OUT]
        self.seconds = seconds
        self.known, self.waivers = known, waivers
        self.digest = hashlib.sha256(raw).digest()
        self.database = load(self.rules, self.digest, compiled)

    def compile_all(self):
        """For the image build: every pattern must compile."""
        return [rule.pattern for rule in self.rules]

    def findings(self, blob, budget, without=(), path=None, printable=False):
        """What matches in this form of the data; WITHOUT: ids of rules that do not count; PATH: of the file that the data is;
        PRINTABLE: it is known to be, but for line ends."""
        if self.known and self.known.stands_in(blob):
            yield Found(KNOWN, 0, len(blob), None)
        blob = blob if printable else blob.translate(_LINES)
        candidates = []
        self.database.scan(blob, match_event_handler=lambda id, *_: candidates.append(id))
        budget.check()
        for rule in (self.rules[id] for id in sorted(set(candidates))):
            for start, end, secret in rule.find(blob, budget) if rule.id not in without and rule.counts(path) else ():
                name = self.waivers and self.waivers.id(rule.id, secret)
                if not name or not self.waivers.let_pass(name):
                    yield Found(rule.id, start, end, name)

    def every(self, data, budget, without=(), path=None):
        """What matches in any form of this."""
        for blob in decode.variants(data, budget):
            yield from self.findings(blob, budget, without, path)

    def first(self, data, budget, without=(), path=None):
        return next(self.every(data, budget, without, path), None)
