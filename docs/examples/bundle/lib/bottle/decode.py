# SPDX-License-Identifier: MIT
"""Bounded decoders: every form in which a secret commonly hides.

percent, \\u and \\x escapes, hex (also spaced), base64 (4 offsets, wrapped lines, url-safe), base32 (8 offsets, wrapped,
either case), gzip and zlib at any place, members of zip archives, UTF-16; nested three deep. README.md says what is not seen.
The allowlist is the real control; this is the net below it.

One pass of Hyperscan says which decoders have anything to do; each then works on what it finds only, never on a copy
of all: a chat is one printable line of JSON, and one `\\x41` in it must not double it at each level.
"""

import base64
import binascii
import re
import struct
import time
import zlib

import hyperscan

DEPTH = 3
MAX_STREAMS = 512                  # streams that inflate, looked at in one blob
GROWTH = 16                        # decoded bytes allowed for each byte given ...
SLACK = 64 * 1024 * 1024           # ... plus this
PLAIN_STREAM = 16 * 1024 * 1024    # a stream may inflate to this whatever its ratio: a picture of one colour ...
RATIO = 100                        # ... above that, only so many times its size
AROUND = 512                       # bytes kept on either side of an escape: a rule may want words that stand before it
OFTEN = 4000                       # hits of a hint, above which all of the blob is taken
LONG_LINE = 160                    # the same for a line's end in base64: a secret that reaches over it is shorter
DENSE = 20000                      # escapes in one blob, above which all of it is taken
LONG_RUN = 4096                    # bytes of base64 in one piece

_ESCAPE = re.compile(rb"\\u00([0-9A-Fa-f]{2})|\\x([0-9A-Fa-f]{2})|\\u\{0*([0-9A-Fa-f]{1,2})\}|\\/")
_PERCENT = re.compile(rb"%([0-9A-Fa-f]{2})")
# Possessive: what Python's re keeps to go back by is 100 bytes for each repetition.
_WIDE = re.compile(rb"(?:[\t\r\n -~]\0){8,}+[ -~]?")
_HEX = re.compile(rb"(?:[0-9A-Fa-f]{2}[ :,\r\n]?){12,}+[0-9A-Fa-f]?")
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{16,}")
_BASE32 = re.compile(rb"[A-Z2-7]{24,}|[a-z2-7]{24,}")
# A line's end, real or as JSON writes it, with the indentation of the next.
_END = rb"(?:\\r|\\n|[\r\n])[\t ]*"
_ENDS = re.compile(rb"(?:" + _END + rb")+")
_LINES64 = re.compile(rb"(?<![A-Za-z0-9+/_=-])[A-Za-z0-9+/_=-]++(?:(?:" + _END + rb")++[A-Za-z0-9+/_=-]++)++")
_STREAM = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")
_MEMBER = re.compile(rb"PK\x03\x04.{4}\x08\x00", re.S)  # deflated (method 8), APPNOTE.TXT 4.3.7
_DIGITS32 = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", b"0123456789ABCDEFGHIJKLMNOPQRSTUV")
_URLSAFE = bytes.maketrans(b"-_", b"+/")
_LINE_END = base64.b64encode(b"\n\n\n")


class TooMuch(Exception):
    """A bound was reached: the caller must refuse."""


class Budget:
    """CPU time of this process, and bytes, that one scan may spend."""

    def __init__(self, size, seconds):
        self.bytes = size * GROWTH + SLACK
        self.deadline = time.process_time() + seconds

    def spend(self, count):
        self.bytes -= count
        if self.bytes < 0:
            raise TooMuch("decoded data too large")
        self.check()

    def check(self):
        if time.process_time() > self.deadline:
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
        out = engine.decompress(data, min(budget.bytes, max(PLAIN_STREAM, RATIO * len(data))) + 1)
    except zlib.error:
        return None
    check_ratio(len(out), len(data) - len(engine.unused_data))
    budget.spend(len(out))
    return out, engine


def check_ratio(made, given):
    """A bomb?"""
    if made > PLAIN_STREAM and made > RATIO * given:
        raise TooMuch("a stream inflates too far")


