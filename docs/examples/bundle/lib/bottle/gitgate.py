# SPDX-License-Identifier: MIT
"""9418: smart HTTP around `git http-backend`, one bare repository for each
entry of `repos`. A fetch asks the upstream first; a push ends in pre-receive.
"""

import errno
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading

from . import CONFIG, GIT, config, log, pushes, upstream, web

ROOT = GIT
PATH = re.compile(r"/([A-Za-z0-9][A-Za-z0-9._-]*?)(?:\.git)?/(info/refs|git-upload-pack|git-receive-pack)\Z")
SERVICES = ("git-upload-pack", "git-receive-pack")
REFRESH = 300      # seconds for the upstream of a fetch
PROBE = 4          # bytes of the empty request a client tries a big push with
LONGEST = 1200     # seconds for one exchange with a client
IMPATIENT = 5      # seconds for the next bytes of a push that is refused already
FORGOTTEN = 1 << 30  # bytes of a push that are read only so that its client hears why it is refused
ENV = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "LANG": "C.UTF-8",
       "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/usr/lib/bottle/gitconfig",
       "GIT_TERMINAL_PROMPT": "0", "GIT_HTTP_EXPORT_ALL": "1",
       "GIT_PROJECT_ROOT": ROOT, "PYTHONDONTWRITEBYTECODE": "1"}


def prepare(settings):
    """Empty bare repositories; they live as long as the bundle."""
    with open(upstream.KNOWN_HOSTS, "w", encoding="ascii") as f:
        f.write(upstream.known_hosts(settings["repos"]))
    for name in settings["repos"]:
        path = f"{ROOT}/{name}.git"
        subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", path], env=ENV, check=True)
        subprocess.run(["git", "-C", path, "config", "receive.maxInputSize",
                        str(settings["limits"]["push_bytes"])], env=ENV, check=True)


FULL = re.compile("No space left|unable to write|write error", re.I)


