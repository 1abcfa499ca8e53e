# SPDX-License-Identifier: MIT
"""What of a request is looked at, and where a finding stands.

A language model's client sends its whole history as JSON each turn. So a JSON body is read as what it means: all of it
as it stands for the rules alone, then each of its strings in every form, once: a string found clean is remembered by
a keyed hash. Whatever is not whole, plain JSON is looked at as bytes.
"""

import collections
import functools
import hashlib
import itertools
import json
import os

from . import decode, scan

SHORT = 64           # bytes; shorter strings are looked at together
TOGETHER = 65536     # bytes of them, and of longer ones that are new
APART = b"\0" * 8    # between these: no coding and no rule reaches over it
REMEMBERED = 50000   # strings; about 10 MB
SESSIONS = (b"authorization", b"cookie")
_KEY = os.urandom(32)


class Pairs(list):
    """An object with all its members: of two with one name, a parser that kept the last would hide the first."""


class Number(str):
    """A number as it was written."""


def parse(body):
    """The value of a JSON body, else None."""
    body = body.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    if body[:1] not in (b"{", b"["):
        return None
    try:
        return json.loads(body.decode("utf-8"), object_pairs_hook=Pairs, parse_int=Number, parse_float=Number)
    except (ValueError, RecursionError):
        return None


def strings(value):
    """(path, text) of each string and each member's name. A path is (path of the parent, key), the root's is ()."""
    stack = [iter([((), value)])]  # of iterators: a list of a million numbers is not copied
    while stack:
        try:
            path, value = next(stack[-1])
        except StopIteration:
            stack.pop()
            continue
        if isinstance(value, str) and not isinstance(value, Number):
            yield path, value
        elif isinstance(value, Pairs):
            for name, _ in value:
                yield path, name
            stack.append(below(path, value))
        elif isinstance(value, list):
            stack.append(below(path, enumerate(value)))


def below(path, members):
    return (((path, key), inner) for key, inner in members if not isinstance(inner, Number))


def written(path, shown):
    """messages[3].content, for a person; bounded, names as SHOWN gives them."""
    parts = []
    while path:
        path, key = path
        parts.append(f"[{key}]" if isinstance(key, int) else f".{shown(key)[:40]}")
    return "".join(reversed(parts)).lstrip(".")[:200] or "the JSON text"


class Memory:
    """Keyed hashes of strings that were found clean, the least recently used go."""

    def __init__(self, size=REMEMBERED):
        self.size = size
        self.known = collections.OrderedDict()

    def name(self, data):
        return hashlib.blake2b(data, key=_KEY, digest_size=16).digest()

    def has(self, name):
        if name in self.known:
            self.known.move_to_end(name)
            return True
        return False

    def add(self, name):
        self.known[name] = None
        if len(self.known) > self.size:
            self.known.popitem(last=False)


class Batch:
    """Strings with their paths, until they are enough for a look."""

    def __init__(self):
        self.strings, self.size = [], 0

    def add(self, path, data):
        self.strings.append((path, data))
        self.size += len(data)
        return self.size > TOGETHER

    def taken(self):
        strings, self.strings, self.size = self.strings, [], 0
        return strings


