# SPDX-License-Identifier: MIT
"""Mode `redact` of a host: what matched becomes `*` of the same length, and the request goes on.

A span that matches as it stands is replaced; of what was found in a decoded form, the run it was decoded from; where
neither helps, the whole text. What comes out is looked at again by the caller: a finding that is left is a refusal.
"""

import json
import re

from . import message

# What a coding leaves in one piece.
RUN = re.compile(rb"[A-Za-z0-9+/=_%.:\\-]{12,}")
ROUNDS = 8  # a match may hide behind another


def masked(scanner, data, budget, without=()):
    """(DATA without findings, how many places); WITHOUT: rules that do not count here."""
    out, count = bytearray(data), 0
    for _ in range(ROUNDS):
        spans = [(found.start, found.end) for found in scanner.findings(bytes(out), budget, without)]
        for start, end in spans:
            out[start:end] = b"*" * (end - start)
        count += len(spans)
        if not spans:
            break
    if scanner.first(bytes(out), budget, without):
        for m in RUN.finditer(bytes(out)):
            if scanner.first(m[0], budget, without):
                out[m.start():m.end()] = b"*" * len(m[0])
                count += 1
    if scanner.first(bytes(out), budget, without):
        out, count = bytearray(b"*" * len(data)), count + 1
    return bytes(out), count


def field(scanner, name, value, budget):
    """A header's value; some rules want the name before it."""
    without = ("jwt",) if name.lower() in message.SESSIONS else ()
    data, count = masked(scanner, name + b": " + value, budget, without)
    return (data[len(name) + 2:] if count else value), count


class Json:
    """A JSON value again, with each text masked; `count` of places, `place` of the first."""

    def __init__(self, looker, budget):
        self.looker, self.budget = looker, budget
        self.count, self.place = 0, None

    def text(self, path, text, name=None):
        data = text.encode("utf-8", "surrogatepass")
        scanner, count = self.looker.scanner, 0
        if any(True for _ in self.looker.string(data, self.budget)):
            data, count = masked(scanner, data, self.budget)
        # `"api_key": "..."` matches only with its name.
        if name is not None and any(scanner.findings(b'"%s": "%s"' % (name.encode("utf-8", "replace"), data), self.budget)):
            data, count = b"*" * len(data), count + 1
        if count:
            self.count += count
            self.place = self.place or self.looker.place(path)
        return data.decode("utf-8", "surrogatepass" if not count else "replace")

    def value(self, value, path=(), name=None):
        """The JSON text of it."""
        if isinstance(value, message.Number):
            return str(value)
        if isinstance(value, str):
            return json.dumps(self.text(path, value, name))
        if isinstance(value, message.Pairs):
            inner = (json.dumps(self.text(path, key)) + ": " + self.value(v, (path, key), key) for key, v in value)
            return "{" + ", ".join(inner) + "}"
        if isinstance(value, list):
            return "[" + ", ".join(self.value(v, (path, i)) for i, v in enumerate(value)) + "]"
        return json.dumps(value)


def request(looker, line, fields, body, budget):
    """(line, fields, body, count, place) of the request as it may go on."""
    method, _, target = line.partition(b" ")
    hidden, count = masked(looker.scanner, target[1:], budget)
    line = method + b" " + target[:1] + hidden
    place = "path" if count else None
    out = []
    for name, value in fields:
        value, more = field(looker.scanner, name, value, budget)
        out.append((name, value))
        count += more
        place = place or (f"header {name.decode('latin-1')[:64]}" if more else None)
    value = message.parse(body)
    if value is None:
        body, more = masked(looker.scanner, body, budget)
        return line, out, body, count + more, place or "body"
    writer = Json(looker, budget)
    text = writer.value(value)
    if writer.count:
        body = text.encode()
    return line, out, body, count + writer.count, place or writer.place
