# SPDX-License-Identifier: MIT
"""relay.py RELAY (by standard input, in the guest): requests through a relay of its own whose bundle is this program.
Each case is what a client sends and what the bundle must have got."""
import os
import socket
import subprocess
import sys
import threading
import time

OURS = b"Proxy-Authorization: Basic Zm9v\r\n"
GET = b"GET http://h.example/%d HTTP/1.1\r\nHost: h.example\r\n"


def with_ours(head):
    line, _, rest = head.partition(b"\r\n")
    return line + b"\r\n" + OURS + rest


ONE, TWO = GET % 1 + b"\r\n", GET % 2 + b"\r\n"
POST = b"POST http://h.example/ HTTP/1.1\r\nContent-Length: 5\r\n\r\n"
CHUNKS = b"POST http://h.example/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
CHUNKED = b"5;x=y\r\nGET /\r\n1a\r\n" + b"0\r\n\r\n" + b"z" * 21 + b"\r\n0\r\nTrailer: x\r\n\r\n"
CONNECT = b"CONNECT h.example:443 HTTP/1.1\r\n\r\n"
UPGRADE = GET % 3 + b"Upgrade: websocket\r\n\r\n"
FOLDED = b"GET http://h.example/ HTTP/1.1\r\nproxy-authorization: Basic\r\n eA==\r\nX: y\r\n\r\n"
UNFOLDED = b"GET http://h.example/ HTTP/1.1\r\nX: y\r\n\r\n"
OWN = b"GET /nonce HTTP/1.1\r\nHost: bundle.internal\r\n\r\n"
CASES = {
    "two": (ONE + TWO, with_ours(ONE) + with_ours(TWO)),
    "a body between": (POST + b"GET /" + TWO, with_ours(POST) + b"GET /" + with_ours(TWO)),
    "chunks between": (CHUNKS + CHUNKED + TWO, with_ours(CHUNKS) + CHUNKED + with_ours(TWO)),
    "a tunnel": (CONNECT + ONE, with_ours(CONNECT) + ONE),
    "another protocol": (UPGRADE + ONE, with_ours(UPGRADE) + ONE),
    "the client's own": (FOLDED, with_ours(UNFOLDED)),
    "not for a proxy": (OWN + ONE, OWN + with_ours(ONE)),
    "line ends of one byte": (ONE.replace(b"\r", b""), ONE.replace(b"\r", b"").replace(b"Host", OURS + b"Host")),
    "an empty line before": (b"\r\n" + ONE, with_ours(ONE)),
    "half a head": (ONE[:-2], ONE[:-2]),
    "binary": (b"\x00\xff" * 1000, b"\x00\xff" * 1000),
    "a size that is none": (CHUNKS + b"\x00zz\r\n" + ONE, with_ours(CHUNKS) + b"\x00zz\r\n" + ONE),
}
got = []


def keep(connection):
    """Everything up to the end; the answer tells its length."""
    data = b""
    while piece := connection.recv(65536):
        data += piece
    got.append(data)
    connection.sendall(b"%d bytes" % len(data))
    connection.close()


def bundle(address):
    listener = socket.create_server(address)
    while True:
        try:
            keep(listener.accept()[0])
        except ConnectionError:
            got.append(None)


def through(data, step):
    client = socket.create_connection(("127.0.0.1", 18888))
    for i in range(0, len(data), step):
        client.sendall(data[i:i + step])
        if step == 1:
            time.sleep(0.0005)
    client.shutdown(socket.SHUT_WR)
    answer = b""
    while piece := client.recv(65536):
        answer += piece
    return answer


def flood():
    """Both sides send 20 MB before either reads: what one does not read must not stop the other direction."""
    listener = socket.create_server(("127.0.0.9", 8888), reuse_port=True)
    client = socket.create_connection(("127.0.0.1", 18888))
    client.sendall(CONNECT)
    server = listener.accept()[0]
    size = 20 << 20
    read = dict.fromkeys((client, server), 0)

    def reader(s):
        while piece := s.recv(1 << 16):
            read[s] += len(piece)

    def writer(s):
        s.sendall(b"x" * size)
        s.shutdown(socket.SHUT_WR)

    threads = [threading.Thread(target=f, args=(s,)) for s in (client, server) for f in (writer, reader)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(60)
    return read[client] == size and read[server] == size + len(with_ours(CONNECT))


def main():
    old = open("/run/bot-bottle/relay/pid").read().strip()
    os.kill(int(old), 15)
    time.sleep(0.5)
    ours = subprocess.run([sys.argv[1], "127.0.0.9"], input=b"Basic Zm9v\n", capture_output=True, check=True)
    bad = []
    try:
        if not flood():
            bad.append("flood")
        threading.Thread(target=bundle, args=(("127.0.0.9", 8888),), daemon=True).start()
        time.sleep(0.3)
        for name, (sent, want) in CASES.items():
            for step in (1 << 20, 7, 1):
                got.clear()
                answer = through(sent, step)
                if got != [want] or answer != b"%d bytes" % len(want):
                    bad.append(f"{name}, {step} bytes a write: {got} {answer}")
        large = through(b"GET http://h.example/ HTTP/1.1\r\nX: " + b"y" * 70000 + b"\r\n\r\n", 1 << 20)
        if b" 431 " not in large:
            bad.append(f"a large head: {large}")
    finally:
        os.kill(int(ours.stdout), 15)
    print("\n".join(bad) or "all as expected")


main()
