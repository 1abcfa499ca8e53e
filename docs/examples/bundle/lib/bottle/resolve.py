# SPDX-License-Identifier: MIT
"""One lookup: the address that was judged is the address that is dialled.

Replaces the event loop's getaddrinfo. (Writing server.address in a hook hangs
the sixth request of a connection in mitmproxy 11.)
"""

import asyncio
import concurrent.futures
import socket
import time

from . import hosts

KEEP = 30      # seconds an answer that was judged good may be used again
PATIENCE = 20  # seconds for one lookup
LOOKUPS = 32   # at once


class Blocked(OSError):
    """The name has an address that must not be dialled."""


class Resolver:
    def __init__(self, deny):
        self.deny = frozenset(deny)
        self.known = {}
        self.asked = {}  # name -> the one lookup that is under way
        # Its own threads, and many: a name whose server is silent holds one for 20 s.
        self.pool = concurrent.futures.ThreadPoolExecutor(LOOKUPS, "lookup")

    def install(self, loop):
        loop.getaddrinfo = self.getaddrinfo

    async def lookup(self, name):
        """IPv4 addresses of a name, all judged. One bad answer spoils it."""
        until, found = self.known.get(name, (0, None))
        if time.monotonic() < until:
            return found
        if name not in self.asked:
            loop = asyncio.get_running_loop()
            self.asked[name] = loop.run_in_executor(
                self.pool, lambda: socket.getaddrinfo(name, None, type=socket.SOCK_STREAM))
            self.asked[name].add_done_callback(lambda _: self.asked.pop(name))
        # shield: who gives up does not end it for the others
        answers = await asyncio.wait_for(asyncio.shield(self.asked[name]), PATIENCE)
        found = sorted({a[4][0] for a in answers})
        for address in found:
            if not hosts.is_global(address, self.deny):
                raise Blocked(f"blocked by policy private-address: host {name}")
        found = [a for a in found if ":" not in a]  # the bundle has no IPv6
        if not found:
            raise OSError(f"host {name} has no IPv4 address")
        self.known[name] = (time.monotonic() + KEEP, found)
        return found

    async def getaddrinfo(self, host, port, *, family=0, type=0, proto=0, flags=0):
        name = hosts.normal(host.decode() if isinstance(host, bytes) else host)
        return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (a, port))
                for a in await self.lookup(name)]