def _streams(data, budget):
    count, ends = 0, _ends(_streams, data)
    # gzip's beginning has three bytes, the last is 8; zlib's has two.
    starts = [m.start() for m in _STREAM.finditer(data)] if ends is None else [end - (3 if data[end - 1] == 8 else 2) for end in ends]
    for start in starts:
        budget.check()
        found = inflate(memoryview(data)[start:], budget)
        if found and found[0]:
            count += 1
            if count > MAX_STREAMS:
                raise TooMuch("too many compressed streams")
            yield found[0]


def _members(data, budget):
    """Deflated members of zip archives: wheels, jars, office documents."""
    for m in _MEMBER.finditer(data):
        budget.check()
        head = data[m.start() + 26:m.start() + 30]
        if len(head) < 4:
            return
        start = m.start() + 30 + sum(struct.unpack("<HH", head))
        found = inflate(memoryview(data)[start:], budget, wbits=-zlib.MAX_WBITS)
        if found and found[0]:
            yield found[0]


def _around(data, wanted):
    """Stretches of data that hold `wanted`, with what stands near."""
    first = last = None
    for count, m in enumerate(wanted.finditer(data)):
        if count >= DENSE:
            yield data[first:]
            return
        if first is None:
            first = max(0, m.start() - AROUND)
        elif m.start() - last > 2 * AROUND:
            yield data[first:last + AROUND]
            first = m.start() - AROUND
        last = m.end()
    if first is not None:
        yield data[first:last + AROUND]


def _percent(data, budget):
    near = b"\n".join(_around(data, _PERCENT))
    yield _undone(_PERCENT, near.replace(b"+", b" "))
    if b"+" in near:
        yield _undone(_PERCENT, near)


def _undone(coded, data):
    """DATA with a byte instead of each that is coded. Into one buffer: `sub` and `unquote` make a piece of each, which took
    2 GB for 30 MB of them."""
    out, last = bytearray(), 0
    for m in coded.finditer(data):
        out += data[last:m.start()]
        out.append(int(m[m.lastindex] if m.lastindex else b"2f", 16))
        last = m.end()
    out += data[last:]
    return bytes(out)


def escapes(data, budget):
    near = b"\n".join(_around(data, _ESCAPE))
    yield _undone(_ESCAPE, near)


def _ends(step, data, often=OFTEN):
    """Where the pattern of STEP ends in DATA; None where that is more than so OFTEN."""
    ends = []

    def seen(id, start, end, *_):
        ends.append(end)
        return len(ends) > often

    try:
        _alone[step].scan(data, match_event_handler=seen)
    except hyperscan.ScanTerminated:
        return None
    return ends


def _where(step, data, around=AROUND):
    """The stretches of DATA that STEP's hint matches in, with what stands near; all of it where that is often."""
    ends = _ends(step, data)
    if ends is None:
        return [data]
    found, first, last = [], None, None
    for end in ends:
        if first is not None and end - last > 2 * around:
            found.append(data[first:last + around])
            first = None
        if first is None:
            first = max(0, end - around)
        last = end
    if first is not None:
        found.append(data[first:last + around])
    return found


def _hex(data, budget):
    found = []
    for m in (m for part in _where(_hex, data) for m in _HEX.finditer(part)):
        digits = m[0].translate(None, b" :,\r\n")
        found.append(binascii.unhexlify(digits[:len(digits) & ~1]))
        if digits == m[0]:  # a digit in front shifts the run by half a byte
            found.append(binascii.unhexlify(digits[1:][:len(digits) - 1 & ~1]))
    yield b"\n".join(found)


