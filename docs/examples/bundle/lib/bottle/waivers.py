# SPDX-License-Identifier: MIT
"""What a finding is called, and which of them the operator lets pass (`bb-bundle waive`).

Its id is a keyed hash over rule and matched value, with a key of this start: the log holds no hash that a guess could be
held against, and a waiver ends with its bundle.
"""

import contextlib
import hashlib
import os
import re

from . import RUN

KEY, SEEN, WAIVED = f"{RUN}/scan/key", f"{RUN}/scan/seen", f"{RUN}/waived"
ID = re.compile(r"[0-9a-f]{16}\Z")
REMEMBERED = 1000  # findings that were told; the oldest go


class Waivers:
    def __init__(self, key, waived=WAIVED, seen=SEEN):
        self.key, self.folder, self.told = key, waived, seen
        self.passed = []  # ids, in one scan

    def id(self, rule, value):
        return hashlib.blake2b(rule.encode() + b"\0" + value, key=self.key, digest_size=8).hexdigest()

    def let_pass(self, name):
        if os.path.exists(f"{self.folder}/{name}"):
            self.passed.append(name)
            return True
        return False

    def tell(self, name, rule):
        """It is going to be shown: `waive` knows it from now on."""
        try:
            fd = os.open(f"{self.told}/{name}", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o440)
        except FileExistsError:
            return
        with os.fdopen(fd, "w", encoding="ascii") as f:
            f.write(rule)
        names = os.listdir(self.told)
        for _ in range(len(names) - REMEMBERED):
            with contextlib.suppress(FileNotFoundError):  # another scanner does the same
                os.unlink(min((f"{self.told}/{n}" for n in os.listdir(self.told)), key=os.path.getmtime))


def text(rule, place, bottle, finding):
    """Of a refusal, for who is refused and for the operator."""
    said = f"rule {rule} matched in {place}"
    return said + (f"; if it is no secret, its operator can let it pass: bb-bundle waive {bottle} {finding}" if finding else "")
