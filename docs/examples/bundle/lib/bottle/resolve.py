# SPDX-License-Identifier: MIT
"""One lookup: the address that was judged is the address that is dialled.

Replaces the event loop's getaddrinfo. (Writing server.address in a hook hangs
the sixth request of a connection in mitmproxy 11.)
"""

import asyncio
import socket
import time

from . import hosts

KEEP = 30      # seconds an answer that was judged good may be used again
PATIENCE = 20  # seconds for one lookup


class Blocked(OSError):
    """The name has an address that must not be dialled."""


class Resolver:
    def __init__(self, deny):
        self.deny = frozenset(deny)
        self.known = {}

    def install(self, loop):
        self.original = loop.getaddrinfo
        loop.getaddrinfo = self.getaddrinfo

    async def lookup(self, name):
        """IPv4 addresses of a name, all judged. One bad answer spoils it."""
        until, found = self.known.get(name, (0, None))
        if time.monotonic() < until:
            return found
        answers = await asyncio.wait_for(
            self.original(name, None, type=socket.SOCK_STREAM), PATIENCE)
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
