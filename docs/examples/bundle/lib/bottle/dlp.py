# SPDX-License-Identifier: MIT
"""8888: the only door of the guest. Token, allowlist, inspection, then 9099."""

import hmac
import weakref

from . import CONFIG, RUN, authority, config, frames, hosts, log, proxy, request, scanners, waivers, websocket

INTERNAL = "bundle.internal"
HIDDEN = ("proxy-authorization", "proxy-connection", "proxy-authenticate")


class Dlp(proxy.Policy):
    daemon = "dlp"

    def __init__(self, settings):
        super().__init__(settings)
        self.token = proxy.basic(b"bottle", proxy.read("token"))
        self.hop = proxy.basic(b"dlp", proxy.read("dlp/hop"))
        self.nonce = proxy.read("nonce")
        self.tunnels = weakref.WeakKeyDictionary()
        limits = settings["limits"]
        self.scanners = scanners.Scanners(limits["parallel_scans"])
        self.replaced = {}  # host -> headers that 9099 sets
        for c in settings["credentials"]:
            self.replaced.setdefault(c["host"], []).append(c["header"])

    def admitted(self, flow):
        given = flow.request.headers.get("proxy-authorization", "").encode("utf-8", "replace")
        if hmac.compare_digest(given, self.token):
            self.waiting.pop(flow.client_conn, None)
            return True
        self.decide(flow, "deny", "token")
        flow.response = self.own(
            flow, 407, b"bottle: blocked by policy token: this proxy belongs to one bottle\n",
            {"content-type": "text/plain; charset=utf-8",
             "proxy-authenticate": 'Basic realm="bottle"'})
        return False

    def http_connect(self, flow):
        """A forbidden *host* is accepted here and refused with a text inside
        the tunnel: clients do not show the text of a refused CONNECT."""
        if not self.admitted(flow):
            return
        if flow.request.port not in self.config["ports"]:
            self.refuse(flow, "port-not-allowed", f"port {flow.request.port} is not open")
            return
        try:
            host = hosts.normal(flow.request.host)
        except (ValueError, UnicodeError):
            self.refuse(flow, "host-mismatch", "not a host name")
            return
        self.tunnels[flow.client_conn] = request.Target(host, flow.request.port)

    def own_page(self, flow):
        """The nonce proves to a probe in the guest *which* container answers.
        By plain http without a token: the probe runs before the guest has one."""
        r = flow.request
        if r.host != INTERNAL or r.path != "/nonce" or r.port not in (80, 443):
            return False
        self.decide(flow, "allow", "nonce")
        flow.response = self.own(flow, 200, self.nonce + b"\n", {
            "content-type": "text/plain", "cache-control": "no-store"})
        return True

    def requestheaders(self, flow):
        tunnel = self.tunnels.get(flow.client_conn)
        if tunnel is None:
            if flow.request.scheme == "http" and self.own_page(flow):
                return
            if not self.admitted(flow):
                return
        for check in (request.framing(flow), request.same_host(flow, tunnel), request.protocol(flow, self.config)):
            if check:
                self.refuse(flow, *check)
                return
        if self.own_page(flow):
            return
        for check in (request.allowed(flow, self.config), request.git(flow)):
            if check:
                self.refuse(flow, *check)
                return
        length = flow.request.headers.get("content-length", "0")
        if not length.isdigit() or int(length) > self.limit:
            self.too_large(flow)
            return
        for name in HIDDEN:
            flow.request.headers.pop(name, None)
        flow.metadata["checked"] = True

    async def request(self, flow):
        if flow.response:
            return
        if not flow.metadata.get("checked"):
            self.refuse(flow, "internal-error", "the request was not checked")
            return
        request.frame(flow)
        size = len(flow.request.raw_content or b"")
        r = flow.request
        host = hosts.normal(r.host)
        if host in self.replaced:
            request.drop_credentials(r, *self.replaced[host])
        mode = self.config["dlp"].get(host, "block")
        told, new = await self.scanners.judge(mode, r.data.method + b" " + r.data.path, r.headers.fields, r.raw_content or b"")
        rule = told["rule"]
        facts = told_of(told, size)
        refused = refusal(told, mode, self.config["bottle"])
        if refused:
            self.refuse(flow, *refused, **(facts if rule != "encoding" else {"bytes": size}))
            return
        if "count" in told:
            replace(r, told, new)
        self.decide(flow, "allow", "allowlist" if not rule else "redacted" if "count" in told else "warned", **facts)
        if flow.request.scheme == "http" and flow.client_conn not in self.tunnels:
            flow.request.headers["proxy-authorization"] = self.hop.decode()

    async def look(self, flow, message):
        """A message as the body of a request to its host: the head was looked at when it began."""
        message.passed = not message.from_guest
        if message.passed:
            return
        r = flow.request
        mode = self.config["dlp"].get(hosts.normal(r.host), "block")
        told, new = await self.scanners.judge(mode, b"GET /", (), message.content)
        told["place"] = "the message" if told["place"] == "body" else told["place"]
        rule, facts = told["rule"], told_of(told, len(message.content))
        refused = refusal(told, mode, self.config["bottle"])
        if refused:
            policy, why = refused
            message.close = self.refuse_message(flow, policy, why.partition("; ")[0], **facts)  # the id is in the log
            return
        if rule:
            log.decide(self.daemon, "allow", "redacted" if "count" in told else "warned", method=r.method, host=r.host, port=r.port, **facts)
        if "count" in told:
            # Stars may have cut a letter of several bytes, which would end the connection at the other end.
            message.content = new.decode("utf-8", "replace").encode() if message.text else new
        message.passed = True

    def http_connect_upstream(self, flow):
        flow.request.headers["proxy-authorization"] = self.hop.decode()

    def responseheaders(self, flow):
        self.let_go(flow)
        if flow.response.status_code == 101 and not websocket.agreed(flow):
            flow.kill()
            return
        if flow.metadata.get("close") and not flow.request.is_http2:
            flow.response.headers["connection"] = "close"  # what the guest asked of its own connection
        flow.response.stream = True

    def tls_failed_client(self, data):
        log.say(f"TLS refused by the client for {data.conn.sni}: does it trust our CA?")


