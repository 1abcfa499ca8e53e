# SPDX-License-Identifier: MIT
"""The proxy's side of scand.py: a few scanners, each asked by one request at a time, started when first needed."""

import asyncio
import json
import struct

from . import log, scand

SMALL = 256 * 1024
DIED = {"rule": "internal-error", "place": "the scanner ended", "micros": 0}


async def read(stream):
    size, = struct.unpack(">I", await stream.readexactly(4))
    return await stream.readexactly(size)


class Scanners:
    def __init__(self, number, seconds):
        self.seconds = seconds
        # One more for small requests alone: they do not wait for large ones.
        self.large, self.small = asyncio.LifoQueue(), asyncio.LifoQueue()
        for _ in range(number):
            self.large.put_nowait(None)  # a place for one
        self.small.put_nowait(None)

    @staticmethod
    def ended(status):
        log.say(f"a scanner ended ({'out of memory' if status == -9 else status}); the next request gets a new one")

    async def judge(self, mode, line, fields, body):
        """What scand.py tells, and the new body."""
        asked = json.dumps({"mode": mode, "line": line.decode("latin-1"),
                            "fields": [(k.decode("latin-1"), v.decode("latin-1")) for k, v in fields]}).encode()
        free = self.small if len(body) < SMALL and (self.large.empty() or not self.small.empty()) else self.large
        child = await free.get()
        try:
            if child and child.returncode is not None:
                child = self.ended(child.returncode)
            if child is None:
                child = await asyncio.create_subprocess_exec(
                    "/usr/bin/python3", "-m", "bottle.scand", str(self.seconds),
                    stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
            child.stdin.write(scand.frame(asked))
            child.stdin.write(scand.frame(body))
            await child.stdin.drain()
            return json.loads(await read(child.stdout)), await read(child.stdout)
        except (OSError, asyncio.IncompleteReadError):
            child = self.ended(await child.wait() if child else "no start")
            return DIED, b""
        except BaseException:
            # Its answer is still to come, and would be taken for the next one's.
            if child:
                child.kill()
            child = None
            raise
        finally:
            free.put_nowait(child)
