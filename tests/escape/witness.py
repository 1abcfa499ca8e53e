# SPDX-License-Identifier: MIT
"""witness.py - those who would have noticed: the lab's logs, the repository behind the gate, canaries of the host."""
import os
import socket
import subprocess
import threading
import time

LOGS = ["/var/log/lab/echo.log", "/var/log/lab/dns.log", "/var/log/lab/canary.log"]
UPSTREAM = "/var/lib/lab/git/app.git"
NATIVE = None  # the log of a bundle in namespaces


def native(folder):
    """The witnesses of a bundle in namespaces (tests/bundle/native)."""
    global UPSTREAM, NATIVE
    LOGS[:] = [f"{folder}/echo.log", f"{folder}/dns.log"]
    UPSTREAM, NATIVE = f"{folder}/git/app.git", f"{folder}/bundle.log"


def git(*words):
    return subprocess.run(["git", "-c", "safe.directory=*", "-C", UPSTREAM, *words], stdout=subprocess.PIPE,
                          check=True).stdout.decode(errors="replace")


def refs():
    return set(git("for-each-ref", "--format=%(objectname) %(refname)").splitlines())


def in_objects(word):
    """Is it in what the upstream has, whatever points to it?"""
    names = git("cat-file", "--batch-all-objects", "--batch-check=%(objectname)").split()
    return any(word in git("cat-file", "-p", name) for name in names)


def log_lines(word):
    for log in LOGS:
        with open(log, errors="replace") as f:
            for line in f:
                if word.lower() in line.lower():
                    yield f"{os.path.basename(log)}: {line.strip()}"


def bundle_log(container, since):
    """What the bundle wrote since then (epoch seconds)."""
    if NATIVE:
        with open(NATIVE, errors="replace") as f:
            return "".join(line for line in f if not line.startswith('{"ts": ') or float(line[7:].split(",")[0]) >= since)
    return subprocess.run(["docker", "logs", "--since", str(since), container], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=True).stdout.decode(errors="replace")


def asked_to_push():
    """How often anybody asked the upstream whether it would take a push."""
    return sum(1 for _ in log_lines("/app.git/info/refs?service=git-receive-pack"))


class Door:
    """A unix socket of the host that nobody in a guest may reach."""

    def __init__(self, path):
        self.path, self.words = path, []
        if os.path.exists(path):
            os.unlink(path)
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(path)
        self.socket.listen()
        threading.Thread(target=self.hear, daemon=True).start()

    def hear(self):
        while True:
            try:
                caller = self.socket.accept()[0]
            except OSError:  # we were closed
                return
            with caller:
                caller.settimeout(5)
                try:
                    self.words.append(caller.recv(256).decode("latin-1"))
                except OSError:
                    self.words.append("somebody without a word")

    def end(self):
        self.socket.close()
        os.unlink(self.path)

    def call(self, word):
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(self.path)
            s.sendall(word.encode())


class Caller:
    """Dials a port on every address of this host, again and again; `reached` are those that answered."""

    def __init__(self):
        shown = subprocess.run(["ip", "-o", "addr", "show"], stdout=subprocess.PIPE, check=True).stdout.decode()
        found = [line.split()[3].partition("/")[0] for line in shown.splitlines()]
        self.addresses = [a for a in found if not a.startswith("fe80:")]
        self.reached, self.over = set(), False
        # The control: while we listen there ourselves, all of them answer.
        with socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as s:
            self.port = s.getsockname()[1]
            self.once()
        self.all_heard = self.reached == set(self.addresses)
        self.reached = set()
        self.thread = threading.Thread(target=self.dial, daemon=True)
        self.thread.start()

    def once(self):
        for address in self.addresses:
            try:
                socket.create_connection((address, self.port), 2).close()
                self.reached.add(address)
            except OSError:
                pass

    def dial(self):
        while not self.over:
            self.once()
            time.sleep(0.2)

    def end(self):
        self.over = True
        self.thread.join()


def own_canary(outside, word, packet):
    """Reaches the canary of the outside world from here, as a control; PACKET is code that sends a raw one, as root."""
    subprocess.run(["sudo", "-n", "python3", "-c", packet], check=True)
    with socket.create_connection((outside, 443), 10) as s:
        s.sendall(word.encode())
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.sendto(word.encode(), (outside, 443))


def heard(word, times):
    """Has a canary heard WORD so often? It writes at once, but not before we return."""
    for _ in range(50):
        found = [line for line in log_lines(word) if line.startswith("canary")]
        if len(found) >= times:
            return True
        time.sleep(0.1)
    return False