def told_of(told, size):
    """For the log: of a scan of SIZE bytes."""
    rule = told["rule"]
    return {"bytes": size, "scan_us": told["micros"], "rule": rule, "place": rule and told["place"], "count": told.get("count"),
            "finding": told.get("finding"), "waived": told.get("waived")}


def refusal(told, mode, bottle):
    """(policy, why) for what the scanner told, or None."""
    rule, place = told["rule"], log.clean(told["place"] or "")
    if rule == "encoding":
        return rule, f"the body cannot be decoded: {place[:100]}"
    if rule in ("scan-limit", "internal-error"):
        return rule, f"it could not be inspected: {place}"
    if rule and (mode != "warn" or rule == frames.KNOWN) and "count" not in told:
        return "secret", waivers.text(rule, place, bottle, told["finding"])
    return None


def replace(r, told, body):
    """The request as the scanner wrote it: plain, so without a coding."""
    method, _, path = told["line"].encode("latin-1").partition(b" ")
    if method != r.data.method or not request.TARGET.match(path):
        raise ValueError("a method was replaced")
    r.data.path = path
    fields = [(k.encode("latin-1"), v.encode("latin-1")) for k, v in told["fields"]]
    r.headers.fields = tuple((k, v) for k, v in fields if k.lower() != b"content-encoding")
    r.raw_content = body
    request.frame_again(r)


def main():
    settings = config.load(CONFIG)
    confdir = f"{RUN}/dlp"
    authority.make(confdir, f"{RUN}/ca.pem", f"bottle {settings['bottle']} inspection")
    proxy.run(Dlp(settings), {
        "mode": [f"upstream:http://127.0.0.1:{settings['listen']['egress']}"],
        "listen_host": "0.0.0.0", "listen_port": settings["listen"]["dlp"], "confdir": confdir,
        # Only 9099's own CA: nothing else can be our upstream.
        "ssl_verify_upstream_trusted_ca": f"{RUN}/egress-ca.pem"})


if __name__ == "__main__":
    main()
