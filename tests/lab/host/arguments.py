# SPDX-License-Identifier: MIT
"""arguments - the lab as QEMU sees it.

One CPU: with two, nested guests of QEMU 7.2 died now and then, at boot or after minutes (Debian's newer 10.0 takes
the whole lab down at the first nested boot).
A saved state fits only the machine it was saved from: every change here, and another QEMU, makes new states.
AMD's virtualisation is emulated (+svm,+npt), so the kernel inside has a real /dev/kvm without one outside.
"""
MEMORY = "8G"
APPEND = "console=ttyS0 root=/dev/vda rw rootflags=noinit_itable init=/init-lab mitigations=off nokaslr quiet panic=-1"


def arguments(work, images, ram, private, monitor, port):
    """WORK holds root.qcow2 and docker.qcow2; IMAGES the other files; RAM is the memory as a file; MONITOR and
    PORT are sockets that QEMU inherits: no path, so none too long and none for others to open."""
    def disk(path, fmt, *more):
        return ["-drive", ",".join([f"file={path}", f"format={fmt}", "if=virtio", *more])]

    return [
        "qemu-system-x86_64", "-machine", "q35,memory-backend=ram", "-accel", "tcg,thread=multi,tb-size=1024",
        "-cpu", "max,+svm,+npt", "-smp", "1", "-m", MEMORY,
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
