# SPDX-License-Identifier: MIT
"""Inspected WebSockets (RFC 6455): each message is whole, looked at, then framed anew; nothing else passes.

mitmproxy's own layer keeps all messages for ever, bounds none, carries pings, pongs and reasons of a close as they come, and goes
on with what stands behind a close. Here no extension is ever agreed on, so nothing is compressed: a frame that says it is ends the
connection. A ping is answered here and goes on empty; a pong goes nowhere; of the guest's close the number goes on alone.
"""

import asyncio
import base64
import binascii
import hashlib
import weakref

import wsproto
from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.layers.websocket import WebsocketEndHook, WebsocketMessageHook, WebsocketStartHook
from mitmproxy.proxy.server import ConnectionHandler
from wsproto.frame_protocol import Opcode

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
LEAST = 4096                # bytes of a frame that we make, unless the sender's were larger: some servers bound theirs
AHEAD = 1024 * 1024         # bytes that are read and forgotten while a refusal waits for its reader
VIOLATION, TOO_BIG, FAILED, AGAIN, AWAY, PROTOCOL = 1008, 1009, 1011, 1013, 1001, 1002
_looking = weakref.WeakKeyDictionary()  # client connection: what nothing more is read before


def tokens(headers, name):
    return [word.strip().lower() for value in headers.get_all(name) for word in value.split(",")]


def wanted(flow, config):
    """Is this a handshake, for a host whose messages are looked at? Then it is marked."""
    r = flow.request
    key = r.headers.get("sec-websocket-key", "")
    try:
        key_is_good = len(base64.b64decode(key, validate=True)) == 16
    except (ValueError, binascii.Error):
        key_is_good = False
    good = (r.host.lower().rstrip(".") in config["websocket"] and key_is_good and r.data.method == b"GET"
            and r.data.http_version == b"HTTP/1.1" and tokens(r.headers, "upgrade") == ["websocket"]
            and "upgrade" in tokens(r.headers, "connection") and r.headers.get("sec-websocket-version") == "13"
            and "transfer-encoding" not in r.headers and r.headers.get("content-length", "0") == "0")
    flow.metadata["websocket"] = good
    return good


def frame(flow):
    """What was taken out of the head with all that is of one connection, put back; without an extension."""
    if flow.metadata.get("websocket"):
        flow.request.headers.pop("sec-websocket-extensions", None)
        flow.request.headers.pop("content-length", None)
        flow.request.headers["connection"] = "Upgrade"
        flow.request.headers["upgrade"] = "websocket"


def agreed(flow):
    """Is this 101 the answer to such a handshake, and no more than that?"""
    key, headers = flow.request.headers.get("sec-websocket-key", ""), flow.response.headers
    accept = base64.b64encode(hashlib.sha1(key.encode() + GUID).digest()).decode()
    return (bool(flow.metadata.get("websocket")) and tokens(headers, "upgrade") == ["websocket"]
            and "upgrade" in tokens(headers, "connection") and headers.get("sec-websocket-accept") == accept
            and "sec-websocket-extensions" not in headers)


class Message:
    """One message. Who looks at it sets `passed`, and `content` if it is to be another; or `close`: (number, text)."""

    def __init__(self, from_guest, text, content):
        self.from_guest, self.text, self.content = from_guest, text, content
        self.passed, self.close = False, None


class Side:
    """What one end sends."""

    def __init__(self, role, connection):
        self.ws = wsproto.Connection(role)
        self.connection = connection
        self.message, self.frame, self.largest = bytearray(), 0, 0

    def send(self, event):
        return commands.SendData(self.connection, self.ws.send(event))

    def close(self, number, text=""):
        if self.ws.state in (wsproto.ConnectionState.OPEN, wsproto.ConnectionState.REMOTE_CLOSING):
            yield self.send(wsproto.events.CloseConnection(code=number, reason=text))

    def take(self, part):
        """True when the message is whole."""
        data = part.data.encode() if isinstance(part.data, str) else part.data
        self.message += data
        self.frame += len(data)
        if part.frame_finished:
            self.largest, self.frame = max(self.largest, self.frame), 0
        return part.message_finished

    def frames(self, message, largest):
        """In frames no larger than those it came in."""
        step, opcode = max(largest, LEAST), Opcode.TEXT if message.text else Opcode.BINARY
        for start in range(0, max(len(message.content), 1), step):
            last = start + step >= len(message.content)
            data = self.ws._proto._serialize_frame(opcode, message.content[start:start + step], last)
            yield commands.SendData(self.connection, data)
            opcode = Opcode.CONTINUATION


