# SPDX-License-Identifier: MIT
"""Known secrets: the token, and whatever handover was given. They are looked for as they are, in every decoded form, and in
the codings that hide them from decoders which want more than eight bytes.

One pass of Hyperscan over their beginnings says whether any may be there; the whole of it is then compared.
"""

import os
import re

import hyperscan

from . import RUN, redact

FOLDER, TOKEN = f"{RUN}/known", f"{RUN}/token"
SHORTEST = redact.SHORTEST  # bytes; shorter values would be found everywhere
BEGINNING = 64              # bytes of a needle that Hyperscan looks for
KEY = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----(.*?)-----END", re.S)
# "openssh-key-v1", no passphrase, kind: the first line is the same in all keys.
SAME_IN_ALL = b"b3BlbnNzaC1rZXktdjE"
LINE = re.compile(rb"[A-Za-z0-9+/]{40,}=*\Z")


def needles(value):
    """What is searched for. A key rarely travels in one piece: each full line of it."""
    key = KEY.search(value)
    if key:
        return {line for line in key[1].split() if LINE.match(line) and not line.startswith(SAME_IN_ALL)}
    value = value.strip()
    return set(redact.forms(value)) if len(value) >= SHORTEST else set()


def compiled(words):
    database = hyperscan.Database()
    sources = [b"".join(b"\\x%02x" % byte for byte in word[:BEGINNING]) for word in words]
    database.compile(expressions=sources, ids=list(range(len(words))), elements=len(words),
                     flags=[hyperscan.HS_FLAG_SINGLEMATCH] * len(words))
    database.scratch = hyperscan.Scratch(database)
    return database


class Known:
    def __init__(self, folder=FOLDER, token=TOKEN):
        self.folder, self.token = folder, token
        self.given, self.words, self.database = None, [], None

    def changed(self):
        """Reads them again if they are not what they were. Handover renames a new file into place, so its number tells."""
        given = {entry.path: (entry.inode(), entry.stat().st_mtime_ns)
                 for entry in os.scandir(self.folder) if not entry.name.startswith(".")}
        if given == self.given:
            return False
        words = set()
        for path in (self.token, *given):
            with open(path, "rb") as f:
                words |= needles(f.read())
        self.words = sorted(words)
        self.database = compiled(self.words) if words else None
        self.given = given
        return True

    def stands_in(self, blob):
        candidates = []
        if self.database:
            self.database.scan(blob, match_event_handler=lambda id, *_: candidates.append(id))
        return any(self.words[id] in blob for id in candidates)
