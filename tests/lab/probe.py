# SPDX-License-Identifier: MIT
"""probe.py WORD... - runs in a guest (python3 -): tries each tcp:ADDR:PORT, udp:ADDR:PORT, name:NAME in
parallel and prints "WORD open|refused|silent|answered|unknown". What it says is a hint; a canary decides."""
import socket
import sys
import threading

lines = {}


def tcp(addr, port):
    with socket.create_connection((addr, port), 20) as s:
        # smolvm's gateway accepts before it dials: only what happens next tells.
        s.settimeout(3)
        try:
            return "open" if s.recv(1) else "refused, closed at once"
        except TimeoutError:
            return "open"


def udp(addr, port):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(5)
    s.sendto(b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03api\x07example\x03com\x00\x00\x01\x00\x01",
             (addr, port))
    return "answered" if s.recv(512) else "silent"


def name(host):
    socket.getaddrinfo(host, 443)
    return "resolved"


def attempt(word):
    kind, _, rest = word.partition(":")
    try:
        if kind == "name":
            lines[word] = name(rest)
        else:
            addr, _, port = rest.rpartition(":")
            lines[word] = {"tcp": tcp, "udp": udp}[kind](addr, int(port))
    except socket.gaierror:
        lines[word] = "unknown"
    except TimeoutError:
        lines[word] = "silent"
    except OSError as e:
        lines[word] = "refused " + e.strerror if e.strerror else "refused"


threads = [threading.Thread(target=attempt, args=(w,)) for w in sys.argv[1:]]
for t in threads:
    t.start()
for t in threads:
    t.join()
for w in sys.argv[1:]:
    print(w, lines[w])
