# SPDX-License-Identifier: MIT
"""lax - an origin that speaks HTTP/1.1 as carelessly as some do: a lone CR or LF ends a line, NUL is a blank, what
follows the end of a request is the next one, and a body is only what Content-Length says.

	lax.py LOG DIR ADDR	port 443 of ADDR; certificate from DIR; each request it believes to see is a line in LOG

/echo answers with the request's head; /cut, /trailer, /interim, /garbage, /big, /slow break in the way of their name.
"""
import json
import os
import re
import socketserver
import ssl
import sys
import time
import zlib

LINE = re.compile(rb"\r\n|\r|\n")


def answer(head, body):
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


def chunked(pieces, end=b"0\r\n\r\n"):
    return [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", *(b"%x\r\n%s\r\n" % (len(p), p) for p in pieces), end]


def credential(head):
    """What stands behind Authorization, the word before it left out."""
    found = re.search(rb"(?im)^authorization: \S+ (\S+)", head)
    return found[1] if found else b"none"


# path: (head) -> pieces sent one by one, each in a packet of its own
WAYS = {
    # a chunk that may be the beginning of a credential, and nothing else
    b"/cut": lambda head: chunked([b"one ", credential(head)[:9], credential(head)[9:], b" two"]),
    b"/trailer": lambda head: chunked([b"with a trailer"], b"0\r\nX-Sum: 1\r\n\r\n"),
    b"/interim": lambda head: [b"HTTP/1.1 102 Processing\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n",
                               answer(head, b"final")],
    b"/garbage": lambda head: [b"garbage Bearer " + credential(head) + b"\r\n\r\n"],
    b"/big": lambda head: [b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % (9 << 20), b"\0" * (9 << 20)],
    b"/packed": lambda head: [(lambda z: b"HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\nContent-Length: %d\r\n\r\n%s"
                               % (len(z), z))(zlib.compress(b"packed text"))],
    b"/slow": lambda head: [b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n", None, b"slow"],
}


class Lax(socketserver.BaseRequestHandler):
    def setup(self):
        self.rest = b""

    def lines(self):
        """Head lines of the next request; None at the end."""
        lines = []
        while True:
            found = LINE.search(self.rest)
            # A CR at the very end may be half of a CR LF.
            if not found or found[0] == b"\r" and found.end() == len(self.rest):
                more = self.request.recv(65536)
                if not more:
                    return None
                self.rest += more
                continue
            line, self.rest = self.rest[:found.start()], self.rest[found.end():]
            if line:
                lines.append(line.replace(b"\0", b" "))
            elif lines:
                return lines

    def handle(self):
        try:
            self.request.settimeout(60)
            self.request = TLS.wrap_socket(self.request, server_side=True)
            while lines := self.lines():
                head = b"\n".join(lines)
                length = re.search(rb"(?im)^content-length: *(\d+)", head)
                while length and len(self.rest) < int(length[1]) and (more := self.request.recv(65536)):
                    self.rest += more
                size = int(length[1]) if length else 0
                body, self.rest = self.rest[:size], self.rest[size:]
                note(head, body)
                self.reply(head)
        except OSError:
            pass

    def reply(self, head):
        path = head.split(b"\n")[0].split(b" ")[1].split(b"?")[0] if b" " in head else b""
        for piece in WAYS.get(path, lambda head: [answer(head, head)])(head):
            if piece is None:
                time.sleep(float(os.environ.get("LAX_SLOW", "3")))
            else:
                self.request.sendall(piece)
                time.sleep(0.02)


def note(head, body):
    line = {"ts": round(time.time(), 3), "at": "lax", "head": head.decode("latin-1"), "body": body[:1000].decode("latin-1")}
    os.write(LOG, (json.dumps(line) + "\n").encode())


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = allow_reuse_address = True

    def handle_error(self, request, client_address):
        pass


if __name__ == "__main__":
    LOG = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    TLS.load_cert_chain(f"{sys.argv[2]}/leaf.pem", f"{sys.argv[2]}/leaf.key")
    Server((sys.argv[3], 443), Lax).serve_forever()
