# SPDX-License-Identifier: MIT
"""/run/bottle: what each daemon finds there, made new at every start.

PID 1 is root without CAP_DAC_OVERRIDE: it writes first and gives away last.
"""

import os
import pwd
import re
import secrets
import socket
import ssl

from . import GIT, RUN, config, frames

SYSTEM_TRUST = "/etc/ssl/certs/ca-certificates.crt"


def _ids(user):
    entry = pwd.getpwnam(user) if user else None
    return (entry.pw_uid, entry.pw_gid) if entry else (0, 0)


def put(name, data, mode, owner=None, group=None):
    path = f"{RUN}/{name}"
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(fd, "wb") as f:
        f.write(data)
        os.fchmod(f.fileno(), mode)
        os.fchown(f.fileno(), _ids(owner)[0], _ids(group or owner)[1])


def folder(name, mode, owner=None, group=None):
    path = f"{RUN}/{name}"
    os.mkdir(path, 0o700)
    # chmod first: a folder that is given away can no longer be changed.
    os.chmod(path, mode)
    return path, _ids(owner)[0], _ids(group or owner)[1]


def door(caller):
    """A socket of the scanner that this user alone can reach; who asks before the scanner is ready waits."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(frames.socket_of(caller))
    os.chmod(frames.socket_of(caller), 0o660)
    os.chown(frames.socket_of(caller), *_ids(caller))
    listener.listen(64)
    return listener


def line():
    """43 random characters and a newline, so that `cat` of several is readable."""
    return secrets.token_urlsafe(32).encode() + b"\n"


def check_trust(pem):
    """What 9099 will trust is loaded once before anything starts: a broken certificate would be found by the first request."""
    parts = re.findall("-----BEGIN CERTIFICATE-----.*?(?:-----END CERTIFICATE-----|\\Z)", pem, re.S)
    for number, part in enumerate(parts, 1):
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=part + "\n")
        except (ssl.SSLError, ValueError) as e:
            raise config.Bad(f"upstream_ca: certificate {number} of {len(parts)} is broken: {getattr(e, 'reason', None) or e}") from None


def make(settings):
    """Random values of this start, and the folders of the selected daemons. Returns the sockets of the scanner, if any."""
    os.umask(0o077)
    chosen = settings["daemons"]
    put("nonce", line(), 0o444)
    # For every daemon that the guest talks to; what the others could do with it, the firewall forbids them.
    put("token", line(), 0o444)
    with open(SYSTEM_TRUST, "rb") as f:
        trust = f.read() + b"\n" + settings["upstream_ca"].encode()
    put("trust.pem", trust, 0o444)
    # What handover gives, once more, for the scanner alone.
    give = [folder("secrets", 0o750, group="egress"), folder("known", 0o750, group=config.SCANNER)]
    folder("scan", 0o711)
    put("scan/key", secrets.token_bytes(32), 0o400, config.SCANNER)
    # setgid: the operator (root by docker exec) reads what was told as group, and says what is waived.
    give += [folder("scan/seen", 0o2750, config.SCANNER, "root"), folder("waived", 0o750, group=config.SCANNER)]
    if "dlp" in chosen:
        hop = line()
        for name, public in (("dlp", "ca.pem"), ("egress", "egress-ca.pem")):
            give.append(folder(name, 0o700, name))
            put(f"{name}/hop", hop, 0o400, name)
            put(public, b"", 0o644, name)
    if "git" in chosen:
        os.chmod(GIT, 0o700)
        give.append((GIT, *_ids("git")))
        give.append(folder("keys", 0o750, group="git"))
    if "supervise" in chosen:
        # setgid: the operator (root by docker exec) reads requests as group.
        give.append(folder("requests", 0o2750, "supervise", "root"))
        give.append(folder("grants", 0o750, group="supervise"))
    for path, uid, gid in give:
        os.chown(path, uid, gid)
    callers = [name for name in frames.CALLERS if name in chosen]
    doors = [door(name) for name in frames.CALLERS] if callers else []
    os.umask(0o022)
    return doors


def check_users():
    """Names of daemons that have no user in this image."""
    known = {entry.pw_name for entry in pwd.getpwall()}
    return [d for d in (*config.DAEMONS, config.SCANNER) if d not in known]
