# SPDX-License-Identifier: MIT
"""A scanner in a process of its own: the proxy's one thread goes on carrying streams, and a scan that eats its memory
ends alone.

Frames on standard input and output: length (4 bytes, big endian), then so many bytes. A request is a frame of JSON
{"line", "fields", "mode"} (latin-1) and a frame with the body; the answer is a frame of JSON {"rule", "place", "micros"},
with "count", "line" and "fields" where something was replaced, and a frame with the new body, else empty.
"""

import json
import struct
import sys
import time

from . import caps, codings, decode, message, redaction, scan


def read(stream):
    head = stream.read(4)
    return stream.read(struct.unpack(">I", head)[0]) if len(head) == 4 else None


def frame(data):
    return struct.pack(">I", len(data)) + data


def look(looker, asked, body):
    line = asked["line"].encode("latin-1")
    fields = [(k.encode("latin-1"), v.encode("latin-1")) for k, v in asked["fields"]]
    named = ", ".join(v.decode("latin-1") for k, v in fields if k.lower() == b"content-encoding")
    try:
        body = codings.plain(body, named, decode.Budget(len(body), looker.scanner.seconds))
    except (codings.Bad, decode.TooMuch) as e:
        return {"rule": "encoding", "place": str(e)}, b""
    rule, place = looker.request(line, fields, body) or (None, None)
    told = {"rule": rule, "place": place}
    if not rule or asked["mode"] != "redact":
        return told, b""
    size = len(line) + sum(len(k) + len(v) for k, v in fields) + len(body)
    line, fields, new, count, first = redaction.request(looker, line, fields, body, decode.Budget(size, looker.scanner.seconds))
    if looker.request(line, fields, new) or line.partition(b" ")[0] != asked["line"].encode("latin-1").partition(b" ")[0]:
        return told, b""  # something is left, or a method would have to be another
    told.update(count=count, place=first, line=line.decode("latin-1"),
                fields=[(k.decode("latin-1"), v.decode("latin-1")) for k, v in fields])
    return told, new


def judge(looker, asked, body):
    started = time.process_time()
    try:
        told, new = look(looker, asked, body)
    except (decode.TooMuch, RecursionError) as e:
        told, new = {"rule": "scan-limit", "place": str(e) if isinstance(e, decode.TooMuch) else "nested too deep"}, b""
    told["micros"] = int((time.process_time() - started) * 1e6)
    return told, new


def main():
    caps.first_to_go()
    looker = message.Looker(scan.Scanner(seconds=int(sys.argv[1])))
    while True:
        asked, body = read(sys.stdin.buffer), read(sys.stdin.buffer)
        if body is None:
            return
        told, new = judge(looker, json.loads(asked), body)
        sys.stdout.buffer.write(frame(json.dumps(told).encode()) + frame(new))
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
