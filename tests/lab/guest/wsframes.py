# SPDX-License-Identifier: MIT
"""wsframes - WebSocket frames (RFC 6455), for both ends: echo.py and the tests' own; goes into the guest before inside.py."""
import base64
import hashlib
import os
import struct

WS_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
WS_KINDS = {0: "more", 1: "text", 2: "binary", 8: "close", 9: "ping", 10: "pong"}


def ws_accept(key):
    return base64.b64encode(hashlib.sha1(key + WS_GUID).digest())


def ws_xor(data, key):
    many = int.from_bytes(data, "little") ^ int.from_bytes((key * (len(data) // 4 + 1))[:len(data)], "little")
    return many.to_bytes(len(data), "little")


def ws_frame(opcode, data, last=True, masked=True, bits=0):
    head = bytes([last << 7 | bits | opcode])
    size, mask = len(data), 0x80 if masked else 0
    head += bytes([mask | size]) if size < 126 else bytes([mask | 126]) + struct.pack(">H", size) if size < 65536 else bytes([mask | 127]) + struct.pack(">Q", size)
    if not masked:
        return head + data
    key = os.urandom(4)
    return head + key + ws_xor(data, key)


def ws_exactly(stream, size):
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return data


def ws_read(stream):
    """(opcode, last, reserved bits, bytes)"""
    first, second = ws_exactly(stream, 2)
    size = second & 0x7F
    if size > 125:
        size = int.from_bytes(ws_exactly(stream, 2 if size == 126 else 8), "big")
    key = ws_exactly(stream, 4) if second & 0x80 else None
    data = ws_exactly(stream, size)
    return first & 15, bool(first & 0x80), first & 0x70, ws_xor(data, key) if key else data
