# SPDX-License-Identifier: MIT
"""The loop of PID 1: starts daemons in order, carries their lines, reaps,
and ends with the first that dies."""

import fcntl
import os
import pwd
import select
import signal
import socket
import sys
import time

from . import caps, config, log

GRACE = 8          # seconds between TERM and KILL
LINE = 16 * 1024   # longest log line of a daemon
NEEDS = {"dlp": "egress"}  # 8888 answering implies that 9099 answers
ENV = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": "/tmp",
       "PYTHONPATH": "/usr/lib/bottle:/usr/lib/bottle/vendor",
       "PYTHONDONTWRITEBYTECODE": "1", "PYTHONNOUSERSITE": "1",
       "PYTHONUNBUFFERED": "1"}
MODULE = {"scan": "bottle.scand", "egress": "bottle.egress", "dlp": "bottle.dlp",
          "git": "bottle.gitgate", "supervise": "bottle.supervise"}


def answers(port):
    with socket.socket() as s:
        s.settimeout(1)
        return s.connect_ex(("127.0.0.1", port)) == 0


class Daemon:
    def __init__(self, name, sockets=()):
        """SOCKETS: what it finds at 3, 4, ..."""
        self.name = name
        self.sockets = sockets
        self.rest = b""
        reader, writer = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            self._child(writer)
        os.close(writer)
        os.set_blocking(reader, False)
        self.out = reader

    def _child(self, writer):
        try:
            os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
            os.dup2(writer, 1)
            os.dup2(writer, 2)
            given = [fcntl.fcntl(s, fcntl.F_DUPFD, 100) for s in self.sockets]
            for place, fd in enumerate(given, 3):
                os.dup2(fd, place)
            os.closerange(3 + len(given), 1024)
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD):
                signal.signal(number, signal.SIG_DFL)
            os.chdir("/")
            os.setsid()
            caps.become(pwd.getpwnam(self.name))
            os.execve("/usr/bin/python3",
                      ["bottle-" + self.name, "-m", MODULE[self.name]], ENV)
        except BaseException as e:  # the parent's code must not run on here
            os.write(2, f"cannot start: {e}\n".encode())
        os._exit(126)

    def pump(self):
        """Decision lines as they are, all others with the daemon's name.
        False when there was nothing to read."""
        try:
            data = os.read(self.out, 65536)
        except BlockingIOError:
            return False
        lines = (self.rest + data).split(b"\n")
        self.rest = lines.pop()[-LINE:]
        for line in lines:
            text = line[:LINE].decode("utf-8", "replace")
            if not line.startswith(b'{"ts":'):
                text = f"[{self.name}] " + log.clean(text, LINE)
            print(text, flush=True)
        return data != b""


class Keeper:
    def __init__(self, names, ports, sockets):
        """PORTS: by daemon. SOCKETS: of the scanner, which is started first where there are any."""
        self.waiting = [config.SCANNER] * bool(sockets) + list(names)
        self.ports = ports
        self.sockets = sockets
        self.running = {}
        self.status = None     # exit status, once we are going down
        self.kill_at = None
        signal.signal(signal.SIGTERM, self.stop)
        signal.signal(signal.SIGINT, self.stop)

    def stop(self, *_):
        self.end(143)

    def end(self, status):
        """Begin to go down: TERM now, KILL after the grace."""
        if self.status is None:
            self.status = status
            self.waiting = []
            self.kill_at = time.monotonic() + GRACE
            self.signal(signal.SIGTERM)

    def signal(self, number):
        for pid in self.running:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def start_ready(self):
        for name in list(self.waiting):
            need = NEEDS.get(name)
            if need and not answers(self.ports[need]):
                continue
            self.waiting.remove(name)
            daemon = Daemon(name, self.sockets if name == config.SCANNER else ())
            self.running[daemon.pid] = daemon

    def reap(self):
        """Also orphans of docker exec and of git, which end up with us."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            daemon = self.running.pop(pid, None)
            if daemon is None:
                continue
            while daemon.pump():
                pass
            code = os.waitstatus_to_exitcode(status)
            code = 128 - code if code < 0 else code
            if self.status is None:
                why = " (killed: most likely the container's memory was used up)" if code == 137 else ""
                log.say(f"[init] {daemon.name} ended with status {code}{why}: the bundle stops")
                self.end(code or 70)

    def pump(self):
        outs = {d.out: d for d in self.running.values()}
        ready, _, _ = select.select(list(outs), [], [], 0.1)
        for fd in ready:
            outs[fd].pump()

    def run(self):
        while self.running or self.waiting:
            if self.waiting:
                self.start_ready()
            self.pump()
            self.reap()
            if self.kill_at and time.monotonic() > self.kill_at:
                self.signal(signal.SIGKILL)
        sys.exit(self.status if self.status != 143 else 0)
