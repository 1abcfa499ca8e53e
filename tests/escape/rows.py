# SPDX-License-Identifier: MIT
"""rows.py - what a row of the escape suite is.

A row: id (docs/threats.md, "Attempts of the escape suite"); category (1 host, 2 address, 3 secret, 4 DNS, 5 git; N other);
what is tried; the order for inside.py; `need`, a pattern that the answer must show, so that it was refused for the right reason. `todo` says
why a row is known to get through: told as TODO, never as passed. `log`: for an answer that gives no reason, the policy
that the bundle's log must name. MARK stands for a word of this attempt alone.
"""
import base64
from typing import NamedTuple

FREE = "https://echo.example.net/MARK"  # allowed, no credential
PAID = "https://api.example.com/MARK"   # allowed, 9099 puts one in


class Row(NamedTuple):
    id: str
    category: object
    target: str
    order: dict
    need: str
    todo: str = ""
    log: str = ""


def b64(data):
    return base64.b64encode(data.encode() if isinstance(data, str) else data).decode()


def policy(*names):
    return rf"blocked by policy ({'|'.join(names)})\b"


# By the rule that is about the planted key: a scanner that gave up refuses too.
SECRET = policy("secret") + ".*rule github-pat matched"
KNOWN = policy("secret") + ".*rule known-secret matched"
