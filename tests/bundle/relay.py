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
CHUNKED = b"5\r\nGET /\r\n1a\r\n" + b"0\r\n\r\n" + b"z" * 21 + b"\r\n0\r\nTrailer: x\r\n\r\n"
CONNECT = b"CONNECT h.example:443 HTTP/1.1\r\n\r\n"
UPGRADE = GET % 3 + b"Upgrade: TLS/1.2\r\nConnection: Upgrade\r\n\r\n"
FOLDED = b"GET http://h.example/ HTTP/1.1\r\nproxy-authorization: Basic\r\n eA==\r\nX: y\r\n\r\n"
UNFOLDED = b"GET http://h.example/ HTTP/1.1\r\nX: y\r\n\r\n"
OWN = b"GET /nonce HTTP/1.1\r\nHost: bundle.internal\r\n\r\n"
CASES = {
    "two": (ONE + TWO, with_ours(ONE) + with_ours(TWO)),
    "a body between": (POST + b"GET /" + TWO, with_ours(POST) + b"GET /" + with_ours(TWO)),
    "chunks between": (CHUNKS + CHUNKED + TWO, with_ours(CHUNKS) + CHUNKED + with_ours(TWO)),
    "a tunnel": (CONNECT + ONE, with_ours(CONNECT) + ONE),
    "the client's own": (FOLDED, with_ours(UNFOLDED)),
    "not for a proxy": (OWN + ONE, OWN + with_ours(ONE)),
    "line ends of one byte": (ONE.replace(b"\r", b""), ONE.replace(b"\r", b"").replace(b"Host", OURS + b"Host")),
    "an empty line before": (b"\r\n" + ONE, with_ours(ONE)),
    "half a head": (ONE[:-2], ONE[:-2]),
    "binary": (b"\x00\xff" * 1000, b"\x00\xff" * 1000),
    "a size that is none": (CHUNKS + b"\x00zz\r\n" + ONE, with_ours(CHUNKS) + b"\x00zz\r\n" + ONE),
}
# In what another reader takes for the body, nothing is added.
UNCLEAR = {
    "both lengths": b"Content-Length: 500\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two lengths": b"Content-Length: 0\r\nContent-Length: 500\r\n\r\n",
    "two codings": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "a coding of its own": b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "a length that is none": b"Content-Length: 0x500\r\n\r\n",
    "a length behind CR": b"X: y\rContent-Length: 500\r\n\r\n",
    "a folded length": b"X: y\r\n Content-Length: 500\r\n\r\n",
    "a blank before the colon": b"Content-Length : 500\r\n\r\n",
    "NUL": b"X: \0\r\n\r\n",
    "a size as Python reads it": b"Transfer-Encoding: chunked\r\n\r\n0x500\r\n\r\n",
    "a size with more behind it": b"Transfer-Encoding: chunked\r\n\r\n0;" + b"x" * 64 + b"\r\n\r\n",
    "a chunk without an end": b"Transfer-Encoding: chunked\r\n\r\n1\r\nx0\r\n\r\n",
}
for name, rest in UNCLEAR.items():
    CASES[name] = b"POST http://h.example/ HTTP/1.1\r\n" + rest + TWO, with_ours(b"POST http://h.example/ HTTP/1.1\r\n" + rest) + TWO
FULL = (b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"
        b"bottle: too many connections are open already; try again when some of them have ended\n")
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


def dialogue(*said):
    """What the bundle gets, in turn with what it answers; the client's and the bundle's."""
    listener = socket.create_server(("127.0.0.9", 8888), reuse_port=True)
    client = socket.create_connection(("127.0.0.1", 18888))
    server, heard = None, b""
    for sent, answer in said:
        client.sendall(sent)
        server = server or listener.accept()[0]
        time.sleep(0.2)
        server.settimeout(0.2)
        try:
            heard += server.recv(65536)
        except TimeoutError:
            heard += b"nothing."
        server.sendall(answer)
        time.sleep(0.2)
    client.close()
    server.close()
    listener.close()
    return heard


def protocols():
    """A client that asks for another protocol and does not get it goes on with requests."""
    no, yes = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", b"HTTP/1.1 101 Switching Protocols\r\n\r\n"
    refused = dialogue((UPGRADE, no), (ONE, no), (UPGRADE + TWO, no), (b"", no))
    agreed = dialogue((UPGRADE, yes), (ONE, b""))
    return (refused == with_ours(UPGRADE) + with_ours(ONE) + with_ours(UPGRADE) + with_ours(TWO)
            and agreed == with_ours(UPGRADE) + ONE)


def early():
    """The bundle answers when it has read the head alone, and closes over what else comes: the answer arrives."""
    listener = socket.create_server(("127.0.0.9", 8888), reuse_port=True)
    client = socket.create_connection(("127.0.0.1", 18888))
    client.sendall(b"POST http://h.example/ HTTP/1.1\r\nContent-Length: 30000000\r\n\r\n" + b"x" * 2000000)
    server = listener.accept()[0]
    server.recv(1000)
    server.sendall(b"HTTP/1.1 413 Too Large\r\n\r\n" + b"y" * 100000)
    server.close()
    listener.close()
    time.sleep(0.3)
    answer = b""
    try:
        client.sendall(b"x" * 28000000)
        while piece := client.recv(65536):
            answer += piece
    except OSError as e:
        return f"{e} after {len(answer)} bytes"
    return len(answer)


def crowd():
    """As many connections as it serves, and some more: these are told; when one of the others ends, the next is served."""
    listener = socket.create_server(("127.0.0.9", 8888), reuse_port=True, backlog=1024)
    served, told = [], []
    while len(told) < 8 and len(served) < 1000:
        client = socket.create_connection(("127.0.0.1", 18888))
        client.sendall(ONE)
        listener.settimeout(3)
        try:
            served.append((client, listener.accept()[0]))
        except TimeoutError:
            told.append(client.makefile("rb").read())
    for client, server in served[:100]:
        client.close()
        server.close()
    time.sleep(1)
    last = socket.create_connection(("127.0.0.1", 18888))
    last.sendall(ONE)
    listener.settimeout(10)
    if listener.accept()[0].recv(65536) != with_ours(ONE):
        return "no room again"
    for client, server in served[100:]:
        client.close()
        server.close()
    listener.close()
    return f"{len(served)} served, then {told}"


def main():
    old = open("/run/bot-bottle/relay/pid").read().strip()
    os.kill(int(old), 15)
    time.sleep(0.5)
    ours = subprocess.run([sys.argv[1], "127.0.0.9"], input=b"Basic Zm9v\n", capture_output=True, check=True)
    bad = []
    try:
        if not flood():
            bad.append("flood")
        if not protocols():
            bad.append("another protocol")
        if (size := early()) != 100026:
            bad.append(f"an early answer: {size}")
        told = crowd()
        if told != f"512 served, then {[FULL] * 8}":
            bad.append(f"a crowd: {told}")
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
