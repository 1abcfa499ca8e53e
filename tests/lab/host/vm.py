#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: MIT
"""vm - one run of the lab: start or resume it, do what was asked, save it or throw it away.

Called by `lab`, which made the work folder with its two disks.
"""
import argparse
import fcntl
import json
import os
import select
import signal
import struct
import sys
import termios
import threading
import time
import tty

from channel import CHUNK, OUTPUT, Channel, get, put
from machine import LabError, Machine

BOOT_S, RESUME_S = 300, 60
WORK = "/home/op/work"  # the project, inside
LOGS = ["out/lab"]


class Terminal:
    """The caller's terminal in raw mode, and its size told to the lab."""
    def __init__(self, channel):
        self.channel = channel
        self.old = termios.tcgetattr(0)

    def size(self, *_):
        rows, cols = struct.unpack("HHHH", fcntl.ioctl(0, termios.TIOCGWINSZ, b"\0" * 8))[:2]
        self.channel.send(b"W", json.dumps({"rows": rows or 24, "cols": cols or 80}).encode())

    def __enter__(self):
        tty.setraw(0)
        signal.signal(signal.SIGWINCH, self.size)
        self.size()

    def __exit__(self, *_):
        termios.tcsetattr(0, termios.TCSADRAIN, self.old)


def feed(channel, stop):
    while not stop.is_set():
        if not select.select([0], [], [], 0.2)[0]:
            continue
        data = os.read(0, CHUNK)
        channel.send(b"D" if data else b"E", data)
        if not data:
            return


def execute(channel, opt):
    env = dict(pair.partition("=")[::2] for pair in opt.env)
    if opt.tty:
        env.setdefault("TERM", os.environ.get("TERM", "xterm"))
    channel.request(do="exec", argv=opt.cmd, cwd=WORK if opt.put else "/", user=opt.user, env=env, tty=opt.tty)
    stop = threading.Event()
    if opt.tty:
        with Terminal(channel):
            threading.Thread(target=feed, args=(channel, stop), daemon=True).start()
            return channel.wait(OUTPUT)
    if opt.stdin:
        threading.Thread(target=feed, args=(channel, stop), daemon=True).start()
    else:
        channel.send(b"E")
    status = channel.wait(OUTPUT)
    stop.set()
    return status


class KeepAwake:
    """A frame a second. QEMU 7.2's emulation of SVM can lose an interrupt: do_vmexit() and others change
    interrupt_request without the lock that devices take. With no other interrupt on its way a halted machine then
    stands still for ever; any new one delivers the lost one too."""
    def __init__(self, channel):
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run, args=(channel,), daemon=True)

    def __enter__(self):
        self.thread.start()

    def __exit__(self, *_):
        self.over.set()
        self.thread.join(5)  # it may be in the middle of a frame that nobody takes

    def run(self, channel):
        try:
            while not self.over.wait(1):
                channel.send(b"K")
        except OSError:  # the lab ended; who waits for it hears of that
            pass


def ask(channel, **what):
    channel.request(**what)
    return channel.wait(OUTPUT)


def session(machine, opt):
    channel = Channel(machine.port)
    channel.hello(RESUME_S if opt.state else BOOT_S)
    with KeepAwake(channel):
        ask(channel, do="clock", time=time.time())
        if opt.put and put(channel, opt.put, WORK, "op"):
            raise LabError("the project could not be copied in", "advice: see the line above.", 74)
        status = execute(channel, opt) if opt.cmd else 0
        if opt.put:
            get(channel, WORK, LOGS, opt.put, "op")
        if opt.save and status == 0:
            ask(channel, do="sync")
    if opt.save and status == 0:
        machine.save()
    return status


def options():
    p = argparse.ArgumentParser(prog="vm")
    for name in ("work", "kernel", "initrd", "smolvm", "guest"):
        p.add_argument("--" + name, required=True)
    p.add_argument("--state", help="folder of the state to resume")
    p.add_argument("--save", action="store_true", help="leave the new state in WORK, after a CMD that ends with 0")
    p.add_argument("--lock", required=True, help="files LOCK.0, LOCK.1, ...: one for each place")
    p.add_argument("--places", type=int, required=True, help="how many labs may run at a time")
    p.add_argument("--limit", type=int, default=3600)
    p.add_argument("--put", help="the project folder")
    p.add_argument("--user", default="op")
    p.add_argument("--env", action="append", default=[])
    p.add_argument("--tty", action="store_true")
    p.add_argument("--stdin", action="store_true")
    p.add_argument("cmd", nargs="*")
    return p.parse_args()


def stopped(number, _):
    raise SystemExit(128 + number)


def over_time(*_):
    raise LabError("the time limit is over; the lab was stopped", "advice: --limit SECONDS gives it more.", 75)


def take(path, places):
    """Holds one of PLACES locks, so that no more labs than that run at a time; waits until one is free."""
    locks = [os.open(f"{path}.{n}", os.O_RDWR | os.O_CREAT, 0o644) for n in range(places)]
    told = False
    while True:
        for lock in locks:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return lock
            except BlockingIOError:
                pass
        if not told:
            sys.stderr.write("lab: other labs run; waiting for the end of one\n")
        told = True
        time.sleep(1)


def main():
    opt = options()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stopped)
    signal.signal(signal.SIGALRM, over_time)
    machine = None
    lock = take(opt.lock, opt.places)
    signal.alarm(opt.limit)
    images = {name: getattr(opt, name) for name in ("kernel", "initrd", "smolvm", "guest")}
    try:
        machine = Machine(opt.work, images, opt.state, opt.save)
        return session(machine, opt)
    except LabError as e:
        if machine:
            sys.stderr.write(machine.console())
        sys.stderr.write(f"lab: {e}\n{e.advice}\n")
        return e.status
    finally:
        signal.alarm(0)
        if machine:
            machine.end()
        os.close(lock)


if __name__ == "__main__":
    sys.exit(main())
