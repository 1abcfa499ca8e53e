# SPDX-License-Identifier: MIT
"""What both proxies share: the launcher and the fail-closed rails.

mitmproxy logs an exception in a hook and then *forwards*; it watches script
files; it falls back to raw TCP or DNS. So: own launcher with only the parts
needed, every hook guarded, and only TLS or HTTP in a tunnel.
"""

import asyncio
import base64
import collections
import functools
import inspect
import logging
import re
import signal
import sys
import types
import weakref

import mitmproxy

# Its package of addons imports all of them, with a web framework and LDAP: 30 MB in each daemon. Ours, without that.
_addons = types.ModuleType("mitmproxy.addons")
_addons.__path__ = [f"{mitmproxy.__path__[0]}/addons"]
sys.modules["mitmproxy.addons"] = _addons

from mitmproxy import http, options
from mitmproxy.addons import core, disable_h2c, errorcheck, next_layer, proxyserver, tlsconfig
from mitmproxy.master import Master
from mitmproxy.proxy import commands, events, layer, layers
from mitmproxy.proxy.layers.http import HTTPMode
from mitmproxy.net.tls import starts_like_tls_record
from mitmproxy.proxy.layers import modes

from . import RUN, apis, log, repairs, request, websocket

CLIENTS = 1024  # connections that have not shown the token; each may have sent 48 KiB of a head. The oldest makes room
HELD = 128 * 1024 * 1024  # bytes of bodies of all requests
ALPN = (b"h2", b"http/1.1")
# Only what carries a message; the rest of an addon's hooks are not used.
HOOKS = ("http_connect", "requestheaders", "request", "responseheaders", "response",
         "http_connect_upstream", "server_connect")
METHOD = re.compile(rb"[A-Za-z-]{1,20} ")
UNDECIDED = re.compile(rb"[A-Za-z-]{0,20}\Z|\x16\x03?\Z")
# What mitmproxy says of a failure (its own words and OpenSSL's): policy, what we say of it, status. Only a cause that
# may pass by itself has a status that clients try again; nothing of what the other side sent is quoted.
FAILURES = (
    (re.compile(r"certificate verify failed(: [a-z -]+)?", re.I), "upstream-tls", "its certificate is not trusted", 424),
    (re.compile(r"\b(tls|ssl)\b|handshake", re.I), "upstream-tls", "no TLS connection could be made", 424),
    (re.compile(r"connect|refused|timed? ?out|unreachable", re.I), "upstream", "it does not answer", 502),
    (re.compile(""), "upstream", "its answer is not HTTP", 502),
)


def read(name):
    with open(f"{RUN}/{name}", "rb") as f:
        return f.read().strip()


def basic(user, password):
    return b"Basic " + base64.b64encode(user + b":" + password)


class Next(next_layer.NextLayer):
    """TLS or HTTP, nothing else: no raw TCP, no DNS, no TLS inside TLS."""

    name = "nextlayer"  # what mitmproxy looks for

    def _next_layer(self, context, data_client, data_server):
        first = context.layers[-1]
        explicit = isinstance(first, (modes.HttpProxy, modes.HttpUpstreamProxy))
        inside = explicit or any(isinstance(l, layers.ClientTLSLayer) for l in context.layers)
        if starts_like_tls_record(data_client) and not inside:
            outer = layers.ServerTLSLayer(context)
            outer.child_layer = layers.ClientTLSLayer(context)
            return outer
        if UNDECIDED.match(data_client):
            raise next_layer.NeedsMoreData
        if not METHOD.match(data_client):
            return Closed(context)
        if explicit:
            up = isinstance(first, modes.HttpUpstreamProxy)
            return layers.HttpLayer(context, HTTPMode.upstream if up else HTTPMode.regular)
        return layers.HttpLayer(context, HTTPMode.transparent)


class Closed(layer.Layer):
    """Bytes that are neither TLS nor HTTP end the connection."""

    def _handle_event(self, event):
        if isinstance(event, events.Start):
            server = self.context.server.address or (None, None)
            log.decide("proxy", "deny", "raw-bytes", host=server[0], port=server[1])
            yield commands.CloseConnection(self.context.client)


