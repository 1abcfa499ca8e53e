# SPDX-License-Identifier: MIT
"""agent - runs inside the lab as root and does what the host asks, over one virtio-serial port.

Frames both ways: one byte kind, four bytes length (big endian), that many bytes.
	host to lab	J request (JSON)   D data (file or stdin)   E end of data   W window size (JSON)   K nothing
	lab to host	R ready   O stdout   S stderr   D data (tar)   X done (JSON, "status")
One request at a time; a new R answers each J {"do":"hello"}, so that bytes of an older host are skipped.
"""
import fcntl
import glob
import json
import os
import pty
import pwd
import queue
import signal
import struct
import subprocess
import termios
import threading
import time

HEAD = struct.Struct(">cI")
CHUNK = 32768
DRAIN_S = 0.3  # a daemon that the command left behind may hold its stdout open for ever


def find_port(name):
    for path in glob.glob("/sys/class/virtio-ports/*/name"):
        with open(path) as f:
            if f.read().strip() == name:
                return "/dev/" + path.split("/")[-2]
    raise SystemExit(f"agent: no virtio port named {name}")


class Port:
    def __init__(self, path):
        self.fd = os.open(path, os.O_RDWR)
        self.lock = threading.Lock()

    def _read(self, n):
        data = b""
        while len(data) < n:
            try:
                part = os.read(self.fd, n - len(data))
            except OSError:
                part = b""
            if not part:  # no host on the other end: between two runs
                data = b""
                time.sleep(0.05)
                continue
            data += part
        return data

    def frames(self):
        while True:
            kind, size = HEAD.unpack(self._read(HEAD.size))
            yield kind, self._read(size) if size else b""

    def send(self, kind, data=b""):
        view = memoryview(HEAD.pack(kind, len(data)) + data)
        with self.lock:
            while view:
                view = view[os.write(self.fd, view):]


def become(user):
    """What login would do, without a session: arguments for Popen."""
    who = pwd.getpwnam(user)
    env = {"HOME": who.pw_dir, "USER": user, "LOGNAME": user, "SHELL": "/bin/sh", "LANG": "C.UTF-8",
           "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
    if os.path.isdir(f"/run/user/{who.pw_uid}"):
        env["XDG_RUNTIME_DIR"] = f"/run/user/{who.pw_uid}"
    return {"user": who.pw_uid, "group": who.pw_gid, "umask": 0o022, "env": env,
            "extra_groups": os.getgrouplist(user, who.pw_gid)}


def pump(port, kind, fd):
    while True:
        try:
            data = os.read(fd, CHUNK)
        except OSError:  # EIO: the last user of a terminal is gone
            return
        if not data:
            return
        port.send(kind, data)


def feed(inbox, fd, child, is_tty):
    """Frames of this request to the child: its stdin, its window size."""
    while True:
        kind, data = inbox.get()
        if kind is None:
            return
        try:
            if kind == b"W" and is_tty:
                size = json.loads(data)
                fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", size["rows"], size["cols"], 0, 0))
                os.killpg(child.pid, signal.SIGWINCH)
            elif kind == b"D" and fd is not None:
                view = memoryview(data)
                while view:
                    view = view[os.write(fd, view):]
            elif kind == b"E" and fd is not None and not is_tty:
                os.close(fd)
                fd = None
        except OSError:  # the child does not read any more
            pass


def status_of(code):
    return code if code >= 0 else 128 - code


def run_tty(port, inbox, argv, cwd, who):
    master, slave = pty.openpty()
    child = subprocess.Popen(["setsid", "--ctty", *argv], cwd=cwd, stdin=slave, stdout=slave, stderr=slave, **who)
    os.close(slave)
    threading.Thread(target=feed, args=(inbox, master, child, True), daemon=True).start()
    out = threading.Thread(target=pump, args=(port, b"O", master), daemon=True)
    out.start()
    status = child.wait()
    out.join(DRAIN_S)
    return status_of(status)


def run_plain(port, inbox, argv, cwd, who):
    child = subprocess.Popen(argv, cwd=cwd, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, start_new_session=True, **who)
    threading.Thread(target=feed, args=(inbox, os.dup(child.stdin.fileno()), child, False), daemon=True).start()
    child.stdin.close()
    outs = [threading.Thread(target=pump, args=(port, kind, os.dup(f.fileno())), daemon=True)
            for kind, f in ((b"O", child.stdout), (b"S", child.stderr))]
    for thread in outs:
        thread.start()
    status = child.wait()
    for thread in outs:
        thread.join(DRAIN_S)
    return status_of(status)


def do_exec(port, inbox, req):
    who = become(req["user"])
    who["env"].update(req.get("env", {}))
    run = run_tty if req.get("tty") else run_plain
    try:
        return run(port, inbox, req["argv"], req["cwd"], who)
    except FileNotFoundError as e:
        port.send(b"S", f"lab: {e.filename}: not found\n".encode())
        return 127
    except OSError as e:
        port.send(b"S", f"lab: {e}\n".encode())
        return 126


def do_put(port, inbox, req):
    """A tar from the host becomes the folder DIR: exactly its files, nothing older."""
    script = 'rm -rf "$1" && mkdir -p "$1" && exec tar -xf - -C "$1"'
    return run_plain(port, inbox, ["sh", "-c", script, "sh", req["dir"]], "/", become(req["user"]))


def do_get(port, inbox, req):
    """A tar of those of PATHS in DIR that exist, as D frames. Runs as the user: root reads no link for him."""
    paths = [p for p in req["paths"] if os.path.lexists(os.path.join(req["dir"], p))]
    if not paths:
        return 0
    child = subprocess.Popen(["tar", "-cf", "-", "-C", req["dir"], "--", *paths],
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, **become(req["user"]))
    pump(port, b"D", child.stdout.fileno())
    return status_of(child.wait())


def do_clock(port, inbox, req):
    time.clock_settime(time.CLOCK_REALTIME, req["time"])
    return 0


def do_sync(port, inbox, req):
    os.sync()
    return 0


DO = {"exec": do_exec, "put": do_put, "get": do_get, "clock": do_clock, "sync": do_sync}


def serve(port, inbox, req):
    try:
        status = DO[req["do"]](port, inbox, req)
    except Exception as e:  # the host must hear of it, or it would wait for ever
        port.send(b"S", f"lab agent: {type(e).__name__}: {e}\n".encode())
        status = 70
    inbox.put((None, b""))
    port.send(b"X", json.dumps({"status": status}).encode())


def main():
    port = Port(find_port("lab.run"))
    inbox = queue.Queue(64)
    for kind, data in port.frames():
        if kind == b"K":  # its interrupt was all that it is for
            continue
        if kind != b"J":
            inbox.put((kind, data))
            continue
        req = json.loads(data)
        if req["do"] == "hello":
            port.send(b"R")
            continue
        inbox = queue.Queue(64)
        threading.Thread(target=serve, args=(port, inbox, req), daemon=True).start()


if __name__ == "__main__":
    main()
