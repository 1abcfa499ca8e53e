# SPDX-License-Identifier: MIT
"""Bounded decoders: every form in which a secret commonly hides.

percent, \\u and \\x escapes, hex (also spaced), base64 (4 offsets, wrapped
lines, url-safe), base32 (8 offsets, wrapped, either case), gzip and zlib at
any place, UTF-16; nested three deep.
Not seen: base85, HTML entities, quoted-printable, rot13, reversed, split.
The allowlist is the real control; this is the net below it.
"""

import binascii
import re
import time
import urllib.parse
import zlib

DEPTH = 3
MAX_STREAMS = 512      # compressed streams looked at in one blob
GROWTH = 16            # decoded bytes allowed for each byte given ...
SLACK = 4 * 1024 * 1024  # ... plus this

_ESCAPE = re.compile(rb"\\u00([0-9A-Fa-f]{2})|\\x([0-9A-Fa-f]{2})|\\u\{0*([0-9A-Fa-f]{1,2})\}")
_PRINTABLE = re.compile(rb"[ -~\t\r\n]{12,}")
_PERCENT = re.compile(rb"%[0-9A-Fa-f]{2}")
_WIDE = re.compile(rb"(?:[\t\r\n -~]\0){8,}[ -~]?")
_HEX = re.compile(rb"(?:[0-9A-Fa-f]{2}[ :,\r\n]?){12,}[0-9A-Fa-f]?")
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{16,}")
_BASE32 = re.compile(rb"[A-Z2-7]{24,}|[a-z2-7]{24,}")
_STREAM = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")
_DIGITS32 = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", b"0123456789ABCDEFGHIJKLMNOPQRSTUV")
_URLSAFE = bytes.maketrans(b"-_", b"+/")


class TooMuch(Exception):
    """A bound was reached: the caller must refuse."""


class Budget:
    """Time and bytes that one scan may spend."""

    def __init__(self, size, seconds):
        self.bytes = size * GROWTH + SLACK
        self.deadline = time.monotonic() + seconds

    def spend(self, count):
        self.bytes -= count
        if self.bytes < 0:
            raise TooMuch("decoded data too large")
        self.check()

    def check(self):
        if time.monotonic() > self.deadline:
            raise TooMuch("scan took too long")


def inflate(data, budget, wbits=47):
    """Decompress one gzip or zlib stream; None if it is none.

    wbits 47 finds gzip or zlib by itself; the output is bounded *before* it
    is made, so that a bomb costs no memory.
    """
    try:
        head = zlib.decompressobj(wbits)
        head.decompress(data[:64], 4096)
        engine = zlib.decompressobj(wbits)
        out = engine.decompress(data, budget.bytes + 1)
    except zlib.error:
        return None
    budget.spend(len(out))
    return out, engine


def _streams(data, budget):
    places = [m.start() for m in _STREAM.finditer(data)]
    if len(places) > MAX_STREAMS:
        raise TooMuch("too many compressed streams")
    for place in places:
        found = inflate(memoryview(data)[place:], budget)
        if found and found[0]:
            yield found[0]


def _runs(data, wanted):
    """Printable stretches that hold `wanted`: in binary data the rest of the
    bytes would only be carried along, and multiply with each level."""
    return b"\n".join(r for r in _PRINTABLE.findall(data) if wanted.search(r))


def _percent(data, budget):
    runs = _runs(data, _PERCENT)
    if runs:
        yield urllib.parse.unquote_to_bytes(runs.replace(b"+", b" "))
        if b"+" in runs:
            yield urllib.parse.unquote_to_bytes(runs)


def _escapes(data, budget):
    runs = _runs(data, _ESCAPE)
    if runs:
        yield _ESCAPE.sub(lambda m: bytes([int(m[1] or m[2] or m[3], 16)]), runs)


def _hex(data, budget):
    found = []
    for m in _HEX.finditer(data):
        digits = re.sub(rb"[ :,\r\n]", b"", m[0])
        found.append(binascii.unhexlify(digits[:len(digits) & ~1]))
        if digits == m[0]:  # a digit in front shifts the run by half a byte
            found.append(binascii.unhexlify(digits[1:][:len(digits) - 1 & ~1]))
    yield b"\n".join(found)


def _unwrapped(data):
    """The data, and once more without its line ends if it has any."""
    yield data
    if b"\n" in data or b"\\n" in data:
        yield re.sub(rb"\\r|\\n|[\r\n\t ]", b"", data)


def _base64(data, budget):
    for form in _unwrapped(data):
        runs = [r.translate(_URLSAFE) for r in _BASE64.findall(form)]
        for offset in range(4):
            budget.check()
            yield b"\n".join(_plain64(run[offset:]) for run in runs)


def _plain64(run):
    extra = len(run) % 4
    if extra == 1:
        run = run[:-1]
    elif extra:
        run += b"=" * (4 - extra)
    return binascii.a2b_base64(run) if run else b""


def _base32(data, budget):
    for form in _unwrapped(data):
        runs = [r.upper().translate(_DIGITS32) for r in _BASE32.findall(form)]
        for offset in range(8):
            budget.check()
            yield b"\n".join(_plain32(run[offset:]) for run in runs)


def _plain32(run):
    bits = 5 * len(run)
    return (int(run, 32) >> bits % 8).to_bytes(bits // 8, "big")


def _wide(data, budget):
    yield b"\n".join(_WIDE.findall(data)).replace(b"\0", b"")


STEPS = (_percent, _escapes, _hex, _base64, _base32, _streams, _wide)


def variants(data, budget):
    """The data itself, then each decoded form, each once, breadth first."""
    seen = {hash(data)}
    level = [data]
    yield data
    for _ in range(DEPTH):
        below = []
        for blob in level:
            for step in STEPS:
                for new in step(blob, budget):
                    key = hash(new)
                    if len(new) < 8 or key in seen:
                        continue
                    budget.spend(len(new))
                    seen.add(key)
                    below.append(new)
                    yield new
        level = below
