# SPDX-License-Identifier: MIT
"""The scanner: a daemon with a uid of its own, which alone may read all secrets of the bottle. The proxy's one thread goes on
carrying streams, and a scan that eats its memory ends alone.

PID 1 hands over the listening sockets (frames.py); a worker for each connection is a fork, so that rules are loaded once.
"""

import gc
import json
import os
import select
import signal
import socket
import sys
import time

from . import CONFIG, caps, codings, config, decode, frames, known, log, message, redaction, scan, waivers

FIRST_SOCKET = 3  # that PID 1 gives, in the order of frames.CALLERS


def look(looker, asked, body):
    line = asked["line"].encode("latin-1")
    fields = [(k.encode("latin-1"), v.encode("latin-1")) for k, v in asked["fields"]]
    named = ", ".join(v.decode("latin-1") for k, v in fields if k.lower() == b"content-encoding")
    try:
        body = codings.plain(body, named, decode.Budget(len(body), looker.scanner.seconds))
    except (codings.Bad, decode.TooMuch) as e:
        return {"rule": "encoding", "place": str(e)}, b""
    found, place = looker.request(line, fields, body, asked["mode"] != "block") or (None, None)
    told = {"rule": found and found.rule, "place": place, "finding": found and found.id}
    if not found or found.rule == scan.KNOWN or asked["mode"] != "redact":
        return told, b""
    size = len(line) + sum(len(k) + len(v) for k, v in fields) + len(body)
    line, fields, new, count, first = redaction.request(looker, line, fields, body, decode.Budget(size, looker.scanner.seconds))
    if looker.request(line, fields, new) or line.partition(b" ")[0] != asked["line"].encode("latin-1").partition(b" ")[0]:
        return told, b""  # something is left, or a method would have to be another
    told.update(count=count, place=first, line=line.decode("latin-1"),
                fields=[(k.decode("latin-1"), v.decode("latin-1")) for k, v in fields])
    return told, new


def judge(looker, asked, body):
    started = time.process_time()
    try:
        looker.begin()
        if "mode" in asked:
            told, new = look(looker, asked, body)
        else:
            path = asked.get("path", "").encode("latin-1")
            found = looker.scanner.first(body, decode.Budget(len(body), looker.scanner.seconds), path=path)
            told, new = {"rule": found and found.rule, "place": None, "finding": found and found.id}, b""
        if told.get("finding"):
            looker.scanner.waivers.tell(told["finding"], told["rule"])
    except (decode.TooMuch, RecursionError) as e:
        told, new = {"rule": "scan-limit", "place": str(e) if isinstance(e, decode.TooMuch) else "nested too deep"}, b""
    told["waived"] = next(iter(looker.scanner.waivers.passed), None)
    told["micros"] = int((time.process_time() - started) * 1e6)
    return told, new


def work(connection, looker):
    """All questions of one connection. Nothing of them may be said: a traceback could hold one."""
    try:
        caps.first_to_go()
        with connection.makefile("rb") as stream:
            while True:
                asked, body = frames.read(stream), frames.read(stream)
                if body is None:
                    return 0
                told, new = judge(looker, json.loads(asked), body)
                del body
                connection.sendall(frames.frame(json.dumps(told).encode()) + frames.frame(new))
    except (BrokenPipeError, ConnectionResetError):
        return 0
    except MemoryError:
        return 137
    except Exception as e:
        log.say(f"internal error ({type(e).__name__})")
        return 70


class Worker:
    def __init__(self, connection, listener):
        self.connection, self.listener = connection, listener
        self.dropped = False  # its caller hung up, so it was killed


class Daemon:
    """Accepts, forks, buries. A caller that hangs up takes its worker along, in the middle of a scan too."""

    def __init__(self, looker, places):
        self.looker = looker
        self.places = places   # listening socket -> how many of its connections are served at once
        self.workers = {}      # by pid
        self.poll = select.poll()
        self.bell, ring = os.pipe()
        os.set_blocking(ring, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(ring)
        self.poll.register(self.bell, select.POLLIN)
        self.listen()

    def listen(self):
        """Who has all its places waits in the kernel's queue."""
        for listener, most in self.places.items():
            taken = sum(worker.listener is listener for worker in self.workers.values())
            self.poll.register(listener, select.POLLIN if taken < most else 0)

    def accept(self, listener):
        connection, _ = listener.accept()
        self.looker.begin()  # so that the worker inherits what is known
        try:
            pid = os.fork()
        except OSError as e:
            log.say(f"no scanner: {e.strerror}")
            connection.close()
            return
        if pid == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for other in (*self.places, *(worker.connection for worker in self.workers.values())):
                other.close()
            os._exit(work(connection, self.looker))
        self.workers[pid] = Worker(connection, listener)
        self.poll.register(connection, select.POLLRDHUP)

    def hung_up(self, fd):
        for pid, worker in self.workers.items():
            if worker.connection.fileno() == fd:
                self.poll.unregister(fd)
                worker.dropped = True
                os.kill(pid, signal.SIGKILL)

    def bury(self):
        os.read(self.bell, 4096)
        while self.workers:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                break
            worker = self.workers.pop(pid)
            if not worker.dropped:
                self.poll.unregister(worker.connection)
            worker.connection.close()
            code = os.waitstatus_to_exitcode(status)
            if code and not worker.dropped:
                log.say(f"a scanner ended ({'out of memory' if code in (-signal.SIGKILL, 137) else code}); the next request gets a new one")

    def run(self):
        listeners = {listener.fileno(): listener for listener in self.places}
        while True:
            ready = {fd for fd, _ in self.poll.poll()}
            # First: burying frees numbers, and the next connection that is accepted gets one of them.
            for fd in ready - {self.bell} - listeners.keys():
                self.hung_up(fd)
            if self.bell in ready:
                self.bury()
            for fd in ready & listeners.keys():
                self.accept(listeners[fd])
            self.listen()


def main():
    limits = config.load(CONFIG)["limits"]
    with open(waivers.KEY, "rb") as f:
        names = waivers.Waivers(f.read())
    looker = message.Looker(scan.Scanner(seconds=limits["scan_seconds"], known=known.Known(), waivers=names))
    # A push is scanned by one at a time; 8888 has one more for small requests.
    most = {"dlp": limits["parallel_scans"] + 1, "git": 1}
    places = {socket.socket(fileno=fd): most[name] for fd, name in enumerate(frames.CALLERS, FIRST_SOCKET)}
    gc.collect()
    gc.freeze()  # what is here now is nobody's to collect: workers share its pages
    Daemon(looker, places).run()


if __name__ == "__main__":
    sys.exit(main())
