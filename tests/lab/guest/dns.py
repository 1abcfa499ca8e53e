# SPDX-License-Identifier: MIT
"""dns - the lab's only resolver: a table of names, all else NXDOMAIN, every query on record.

	dns.py ADDR LOG		UDP and TCP port 53 of ADDR
"""
import itertools
import json
import os
import socketserver
import struct
import sys
import threading
import time

# name: addresses, taken in turn, one per query. README.md says what stands behind each.
NAMES = {
    "api.example.com": ["93.184.216.34"],
    "echo.example.net": ["93.184.216.35"],
    "blocked.example.org": ["93.184.216.36"],
    "badcert.example.net": ["93.184.216.38"],
    "private.example.com": ["10.9.8.7"],
    "rebind.example.com": ["93.184.216.37", "127.0.0.1"],
    "site.example.com": ["93.184.216.40"],
    "lax.example.com": ["93.184.216.41"],
    "hello.example.com": ["93.184.216.42"],
}
SILENT = "silent.example.com"  # asked for, and never answered
A, ANY, NXDOMAIN = 1, 255, 3
TURN = {name: itertools.cycle(addrs) for name, addrs in NAMES.items()}
LOCK = threading.Lock()


def question(query):
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode("latin-1"))
        at += 1 + query[at]
    (kind,) = struct.unpack(">H", query[at + 1:at + 3])
    return ".".join(labels).lower(), kind, query[12:at + 5]


def answer(query):
    """The reply, and what it was about. Recursion available, TTL 0: nobody may keep an answer."""
    name, kind, asked = question(query)
    addr = None
    if name in NAMES and kind in (A, ANY):
        with LOCK:
            addr = next(TURN[name])
    flags = 0x8180 | (0 if name in NAMES else NXDOMAIN)
    head = query[:2] + struct.pack(">HHHHH", flags, 1, 1 if addr else 0, 0, 0)
    body = b""
    if addr:
        body = b"\xc0\x0c" + struct.pack(">HHIH", A, 1, 0, 4) + bytes(map(int, addr.split(".")))
    return head + asked + body, {"name": name, "type": kind, "answer": addr}


def note(peer, about):
    line = {"ts": round(time.time(), 3), "from": peer[0], **about}
    os.write(LOG, (json.dumps(line) + "\n").encode())


class Udp(socketserver.BaseRequestHandler):
    def handle(self):
        query, sock = self.request
        reply, about = answer(query)
        note(self.client_address, about)
        if about["name"] == SILENT:
            return
        sock.sendto(reply, self.client_address)


class Tcp(socketserver.StreamRequestHandler):
    def handle(self):
        while size := self.rfile.read(2):
            reply, about = answer(self.rfile.read(int.from_bytes(size, "big")))
            note(self.client_address, about)
            self.wfile.write(len(reply).to_bytes(2, "big") + reply)


class TcpServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


if __name__ == "__main__":
    LOG = os.open(sys.argv[2], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    tcp = TcpServer((sys.argv[1], 53), Tcp)
    threading.Thread(target=tcp.serve_forever, daemon=True).start()
    socketserver.ThreadingUDPServer((sys.argv[1], 53), Udp).serve_forever()
