# SPDX-License-Identifier: MIT
"""machine - one QEMU and its monitor: boot or resume, save, end."""
import ctypes
import json
import shlex
import signal
import socket
import subprocess
import time

from arguments import arguments

PR_SET_PDEATHSIG = 1


class LabError(Exception):
    def __init__(self, what, advice, status=69):
        super().__init__(what)
        self.advice, self.status = advice, status


def die_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Machine:
    def __init__(self, work, images, state=None, save=False):
        """Resumes STATE, or boots. SAVE: memory in WORK, so that save() leaves a whole state there."""
        self.work = work
        ram = f"{work}/ram"
        if state and not save:
            ram = f"{state}/ram"  # mapped privately: pages are read when touched, and never written back
        elif state:
            subprocess.run(["cp", "--reflink=auto", "--sparse=always", f"{state}/ram", ram], check=True)
        monitor, theirs_monitor = socket.socketpair()
        self.port, theirs_port = socket.socketpair()
        fds = (theirs_monitor.fileno(), theirs_port.fileno())
        args = arguments(work, images, ram, bool(state and not save), *fds)
        if state:
            args += ["-incoming", "defer"]
        self.process = subprocess.Popen(args, stdin=subprocess.DEVNULL, start_new_session=True, pass_fds=fds,
                                        preexec_fn=die_with_parent)
        theirs_monitor.close()
        theirs_port.close()
        self.qmp = monitor.makefile("rwb", 0)
        self.qmp.readline()
        self.command("qmp_capabilities")
        if state:
            self.migrate("migrate-incoming", f"exec:cat {shlex.quote(state + '/vmstate')}")
            self.command("cont")

    def command(self, name, **args):
        self.qmp.write(json.dumps({"execute": name, "arguments": args}).encode() + b"\n")
        while line := self.qmp.readline():
            reply = json.loads(line)
            if "error" in reply:
                raise LabError(f"QEMU refused {name}: {reply['error']['desc']}", "advice: lab clean, then lab build.")
            if "return" in reply:
                return reply["return"]
        raise LabError("QEMU ended", f"advice: see {self.work}/console.")

    def migrate(self, how, uri):
        # Memory is not in the stream: it stands in its own file and is mapped.
        self.command("migrate-set-capabilities", capabilities=[{"capability": "x-ignore-shared", "state": True}])
        self.command(how, uri=uri)
        while True:
            status = self.command("query-migrate").get("status")
            if status == "completed":
                return
            if status in ("failed", "cancelled"):
                raise LabError(f"QEMU could not {how}", "advice: lab clean, then lab build.")
            time.sleep(0.02)

    def save(self):
        self.command("stop")
        self.migrate("migrate", f"exec:cat >{shlex.quote(self.work + '/vmstate')}")

    def end(self):
        """Ends our own QEMU and nothing else."""
        if self.process.poll() is None:
            self.qmp.write(b'{"execute":"quit"}\n')
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def console(self, lines=15):
        try:
            with open(f"{self.work}/console", errors="replace") as f:
                return "".join(f.readlines()[-lines:])
        except OSError:
            return ""
