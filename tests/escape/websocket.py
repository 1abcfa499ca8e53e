# SPDX-License-Identifier: MIT
"""websocket.py - the rows that go through a WebSocket, which one host of the manifest may have; it answers with what it gets."""
from rows import FREE, KNOWN, SECRET, Row, b64, policy

OPEN = "wss://api.example.com/open"  # in egress.websocket
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
RESERVED = 0x40  # the bit that says "compressed"
DONE = "\x03\xe8"  # 1000
BYE = [CLOSE, True, 0, DONE]


def message(text, kind=TEXT, bits=0, last=True):
    return [[kind, last, bits, text], BYE]


def closed_by(need):
    return "^close 1008 .*" + need


def control():
    return Row("control", 1, "a message by an allowed WebSocket arrives", {"ws": OPEN, "frames": message("MARK")[:1]}, "")


def hosts():
    def row(id, what, need, **order):
        return Row(id, 1, "WebSocket: " + what, {"ws": OPEN, "frames": message("MARK"), **order}, need)
    upgrade = policy("upgrade")
    return [
        row("E-13", "to an unlisted host", upgrade, ws="wss://blocked.example.org/MARK"),
        row("E-13", "to a host that may have none", upgrade, ws=FREE.replace("https", "wss")),
        row("E-13", "messages before the handshake is answered, to such a host", upgrade, ws=FREE.replace("https", "wss"), early=True),
        row("E-13", "with a version of its own", upgrade, headers={"Sec-WebSocket-Version": "8"}),
        row("E-16", "another Host than CONNECT names", policy("host-mismatch"), headers={"Host": "blocked.example.org"}),
        row("E-19", "a message behind the close", "^close 1000", frames=[BYE, *message("MARK")]),
    ]


def secrets(secret, token):
    def row(id, what, need, **order):
        return Row(id, 3, "WebSocket: " + what, {"ws": OPEN, **order}, need)
    key, known = closed_by(SECRET), closed_by(KNOWN)
    marked = secret + " MARK"
    return [
        row("E-17", "path of the handshake", SECRET, ws=f"{OPEN}/{secret}", frames=message("MARK")),
        row("E-17", "header of the handshake", SECRET, headers={"X-Note": marked}, frames=message("MARK")),
        row("E-17", "text", key, frames=message(marked)),
        row("E-17", "binary", key, frames=message(marked, BINARY)),
        row("E-17", "the token of the bottle", known, frames=message(token + " MARK")),
        row("E-18", "base64", key, frames=message(b64(secret) + " MARK")),
        row("E-18", "the token of the bottle, in hex", known, frames=message(token.encode().hex() + " MARK")),
        row("E-19", "in frames of one letter", key, frames=message(marked, last="letters")),
        row("E-19", "the token of the bottle, in frames of one letter", known, frames=message(token + " MARK", last="letters")),
        row("E-19", "a frame whose message never ends", "^close 1000", frames=message(marked, last=False)),
        row("E-19", "a ping", "^pong ", frames=message(marked, PING)),
        row("E-19", "a pong", "^close 1000", frames=message(marked, PONG)),
        row("E-19", "reason of a close", "^close 1000", frames=[[CLOSE, True, 0, DONE + marked]]),
        row("E-19", "a frame that says it is compressed", "^close 1002", frames=message(marked, bits=RESERVED)),
    ]


def rows(secret, token):
    reflected = Row("E-28", "N", "a credential is reflected by a WebSocket", {"ws": OPEN + "?reflect", "frames": message("MARK")[:1]}, r"Bearer \*{8,}")
    return [*hosts(), *secrets(secret, token), reflected]
