# SPDX-License-Identifier: MIT
"""ears.py - second witnesses of what bb-probe tried. Where the engine keeps no log of denials, a refusal is the guest's
own word, and the guest of this suite is honest; but nobody's word is needed where a canary listens that hears this host
(the control) and heard nobody during the probe. What has no canary stays as it is."""
import json
import socket
import time

import witness

CANARY, NAMES = "/var/log/lab/canary.log", "/var/log/lab/dns.log"
RESOLVER = "93.184.216.53"


class Ears:
    """What the outside world hears from now on, until `end`."""

    def __init__(self):
        self.began = {log: self.read(log) for log in (CANARY, NAMES)}

    @staticmethod
    def read(log):
        with open(log, errors="replace") as f:
            return f.read()

    def end(self):
        time.sleep(1.5)  # a canary waits a second for a caller's first words
        self.lines = {log: [json.loads(line) for line in self.read(log)[len(was):].splitlines()] for log, was in self.began.items()}

    def heard_at(self, proto, address, port):
        at = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
        return [line for line in self.lines[CANARY] if line["proto"] == proto and line["at"] == at]


def call(proto, address, port, word):
    """From this host, with a word of its own; does the canary there hear it?"""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM if proto == "tcp" else socket.SOCK_DGRAM) as s:
            s.settimeout(5)
            s.connect((address, port))
            s.sendall(word.encode())
            return witness.heard(word, 1)
    except OSError:
        return False


def ask(word):
    """A name of our own, asked of the resolver of this place."""
    try:
        socket.getaddrinfo(word + ".invalid", None)
    except OSError:
        pass
    return any(line.startswith("dns") for line in witness.log_lines(word))


def second(attempt, attempts, ears, word):
    """(verdict, evidence) by a second witness, or None."""
    order, *rest = attempt["target"].split()
    proto = {"tcp": "tcp", "udp": "udp", "udpto": "udp", "dns": "udp", "resolve": "name"}.get(order)
    if proto is None:
        return None
    if proto == "name" or order == "dns" and rest[0] == RESOLVER:
        asked = [line for line in ears.lines[NAMES] if line["name"] == rest[-1]]
        if asked:
            return "open", f"the resolver was asked: {asked[0]}"
        return ("blocked", "the resolver of this place knows this host's question and was asked nothing by the guest") if ask(word) else None
    address, port = rest[0].removeprefix("::ffff:"), int(rest[1])
    passed = {a["target"] for a in attempts if a["verdict"] == "pass"}
    if {f"control {address} {port}", "the canary heard nobody else"} <= passed:
        return "blocked", "bb-probe's canary hears this host at that address, and heard nobody else"
    heard = ears.heard_at(proto, address, port)
    if heard:
        return "open", f"the canary heard it: {heard[0]}"
    return ("blocked", "the canary there hears this host, and did not hear the guest") if call(proto, address, port, word) else None
