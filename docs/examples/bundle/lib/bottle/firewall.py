# SPDX-License-Identifier: MIT
"""nftables rules of the bundle's own network namespace, by uid.

In: the selected ports, from the guest only; if none is named, from the gateway. Out: each daemon what its work
needs. Loaded by PID 1, which then gives up the right to change them.
Refused at once, not dropped: a probe takes a time-out for no proof.
"""

import ipaddress
import pwd
import re
import socket
import struct
import subprocess

from . import config, hosts, upstream

DOCKER_DNS = "127.0.0.11"
RULES = """
table inet bottle
delete table inet bottle
table inet bottle {{
	set local {{ type ipv4_addr; flags interval; auto-merge; elements = {{ {local} }}; }}
	chain input {{
		type filter hook input priority filter; policy drop;
		iif lo accept
		ct state established,related accept
		{enter}
		meta l4proto tcp reject with tcp reset
	}}
	chain forward {{ type filter hook forward priority filter; policy drop; }}
	chain output {{
		type filter hook output priority filter; policy drop;
		ct state established,related accept
{leave}
		meta l4proto tcp reject with tcp reset
		reject with icmpx type admin-prohibited
	}}
}}
"""


def gateway():
    """Address of the default route, from /proc/net/route (little endian)."""
    with open("/proc/net/route", encoding="ascii") as f:
        for line in f.readlines()[1:]:
            column = line.split()
            if column[1] == "00000000" and int(column[3], 16) & 2:
                return socket.inet_ntoa(struct.pack("<L", int(column[2], 16)))
    return None


def nameservers():
    with open("/etc/resolv.conf", encoding="utf-8", errors="replace") as f:
        found = re.findall(r"^nameserver[ \t]+([0-9.]+)[ \t]*$", f.read(), re.M)
    return [str(ipaddress.ip_address(a)) for a in found]


def _lookups(uid):
    """Docker's own resolver is reached through a translated port; another one
    is asked on port 53."""
    for address in nameservers():
        if address == DOCKER_DNS:
            yield f"meta skuid {uid} ip daddr {DOCKER_DNS} accept"
        else:
            yield f"meta skuid {uid} ip daddr {address} udp dport 53 accept"
            yield f"meta skuid {uid} ip daddr {address} tcp dport 53 accept"


def _leave(settings, ports):
    uid = {name: pwd.getpwnam(name).pw_uid for name in config.DAEMONS}
    if "egress" in settings["listen"]:
        yield f"meta skuid {uid['dlp']} ip daddr 127.0.0.1 tcp dport {settings['listen']['egress']} accept"
    yield from _lookups(uid["egress"])
    yield f"meta skuid {uid['egress']} ip daddr != @local tcp dport {{ {ports} }} accept"
    if settings["repos"]:
        yield from _lookups(uid["git"])
        doors = {443} | {upstream.ssh_port(r) for r in settings["repos"].values()} - {None}
        yield f"meta skuid {uid['git']} ip daddr != @local tcp dport {{ {', '.join(map(str, sorted(doors)))} }} accept"
    # PID 1 asks whether its daemons answer. Docker's resolver asks its own
    # servers through a socket of root in this namespace.
    yield "meta skuid 0 oif lo ip daddr 127.0.0.1 accept"
    yield "meta skuid 0 udp dport 53 accept"
    yield "meta skuid 0 tcp dport 53 accept"


def rules(settings):
    local = list(hosts.NOT_GLOBAL_V4)
    local += [a for a in settings["deny_addresses"] if ":" not in a]
    open_ports = [str(settings["listen"][d]) for d in settings["daemons"] if d != "egress"]
    door = settings["guest"] or gateway()
    enter = f"ip saddr {door} tcp dport {{ {', '.join(open_ports)} }} accept" if door and open_ports else ""
    ports = ", ".join(map(str, settings["ports"]))
    leave = "\n".join("\t\t" + line for line in _leave(settings, ports))
    return RULES.format(local=", ".join(local), enter=enter, leave=leave)


def load(settings):
    """None, or why the rules are not in force."""
    done = subprocess.run(["/usr/sbin/nft", "-f", "-"], input=rules(settings),
                          text=True, capture_output=True, check=False)
    return None if done.returncode == 0 else done.stderr.strip() or "nft failed"