class Policy:
    """Base of both policies: refusals, decision lines, guarded hooks."""

    daemon = "proxy"

    def __init__(self, config):
        self.config = config
        self.limit = config["limits"]["request_body"]
        self.held = weakref.WeakKeyDictionary()
        self.waiting = collections.OrderedDict()
        self.server = proxyserver.Proxyserver()
        for name in HOOKS:
            hook = getattr(self, name, None)
            if hook:
                setattr(self, name, guarded(self, hook))

    def decide(self, flow, verdict, policy, **more):
        """One line for each flow: the first decision stands."""
        if flow.metadata.get("decided") is None:
            flow.metadata["decided"] = verdict
            log.decide(self.daemon, verdict, policy, method=flow.request.method,
                       host=flow.request.host, port=flow.request.port, **more)

    def answer(self, flow, policy, why, status=403):
        host = log.clean(flow.request.host, 253)
        text = f"bottle: blocked by policy {policy} for host {host}: {why}\n"
        body, kind = text.encode("utf-8", "replace"), "text/plain; charset=utf-8"
        api = apis.HOSTS.get(host)
        if api and "json" in flow.request.headers.get("content-type", ""):
            (status, body), kind = apis.shaped(api, status, text.strip()), "application/json"
        return self.own(flow, status, body, {"content-type": kind, "x-bottle-policy": policy})

    def own(self, flow, status, body, headers):
        """An answer that we make: without a body to HEAD, which the other end would take for the next answer."""
        made = http.Response.make(status, body, headers)
        if flow.request.method == "HEAD":
            made.raw_content = b""
        if not flow.request.is_http2 and request.closes(flow):
            made.headers["connection"] = "close"
        return made

    def refuse(self, flow, policy, why, status=403, **more):
        self.decide(flow, "deny", policy, **more)
        flow.response = self.answer(flow, policy, why, status)

    def client_connected(self, client):
        self.waiting[client] = None
        if len(self.waiting) > CLIENTS:
            oldest, _ = self.waiting.popitem(last=False)
            for handler in list(self.server.connections.values()):
                if handler.client is oldest and oldest in handler.transports:
                    handler.transports[oldest].handler.cancel("makes room")

    def client_disconnected(self, client):
        self.waiting.pop(client, None)

    def hold(self, flow, size):
        """SIZE bytes of this body are in memory. True: it is refused, the answer stands in flow.response."""
        self.held[flow] = size
        if size > self.limit:
            self.too_large(flow)
        elif sum(self.held.values()) > max(HELD, self.limit):
            self.refuse(flow, "busy", "too many large bodies at once; try again", status=503)
            flow.response.headers["retry-after"] = "2"
        else:
            return False
        self.let_go(flow)
        return True

    def let_go(self, flow):
        """The body has been sent, or never will be."""
        self.held.pop(flow, None)
        flow.request.data.content = b""

    def too_large(self, flow):
        self.refuse(flow, "body-limit", f"body larger than {self.limit} bytes", status=413)

    # --- WebSockets ---

    def watchdog(self, flow):
        return next(h.timeout_watchdog for h in self.server.connections.values() if h.client is flow.client_conn)

    def websocket_start(self, flow):
        """A connection without a byte is closed after ten minutes: this kind may be silent."""
        flow.metadata.update(awake=self.watchdog(flow).disarm(), messages=[0, 0])
        flow.metadata["awake"].__enter__()

    def websocket_end(self, flow):
        self.held.pop(flow, None)
        flow.metadata["awake"].__exit__(None, None, None)
        sent, received = flow.metadata["messages"]
        log.decide(self.daemon, "allow", "websocket", method=flow.request.method, host=flow.request.host,
                   port=flow.request.port, sent=sent, received=received)

    async def websocket_message(self, flow):
        message = flow.metadata.pop("message")
        flow.metadata["messages"][not message.from_guest] += 1
        try:
            await self.look(flow, message)
        except Exception as e:
            log.say(f"websocket_message: internal error ({type(e).__name__})")
            message.close = self.refuse_message(flow, "internal-error", "it could not be inspected", websocket.FAILED)

    def refuse_message(self, flow, policy, why, number=websocket.VIOLATION, **more):
        """A line, and what closes the connection; a reason has room for 123 bytes."""
        log.decide(self.daemon, "deny", policy, method=flow.request.method, host=flow.request.host, port=flow.request.port, **more)
        return number, log.clean(f"bottle: blocked by policy {policy}: {why}")

    def hold_message(self, flow, both, size):
        """SIZE bytes of a message, BOTH with what goes the other way, are in memory. What closes the connection, or None."""
        self.held[flow] = both
        if size > self.limit:
            return self.refuse_message(flow, "body-limit", f"message larger than {self.limit} bytes", websocket.TOO_BIG)
        if sum(self.held.values()) > max(HELD, self.limit):
            return self.refuse_message(flow, "busy", "too many large bodies at once; try again", websocket.AGAIN)
        return None

    def reason(self, flow, text):
        """Of a close that the other side sent."""
        return text

    def unreadable(self, flow):
        """An answer that must be searched and cannot be: its text instead, also after it was allowed."""
        flow.metadata["decided"] = None
        self.refuse(flow, "response-encoding", "an encoded answer cannot be searched", status=502)

    def failed(self, flow, message):
        """Our answer for a failure on the other side."""
        for pattern, policy, why, status in FAILURES:
            found = pattern.search(message)
            if found:
                break
        more = found[1] if found.lastindex else None
        flow.metadata["decided"] = None
        self.refuse(flow, policy, why + (more or ""), status=status)
        return flow.response

    def server_connect(self, data):
        """Our own list of protocols goes out, not the guest's: it is sent before anything is encrypted."""
        data.server.alpn_offers = ALPN if data.client.alpn == b"h2" else ALPN[1:]

    def error(self, flow):
        self.decide(flow, "deny", "connection-error")


