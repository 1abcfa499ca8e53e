# SPDX-License-Identifier: MIT
"""Content codings of a request (RFC 9110 8.4), undone as the origin will undo them, bounded before anything is made."""

import zlib

import brotli
import zstandard

from . import decode

STACKED = 3                    # codings on one body
WINDOW = 8 * 1024 * 1024       # of zstd, as RFC 9659 asks of HTTP; a frame may ask for 2 GB
STEP = 64 * 1024
PLAIN = 64 * 1024 * 1024        # what a body may become


class Bad(ValueError):
    """The body is not what its coding says, or cannot be looked into."""


def _zlib(*forms):
    def undo(data, budget):
        for wbits in forms:
            found = decode.inflate(data, budget, wbits)
            if found and found[1].eof and not found[1].unused_data:
                return found[0]
        raise Bad("broken")
    return undo


def _zstd(data, budget):
    engine, out = zstandard.ZstdDecompressor(max_window_size=WINDOW), []
    try:
        with engine.stream_reader(data, read_across_frames=True) as stream:
            while piece := stream.read(STEP):
                budget.spend(len(piece))
                out.append(piece)
    except zstandard.ZstdError as e:
        raise Bad(str(e)) from None
    made = b"".join(out)
    decode.check_ratio(len(made), len(data))
    return made


def _brotli(data, budget):
    engine, out, size = brotli.Decompressor(), [], 0
    try:
        piece = engine.process(data, output_buffer_limit=STEP)
        while piece or not engine.is_finished():
            size += len(piece)
            budget.spend(len(piece))
            decode.check_ratio(size, len(data))
            out.append(piece)
            if engine.can_accept_more_data() and not piece:
                break
            piece = engine.process(b"", output_buffer_limit=STEP)
    except brotli.error as e:
        raise Bad(str(e)) from None
    if not engine.is_finished():
        raise Bad("cut short")
    return b"".join(out)


UNDO = {"gzip": _zlib(31), "x-gzip": _zlib(31), "deflate": _zlib(15, -zlib.MAX_WBITS), "zstd": _zstd, "br": _brotli}


def plain(data, named, budget):
    """DATA without the codings that Content-Encoding names, the last one first."""
    names = [name.strip() for name in named.lower().split(",")]
    names = [name for name in names if name not in ("", "identity")]
    if len(names) > STACKED:
        raise Bad("too many codings")
    budget.bytes = min(budget.bytes, max(PLAIN, len(data)) * len(names))
    for name in reversed(names if data else ()):
        if name not in UNDO:
            raise Bad(f"the coding {name[:20]} is not known")
        data = UNDO[name](data, budget)
    return data
