#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""ws: both ends of a WebSocket, frame by frame, so that either can do what no library would.

	ws.py origin LOG DIR PORT	echoes on PORT of all addresses, certificate from DIR; what it gets is a line in LOG each
	ws.py client PROXY TOKEN CA URL [ORDER...]

The origin by path: /credential says what stood in Authorization, in several ways; /bye closes with it as its reason; /ping
sends one; /extension agrees on compression; /accept answers with a wrong key; /plain with 200.
Orders of the client, one after another: text:T, binary:T, parts:T (a frame each letter), deflated:T, ping:T, pong:T, close:NUMBER:T,
size:BYTES (a text of so many), bare:T (not masked), raw:HEX, head:NAME:VALUE (for the handshake), wait:SECONDS, recv:N (so many frames), after which it reads to the end
if `end` is the last. A line for each frame that comes: its kind and its text.
"""
import base64
import json
import os
import re
import socket
import socketserver
import ssl
import struct
import sys
import time
import zlib

sys.path.append(os.path.join(os.path.dirname(__file__), "../lab/guest"))
from wsframes import WS_KINDS as KINDS, ws_accept as accept, ws_frame as frame, ws_read as read_frame  # noqa: E402


class Origin(socketserver.StreamRequestHandler):
    def setup(self):
        self.request = TLS.wrap_socket(self.request, server_side=True)
        super().setup()

    def note(self, **more):
        os.write(LOG, (json.dumps({"at": "ws", "path": self.path, **more}) + "\n").encode())

    def handle(self):
        head = b"".join(iter(self.rfile.readline, b"\r\n"))
        self.path = head.split(b" ")[1].decode("latin-1")
        self.note(head=head.decode("latin-1"))
        key = re.search(rb"(?im)^sec-websocket-key: *(\S+)", head)
        if not key or self.path == "/plain":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nplain")
            return
        more = b"Sec-WebSocket-Extensions: permessage-deflate\r\n" if self.path == "/extension" else b""
        self.wfile.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n%s\r\n"
                         % (accept(key[1] if self.path != "/accept" else b"x"), more))
        self.special(head)
        try:
            self.echo()
        except EOFError:
            self.note(kind="end")

    def special(self, head):
        found = re.search(rb"(?im)^authorization: *\S+ (\S+)", head)
        value = found[1] if found else b"none"
        if self.path == "/credential":
            for data in (frame(1, b"you are " + value, masked=False), frame(2, b"\xff" + value, masked=False),
                         frame(1, b"in parts " + value[:7], False, False) + frame(0, value[7:], True, False),
                         frame(1, base64.b64encode(b"so: " + value), masked=False)):
                self.wfile.write(data)
        if self.path == "/bye":
            self.wfile.write(frame(8, struct.pack(">H", 4001) + b"bye " + value, masked=False))
        if self.path == "/ping":
            self.wfile.write(frame(9, b"of the origin", masked=False))

    def echo(self):
        message, kind = b"", 0
        while True:
            opcode, last, bits, data = read_frame(self.rfile)
            self.note(kind=KINDS.get(opcode, opcode), bits=bits, size=len(data), data=data[:300].decode("latin-1"))
            if opcode == 8:
                self.wfile.write(frame(8, data[:2], masked=False))
                return
            if opcode < 8:
                message, kind = message + data, opcode or kind
                if last:
                    self.wfile.write(frame(kind, message, masked=False))
                    message = b""


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = allow_reuse_address = True

    def handle_error(self, request, client_address):
        pass


def connect(proxy, token, ca, url):
    host, port, path = re.match(r"wss://([^:/]+):(\d+)(/.*)", url).groups()
    s = socket.create_connection((proxy, 8888), 30)
    auth = base64.b64encode(f"bottle:{token}".encode()).decode()
    s.sendall(f"CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\nProxy-Authorization: Basic {auth}\r\n\r\n".encode())
    if b" 200 " not in s.recv(4096):
        sys.exit("no tunnel")
    return ssl.create_default_context(cafile=ca).wrap_socket(s, server_hostname=host), host, port, path


def show(stream):
    opcode, _, _, data = read_frame(stream)
    if opcode == 8:
        print("close", *struct.unpack(">H", data[:2]), data[2:].decode(), flush=True)
    else:
        print(KINDS.get(opcode, opcode), data[:200].decode("latin-1"), len(data) if len(data) > 200 else "", flush=True)
    return opcode


def frames(name, text):
    """What goes over the wire for one order."""
    data = text.encode()
    if name == "parts":
        letters = [data[i:i + 1] for i in range(len(data))]
        return b"".join(frame(1 if i == 0 else 0, c, i == len(letters) - 1) for i, c in enumerate(letters))
    if name == "deflated":
        engine = zlib.compressobj(wbits=-15)
        return frame(1, (engine.compress(data) + engine.flush(zlib.Z_SYNC_FLUSH))[:-4], bits=0x40)
    if name == "close":
        number, _, reason = text.partition(":")
        return frame(8, struct.pack(">H", int(number)) + reason.encode())
    return {"text": lambda: frame(1, data), "binary": lambda: frame(2, data), "ping": lambda: frame(9, data), "pong": lambda: frame(10, data),
            "bare": lambda: frame(1, data, masked=False), "size": lambda: frame(1, b"y " * (int(text) // 2)), "raw": lambda: bytes.fromhex(text)}[name]()


def client(proxy, token, ca, url, *orders):
    s, host, port, path = connect(proxy, token, ca, url)
    heads = [order.split(":", 2)[1:] for order in orders if order.startswith("head:")]
    key = base64.b64encode(os.urandom(16))
    usual = {"Host": f"{host}:{port}", "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
             "Sec-WebSocket-Key": key.decode(), "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits"}
    s.sendall("".join([f"GET {path} HTTP/1.1\r\n", *(f"{k}: {v}\r\n" for k, v in (usual | dict(heads)).items()), "\r\n"]).encode())
    stream = s.makefile("rb")
    status = stream.readline().decode().strip()
    head = b"".join(iter(stream.readline, b"\r\n"))
    print(status, flush=True)
    if " 101 " not in status:
        size = int((re.search(rb"(?i)content-length: *(\d+)", head) or [0, 0])[1])
        print(stream.read(size).decode())
        return
    if b"extensions" in head.lower() or accept(key) not in head:
        print("not as agreed")
    for name, _, text in (order.partition(":") for order in orders if not order.startswith("head:")):
        try:
            if name == "recv":
                for _ in range(int(text)):
                    show(stream)
            elif name == "wait":
                time.sleep(float(text))
            elif name == "end":
                while show(stream) != 8:
                    pass
            else:
                s.sendall(frames(name, text))
        except (EOFError, OSError):
            print("end")
            return


if __name__ == "__main__":
    if sys.argv[1] == "origin":
        LOG = os.open(sys.argv[2], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        TLS.load_cert_chain(f"{sys.argv[3]}/leaf.pem", f"{sys.argv[3]}/leaf.key")
        Server(("0.0.0.0", int(sys.argv[4])), Origin).serve_forever()
    client(*sys.argv[2:])
