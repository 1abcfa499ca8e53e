"""inside.py - the guest's half of the escape suite; python3 reads it from standard input, its orders behind it.

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
import time
import urllib.parse

PROXY = urllib.parse.urlsplit(os.environ["HTTPS_PROXY"])
AUTH = "Basic " + base64.b64encode(f"{PROXY.username}:{PROXY.password}".encode()).decode()
LIMIT = 150


def request(order):
    """url, and method, headers, body (base64), sni where they are not the usual."""
    url = urllib.parse.urlsplit(order["url"])
    headers = dict(order.get("headers", {}))
    body = base64.b64decode(order.get("body", ""))
    if url.scheme == "https":
        plain = http.client.HTTPConnection(PROXY.hostname, PROXY.port, timeout=LIMIT)
        plain.set_tunnel(url.hostname, url.port or 443, {"Proxy-Authorization": AUTH})
        plain.connect()
        context = ssl.create_default_context()
        context.check_hostname = False
        plain.sock = context.wrap_socket(plain.sock, server_hostname=order.get("sni", url.hostname))
        target = url.path + ("?" + url.query if url.query else "")
    else:
        plain = http.client.HTTPConnection(PROXY.hostname, PROXY.port, timeout=LIMIT)
        headers["Proxy-Authorization"] = AUTH
        target = order["url"]
    headers.setdefault("Host", url.netloc)
    plain.request(order.get("method", "POST" if body else "GET"), target or "/", body or None, headers)
    answer = plain.getresponse()
    return answer.status, answer.read(600).decode("latin-1")


def raw(order):
    """CONNECT to `connect`, then the bytes `send` (base64), then whatever comes."""
    s = socket.create_connection((PROXY.hostname, PROXY.port), LIMIT)
    s.sendall(f"CONNECT {order['connect']} HTTP/1.1\r\nHost: {order['connect']}\r\n"
              f"Proxy-Authorization: {AUTH}\r\n\r\n".encode())
    head = s.recv(4096).decode("latin-1")
    status = int(head.split(" ")[1])
    if status != 200:
        return status, head
    s.sendall(base64.b64decode(order["send"]))
    return (200 if (said := s.recv(600)) else 0), said.decode("latin-1")


def script(order):
    """A shell script in a folder of its own."""
    done = subprocess.run(["sh", "-c", "cd $(mktemp -d)\n" + order["script"]], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300)
    return done.returncode, done.stdout.decode("latin-1")[-1500:]


KINDS = {"url": request, "connect": raw, "script": script}


def attempt(order):
    began = time.monotonic()
    try:
        status, text = next(do for key, do in KINDS.items() if key in order)(order)
    except Exception as error:  # the reason goes out as text: here nothing is decided
        status, text = -1, f"{type(error).__name__}: {error}"
    return {"id": order["id"], "status": status, "text": text, "ms": int((time.monotonic() - began) * 1000)}


def main(orders):
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for line in pool.map(attempt, orders):
            print(json.dumps(line), flush=True)
