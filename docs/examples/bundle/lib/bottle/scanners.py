# SPDX-License-Identifier: MIT
"""The proxy's side of scand.py: a few scanners, each asked by one request at a time, started when first needed."""

import asyncio
import json
import struct

from . import log, scand

DIED = {"rule": "internal-error", "place": "the scanner ended", "micros": 0}


async def read(stream):
    size, = struct.unpack(">I", await stream.readexactly(4))
    return await stream.readexactly(size)


class Scanners:
    def __init__(self, number, seconds):
        self.seconds = seconds
        self.free = asyncio.LifoQueue()
        for _ in range(number):
            self.free.put_nowait(None)  # a place for one

    async def judge(self, mode, line, fields, body):
        """What scand.py tells, and the new body."""
        asked = json.dumps({"mode": mode, "line": line.decode("latin-1"),
                            "fields": [(k.decode("latin-1"), v.decode("latin-1")) for k, v in fields]}).encode()
        child = await self.free.get()
        try:
            if child is None:
                child = await asyncio.create_subprocess_exec(
                    "/usr/bin/python3", "-m", "bottle.scand", str(self.seconds),
                    stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
            child.stdin.write(scand.frame(asked))
            child.stdin.write(scand.frame(body))
            await child.stdin.drain()
            return json.loads(await read(child.stdout)), await read(child.stdout)
        except (OSError, asyncio.IncompleteReadError):
            status = await child.wait() if child else "no start"
            log.say(f"a scanner ended ({'out of memory' if status == -9 else status}); the next request gets a new one")
            child = None
            return DIED, b""
        except asyncio.CancelledError:
            # Its answer is still to come, and would be taken for the next one's.
            child.kill()
            child = None
            raise
        finally:
            self.free.put_nowait(child)
