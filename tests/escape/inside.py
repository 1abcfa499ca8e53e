# SPDX-License-Identifier: MIT
"""inside.py - the guest's half of the escape suite; python3 reads it from standard input, frames.py and wsframes.py before
it, its orders behind it.

Prints one JSON line for each order: {"id", "status", "text", "ms"}. status is HTTP's, a program's, or -1 with the
error in text. What it says is a hint: whether something got out is decided by those who would have heard it.
"""
import base64
import concurrent.futures
import http.client
import json
import os
import socket
import ssl
import subprocess
import sys
import time
import urllib.parse

LIMIT = 150


def proxy():
    """Its host and port, and what it is to be told: nothing to the relay, which says so itself."""
    where = urllib.parse.urlsplit(os.environ["HTTPS_PROXY"])
    user = f"{where.username}:{where.password}".encode() if where.username else b""
    return where.hostname, where.port, "Basic " + base64.b64encode(user).decode()


def body_of(order):
    """`fill` bytes and `body` (base64), or `pieces`, which http.client sends as chunks."""
    if "pieces" in order:
        return (p.encode() for p in order["pieces"])
    return b"x" * order.get("fill", 0) + b"\n" * bool(order.get("fill")) + base64.b64decode(order.get("body", ""))


def request(order):
    """url, and method, headers, body, sni where they are not the usual."""
    url = urllib.parse.urlsplit(order["url"])
    headers = dict(order.get("headers", {}))
    body = body_of(order)
    host, port, auth = proxy()
    plain = http.client.HTTPConnection(host, port, timeout=LIMIT)
    target = order["url"]
    if url.scheme == "https":
        plain.set_tunnel(url.hostname, url.port or 443, {"Proxy-Authorization": auth})
        plain.connect()
        context = ssl.create_default_context()
        context.check_hostname = False
        plain.sock = context.wrap_socket(plain.sock, server_hostname=order.get("sni", url.hostname))
        target = (url.path or "/") + ("?" + url.query if url.query else "")
    else:
        headers["Proxy-Authorization"] = auth
    headers.setdefault("Host", url.netloc)
    plain.request(order.get("method", "POST" if body else "GET"), target, body or None, headers)
    answer = plain.getresponse()
    return answer.status, f"{answer.getheader('x-bottle-policy', '')}: {answer.read(1500).decode('latin-1')}"


def raw(order):
    """CONNECT to `connect`, then the text `send`, then whatever comes."""
    host, port, auth = proxy()
    s = socket.create_connection((host, port), LIMIT)
    s.sendall(f"CONNECT {order['connect']} HTTP/1.1\r\nHost: {order['connect']}\r\n"
              f"Proxy-Authorization: {auth}\r\n\r\n".encode())
    head = s.recv(4096).decode("latin-1")
    status = int(head.split(" ")[1])
    if status != 200:
        return status, head
    s.sendall(order["send"].encode())
    said = s.recv(600)
    return (200, said.decode("latin-1")) if said else (0, "closed")


def tunnel(host):
    """A socket to HOST through the proxy."""
    name, port, auth = proxy()
    s = socket.create_connection((name, port), LIMIT)
    s.sendall(f"CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\nProxy-Authorization: {auth}\r\n\r\n".encode())
    head = s.recv(4096).decode("latin-1")
    if " 200 " not in head.split("\r\n")[0]:
        raise ValueError(head)
    return s


def by_h2(order):
    """`h2` is the host; `fields`, and `body` if there is one."""
    with tls(tunnel(order["h2"]), order["h2"], ["h2", "http/1.1"]) as s:
        status, text = ask_h2(s, order["fields"], order.get("body"))
    return status, f"{status} {text}"


def by_h1(order):
    """`h1` is the host, `send` the bytes (latin-1)."""
    with tls(tunnel(order["h1"]), order["h1"], ["http/1.1"]) as s:
        status, text = ask_h1(s, order["send"])
    return status, f"{status} {text}"


def by_ws(order):
    """`ws` is the URL (443), `headers` what is not usual in the handshake; then `frames` (opcode, last or "letters" for one
    each letter, reserved bits, text), with `early` before it is answered. Status 200 if any message comes back but the greeting."""
    url = urllib.parse.urlsplit(order["ws"])
    usual = {"Host": url.hostname, "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
             "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode()}
    lines = [f"GET {order['ws'].partition(url.netloc)[2]} HTTP/1.1", *(f"{k}: {v}" for k, v in (usual | order.get("headers", {})).items())]
    frames = b"".join(ws_letters(kind, text) if last == "letters" else ws_frame(kind, text.encode("latin-1"), last, bits=bits)
                      for kind, last, bits, text in order["frames"])
    with tls(tunnel(url.hostname), url.hostname, ["http/1.1"]) as s, s.makefile("rb") as stream:
        s.sendall("\r\n".join([*lines, "", ""]).encode() + frames * order.get("early", False))
        head = b"".join(iter(stream.readline, b"\r\n")).decode("latin-1")
        if " 101 " not in head.partition("\n")[0]:
            size = head.lower().partition("content-length:")[2].split("\r")[0]
            return int(head.split(" ")[1]), head + stream.read(int(size or 0)).decode("latin-1")
        s.sendall(frames)
        return read_ws(stream)


def ws_letters(kind, text):
    return b"".join(ws_frame(0 if i else kind, c.encode(), i == len(text) - 1) for i, c in enumerate(text))


def read_ws(stream):
    told, echoed, kind = [], -1, 0
    try:
        while kind != 8 and echoed < 1:
            kind, _, _, data = ws_read(stream)
            echoed += kind in (1, 2)
            text = f"{int.from_bytes(data[:2], 'big')} " + data[2:].decode("latin-1") if kind == 8 else data.decode("latin-1")
            told.append(f"{WS_KINDS.get(kind, kind)} {text}")
    except (EOFError, OSError) as error:
        told.append(f"end ({type(error).__name__})")
    return 200 if echoed > 0 else 0, "\n".join(told)


def run(words):
    done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300)
    return done.returncode, done.stdout.decode("latin-1").strip()[-1500:] or "done"


KINDS = {
    "url": request,
    "h2": by_h2,
    "h1": by_h1,
    "ws": by_ws,
    "connect": raw,
    "script": lambda order: run(["sh", "-c", "cd $(mktemp -d)\n" + order["script"]]),
    "python": lambda order: run([sys.executable, "-c", order["python"]]),
}


def attempt(order):
    began = time.monotonic()
    try:
        status, text = next(do for key, do in KINDS.items() if key in order)(order)
    except Exception as error:  # the reason goes out as text: here nothing is decided
        status, text = -1, f"{type(error).__name__}: {error}"
    return {"id": order["id"], "status": status, "text": f"{status} {text}" if "url" in order else text,
            "ms": int((time.monotonic() - began) * 1000)}


def main(orders, env, ca):
    """ENV and CA (PEM): for a guest that was not provisioned."""
    os.environ.update(env)
    if ca:
        with open("/tmp/escape-ca.pem", "w") as f:
            f.write(ca)
        os.environ.update(dict.fromkeys(("SSL_CERT_FILE", "CURL_CA_BUNDLE"), f.name))
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for line in pool.map(attempt, orders):
            print(json.dumps(line), flush=True)
