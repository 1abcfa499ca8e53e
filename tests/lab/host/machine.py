"""machine - the lab as QEMU sees it, and its monitor.

A saved state fits only the machine it was saved from: every change here, and another QEMU, makes new states.
AMD's virtualisation is emulated (+svm,+npt), so the kernel inside has a real /dev/kvm without one outside.
"""
import ctypes
import json
import shlex
import signal
import socket
import subprocess
import time

MEMORY = "8G"
PR_SET_PDEATHSIG = 1
APPEND = "console=ttyS0 root=/dev/vda rw rootflags=noinit_itable init=/init-lab mitigations=off nokaslr quiet panic=-1"


class LabError(Exception):
    def __init__(self, what, advice, status=69):
        super().__init__(what)
        self.advice, self.status = advice, status


def arguments(work, images, ram, private, monitor, port):
    """WORK holds root.qcow2 and docker.qcow2; IMAGES the other files; RAM is the memory as a file; MONITOR and
    PORT are sockets that QEMU inherits: no path, so none too long and none for others to open."""
    def disk(path, fmt, *more):
        return ["-drive", ",".join([f"file={path}", f"format={fmt}", "if=virtio", *more])]

    return [
        "qemu-system-x86_64", "-machine", "q35,memory-backend=ram", "-accel", "tcg,thread=multi,tb-size=1024",
        "-cpu", "max,+svm,+npt", "-smp", "2", "-m", MEMORY,
        "-object", f"memory-backend-file,id=ram,size={MEMORY},mem-path={ram},share={'off' if private else 'on'}",
        "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-net", "none",
        "-serial", f"file:{work}/console",
        "-chardev", f"socket,id=monitor,fd={monitor}", "-mon", "chardev=monitor,mode=control",
        "-device", "virtio-rng-pci", "-device", "virtio-serial-pci",
        "-chardev", f"socket,id=run,fd={port}",
        "-device", "virtserialport,chardev=run,name=lab.run",
        "-kernel", images["kernel"], "-initrd", images["initrd"], "-append", APPEND,
        # unsafe: what is in these two is thrown away, or saved after a clean end
        *disk(f"{work}/root.qcow2", "qcow2", "cache=unsafe", "discard=unmap"),
        *disk(f"{work}/docker.qcow2", "qcow2", "cache=unsafe", "discard=unmap"),
        *disk(images["smolvm"], "raw", "readonly=on"),
        *disk(images["guest"], "raw", "readonly=on"),
    ]


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
