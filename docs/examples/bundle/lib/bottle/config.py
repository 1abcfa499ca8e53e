# SPDX-License-Identifier: MIT
"""/etc/bottle/bundle.json: read once, checked whole, refused by one line."""

import json
import re

from . import hosts

DAEMONS = ("egress", "dlp", "git", "supervise")
SCANNER = "scan"  # of dlp and git; no configuration names it
SECRET_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")
SLUG = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*\Z")
REPO = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")
TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}\Z")
PATHS = re.compile(r"/[!-)+-~]*\*?\Z")
METHODS = re.compile(r"[A-Z]{1,20}\Z")
# Headers that frame the message or belong to the hop: never a credential.
NO_CREDENTIAL = {"host", "content-length", "transfer-encoding", "connection",
                 "upgrade", "te", "trailer", "expect", "content-encoding"}
# Nothing that a shell or an option could be made of: ssh gets it by git.
HOST, PATH = r"[A-Za-z0-9][A-Za-z0-9.-]*", r"/[A-Za-z0-9._~/+%-]+\Z"
UPSTREAM = re.compile(rf"(https://{HOST}|ssh://([A-Za-z0-9_][A-Za-z0-9._-]*@)?{HOST}(:[0-9]{{1,5}})?){PATH}")
HOST_KEY = re.compile(r"(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)) [A-Za-z0-9+/]+=*\Z")
MODES = ("block", "redact", "warn")
LIMITS = {  # name: (default, least, most)
    "request_body": (32 * 1024 * 1024, 1024, 256 * 1024 * 1024),
    "scan_seconds": (30, 1, 600),
    "parallel_scans": (2, 1, 16),
    "push_bytes": (50 * 1024 * 1024, 1024, 200 * 1024 * 1024),
}


class Bad(Exception):
    """The configuration is refused; the text says where and why."""


def _need(ok, where, why):
    if not ok:
        raise Bad(f"{where}: {why}")


def _object(value, where, required, optional=()):
    _need(isinstance(value, dict), where, "must be an object")
    for key in value:
        _need(key in required or key in optional, where, f"unknown key {key!r}")
    for key in required:
        _need(key in value, where, f"key {key!r} is missing")
    return value


def _mapping(value, where):
    _need(isinstance(value, dict), where, "must be an object")
    return value


