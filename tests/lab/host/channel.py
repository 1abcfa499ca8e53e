# SPDX-License-Identifier: MIT
"""channel - the host's end of the port to the lab's agent (guest/agent.py says the frames)."""
import io
import json
import os
import struct
import subprocess
import tarfile
import threading

from machine import LabError

HEAD = struct.Struct(">cI")
CHUNK = 32768


class Channel:
    def __init__(self, sock):
        self.sock = sock
        self.lock = threading.Lock()

    def send(self, kind, data=b""):
        with self.lock:
            self.sock.sendall(HEAD.pack(kind, len(data)) + data)

    def request(self, **what):
        self.send(b"J", json.dumps(what).encode())

    def _read(self, n):
        data = b""
        while len(data) < n:
            try:
                part = self.sock.recv(n - len(data))
            except ConnectionError:
                part = b""
            if not part:
                raise LabError("the lab ended", "advice: its last console lines stand above.", 74)
            data += part
        return data

    def frame(self):
        kind, size = HEAD.unpack(self._read(HEAD.size))
        return kind, self._read(size) if size else b""

    def hello(self, limit):
        """Waits until the agent answers; what an earlier request left in the port is skipped."""
        self.sock.settimeout(limit)
        self.request(do="hello")
        try:
            while self.frame()[0] != b"R":
                pass
        except TimeoutError:
            raise LabError(f"the lab did not come up in {limit} s", "advice: see the console above.", 75) from None
        self.sock.settimeout(None)

    def wait(self, sinks):
        """Frames until the answer: SINKS says where each kind goes."""
        while True:
            kind, data = self.frame()
            if kind == b"X":
                return json.loads(data)["status"]
            if kind in sinks:
                sinks[kind](data)


def to_fd(fd):
    def write(data):
        view = memoryview(data)
        while view:
            view = view[os.write(fd, view):]
    return write


OUTPUT = {b"O": to_fd(1), b"S": to_fd(2)}


class Outgoing(io.RawIOBase):
    """A file that sends what is written to it."""
    def __init__(self, channel):
        self.channel = channel

    def writable(self):
        return True

    def write(self, data):
        for at in range(0, len(data), CHUNK):
            self.channel.send(b"D", bytes(data[at:at + CHUNK]))
        return len(data)


def project_files(root):
    """Tracked files, untracked ones that are not ignored, and what was built, without old logs and what lint builds."""
    listed = subprocess.run(["git", "-c", "safe.directory=*", "-C", root, "ls-files", "-z", "--cached", "--others",
                             "--exclude-standard"], capture_output=True, check=True).stdout
    names = {os.fsdecode(name) for name in listed.split(b"\0") if name}
    for folder, _, files in os.walk(os.path.join(root, "out")):
        for name in files:
            names.add(os.path.relpath(os.path.join(folder, name), root))
        names.update(os.path.relpath(os.path.join(folder, d), root) for d in _ if
                     os.path.islink(os.path.join(folder, d)))
    names = {name for name in names if not name.startswith(("out/lab/", "out/lint"))}
    return sorted(name for name in names if os.path.lexists(os.path.join(root, name)))


def put(channel, root, folder, user):
    def owner(entry):
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = ""
        return entry

    channel.request(do="put", dir=folder, user=user)
    with tarfile.open(fileobj=Outgoing(channel), mode="w|", format=tarfile.PAX_FORMAT, bufsize=CHUNK) as tar:
        for name in project_files(root):
            tar.add(os.path.join(root, name), name, recursive=False, filter=owner)
    channel.send(b"E")
    return channel.wait(OUTPUT)


def get(channel, folder, paths, root, user):
    """Regular files only, and only below PATHS: the lab may hold anything by now."""
    data = io.BytesIO()
    channel.request(do="get", dir=folder, paths=paths, user=user)
    status = channel.wait({**OUTPUT, b"D": data.write})
    data.seek(0)
    if not data.getbuffer().nbytes:
        return status
    with tarfile.open(fileobj=data) as tar:
        for entry in tar:
            parts = entry.name.split("/")
            if not entry.isreg() or ".." in parts or not any(entry.name.startswith(p + "/") for p in paths):
                continue
            target = os.path.join(root, entry.name)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with open(target, "wb") as f:
                f.write(tar.extractfile(entry).read())
    return status