class Layer(layer.Layer):
    policy = None

    def __init__(self, context, flow):
        super().__init__(context)
        self.flow = flow
        self.guest = Side(wsproto.ConnectionType.SERVER, context.client)
        self.world = Side(wsproto.ConnectionType.CLIENT, context.server)
        self.left = AHEAD
        self.state = self.relay

    def _handle_event(self, event):
        if isinstance(event, events.Start):
            yield WebsocketStartHook(self.flow)
        elif isinstance(event, (events.DataReceived, events.ConnectionClosed)):
            yield from self.state(event)

    def relay(self, event):
        here, there = (self.guest, self.world) if event.connection == self.context.client else (self.world, self.guest)
        if isinstance(event, events.ConnectionClosed):
            yield from self.end()
            return
        here.ws.receive_data(event.data)
        for part in here.ws.events():
            if isinstance(part, wsproto.events.Message):
                yield from self.part(here, there, part)
            elif isinstance(part, wsproto.events.Ping):
                yield here.send(part.response())
                yield there.send(wsproto.events.Ping())
            elif isinstance(part, wsproto.events.CloseConnection):
                yield from self.closed(here, there, part)
            if self.state != self.relay:
                return

    def closed(self, here, there, part):
        """A close, or what the reader of frames takes for the end of the protocol."""
        broken = here.ws.state is wsproto.ConnectionState.OPEN
        text = part.reason or ""
        if here is self.guest:
            yield from here.close(part.code, text if broken else "")
            yield from there.close(AWAY if broken else part.code)
        else:
            yield from here.close(part.code)
            yield from there.close(PROTOCOL if broken else part.code, "" if broken else self.policy.reason(self.flow, text))
        yield from self.end()

    def part(self, here, there, part):
        whole = here.take(part)
        refused = self.policy.hold_message(self.flow, len(self.guest.message) + len(self.world.message), len(here.message))
        if refused:
            yield from self.refuse(refused)
            return
        if not whole:
            return
        message = Message(here is self.guest, isinstance(part.data, str), bytes(here.message))
        largest, here.largest = here.largest, 0
        here.message.clear()
        self.flow.metadata["message"] = message
        _looking[self.context.client] = asyncio.Event()
        yield WebsocketMessageHook(self.flow)
        _looking.pop(self.context.client).set()
        self.policy.held[self.flow] = len(self.guest.message) + len(self.world.message)
        if message.passed and not message.close:
            yield from there.frames(message, largest)
        else:
            yield from self.refuse(message.close or (FAILED, "bottle: blocked by policy internal-error: it could not be inspected"))

    def refuse(self, why):
        """The guest is told, and what it still sends is forgotten until it has read that."""
        yield from self.guest.close(*why)
        yield from self.world.close(AWAY)
        yield commands.CloseConnection(self.world.connection)
        self.state = self.linger
        yield WebsocketEndHook(self.flow)

    def linger(self, event):
        if event.connection != self.context.client:
            return
        over = isinstance(event, events.ConnectionClosed)
        if not over:
            self.left -= len(event.data)
            self.guest.ws.receive_data(event.data)
            over = self.left < 0 or any(isinstance(part, wsproto.events.CloseConnection) for part in self.guest.ws.events())
        if over:
            yield commands.CloseConnection(self.guest.connection)
            self.state = self.over

    def end(self):
        self.state = self.over
        for side in (self.guest, self.world):
            yield commands.CloseConnection(side.connection)
        yield WebsocketEndHook(self.flow)

    def over(self, _):
        yield from ()


def backpressure():
    """While a message is looked at, nothing more is read on its connections: what came would be kept in memory."""
    drain = ConnectionHandler.drain_writers

    async def drain_writers(self):
        await drain(self)
        if self.client in _looking:
            await _looking[self.client].wait()

    ConnectionHandler.drain_writers = drain_writers
