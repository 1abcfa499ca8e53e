# SPDX-License-Identifier: MIT
"""A scanner in a process of its own: the proxy's one thread goes on carrying streams, and a scan that eats its memory
ends alone.

Frames on standard input and output: length (4 bytes, big endian), then so many bytes. A request is a frame of JSON
{"line", "fields"} (latin-1) and a frame with the body; the answer is one frame of JSON {"rule", "place", "micros"}.
"""

import json
import struct
import sys
import time

from . import caps, decode, message, scan


def read(stream):
    head = stream.read(4)
    return stream.read(struct.unpack(">I", head)[0]) if len(head) == 4 else None


def frame(data):
    return struct.pack(">I", len(data)) + data


def judge(looker, asked, body):
    started = time.process_time()
    try:
        fields = [(k.encode("latin-1"), v.encode("latin-1")) for k, v in asked["fields"]]
        rule, place = looker.request(asked["line"].encode("latin-1"), fields, body) or (None, None)
    except decode.TooMuch as e:
        rule, place = "scan-limit", str(e)
    return {"rule": rule, "place": place, "micros": int((time.process_time() - started) * 1e6)}


def main():
    caps.first_to_go()
    looker = message.Looker(scan.Scanner(seconds=int(sys.argv[1])))
    while True:
        asked, body = read(sys.stdin.buffer), read(sys.stdin.buffer)
        if body is None:
            return
        sys.stdout.buffer.write(frame(json.dumps(judge(looker, json.loads(asked), body)).encode()))
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
