# SPDX-License-Identifier: MIT
"""How the scanner (scand.py) is asked, by 8888 and by the git gate: frames on a socket that only the two reach.

A frame is its length (4 bytes, big endian), then so many bytes. A question is a frame of JSON and a frame of data: of a
request {"line", "fields", "mode"} (latin-1) and its body, of anything else {"path"}, its name if it is a file, and its bytes. The answer is a frame of JSON
{"rule", "place", "finding", "waived", "micros"}, with "count", "line" and "fields" where something was replaced, and a frame with the new body,
else empty. A scanner that dies (out of memory, say) is an end without an answer.
"""

import json
import struct

from . import RUN

CALLERS = ("dlp", "git")
KNOWN = "known-secret"  # the rule of what the bottle itself keeps secret


def socket_of(caller):
    return f"{RUN}/scan/{caller}"


def frame(data):
    return struct.pack(">I", len(data)) + data


def size(head):
    return struct.unpack(">I", head)[0]


def read(stream):
    """The next frame, or None at the end."""
    head = stream.read(4)
    if len(head) < 4:
        return None
    data = stream.read(size(head))
    return data if len(data) == size(head) else None


def question(length, **asked):
    """All of a question but its data, of that length: a body is not copied for it."""
    return frame(json.dumps(asked).encode()) + struct.pack(">I", length)
