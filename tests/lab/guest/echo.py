# SPDX-License-Identifier: MIT
"""echo - HTTP and HTTPS servers that answer with what they were asked, as JSON, and keep a record.

	echo.py LOG DIR ADDR...		ports 80 and 443 of each ADDR; certificates from DIR

The reply holds at, tls, sni, method, path, headers (list of pairs, as sent), body (latin-1), body_sha256. The record
has the same with 1000 bytes of the body. Some paths do more: /status/N answers with that status, /size/N with N bytes
of "x", /to/URL redirects there, /app.git is a repository (upstream.py). A WebSocket is taken everywhere: its first message
is such a reply, then each message comes back; what a frame adds to is on record with it.
A client that asks for badcert.… by SNI gets a certificate of nobody's CA.
"""
import hashlib
import http.server
import json
import os
import ssl
import sys
import threading
import time

import upstream
from wsframes import WS_KINDS, ws_accept, ws_frame, ws_read

LIMIT = 64 << 20


class Echo(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "lab-echo"
    timeout = 60

    def body(self):
        if "chunked" not in self.headers.get("Transfer-Encoding", "").lower():
            return self.rfile.read(min(int(self.headers.get("Content-Length") or 0), LIMIT))
        data = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            data += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return data

    def answer(self):
        body = self.body()
        about = {"at": "%s:%d" % self.connection.getsockname(), "from": self.client_address[0],
                 "tls": isinstance(self.connection, ssl.SSLSocket), "sni": getattr(self.connection, "lab_sni", None),
                 "method": self.command, "path": self.path, "headers": list(self.headers.items()),
                 "body_sha256": hashlib.sha256(body).hexdigest()}
        record = {"ts": round(time.time(), 3), **about, "body": body[:1000].decode("latin-1")}
        os.write(LOG, (json.dumps(record) + "\n").encode())
        if upstream.is_git(self.path):
            upstream.serve(self, body)
            return
        if "Sec-WebSocket-Key" in self.headers:
            self.websocket(about)
            return
        what, _, number = self.path.strip("/").partition("/")
        status = int(number) if what == "status" and number.isdigit() else 200
        if what == "size" and number.isdigit():
            reply, kind = b"x" * min(int(number), LIMIT), "application/octet-stream"
        else:
            reply, kind = json.dumps({**about, "body": body.decode("latin-1")}).encode() + b"\n", "application/json"
        self.send_response(302 if what == "to" else status)
        if what == "to":
            self.send_header("Location", number)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(reply)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply)

    def websocket(self, about):
        self.close_connection = True
        self.send_response(101)
        for name, value in (("Upgrade", "websocket"), ("Connection", "Upgrade"),
                            ("Sec-WebSocket-Accept", ws_accept(self.headers["Sec-WebSocket-Key"].encode()).decode())):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(ws_frame(1, json.dumps(about).encode(), masked=False))
        message, kind, opcode = b"", 0, 0
        while opcode != 8:
            try:
                opcode, last, _, data = ws_read(self.rfile)
            except EOFError:
                return
            if opcode < 8:
                message, kind = message + data, opcode or kind
            told = {"at": about["at"], "path": self.path, "frame": WS_KINDS.get(opcode, opcode), "body": (message if opcode < 8 else data)[:1000].decode("latin-1")}
            os.write(LOG, (json.dumps(told) + "\n").encode())
            if opcode == 8:
                self.wfile.write(ws_frame(8, data[:2], masked=False))
            elif opcode < 8 and last:
                self.wfile.write(ws_frame(kind, message, masked=False))
                message = b""

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = answer

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    tls = None

    # The handshake runs in the connection's own thread: one slow caller must not stop the others.
    def process_request_thread(self, request, client_address):
        if self.tls:
            try:
                request.settimeout(60)
                request = self.tls.wrap_socket(request, server_side=True)
            except OSError:
                request.close()
                return
        super().process_request_thread(request, client_address)

    def handle_error(self, request, client_address):
        pass


def load(folder, leaf):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{folder}/{leaf}.pem", f"{folder}/{leaf}.key")
    return context


def tls_context(folder):
    good, bad = load(folder, "leaf"), load(folder, "bad")

    def choose(sock, name, _):
        sock.lab_sni = name
        if name and name.startswith("badcert."):
            sock.context = bad

    good.sni_callback = choose
    return good


def main(folder, addrs):
    context = tls_context(folder)
    for addr in addrs:
        for port in (80, 443):
            server = Server((addr, port), Echo)
            server.tls = context if port == 443 else None
            threading.Thread(target=server.serve_forever).start()


if __name__ == "__main__":
    LOG = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    main(sys.argv[2], sys.argv[3:])
