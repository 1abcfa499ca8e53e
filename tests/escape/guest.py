# SPDX-License-Identifier: MIT
"""guest.py - the rows that are tried by root in the guest, past all proxies. The code is Python, run by inside.py;
it prints what came of it. A canary of the host, not the guest, says whether something arrived."""
from rows import Row


def raw_packet(outside):
    """UDP from port 12345 to 443, its headers by hand: 20 + 8 bytes and the 16 of MARK."""
    return ('import socket\n'
            'p = b"\\x45\\0\\0\\x2c" + b"\\0\\0\\0\\0" + b"\\x40\\x11\\0\\0" + bytes(4) + socket.inet_aton("%s")\n'
            'p += b"\\x30\\x39\\x01\\xbb\\0\\x18\\0\\0" + b"MARK"\n'
            's = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)\n'
            's.sendto(p, ("%s", 0))') % (outside, outside)


def canaries(outside, path):
    """UDP and raw packets to a canary of the outside world; a socket of the host's file system."""
    udp = f'socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"MARK", ("{outside}", 443))'
    packet = ('s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)\n'
              's.bind((sorted(os.listdir("/sys/class/net"))[0], 0x800))\n'
              's.send(bytes.fromhex("ffffffffffff0200000000010800") + b"MARK")')
    sctp = f's = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 132)\ns.connect(("{outside}", 443))'
    tcp = f's = socket.create_connection(("{outside}", 443), 20)\ns.sendall(b"MARK")'
    unix = f's = socket.socket(socket.AF_UNIX)\ns.connect("{path}")\ns.sendall(b"MARK")'
    # What cannot be told from success in the guest (a datagram that is dropped) is the canary's to say.
    return [Row(id, "N", what, {"python": "import os, socket\n" + code}, need) for id, what, code, need in [
        ("control", "we are root there", "print(os.getuid())", "^0$"),
        ("E-10", "a unix socket of the host", unix, "FileNotFoundError|ConnectionRefusedError"),
        ("E-23", "UDP, unconnected", udp, "^done|PermissionError|OSError"),
        ("E-23", "a raw IP packet", raw_packet(outside), "^done|PermissionError|OSError"),
        ("E-23", "a packet socket", packet, "^done|PermissionError|OSError"),
        ("E-23", "SCTP, by its error alone", sctp, "OSError|PermissionError"),
        ("E-23", "TCP with a text", tcp, "PermissionError|ConnectionRefusedError|OSError|TimeoutError"),
    ]]


SEARCH = r"""
import os, re
want = re.compile(rb"%s")
# Files of the kernel are no disk, and /proc's log would be waited for; the container's root is seen as / already; the
# image's own programs are older than any secret, and an emulated machine needs minutes to read them.
with open("/proc/mounts") as f:
    mounts = [line.split()[1:3] for line in f]
left_out = [at for at, kind in mounts if kind in ("proc", "sysfs", "cgroup2", "devpts", "mqueue", "devtmpfs")]
left_out += ["/usr/bin", "/usr/lib", "/usr/sbin", "/usr/share"]
places = [p for p in os.scandir("/proc") if p.name.isdigit()]
found, files = set(), 0
def search(path):
    global files
    try:
        with open(path, "rb") as f:
            end = b""  # of the block before: what is searched for may stand across both
            while block := f.read(1 << 20):
                found.update(want.findall(end + block))
                end = block[-256:]
        files += 1
    except OSError:
        pass
for place in places:
    search(place.path + "/environ")
    search(place.path + "/cmdline")
for top, folders, names in os.walk("/"):
    folders[:] = [f for f in folders if f != "merged" and os.path.join(top, f) not in left_out]
    for name in names:
        path = os.path.join(top, name)
        if os.path.isfile(path) and not os.path.islink(path):
            search(path)
found.update(want.findall(os.popen("dmesg; mount; env").read().encode()))
print("searched", files, *sorted(f.decode("latin-1") for f in found))
"""


def credentials(bundles, own):
    """Halves of both as patterns, so that the search does not find itself. OWN, which the guest was given, must be
    found: the control."""
    want = "|".join(text[:len(text) // 2] + "[a-z0-9-]{3,}" for text in (bundles, own))
    return [Row("E-28", "N", "environments, disk, kernel log", {"python": SEARCH % want}, f"^searched [0-9]{{3,}} {own}$")]


LISTEN = r"""
import socket, threading, time
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("0.0.0.0", PORT))
s.listen()
s.settimeout(1)
own = socket.create_connection(("127.0.0.1", PORT), 10)
heard, end = [], time.time() + SECONDS
while time.time() < end:
    try:
        heard.append(s.accept()[1])
    except TimeoutError:
        pass
mine = [p for p in heard if p == own.getsockname()]
print("own call taken" if mine else "own call lost", *[p for p in heard if p not in mine])
raise SystemExit(0 if mine else 99)
"""


def listener(port, seconds):
    """The guest listens; the harness dials that port on all addresses of the host meanwhile."""
    code = LISTEN.replace("PORT", str(port)).replace("SECONDS", str(seconds))
    return [Row("E-21", "N", "a listener of the guest, called from the host", {"python": code}, "^own call taken$")]
