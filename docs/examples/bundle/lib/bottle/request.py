# SPDX-License-Identifier: MIT
"""Checks on a request that need no network: who is meant, and is it allowed.

Both proxies use them. A check returns None, or (policy, why) and a status if it is not 403.
"""

import re
import urllib.parse

from . import hosts, websocket

# Refused over HTTPS whatever the host: a push must go through the git gate.
GIT_PATH = re.compile(r"/(git-receive-pack|git-upload-pack|info/refs|info/lfs)(/|\Z)|"
                      r"/objects/(info|pack|[0-9a-f]{2})/")
GIT_TYPE = re.compile(r"application/(x-git-|vnd\.git-lfs)", re.I)
# RFC 9110 5.6.2 (token) and 5.5 (field values, without obs-text); RFC 9112 3.2 wants no blank in a target, and no control.
METHOD = re.compile(rb"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,32}\Z")
NAME = re.compile(rb"[A-Za-z0-9!#$%&'*+.^_`|~-]+\Z")
VALUE = re.compile(rb"[\t -~]*\Z")
TARGET = re.compile(rb"[!-~\x80-\xff]+\Z")
HEAD = 64 * 1024
# Of one connection, not of the message (RFC 9110 7.6.1); `te` goes on for gRPC.
HOP = ("connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "http2-settings", "trailer")


# Where a client may have put a credential of its own.
CREDENTIALS = ("authorization", "x-api-key", "api-key", "x-goog-api-key")


class Target:
    """Host and port named by CONNECT."""

    def __init__(self, host, port):
        self.host, self.port = host, port


def named_hosts(flow):
    """Every host that the request names, with its port or None."""
    request = flow.request
    names = [v.decode("latin-1") for k, v in request.headers.fields if k.lower() == b"host"]
    if not request.is_http2 and len(names) != 1:
        raise ValueError("not exactly one Host header")
    if request.authority:
        names.append(request.authority)
    if not names or len(names) > 2:
        raise ValueError("no host named")
    return [hosts.split_authority(n) for n in names]


def same_host(flow, tunnel):
    """CONNECT = SNI = Host, one spelling."""
    request = flow.request
    try:
        host = hosts.normal(request.host)
        named = named_hosts(flow)
    except (ValueError, UnicodeError):
        return "host-mismatch", "host names missing, doubled or malformed"
    scheme_port = 443 if request.scheme == "https" else 80
    for name, port in named:
        if name != host or (port or scheme_port) != request.port:
            return "host-mismatch", "the Host header names another host"
    if tunnel is not None:
        if (tunnel.host, tunnel.port) != (host, request.port):
            return "host-mismatch", "CONNECT names another host"
        if request.authority and not request.is_http2:
            return "host-mismatch", "absolute request target inside a tunnel"
        sni = flow.client_conn.sni
        if sni:
            try:
                same = hosts.normal(sni) == host
            except (ValueError, UnicodeError):
                same = False
            if not same:
                return "sni-mismatch", "TLS names another host"
    elif request.scheme != "http":
        return "host-mismatch", "https needs CONNECT"
    return None


def framing(flow):
    """Whatever an origin of HTTP/1.1 could read in another way than we do: HTTP/2 carries CR, LF and NUL as they are."""
    r = flow.request
    fields = r.headers.fields
    if len(r.data.path) + sum(len(name) + len(value) for name, value in fields) > HEAD:
        return "framing", f"the head is larger than {HEAD >> 10} KiB", 431
    if not METHOD.match(r.data.method):
        return "framing", "the method is no token"
    if not TARGET.match(r.data.path) or not VALUE.match(r.data.authority):
        return "framing", "a control character or blank in the request target"
    if not all(NAME.match(name) for name, _ in fields):
        return "framing", "a header name is no token"
    if not all(VALUE.match(value) for _, value in fields):
        return "framing", "a header value holds a control character, a line end or a byte over 126"
    if r.data.http_version not in (b"HTTP/1.0", b"HTTP/1.1") and not (r.is_http2 and flow.client_conn.alpn == b"h2"):
        return "framing", "no version of HTTP that is spoken here"
    if len(r.headers.get_all("host")) > 1:
        return "framing", "more than one Host"
    lengths = r.headers.get_all("content-length")
    if len(lengths) > 1 or lengths and not (lengths[0].isascii() and lengths[0].isdigit()):
        return "framing", "not one Content-Length"
    if lengths and "transfer-encoding" in r.headers:
        return "framing", "Content-Length and Transfer-Encoding"
    return None


def frame(flow):
    """What leaves is framed by us: the body is whole, its length is what it has."""
    r = flow.request
    r.trailers = None  # nobody needs them, so nothing hides there
    flow.metadata["close"] = closes(flow)
    listed = [name.strip() for value in r.headers.get_all("connection") for name in value.split(",")]
    for name in (*HOP, *listed):
        r.headers.pop(name, None)
    frame_again(r)
    websocket.frame(flow)


def closes(flow):
    """Does the client want its connection closed behind the answer?"""
    return flow.metadata.get("close") or "close" in flow.request.headers.get("connection", "").lower()


def frame_again(r):
    size = len(r.raw_content or b"")
    if size or "content-length" in r.headers or r.method in ("POST", "PUT", "PATCH"):
        r.headers["content-length"] = str(size)


def drop_credentials(r, *more):
    """A placeholder beside the real one decides at some origins, and one that looks like a key would be a finding."""
    for name in (*CREDENTIALS, *more):
        r.headers.pop(name, None)
    path, mark, query = r.path.partition("?")
    kept = "&".join(part for part in query.split("&") if part.partition("=")[0] != "key")
    r.path = path + mark + kept if kept else path


def allowed(flow, config):
    host = hosts.normal(flow.request.host)
    if host not in config["allowlist"]:
        return "host-not-allowed", "not in the allowlist of this bottle"
    if flow.request.port not in config["ports"]:
        return "port-not-allowed", f"port {flow.request.port} is not open"
    return None


def protocol(flow, config):
    """Upgrades, tunnels, odd framings: whatever would hide later bytes."""
    headers = flow.request.headers
    upgrade = headers.get("upgrade", "").lower()
    if ((upgrade and upgrade != "h2c") or "sec-websocket-key" in headers) and not websocket.wanted(flow, config):
        # 426: a client that can do without asks once, not seven times.
        return "upgrade", "no upgrade is inspected but a WebSocket's by HTTP/1.1, to a host of egress.websocket in the manifest", 426
    if headers.get("transfer-encoding", "chunked").lower().strip() != "chunked":
        return "encoding", "transfer encoding other than chunked"
    if not flow.request.path.startswith("/") and flow.request.path != "*":
        return "host-mismatch", "request target is no path"
    return None


def git(flow):
    path = flow.request.path.partition("?")[0]
    for _ in range(3):
        path = urllib.parse.unquote(path)
    path = re.sub(r"/+", "/", path).lower()
    headers = flow.request.headers
    kinds = headers.get("content-type", "") + " " + headers.get("accept", "")
    query = urllib.parse.unquote(flow.request.path.partition("?")[2]).lower()
    if GIT_PATH.search(path) or GIT_TYPE.search(kinds) or "service=git-" in query:
        return "git-over-https", "git goes through the git gate of the bundle"
    return None