def guarded(policy, hook):
    """An exception in a hook ends the flow with 403 instead of forwarding it."""

    def failed(data):
        kind = sys.exc_info()[0].__name__
        log.say(f"{hook.__name__}: internal error ({kind})")
        flow = data if isinstance(data, http.HTTPFlow) else None
        if flow is None:
            data.server.error = "blocked by policy internal-error"
            return
        late = hook.__name__ in ("responseheaders", "response", "http_connect_upstream")
        policy.decide(flow, "deny", "internal-error")
        if late:
            flow.kill()
        else:
            flow.response = policy.answer(flow, "internal-error", "the request could not be inspected")

    if inspect.iscoroutinefunction(hook):
        @functools.wraps(hook)
        async def wrapper(data):
            try:
                await hook(data)
            except Exception:
                failed(data)
    else:
        @functools.wraps(hook)
        def wrapper(data):
            try:
                hook(data)
            except Exception:
                failed(data)
    return wrapper


class Lines(logging.Handler):
    """mitmproxy's warnings as one clean line each."""

    def emit(self, record):
        log.say(f"mitmproxy: {record.getMessage()}")


def run(policy, settings):
    """Start a proxy with this policy and stay until SIGTERM."""
    handler = Lines(logging.WARNING)
    logging.getLogger().addHandler(handler)
    logging.getLogger().setLevel(logging.WARNING)
    repairs.install(policy)

    async def main():
        opts = options.Options()
        master = Master(opts)
        master.addons.add(core.Core(), policy.server, Next(),
                          tlsconfig.TlsConfig(), disable_h2c.DisableH2C(),
                          policy, errorcheck.ErrorCheck())
        opts.update(connection_strategy="lazy", rawtcp=False, websocket=True,
                    http3=False, ssl_insecure=False, **settings)
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, master.shutdown)
        await master.run()

    asyncio.run(main())