def _base64(data, budget):
    ends = _ends(_base64, data, max(OFTEN, len(data) // 64))
    yield from _from64(_BASE64.findall(data) if ends is None else [_BASE64.match(data, end - 16)[0] for end in ends], budget)


def _from64(runs, budget):
    """One form of all runs at all four offsets: most are noise, and each form costs a look of its own."""
    runs = [run.translate(_URLSAFE) + b"AAA" for run in runs]  # the end of each is made whole by zeros
    budget.check()
    cut = [(run, offset, offset + (len(run) - offset) // 4 * 4) for offset in range(4) for run in runs]
    if sum(map(len, runs)) > LONG_RUN * len(runs):  # then a copy of all costs more than a call for each
        yield b"\n\n\n".join([binascii.a2b_base64(memoryview(run)[start:end]) for run, start, end in cut])
    else:
        yield binascii.a2b_base64(_LINE_END.join([run[start:end] for run, start, end in cut]))


def _base32(data, budget):
    yield from _from32([run for part in _where(_base32, data) for run in _BASE32.findall(part)], budget)


def _from32(runs, budget):
    runs = [run.upper().translate(_DIGITS32) for run in runs]
    for offset in range(8):
        budget.check()
        yield b"\n".join([_plain32(run[offset:]) for run in runs if len(run) > offset])


def _plain32(run):
    bits = 5 * len(run)
    return (int(run, 32) >> bits % 8).to_bytes(bits // 8, "big")


def _wrapped(data, budget):
    """base64 and base32 whose lines are nothing but digits: the end of one line, whole lines, the beginning of one."""
    found = (run for part in _where(_wrapped, data, LONG_LINE) for run in _LINES64.findall(part) if len(run) > 16)
    runs = [whole for run in found if len(whole := _ENDS.sub(b"", run).replace(b"=", b"")) >= 16]
    yield from _from64(runs, budget)
    found = [r for run in runs for r in _BASE32.findall(run)]
    if found:
        yield from _from32(found, budget)


def _wide(data, budget):
    yield b"\n".join(found for part in _where(_wide, data) for found in _WIDE.findall(part)).replace(b"\0", b"")


# Decoder, and the least that it has to do anything about (Hyperscan's syntax).
STEPS = (
    (_percent, rb"%[0-9A-Fa-f]{2}"),
    (escapes, rb"\\u00[0-9A-Fa-f]{2}|\\x[0-9A-Fa-f]{2}|\\u\{0*[0-9A-Fa-f]{1,2}\}|\\/"),
    (_hex, rb"([0-9A-Fa-f]{2}[ :,\r\n]?){12}"),
    (_base64, rb"[A-Za-z0-9+/_-]{16}"),
    (_base32, rb"[A-Z2-7]{24}|[a-z2-7]{24}"),
    # Sixteen digits in all: eight on one side of a line's end, or lines of fewer.
    (_wrapped, rb"D{8}E+D|DE+D{8}|ED{1,7}(\\r|\\n|[\r\n])".replace(b"D", rb"[A-Za-z0-9+/_-]").replace(b"E", rb"(" + _END + rb")")),
    (_streams, rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]"),
    (_members, rb"PK\x03\x04....\x08\x00"),
    (_wide, rb"([\t\r\n -~]\x00){8}"),
)


def _compile(patterns, flags=0):
    database = hyperscan.Database()
    database.compile(expressions=patterns, ids=list(range(len(patterns))), elements=len(patterns),
                     flags=[flags | hyperscan.HS_FLAG_DOTALL] * len(patterns))
    database.scratch = hyperscan.Scratch(database)
    return database


# Three databases: these two with the others in one automaton took twice as long.
_hints = [([step for step, _ in group], _compile([pattern for _, pattern in group], hyperscan.HS_FLAG_SINGLEMATCH))
          for group in ([s for s in STEPS if s[0] not in (_hex, _wrapped)], [s for s in STEPS if s[0] is _hex], [s for s in STEPS if s[0] is _wrapped])]
# Those whose work costs more than a second look at where it is.
_alone = {step: _compile([pattern]) for step, pattern in STEPS if step in (_hex, _base32, _wrapped, _streams, _wide)}
_alone[_base64] = _compile([rb"(^|[^A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{16}"])  # once for each run


def steps(data):
    """The decoders that have something to do with this."""
    found = set()
    for group, database in _hints:
        database.scan(data, match_event_handler=lambda id, *_, group=group: found.add(group[id]))
    return [step for step, _ in STEPS if step in found]


def variants(data, budget):
    """The data itself, then each decoded form, each once, breadth first."""
    seen = {hash(data)}
    level = [data]
    yield data
    for _ in range(DEPTH):
        below = []
        for blob in level:
            for step in steps(blob):
                for new in step(blob, budget):
                    key = hash(new)
                    if len(new) < 8 or key in seen:
                        continue
                    budget.spend(len(new))
                    seen.add(key)
                    below.append(new)
                    yield new
        level = below
