# SPDX-License-Identifier: MIT
"""Scans every new object of a push, the tree entries and ref names included,
then forwards it. The gate's refs never move ahead of the upstream's.

`gitleaks git` reads diffs and misses merges, binaries, messages, tags and
names; so: the objects themselves.
"""

import contextlib
import fcntl
import json
import os
import socket
import subprocess
import sys
import time

from . import CONFIG, GIT, caps, config, frames, log, refs, upstream, waivers
from .refs import ZERO, Refused, git

LARGEST = 32 * 1024 * 1024   # bytes of one object
PATIENCE = 600               # seconds for all scans of one push
FORWARD = 300                # seconds for the upstream


def new_objects(tips):
    done = git("rev-list", "--objects", "--stdin", "--not", "--all",
               input="".join(t + "\n" for t in tips).encode())
    if done.returncode:
        raise Refused("internal-error", "the new objects cannot be listed")
    for line in done.stdout.splitlines():
        name, _, path = line.partition(b" ")
        yield name, path


def contents(names):
    """(name, kind, bytes) of each object, through one git."""
    with subprocess.Popen(["git", "cat-file", "--batch"], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as reader:
        for name in names:
            reader.stdin.write(name + b"\n")
            reader.stdin.flush()
            head = reader.stdout.readline().split()
            if len(head) != 3:
                raise Refused("internal-error", "an object cannot be read")
            size = int(head[2])
            if size > LARGEST:
                reader.kill()
                raise Refused("object-too-large", f"object {name[:12].decode()} has {size} bytes, "
                              f"at most {LARGEST} can be inspected")
            data = reader.stdout.read(size)
            reader.stdout.read(1)
            yield name, head[1].decode(), data


class Scanner:
    """The one of scand.py, on a connection of its own."""

    def __init__(self, bottle):
        self.bottle, self.waived = bottle, None
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(frames.socket_of("git"))
        self.stream = self.socket.makefile("rb")

    def ask(self, data, path):
        try:
            self.socket.sendall(frames.question(len(data), path=path.decode("latin-1")))
            self.socket.sendall(data)
            told, _ = frames.read(self.stream), frames.read(self.stream)
        except OSError:
            told = None
        if told is None:
            raise Refused("internal-error", "it could not be inspected: the scanner ended")
        return json.loads(told)


def inspect(scanner, what, data, path=b""):
    told = scanner.ask(data, path)
    if told["rule"] == "scan-limit":
        raise Refused("scan-limit", f"{what} could not be inspected: {told['place']}", told["rule"])
    if told["rule"]:
        raise Refused("secret", waivers.text(told["rule"], what, scanner.bottle, told["finding"]), told["rule"], told["finding"])
    scanner.waived = scanner.waived or told["waived"]
    return told["micros"]


def scan_all(scanner, pushed):
    """Sum of scan times in microseconds; Refused at the first finding."""
    end = time.monotonic() + PATIENCE
    spent = inspect(scanner, "a ref name", b"\n".join(os.fsencode(ref) for _, _, ref in pushed))
    found = list(new_objects([new for _, new, _ in pushed]))
    spent += inspect(scanner, "a path", b"\n".join(path for _, path in found))
    paths = dict(found)
    for name, kind, data in contents(paths):
        spent += inspect(scanner, f"{kind} {name[:12].decode()}", data, paths[name])
        if time.monotonic() > end:
            raise Refused("scan-limit", "the push is too large to be inspected in time")
    return spent


@contextlib.contextmanager
def one_at_a_time():
    """Nine scans of one large text at once took the memory of all daemons. Where one alone takes too much, it goes first."""
    caps.first_to_go()
    with open(f"{GIT}/.scanning", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def forward(repo, pushed):
    """To the upstream, all refs or none, each only from the value we know."""
    if upstream.missing_key(repo):
        raise Refused("credential-missing", "the key of its upstream has not arrived yet")
    words = ["timeout", str(FORWARD), "git", "push", "--quiet", "--atomic"]
    words += [f"--force-with-lease={ref}:{'' if old == ZERO else old}" for old, _, ref in pushed]
    words += ["--", repo["url"]]
    words += [f"{new}:{ref}" for _, new, ref in pushed]
    env = {k: v for k, v in os.environ.items() if k != "GIT_QUARANTINE_PATH"} | upstream.env(repo)
    done = subprocess.run(words, env=env, check=False, text=True, errors="replace",
                          stdin=subprocess.DEVNULL, capture_output=True)
    if done.returncode == 124:
        raise Refused("upstream", f"its upstream did not take the push in {FORWARD} s")
    if done.returncode:
        if "could not read Username" in done.stderr or "Authentication failed" in done.stderr:
            raise Refused("upstream", "its upstream wants a credential, and this bundle holds none for git")
        lines = [log.clean(l) for l in done.stderr.splitlines() if l.strip()]
        raise Refused("upstream", "its upstream refused: " + " / ".join(lines[-4:]))


def main():
    settings = config.load(CONFIG)
    name = os.environ["BOTTLE_REPO"]
    result = {"decision": "deny", "policy": "internal-error"}
    text = "the push could not be inspected"
    try:
        pushed = refs.read(sys.stdin.buffer.read())
        refs.check(pushed)
        with one_at_a_time():
            scanner = Scanner(settings["bottle"])
            result["scan_us"] = scan_all(scanner, pushed)
            result["waived"] = scanner.waived
        forward(settings["repos"][name], pushed)
        result.update(decision="allow", policy="git")
    except Refused as e:
        result.update(policy=e.policy, rule=e.rule, finding=e.finding)
        text = str(e)
    except Exception as e:  # fail closed, and say so
        text += f" ({type(e).__name__})"
    return tell(result, text)


def tell(result, text):
    """To the log, by way of the daemon, and to the client; the hook's status."""
    with open(os.environ["BOTTLE_RESULT"], "w", encoding="utf-8") as f:
        json.dump(result, f)
    if result["decision"] == "allow":
        return 0
    print(f"bottle: push to {os.environ['BOTTLE_REPO']} blocked by policy {result['policy']}: {text}",
          file=sys.stderr, flush=True)
    return 1


def killed(why):
    """The inspection ended without a word."""
    return tell({"decision": "deny", "policy": "internal-error"}, f"its inspection was killed: {why}")
