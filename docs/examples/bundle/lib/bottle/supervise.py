# SPDX-License-Identifier: MIT
"""9100: MCP (streamable HTTP, JSON answers) with which an agent can ask its
operator. It can only ask: requests go into one folder, answers come out of
another that only the operator writes.
"""

import json
import os
import re
import secrets
import stat
import threading
import time

from . import CONFIG, RUN, config, log, web

BODY = 64 * 1024
TEXT = 4000          # characters of a question
WAITING = 100        # unanswered requests kept; the oldest makes room
RATE = 20            # requests a minute
WAIT = 50            # seconds `answer` may wait: clients give up after 60
ID = re.compile(r"[0-9]{10}-[0-9a-f]{16}\Z")
VERSIONS = ("2024-11-05", "2025-03-26", "2025-06-18")
TOOLS = [
    {"name": "ask",
     "description": "Ask the operator of this bottle for something the bottle may not do "
                    "itself: a host, a repository, a decision. Returns an id.",
     "inputSchema": {"type": "object", "required": ["text"], "additionalProperties": False,
                     "properties": {"text": {"type": "string", "maxLength": TEXT}}}},
    {"name": "answer",
     "description": "Read the operator's answer to a request: 'answered' with the text and the time until "
                    "which it holds (Unix), 'expired' after that, else 'pending'.",
     "inputSchema": {"type": "object", "required": ["id"], "additionalProperties": False,
                     "properties": {"id": {"type": "string"},
                                    "wait_seconds": {"type": "integer", "minimum": 0,
                                                     "maximum": WAIT}}}},
]


RECENT, RECENT_LOCK = [], threading.Lock()


class Wrong(Exception):
    """The call cannot be done; the text is for the agent."""


def ask(given):
    text = given.get("text")
    if not isinstance(text, str) or not text.strip() or len(text) > TEXT:
        raise Wrong(f"text: 1 to {TEXT} characters")
    folder = f"{RUN}/requests"
    make_room()
    name = f"{int(time.time()):010d}-{secrets.token_hex(8)}"
    # Newlines stay, as spaces: the operator sees one bounded, harmless line.
    body = {"id": name, "ts": int(time.time()), "text": log.clean(" ".join(text.split()), TEXT)}
    temporary = f"{folder}/.{name}"
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
    with os.fdopen(fd, "w", encoding="utf-8") as f:
        json.dump(body, f)
    os.rename(temporary, f"{folder}/{name}.json")
    log.decide("supervise", "allow", "ask", id=name)
    return {"id": name, "status": "pending"}


def make_room():
    """So that many questions which nobody answers do not keep out the next: not faster than RATE, the oldest goes."""
    with RECENT_LOCK:
        now = time.monotonic()
        RECENT[:] = [t for t in RECENT if now - t < 60]
        if len(RECENT) >= RATE:
            raise Wrong(f"{RATE} requests a minute; wait {61 - int(now - RECENT[0])} s")
        RECENT.append(now)
        names = waiting()
        for name in names[:max(0, len(names) - WAITING + 1)]:
            os.unlink(f"{RUN}/requests/{name}.json")
            log.decide("supervise", "deny", "ask-expired", id=name)


def waiting():
    """Ids of the requests that the operator has not answered."""
    return sorted(n[:-5] for n in os.listdir(f"{RUN}/requests")
                  if n.endswith(".json") and ID.match(n[:-5]) and not os.path.lexists(f"{RUN}/grants/{n}"))


def read_grant(name):
    """What the operator answered, as the agent is to see it, or None."""
    try:
        fd = os.open(f"{RUN}/grants/{name}.json", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    with os.fdopen(fd, "rb") as f:
        # Never a link, a device or a big file.
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise Wrong("the answer is no regular file")
        grant = json.loads(f.read(BODY))
    if grant["expires"] <= time.time():
        return {"id": name, "status": "expired", "expired": grant["expires"]}
    return {"id": name, "status": "answered", "answer": grant["answer"], "expires": grant["expires"]}


def answer(given):
    name, wait = given.get("id"), given.get("wait_seconds", 0)
    if not isinstance(name, str) or not ID.match(name):
        raise Wrong("id: not an id given by ask")
    if type(wait) is not int or not 0 <= wait <= WAIT:
        raise Wrong(f"wait_seconds: 0 to {WAIT}")
    end = time.monotonic() + wait
    while True:
        grant = read_grant(name)
        if grant is not None:
            return grant
        if not os.path.exists(f"{RUN}/requests/{name}.json"):
            return {"id": name, "status": "expired"}
        if time.monotonic() >= end:
            return {"id": name, "status": "pending"}
        time.sleep(0.5)


CALLS = {"ask": ask, "answer": answer}


def call(params):
    name, given = params.get("name"), params.get("arguments", {})
    if name not in CALLS or not isinstance(given, dict):
        return {"isError": True, "content": [{"type": "text", "text": "unknown tool or arguments"}]}
    try:
        text, bad = json.dumps(CALLS[name](given)), False
    except (Wrong, OSError, ValueError) as e:
        text, bad = log.clean(e), True
    return {"isError": bad, "content": [{"type": "text", "text": text}]}


def initialize(params):
    asked = params.get("protocolVersion")
    return {"protocolVersion": asked if asked in VERSIONS else VERSIONS[-1],
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "bottle-supervise", "version": "1"}}


METHODS = {"initialize": initialize, "ping": lambda params: {},
           "tools/list": lambda params: {"tools": TOOLS}, "tools/call": call}


class Handler(web.Handler):
    daemon_name = "supervise"

    def do_GET(self):
        if self.admitted():
            self.close_connection = True
            self.send(405, b"bottle: POST to /mcp\n")

    do_DELETE = do_GET

    def do_POST(self):
        if not self.admitted():
            return
        length = self.headers.get("content-length", "")
        if self.path != "/mcp" or not length.isdigit() or int(length) > BODY:
            self.refuse("request", "POST at most 64 KiB to /mcp", 400)
            return
        try:
            # Of bytes, json would take UTF-16 too, in which the guest's relay could see another request.
            message = json.loads(self.rfile.read(int(length)).decode())
            method, params = message["method"], message.get("params") or {}
            if message.get("jsonrpc") != "2.0" or not isinstance(method, str) or not isinstance(params, dict):
                raise ValueError
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            self.send_json(400, {"jsonrpc": "2.0", "id": None,
                                 "error": {"code": -32600, "message": "not one JSON-RPC request, in UTF-8"}})
            return
        if "id" not in message:
            self.send(202)
        elif method in METHODS:
            self.send_json(200, {"jsonrpc": "2.0", "id": message["id"], "result": METHODS[method](params)})
        else:
            self.send_json(200, {"jsonrpc": "2.0", "id": message["id"],
                                 "error": {"code": -32601, "message": "no such method"}})


if __name__ == "__main__":
    web.Server(config.load(CONFIG)["listen"]["supervise"], Handler, slots=32).serve_forever()
