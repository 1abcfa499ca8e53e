# SPDX-License-Identifier: MIT
"""Small HTTP server for the git gate and supervise: who may talk to it.

Other users of the host, and a web page in the operator's browser, can reach
these ports too (wall W1): so the bottle's token. A page always sends an Origin,
or - by DNS rebinding - a *name* as Host. The guest uses the address itself.
"""

import base64
import hmac
import http.client
import http.server
import ipaddress
import json
import re
import socket
import sys
import threading
import time

from . import RUN, log

# http.client allows a hundred lines of 64 KiB each, before anybody is asked for the token.
http.client._MAXLINE, http.client._MAXHEADERS = 8192, 50
WAITING = 48   # connections without a request in work; the oldest makes room
HEAD = 10      # seconds without a byte until a request is admitted
PATIENCE = 60  # the same for the body of one that is, and for a slot
FIRST = re.compile(rb"[\x20-\x7e\x80-\xff]+\r?\n\Z")
FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*)?\r?\n\Z")
NO_REQUEST = {400: "this is no request of HTTP/1.1", 414: "the first line is too long", 431: "the head is too large",
              501: "this method is not for here", 505: "use HTTP/1.1"}
LINGER = 2     # seconds for what a client still sends when it was answered


def own_address(value):
    """Is this Host header an address or localhost, with or without port?"""
    name = value.strip()
    if name.startswith("["):
        name = name[1:].partition("]")[0]
    else:
        name = name.partition(":")[0]
    if name == "localhost":
        return True
    try:
        return bool(ipaddress.ip_address(name))
    except ValueError:
        return False


def own_token():
    """Both forms in which a client may give it: git takes a user name, MCP a bearer."""
    with open(f"{RUN}/token", "rb") as f:
        token = f.read().strip()
    return b"Bearer " + token, b"Basic " + base64.b64encode(b"bottle:" + token)


class Head:
    """The lines of a head as they are read. What reads them is a parser of e-mail: for it, CR alone ends a line, too."""

    def __init__(self, stream, first):
        self.stream, self.good = stream, bool(FIRST.match(first))

    def readline(self, limit):
        line = self.stream.readline(limit)
        self.good = self.good and bool(FIELD.match(line))
        return line


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "bottle"
    sys_version = ""
    timeout = HEAD
    daemon_name = "web"
    working = False

    def handle_one_request(self):
        try:
            super().handle_one_request()
        finally:
            if self.working:
                self.working = False
                self.connection.settimeout(HEAD)
                self.server.done(self.connection)

    def parse_request(self):
        stream = self.rfile
        self.rfile = head = Head(stream, self.raw_requestline)
        try:
            taken = super().parse_request()
        finally:
            self.rfile = stream
        if taken and not (head.good and self.one_length()):
            self.send_error(400)
            return False
        return taken

    def one_length(self):
        lengths = [v for name in ("content-length", "transfer-encoding") for v in self.headers.get_all(name, ())]
        return len(lengths) < 2

    def send_error(self, code, message=None, explain=None):
        """Of what is no request to us. The library's own text would quote it."""
        self.request_version = "HTTP/1.1"
        self.refuse("framing", NO_REQUEST.get(code, "this cannot be answered"), code)

    def log_message(self, *_):
        """No access log: it would hold paths."""

    def admitted(self):
        names = self.headers.get_all("host") or []
        if self.headers.get("origin") is not None:
            self.refuse("origin", "requests from web pages are refused")
        elif len(names) != 1 or not own_address(names[0]):
            self.refuse("host-header", "use the address of the bundle")
        elif not self.knows_token():
            self.refuse("token", "this bundle belongs to one bottle", 401)
        elif not self.server.begin(self.connection):
            self.refuse("busy", "too many requests at once; try again", 503)
        else:
            self.working = True
            self.connection.settimeout(PATIENCE)
            return True
        return False

    def knows_token(self):
        given = self.headers.get("authorization", "").encode("utf-8", "replace")
        # Both are compared, so that the time tells nothing.
        return any([hmac.compare_digest(given, form) for form in own_token()])

    def refuse(self, policy, why, status=403):
        log.decide(self.daemon_name, "deny", policy, method=self.command)
        self.close_connection = True
        self.send(status, f"bottle: blocked by policy {policy}: {why}\n".encode())

    def send(self, status, body=b"", kind="text/plain; charset=utf-8"):
        self.send_response(status)
        if status == 401:
            self.send_header("WWW-Authenticate", 'Basic realm="bottle"')
        if body or status not in (202, 204):
            self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def send_json(self, status, value):
        self.send(status, json.dumps(value).encode(), "application/json")


class Server(http.server.ThreadingHTTPServer):
    """Threads are the resource here (the container has 256 processes). A connection costs one; a slot is held by a
    request that was admitted, for as long as it is worked on: who has no token takes nothing from who has."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port, handler, slots=16):
        super().__init__(("0.0.0.0", port), handler)
        self.slots = threading.BoundedSemaphore(slots)
        self.lock = threading.Lock()
        self.waiting = {}  # in the order in which they began to wait

    def process_request(self, request, client_address):
        self.wait(request)
        super().process_request(request, client_address)

    def wait(self, request):
        """Nothing is in work on this connection; the oldest such makes room."""
        with self.lock:
            self.waiting[request] = None
            oldest = next(iter(self.waiting)) if len(self.waiting) > WAITING else None
            self.waiting.pop(oldest, None)
        if oldest:
            try:
                oldest.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def begin(self, request):
        with self.lock:
            self.waiting.pop(request, None)
        return self.slots.acquire(timeout=PATIENCE)

    def done(self, request):
        self.slots.release()
        self.wait(request)

    def process_request_thread(self, request, client_address):
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self.lock:
                self.waiting.pop(request, None)

    def shutdown_request(self, request):
        """An answer that comes before the end of the question is lost if unread bytes meet a close: read them first."""
        end = time.monotonic() + LINGER
        try:
            request.shutdown(socket.SHUT_WR)
            request.settimeout(LINGER)
            while time.monotonic() < end and request.recv(65536):
                pass
        except OSError:
            pass
        self.close_request(request)

    def handle_error(self, request, client_address):
        """A client that went away is no news; the rest is one line."""
        kind = sys.exc_info()[0]
        if not issubclass(kind, OSError):
            log.say(f"internal error ({kind.__name__})")
