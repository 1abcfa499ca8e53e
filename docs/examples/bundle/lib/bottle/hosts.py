# SPDX-License-Identifier: MIT
"""Names and addresses: one spelling for a host, one judgement for an address."""

import ipaddress
import re

# Addresses that are nobody's global unicast address (IANA special-purpose
# registry). The firewall and the resolver use this one table.
NOT_GLOBAL_V4 = (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8",
    "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
    "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
    "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
)
# What ipaddress calls global and is not: v4-compatible, NAT64, site-local.
NOT_GLOBAL_V6 = ("::/96", "64:ff9b::/96", "64:ff9b:1::/48", "fec0::/10", "ff00::/8")

_V4 = [ipaddress.ip_network(n) for n in NOT_GLOBAL_V4]
_V6 = [ipaddress.ip_network(n) for n in NOT_GLOBAL_V6]
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\Z")


def normal(name):
    """Lower case, no final dot, IDNA. ValueError for what is no host name."""
    name = name.strip().rstrip(".").lower()
    if not name.isascii():
        name = name.encode("idna").decode("ascii")
    labels = name.split(".")
    if not name or len(name) > 253 or not all(_LABEL.match(l) for l in labels):
        raise ValueError("not a host name")
    return name


def is_literal(name):
    """True for every spelling of an address that a resolver may accept."""
    try:
        ipaddress.ip_address(name.strip("[]"))
        return True
    except ValueError:
        pass
    # 127.1, 0x7f000001, 2130706433, 017700000001 (inet_aton forms)
    last = name.rstrip(".").rsplit(".", 1)[-1]
    return re.fullmatch(r"[0-9]+|0x[0-9a-f]*", last.lower()) is not None


def split_authority(value):
    """'host' or 'host:port' -> (normal host, port or None)."""
    host, sep, port = value.strip().partition(":")
    if sep and not re.fullmatch(r"[0-9]{1,5}", port):
        raise ValueError("bad port")
    return normal(host), int(port) if sep else None


def _unwrap(ip):
    if ip.version == 6:
        inner = ip.ipv4_mapped or ip.sixtofour
        if inner is not None:
            return inner
    return ip


def is_global(address, deny=()):
    """May 9099 dial this address? `deny`: the host's own addresses."""
    ip = _unwrap(ipaddress.ip_address(address.split("%")[0]))
    if str(ip) in deny:
        return False
    if ip.version == 4:
        return not any(ip in net for net in _V4)
    return ip.is_global and not any(ip in net for net in _V6)
