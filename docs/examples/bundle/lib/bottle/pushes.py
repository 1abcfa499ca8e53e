# SPDX-License-Identifier: MIT
"""An answer to a push in git's own protocol (gitprotocol-pack, "Pushing Data To a Server"): of an HTTP error behind a POST
git shows the number alone, so a refusal that comes before receive-pack runs is told as receive-pack would tell it."""

import re

TYPE = "application/x-git-receive-pack-result"
HEAD = 256 * 1024  # bytes in which the commands must end
REF = re.compile(rb"[0-9a-f]{40,64} [0-9a-f]{40,64} ([!-~\x80-\xff]+)\Z")
BAND = 65515       # bytes of one packet that the side band may carry


def packet(data):
    return b"%04x%s" % (len(data) + 4, data)


def commands(head):
    """(refs, capabilities) of a request that begins with HEAD; None if it is no push."""
    refs, capabilities, at = [], [], 0
    while True:
        size = head[at:at + 4]
        if size == b"0000" and refs:
            return refs, capabilities
        if not re.fullmatch(rb"[0-9a-f]{4}", size) or not 4 < int(size, 16) <= len(head) - at:
            return None
        line, _, more = head[at + 4:at + int(size, 16)].partition(b"\0")
        found = REF.match(line.rstrip(b"\n"))
        if not found:
            return None
        refs.append(found[1])
        capabilities += more.split()
        at += int(size, 16)


def answer(head, policy, text):
    """Body of the answer to the push that begins with HEAD, or None. TEXT: a line for a person."""
    if head == b"0000":  # a client tries a big push with that; it hears why behind the push itself
        return b""
    asked = commands(head)
    if not asked:
        return None
    refs, capabilities = asked
    report = b""
    if b"report-status" in capabilities or b"report-status-v2" in capabilities:
        lines = [b"unpack ok\n"] + [b"ng %s blocked by policy %s\n" % (ref, policy.encode()) for ref in refs]
        report = b"".join(map(packet, lines)) + b"0000"
    if b"side-band-64k" not in capabilities:
        return report
    pieces = [b"\2" + text.encode()[:BAND] + b"\n"]
    pieces += [b"\1" + report[i:i + BAND] for i in range(0, len(report), BAND)]
    return b"".join(map(packet, pieces)) + b"0000"