class Gate(web.Handler):
    daemon_name = "git"
    settings = None
    locks = {}

    def do_GET(self):
        path, _, query = self.path.partition("?")
        service = query.removeprefix("service=")
        found = self.repository(path, "info/refs")
        if not found:
            return
        if service not in SERVICES:
            self.refuse("git-protocol", "only smart HTTP", 403)
            return
        name = found[1]
        if service == "git-upload-pack" and not self.refresh(name):
            return
        self.backend(name, "info/refs", query, None)

    def do_POST(self):
        found = self.repository(self.path, *SERVICES)
        if not found:
            return
        service, name = found[2], found[1]
        if self.headers.get("content-type") != f"application/x-{service}-request":
            self.refuse("git-protocol", "only smart HTTP")
            return
        # A file, not a pipe: its size is bounded before git sees any of it.
        with tempfile.TemporaryFile(dir=ROOT, buffering=0) as body:
            refused, head = self.receive(body)
            if refused:
                self.refuse_push(name, service, head, *refused)
                return
            body.seek(0)
            self.backend(name, service, "", body)

    def refuse_push(self, name, service, head, policy, why, status):
        """In git's own words where that is possible."""
        told = None
        if service == "git-receive-pack":
            told = pushes.answer(head, policy, f"bottle: push to {name} blocked by policy {policy}: {why}")
        if told is None:
            self.refuse(policy, why, status)
            return
        if told:
            log.decide("git", "deny", policy, method=service, repo=name)
        self.close_connection = True
        self.send(200, told, pushes.TYPE)

    def repository(self, path, *actions):
        if not self.admitted():
            return None
        found = PATH.match(path)
        if not found or found[2] not in actions:
            self.refuse("git-protocol", "only smart HTTP", 404)
            return None
        if found[1] not in self.settings["repos"]:
            self.refuse("repository", f"this bottle has no repository {log.clean(found[1], 64)}", 404)
            return None
        return found

    def receive(self, body):
        """The request into BODY; (None, or policy, why and status), its beginning."""
        limit = self.settings["limits"]["push_bytes"] + 65536
        announced = self.headers.get("content-length", "0")
        if not announced.isdecimal():
            return ("git-protocol", "Content-Length is no number", 400), b""
        too_large = "push-limit", f"it has more than {limit} bytes", 413
        size, refused, head = 0, too_large if int(announced) > limit else None, b""
        if refused:
            self.connection.settimeout(IMPATIENT)
        try:
            for chunk in self.chunks(int(announced)):
                size += len(chunk)
                if size > FORGOTTEN or int(announced) > FORGOTTEN:
                    return too_large, b""
                head += chunk[:pushes.HEAD - len(head)]
                if size > limit:
                    refused = too_large
                if not refused:
                    refused = written(body, memoryview(chunk))
        except TimeoutError:
            if not refused:
                raise
        return refused, head

    def chunks(self, left):
        if self.headers.get("transfer-encoding", "").lower() != "chunked":
            while left > 0:
                data = self.rfile.read(min(left, 65536))
                if not data:
                    raise ConnectionError
                left -= len(data)
                yield data
            return
        while True:
            left = int(self.rfile.readline(64).split(b";")[0], 16)
            if left == 0:
                break
            while left > 0:
                data = self.rfile.read(min(left, 65536))
                if not data:
                    raise ConnectionError
                left -= len(data)
                yield data
            self.rfile.readline(8)
        while self.rfile.readline(4096).strip():
            pass

    def refresh(self, name):
        """The gate shows what the upstream has now, or says that it cannot."""
        repo = self.settings["repos"][name]
        if upstream.missing_key(repo):
            self.refuse("credential-missing", f"the key of {name} has not arrived yet", 503)
            return False
        with self.locks[name]:
            done = subprocess.run(
                ["timeout", str(REFRESH), "git", "-C", f"{ROOT}/{name}.git", "fetch", "--quiet",
                 "--prune", "--no-write-fetch-head", "--", repo["url"], "+refs/heads/*:refs/heads/*",
                 "+refs/tags/*:refs/tags/*"], env=ENV | upstream.env(repo), stdin=subprocess.DEVNULL,
                capture_output=True, text=True, errors="replace", check=False)
            no_room = done.returncode and (FULL.search(done.stderr) or full())
            if done.returncode:
                sweep(f"{ROOT}/{name}.git/objects")
        if no_room:
            self.refuse("disk-full", f"what the upstream of {name} has does not fit into the gate's "
                        f"{os.statvfs(ROOT).f_blocks * os.statvfs(ROOT).f_frsize >> 20} MiB: git.disk_mib in the manifest", 507)
            return False
        if done.returncode:
            why = log.clean((done.stderr.strip().splitlines() or ["no answer in time"])[-1])
            self.refuse("upstream", f"the upstream of {name} did not answer: {why}", 502)
            return False
        return True

    def backend(self, name, action, query, body):
        result = tempfile.mktemp(prefix=".result-", dir=ROOT)
        env = ENV | {"REQUEST_METHOD": self.command, "QUERY_STRING": query,
                     "PATH_INFO": f"/{name}.git/{action}", "REMOTE_ADDR": "guest",
                     "CONTENT_TYPE": self.headers.get("content-type", ""),
                     "HTTP_CONTENT_ENCODING": self.headers.get("content-encoding", ""),
                     "GIT_PROTOCOL": self.headers.get("git-protocol", ""),
                     "BOTTLE_REPO": name, "BOTTLE_RESULT": result}
        size = os.fstat(body.fileno()).st_size if body else 0
        if body:
            env["CONTENT_LENGTH"] = str(size)
        child = subprocess.Popen(["git", "http-backend"], env=env, start_new_session=True,
                                 stdin=body or subprocess.DEVNULL, stdout=subprocess.PIPE,
                                 stderr=subprocess.DEVNULL)
        # Client gone or out of time: nothing of this exchange stays behind.
        clock = threading.Timer(LONGEST, kill, [child])
        clock.start()
        try:
            self.relay(child.stdout)
        finally:
            clock.cancel()
            kill(child)
            child.wait()
            if body is None or size > PROBE:
                self.report(name, action, result)

    def relay(self, out):
        """CGI answer to HTTP answer."""
        status, headers = 200, []
        for line in iter(out.readline, b""):
            if line in (b"\r\n", b"\n"):
                break
            key, _, value = line.decode("latin-1").strip().partition(": ")
            if key.lower() == "status":
                status = int(value.split()[0])
            else:
                headers.append((key, value))
        else:
            self.refuse("git-protocol", "git gave no answer", 502)
            return
        self.close_connection = True
        self.send_response(status)
        for key, value in headers:
            self.send_header(key, value)
        self.send_header("Connection", "close")
        self.end_headers()
        shutil.copyfileobj(out, self.wfile, 65536)

    def report(self, name, action, result):
        facts = {"decision": "allow", "policy": "git"}
        if action == "git-receive-pack":
            # No result: git itself refused (fsck, size) before the hook ran.
            facts = {"decision": "deny", "policy": "git-refused"}
        try:
            with open(result, encoding="utf-8") as f:
                facts = json.load(f)
            os.unlink(result)
        except FileNotFoundError:
            pass
        log.decide("git", facts.pop("decision"), facts.pop("policy"), method=action,
                   repo=name, **facts)


def written(body, chunk):
    """None, or why it was not."""
    try:
        while chunk:
            chunk = chunk[body.write(chunk):]
    except OSError as e:
        if e.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        return "disk-full", f"it does not fit into the gate's {os.statvfs(ROOT).f_blocks * os.statvfs(ROOT).f_frsize >> 20} MiB: git.disk_mib in the manifest", 507
    return None


def full():
    """Less than a MiB left?"""
    space = os.statvfs(ROOT)
    return space.f_bavail * space.f_frsize < 1 << 20


def sweep(objects):
    """What a fetch that failed left behind; a push has a folder of its own, which git itself removes."""
    for folder, inner, files in os.walk(objects):
        inner[:] = [name for name in inner if not name.startswith("tmp_")]
        for name in files:
            if name.startswith("tmp_"):
                os.unlink(f"{folder}/{name}")


def kill(child):
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass


def main():
    os.umask(0o077)
    settings = config.load(CONFIG)
    Gate.settings = settings
    Gate.locks = {name: threading.Lock() for name in settings["repos"]}
    prepare(settings)
    web.Server(settings["listen"]["git"], Gate).serve_forever()


if __name__ == "__main__":
    main()
