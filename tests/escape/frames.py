# SPDX-License-Identifier: MIT
"""frames.py - HTTP as no library would send it: part of the guest's half (inside.py), before it on standard input.

HTTP/2 by hand, RFC 9113 and 7541: each field literal, never indexed, without Huffman; HTTP/1 as the bytes given.
"""
import ssl
import struct

DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE = 0, 1, 3, 4, 6, 7, 8
END_STREAM, ACK, END_HEADERS = 1, 1, 4
STATUS_200 = 0x88  # `:status: 200` of the static table


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def string(text):
    data = text.encode("latin-1")
    size = bytes([len(data)]) if len(data) < 127 else b"\x7f" + rest(len(data) - 127)
    return size + data


def rest(number):
    out = b""
    while number >= 128:
        out += bytes([number % 128 + 128])
        number //= 128
    return out + bytes([number])


def block(fields):
    return b"".join(b"\x10" + string(name) + string(value) for name, value in fields)


def tls(raw, name, protocols):
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(protocols)
    return context.wrap_socket(raw, server_hostname=name)


def read(sock, size):
    data = b""
    while len(data) < size:
        more = sock.recv(size - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def ask_h2(sock, fields, body):
    """(status, text) of stream 1: 200, or 0 with what came instead."""
    out = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(SETTINGS, 0, 0)
    out += frame(HEADERS, END_HEADERS | (END_STREAM if body is None else 0), 1, block(fields))
    if body is not None:
        out += frame(DATA, END_STREAM, 1, body.encode("latin-1"))
    sock.sendall(out)
    status, text = 0, b""
    try:
        while True:
            head = read(sock, 9)
            size, kind, flags = int.from_bytes(head[:3], "big"), head[3], head[4]
            payload = read(sock, size)
            if kind == SETTINGS and not flags & ACK:
                sock.sendall(frame(SETTINGS, ACK, 0))
            elif kind == HEADERS and payload[:1] == bytes([STATUS_200]):
                status = 200
            elif kind == DATA:
                text += payload
            elif kind in (RST_STREAM, GOAWAY):
                text += f"refused by HTTP/2, error {int.from_bytes(payload[-4:] if kind == RST_STREAM else payload[4:8], 'big')}".encode()
                break
            if kind in (DATA, HEADERS) and flags & END_STREAM:
                break
    except (EOFError, OSError) as error:
        text += f"closed ({type(error).__name__})".encode()
    return status, text.decode("latin-1")


def ask_h1(sock, text):
    sock.sendall(text.encode("latin-1"))
    sock.settimeout(5)
    said = b""
    try:
        while more := sock.recv(65536):
            said += more
    except OSError:
        pass
    return (200 if said.startswith(b"HTTP/1.1 200") else 0), said.decode("latin-1") or "closed"
