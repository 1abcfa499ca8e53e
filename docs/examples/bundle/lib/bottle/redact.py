# SPDX-License-Identifier: MIT
"""Takes a secret value out of a response, also across chunk borders.

Replaced byte for byte by '*', so that lengths and framing stay right.
"""

import base64
import json
import re
import urllib.parse

SHORTEST = 8  # shorter encoded pieces would hit by chance


def _base64_forms(value):
    """The part of base64(anything + value + anything) that never changes,
    for the three alignments."""
    for pad in range(3):
        text = base64.b64encode(b"\0" * pad + value)
        start = (0, 2, 3)[pad]
        end = len(text) - (0, 2, 3)[(-(pad + len(value))) % 3]
        if (pad + len(value)) % 3:
            end = len(text.rstrip(b"=")) - 1
        yield text[start:end]


def forms(value):
    """The value and the encodings in which a server may echo it."""
    found = {value}
    text = value.decode("latin-1")
    more = [urllib.parse.quote(text, safe="", encoding="latin-1").encode(),
            urllib.parse.quote_plus(text, encoding="latin-1").encode(),
            json.dumps(text)[1:-1].encode(), value.hex().encode(),
            value.hex().upper().encode()]
    for form in _base64_forms(value):
        more += [form, form.translate(bytes.maketrans(b"+/", b"-_"))]
    found.update(f for f in more if len(f) >= SHORTEST)
    return sorted(found, key=len, reverse=True)


class Redactor:
    """Call with each chunk, and with b"" at the end."""

    def __init__(self, values):
        self.needles = sorted({f for v in values for f in forms(v)}, key=len, reverse=True)
        self.pattern = re.compile(b"|".join(map(re.escape, self.needles)))
        self.longest = len(self.needles[0])
        self.held = b""

    def whole(self, data):
        return self.pattern.sub(lambda m: b"*" * len(m[0]), data)

    def _tail(self, data):
        """Length of the longest end of data that may begin a needle: only
        that is held back, so event streams are not delayed."""
        for size in range(min(self.longest - 1, len(data)), 0, -1):
            end = data[-size:]
            if any(n.startswith(end) for n in self.needles):
                return size
        return 0

    def __call__(self, chunk):
        data = self.whole(self.held + chunk)
        keep = self._tail(data) if chunk else 0
        self.held = data[len(data) - keep:]
        return data[:len(data) - keep]

    def chunks(self, chunk):
        """The same as mitmproxy's `stream` wants it: an empty chunk would end an answer in HTTP/1."""
        data = self(chunk)
        return [data] if data else []