def _text(value, where, pattern=None):
    _need(isinstance(value, str) and value != "", where, "must be a text")
    _need(not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", value), where, "control character")
    _need(pattern is None or pattern.match(value), where, f"bad value {value[:80]!r}")
    return value


def _list(value, where):
    _need(isinstance(value, list), where, "must be a list")
    return value


def _number(value, where, least, most):
    _need(type(value) is int and least <= value <= most, where,
          f"must be a whole number from {least} to {most}")
    return value


def _host(value, where):
    _text(value, where)
    try:
        name = hosts.normal(value)
    except (ValueError, UnicodeError):
        raise Bad(f"{where}: not a host name: {value[:80]!r}") from None
    _need(not hosts.is_literal(name), where, f"an address, not a name: {name}")
    return name


def _credential(value, where, allow):
    _object(value, where, ("host", "header", "secret"), ("prefix", "only"))
    host = _host(value["host"], where + ".host")
    _need(host in allow, where + ".host", f"{host} is not in the allowlist")
    header = _text(value["header"], where + ".header", TOKEN)
    low = header.lower()
    _need(low not in NO_CREDENTIAL and not low.startswith("proxy-"),
          where + ".header", f"{header} cannot carry a credential")
    prefix = value.get("prefix", "")
    _need(isinstance(prefix, str) and prefix.isprintable(), where + ".prefix", "must be a text")
    secret = _text(value["secret"], where + ".secret", SECRET_NAME)
    only = [_only(rule, f"{where}.only[{i}]") for i, rule in enumerate(_list(value.get("only", []), where + ".only"))]
    return {"host": host, "header": header, "prefix": prefix, "secret": secret, "only": only}


def _only(value, where):
    _object(value, where, ("path",), ("method",))
    _text(value["path"], where + ".path", PATHS)
    _text(value.get("method", "GET"), where + ".method", METHODS)
    return value


def _address(value, where):
    _text(value, where)
    try:
        return str(hosts.ipaddress.ip_address(value))
    except ValueError:
        raise Bad(f"{where}: not an address: {value[:80]!r}") from None


def _repos(value):
    _need(isinstance(value, dict), "repos", "must be an object")
    for name, repo in value.items():
        where = f"repos.{name[:40]}"
        _need(REPO.match(name) and ".." not in name, where, "bad repository name")
        _object(repo, where, ("url",), ("host_key", "secret"))
        _text(repo["url"], where + ".url", UPSTREAM)
        if repo["url"].startswith("ssh:"):
            _number(int((re.match(r"[^/]*//[^/]*:([0-9]+)/", repo["url"]) or [0, 22])[1]), where + ".url", 1, 65535)
            _text(repo.get("host_key"), where + ".host_key", HOST_KEY)
            _text(repo.get("secret"), where + ".secret", SECRET_NAME)
        else:
            _need(len(repo) == 1, where, "host_key and secret are for ssh")
    return value


def _listen(value, daemons):
    """Whoever overlays `daemons` alone may leave the ports of the others where they are."""
    _object(value, "listen", daemons, DAEMONS)
    out = {name: _number(port, f"listen.{name}", 1, 65535) for name, port in value.items()}
    _need(len(set(out.values())) == len(out), "listen", "two daemons with one port")
    return out


def _unique(pairs):
    names = [k for k, _ in pairs]
    for name in names:
        _need(names.count(name) == 1, "bundle.json", f"key {name!r} given twice")
    return dict(pairs)


def check(plain):
    """Checked and normalised configuration, or Bad."""
    optional = ("guest", "ports", "credentials", "deny_addresses", "upstream_ca", "repos", "limits", "dlp", "websocket")
    _object(plain, "bundle.json", ("version", "bottle", "daemons", "listen", "allowlist"), optional)
    _need(type(plain["version"]) is int and plain["version"] == 1, "version", "must be 1")
    out = {"version": 1, "bottle": _text(plain["bottle"], "bottle", SLUG)}
    out["daemons"] = _list(plain["daemons"], "daemons")
    for name in out["daemons"]:
        _need(name in DAEMONS, "daemons", f"unknown daemon {name!r}")
    _need(out["daemons"], "daemons", "is empty")
    _need(("dlp" in out["daemons"]) == ("egress" in out["daemons"]), "daemons",
          "dlp and egress only work together")
    out["listen"] = _listen(plain["listen"], out["daemons"])
    out["guest"] = _address(plain["guest"], "guest") if "guest" in plain else None
    allow = [_host(h, f"allowlist[{i}]") for i, h in enumerate(_list(plain["allowlist"], "allowlist"))]
    out["allowlist"] = sorted(set(allow))
    ports = _list(plain.get("ports", [80, 443]), "ports")
    out["ports"] = sorted({_number(p, "ports", 1, 65535) for p in ports})
    _need(out["ports"], "ports", "is empty")
    creds = _list(plain.get("credentials", []), "credentials")
    out["credentials"] = [_credential(c, f"credentials[{i}]", allow) for i, c in enumerate(creds)]
    pairs = [(c["host"], c["header"].lower()) for c in out["credentials"]]
    _need(len(pairs) == len(set(pairs)), "credentials", "two for one host and header")
    deny = _list(plain.get("deny_addresses", []), "deny_addresses")
    out["deny_addresses"] = [_address(a, f"deny_addresses[{i}]") for i, a in enumerate(deny)]
    pem = plain.get("upstream_ca", "")
    _need(isinstance(pem, str), "upstream_ca", "must be a text")
    _need(pem.strip() == "" or "-----BEGIN CERTIFICATE-----" in pem, "upstream_ca", "is no PEM certificate")
    _need("PRIVATE KEY" not in pem, "upstream_ca", "holds a private key")
    out["upstream_ca"] = pem
    out["repos"] = _repos(plain.get("repos", {}))
    out["dlp"] = {_host(h, "dlp"): mode for h, mode in _mapping(plain.get("dlp", {}), "dlp").items()}
    for host, mode in out["dlp"].items():
        _need(mode in MODES, f"dlp.{host}", "must be block, redact or warn")
        _need(host in allow, f"dlp.{host}", "is not in the allowlist")
    out["websocket"] = [_host(h, f"websocket[{i}]") for i, h in enumerate(_list(plain.get("websocket", []), "websocket"))]
    for i, host in enumerate(out["websocket"]):
        _need(host in allow, f"websocket[{i}]", f"{host} is not in the allowlist")
    limits = _object(plain.get("limits", {}), "limits", (), tuple(LIMITS))
    out["limits"] = {k: _number(limits.get(k, d), f"limits.{k}", lo, hi)
                     for k, (d, lo, hi) in LIMITS.items()}
    return out


def load(path):
    """Read and check; Bad with one line for everything that is wrong."""
    try:
        with open(path, "rb") as f:
            raw = f.read(1024 * 1024 + 1)
    except OSError as e:
        raise Bad(f"{path}: {e.strerror}") from None
    _need(len(raw) <= 1024 * 1024, path, "larger than 1 MiB")
    try:
        plain = json.loads(raw.decode("utf-8"), object_pairs_hook=_unique)
    except (ValueError, RecursionError) as e:
        raise Bad(f"{path}: no JSON: {e}") from None
    return check(plain)
