# SPDX-License-Identifier: MIT
"""The proxy's side of the scanner: a few connections, each used by one request at a time, made when first needed."""

import asyncio
import json

from . import frames

SMALL = 256 * 1024
DIED = {"rule": "internal-error", "place": "the scanner ended", "micros": 0}


async def read(stream):
    return await stream.readexactly(frames.size(await stream.readexactly(4)))


class Scanners:
    def __init__(self, number):
        # One more for small requests alone: they do not wait for large ones.
        self.large, self.small = asyncio.LifoQueue(), asyncio.LifoQueue()
        for _ in range(number):
            self.large.put_nowait(None)  # a place for one
        self.small.put_nowait(None)

    async def judge(self, mode, line, fields, body):
        """What scand.py tells, and the new body."""
        asked = frames.question(len(body), mode=mode, line=line.decode("latin-1"),
                                fields=[(k.decode("latin-1"), v.decode("latin-1")) for k, v in fields])
        free = self.small if len(body) < SMALL and (self.large.empty() or not self.small.empty()) else self.large
        way, whole = await free.get(), False
        try:
            if way and way[0].at_eof():  # it ended meanwhile
                way[1].close()
                way = None
            way = way or await asyncio.open_unix_connection(frames.socket_of("dlp"))
            way[1].write(asked)
            way[1].write(body)
            await way[1].drain()
            told = json.loads(await read(way[0])), await read(way[0])
            whole = True
            return told
        except (OSError, asyncio.IncompleteReadError):
            return DIED, b""
        finally:
            if way and not whole:
                # An answer that is still to come would be taken for the next one's.
                way[1].close()
                way = None
            free.put_nowait(way)
