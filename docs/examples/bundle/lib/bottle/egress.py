# SPDX-License-Identifier: MIT
"""127.0.0.1:9099: dials the world. Addresses, verified TLS, credentials."""

import asyncio
import hmac
import socket
import weakref

from . import CONFIG, RUN, authority, config, hosts, proxy, redact, request, resolve, websocket

# By these some origins read another method or path.
OVERRIDES = ("x-http-method-override", "x-http-method", "x-method-override", "x-original-url", "x-rewrite-url")
# A piece of a response could show a piece of an echoed secret; an encoded
# one cannot be searched.
DROPPED = ("range", "if-range", "te", "trailer")


def read_secret(name):
    try:
        with open(f"{RUN}/secrets/{name}", "rb") as f:
            return f.read(64 * 1024)
    except FileNotFoundError:
        return None


class Egress(proxy.Policy):
    daemon = "egress"

    def __init__(self, settings):
        super().__init__(settings)
        # 8888 has checked the body; two limits would only race each other.
        self.limit = settings["limits"]["request_body"] + 65536
        self.hop = proxy.basic(b"dlp", proxy.read("egress/hop"))
        self.tunnels = weakref.WeakKeyDictionary()
        self.resolver = resolve.Resolver(settings["deny_addresses"])
        self.credentials = {}
        for c in settings["credentials"]:
            self.credentials.setdefault(c["host"], []).append(c)

    def running(self):
        self.resolver.install(asyncio.get_running_loop())

    def admitted(self, flow):
        given = flow.request.headers.pop("proxy-authorization", "").encode("utf-8", "replace")
        if hmac.compare_digest(given, self.hop):
            self.waiting.pop(flow.client_conn, None)
            return True
        self.decide(flow, "deny", "hop")
        flow.response = self.own(flow, 407, b"bottle: blocked by policy hop\n", {"content-type": "text/plain"})
        return False

    def http_connect(self, flow):
        if self.admitted(flow):
            self.tunnels[flow.client_conn] = request.Target(
                hosts.normal(flow.request.host), flow.request.port)

    async def requestheaders(self, flow):
        tunnel = self.tunnels.get(flow.client_conn)
        if tunnel is None and not self.admitted(flow):
            return
        for check in (request.framing(flow), request.same_host(flow, tunnel), request.protocol(flow, self.config),
                      request.allowed(flow, self.config)):
            if check:
                self.refuse(flow, *check)
                return
        if not await self.reachable(flow):
            return
        if self.inject(flow):
            flow.metadata["checked"] = True

    async def reachable(self, flow):
        host = hosts.normal(flow.request.host)
        try:
            await self.resolver.lookup(host)
        except resolve.Blocked:
            self.refuse(flow, "private-address", "the name leads to an address that is not global")
            return False
        except (OSError, asyncio.TimeoutError) as e:
            # Only what may pass by itself has a status that clients try again.
            final = isinstance(e, socket.gaierror) and e.errno == socket.EAI_NONAME
            self.refuse(flow, "no-address", "there is no such name" if final else "the name was not resolved",
                        status=424 if final else 502)
            return False
        return True

    def inject(self, flow):
        wanted = self.credentials.get(hosts.normal(flow.request.host), ())
        if not wanted:
            return True
        if flow.request.scheme != "https":
            self.refuse(flow, "plaintext-credential", "use https for this host")
            return False
        wanted = [c for c in wanted if permitted(c, flow.request)]
        if not wanted:
            self.refuse(flow, "credential-only", "its credential is for other requests: see egress.credentials in the manifest")
            return False
        request.drop_credentials(flow.request)
        values = []
        for c in wanted:
            value = read_secret(c["secret"])
            if not value:
                self.refuse(flow, "credential-missing", "its credential has not arrived yet")
                return False
            flow.request.headers[c["header"]] = c["prefix"] + value.decode("latin-1")
            values.append(value)
        for name in DROPPED:
            flow.request.headers.pop(name, None)
        flow.request.headers["accept-encoding"] = "identity"
        flow.metadata["redact"] = values
        return True

    def request(self, flow):
        if flow.response:
            return
        if not flow.metadata.get("checked"):
            self.refuse(flow, "internal-error", "the request was not checked")
            return
        request.frame(flow)
        injected = len(flow.metadata.get("redact", ())) or None
        self.decide(flow, "allow", "allowlist", credentials=injected,
                    bytes=len(flow.request.raw_content or b""))

    async def look(self, flow, message):
        """What goes out was looked at by 8888; what comes in is searched as an answer is, each message for itself."""
        redactor = flow.metadata.get("redactor")
        if redactor and not message.from_guest:
            message.content = redactor.whole(message.content)
        message.passed = True

    def reason(self, flow, text):
        redactor = flow.metadata.get("redactor")
        return redactor.whole(text.encode()).decode("utf-8", "replace") if redactor else text

    def server_connect(self, data):
        """Names only: a literal would not pass the replaced getaddrinfo."""
        super().server_connect(data)
        if not data.server.address or hosts.is_literal(data.server.address[0]):
            data.server.error = "blocked by policy private-address"

    def responseheaders(self, flow):
        self.let_go(flow)
        if flow.metadata.get("decided") == "deny":
            return
        if flow.response.status_code == 101 and not websocket.agreed(flow):
            flow.kill()
            return
        values = flow.metadata.get("redact")
        if not values:
            flow.response.stream = True
            return
        redactor = redact.Redactor(values)
        flow.metadata["redactor"] = redactor
        clean(flow.response.headers, redactor)
        flow.response.data.reason = redactor.whole(flow.response.data.reason)
        coding = flow.response.headers.get("content-encoding", "identity").lower()
        transfer = flow.response.headers.get("transfer-encoding", "chunked").lower().strip()
        if coding in ("identity", "") and transfer == "chunked":
            flow.response.stream = redactor.chunks
        else:
            # Not streamed, so that response() can still replace it.
            flow.metadata["unreadable"] = True

    def response(self, flow):
        redactor = flow.metadata.get("redactor")
        if redactor and flow.response.trailers:
            clean(flow.response.trailers, redactor)
        if flow.metadata.get("unreadable") and flow.response.raw_content:
            self.unreadable(flow)


def permitted(credential, request):
    """`only` of a credential: methods and paths; a path ends in * for all that begins so."""
    only = credential["only"]
    path = request.path.partition("?")[0]
    if not only:
        return True
    if any(odd in path for odd in ("%", "//", "/.", "\\")) or any(name in request.headers for name in OVERRIDES):
        return False  # of the origin's reading of these we know nothing
    return any(rule.get("method", request.method) == request.method
               and (path == rule["path"] or rule["path"].endswith("*") and path.startswith(rule["path"][:-1]))
               for rule in only)


def clean(headers, redactor):
    headers.fields = tuple((redactor.whole(k), redactor.whole(v)) for k, v in headers.fields)


def main():
    settings = config.load(CONFIG)
    confdir = f"{RUN}/egress"
    authority.make(confdir, f"{RUN}/egress-ca.pem", f"bottle {settings['bottle']} hop")
    proxy.run(Egress(settings), {
        "mode": ["regular"], "listen_host": "127.0.0.1", "listen_port": settings["listen"]["egress"],
        "confdir": confdir,
        "ssl_verify_upstream_trusted_ca": f"{RUN}/trust.pem"})


if __name__ == "__main__":
    main()
