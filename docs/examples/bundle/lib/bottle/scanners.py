# SPDX-License-Identifier: MIT
"""The proxy's side of the scanner: a few connections, each used by one request at a time, made when first needed."""

import asyncio
import json
import socket

from . import frames

SMALL = 256 * 1024
DIED = {"rule": "internal-error", "place": "the scanner ended", "micros": 0}


class Way:
    """A connection. Not a stream of asyncio's: that copies what it is to write, eight times as long for 3 MB."""

    def __init__(self):
        self.loop, self.socket = asyncio.get_running_loop(), socket.socket(socket.AF_UNIX)
        self.socket.setblocking(False)

    def ended(self):
        try:
            return not self.socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError:
            return True

    async def send(self, *pieces):
        for piece in pieces:
            await self.loop.sock_sendall(self.socket, piece)

    async def exactly(self, size):
        data = bytearray(size)
        left = memoryview(data)
        while left:
            count = await self.loop.sock_recv_into(self.socket, left)
            if not count:
                raise EOFError
            left = left[count:]
        return bytes(data)

    async def frame(self):
        return await self.exactly(frames.size(await self.exactly(4)))


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
            if way and way.ended():  # meanwhile
                way.socket.close()
                way = None
            if not way:
                way = Way()
                await way.loop.sock_connect(way.socket, frames.socket_of("dlp"))
            await way.send(asked, body)
            told = json.loads(await way.frame()), await way.frame()
            whole = True
            return told
        except (OSError, EOFError):
            return DIED, b""
        finally:
            if way and not whole:
                # An answer that is still to come would be taken for the next one's.
                way.socket.close()
                way = None
            free.put_nowait(way)