class Looker:
    """What a request holds. Each finding comes with its place, or what tells it, since only the first one's is wanted and names
    are looked at for it; the place None is somewhere in the head."""

    def __init__(self, scanner):
        self.scanner = scanner
        self.memory = Memory()

    def begin(self):
        """Before each scan: what was clean may hold what is known only since."""
        if self.scanner.known and self.scanner.known.changed():
            self.memory = Memory()
        if self.scanner.waivers:
            self.scanner.waivers.passed.clear()

    def request(self, line, fields, body, known=False):
        """The first finding and its place, or None. LINE: method and target; FIELDS: pairs of bytes; BODY as the origin will
        read it; KNOWN: a known secret comes first, wherever it stands, since no mode lets one pass."""
        size = len(line) + sum(len(k) + len(v) for k, v in fields) + len(body)
        budget = decode.Budget(size, self.scanner.seconds)
        first = None
        for found, place in itertools.chain(self.head(line, fields, budget), self.body(body, budget)):
            if first is None or found.rule == scan.KNOWN:
                first = found, place
            if not known or found.rule == scan.KNOWN:
                break
        if first is None:
            return None
        found, place = first
        return found, place() if callable(place) else place or self.header(found.rule, line, fields)

    def head(self, line, fields, budget):
        # A session's own token belongs where sessions are kept.
        at_home = [k + b": " + v for k, v in fields if k.lower() in SESSIONS]
        away = [line] + [k + b": " + v for k, v in fields if k.lower() not in SESSIONS]
        for found in self.scanner.every(b"\n".join(away), budget):
            yield found, None
        for found in self.scanner.every(b"\n".join(at_home), budget, without=("jwt",)):
            yield found, None

    def header(self, rule, line, fields):
        """Where in the head it stands. The head is small: looking again costs little. A place quotes nothing that matched."""
        places = [(line, "path")] + [(k, "a header's name") for k, _ in fields]
        places += [(k + b": " + v, f"header {k.decode('latin-1')[:64]}") for k, v in fields]
        for data, place in places:
            if any(found.rule == rule for found in self.scanner.every(data, decode.Budget(len(data), self.scanner.seconds))):
                return place
        return "the head"

    def place(self, path):
        def shown(name):
            data = name.encode("utf-8", "surrogatepass")
            return "*" if self.scanner.first(data, decode.Budget(len(data), self.scanner.seconds)) else name
        return written(path, shown)

    def body(self, body, budget):
        value = parse(body)
        if value is None:
            for found in self.scanner.every(body, budget):
                yield found, "body"
            return
        yield from self.members(value, budget)
        # JSON's strings hold no controls but DEL.
        printable = body.isascii() and b"\x7f" not in body
        # As it stands, for what reaches over the border of a string: `"api_key": "..."`.
        forms = [body, *decode.escapes(body, budget)] if b"\\u" in body or b"\\/" in body else [body]
        for found in (found for form in forms for found in self.scanner.findings(form, budget, printable=printable and form is body)):
            yield found, "body"

    def members(self, value, budget):
        short, new = Batch(), Batch()
        for path, text in strings(value):
            data = text.encode("utf-8", "surrogatepass")
            if len(data) < SHORT:
                if short.add(path, data):
                    yield from self.together(short.taken(), budget)
            elif not self.memory.has(self.memory.name(data)) and new.add(path, data):
                yield from self.apart(new.taken(), budget)
        yield from self.apart(new.taken(), budget)
        yield from self.together(short.taken(), budget)

    def apart(self, new, budget):
        """Several in one look, which costs less than a look at each; where there is anything, each by itself."""
        if self.clean(APART.join(data for _, data in new), budget):
            for _, data in new:
                self.memory.add(self.memory.name(data))
            return
        for path, data in new:
            for found in self.string(data, budget):
                yield found, functools.partial(self.place, path)

    def clean(self, data, budget):
        """Also of what is waived: that is told each time."""
        before = self.waived()
        return self.scanner.first(data, budget) is None and self.waived() == before

    def waived(self):
        return len(self.scanner.waivers.passed) if self.scanner.waivers else 0

    def together(self, short, budget):
        for found in self.string(b"\n".join(data for _, data in short), budget):
            alone = (path for path, data in short if any(one.rule == found.rule for one in self.scanner.every(data, budget)))
            path = next(alone, None)
            yield found, "short strings" if path is None else functools.partial(self.place, path)

    def string(self, data, budget):
        """A string of its own: found clean, it is looked at once."""
        name = self.memory.name(data)
        if self.memory.has(name):
            return
        number, before = 0, self.waived()
        for found in self.scanner.every(data, budget):
            number += 1
            yield found
        if not number and self.waived() == before:
            self.memory.add(name)
