# SPDX-License-Identifier: MIT
"""What of mitmproxy 11.0.2 is mended or replaced, each with its reason; tests/bundle holds a test for each.

The rest of mitmproxy is used as it is: look here first when its version changes.
"""

import functools
import re

import h11
import h2.connection
from h11._receivebuffer import ReceiveBuffer
from mitmproxy import flow as mflow
from mitmproxy.net.http import status_codes
from mitmproxy.proxy import commands, events
from mitmproxy.proxy.layers.http import (
    HttpErrorHook, HttpStream, ResponseData, ResponseEndOfMessage, ResponseHeaders,
    ResponseProtocolError, ResponseTrailers, RequestProtocolError, SendHttp, DropStream)
from mitmproxy.proxy.layers import websocket as mwebsocket
from mitmproxy.proxy.layers.http import _http1, _http2

from . import request, websocket

MAX_BUFFERED_RESPONSE = 8 * 1024 * 1024
MAX_HEAD = 48 * 1024
MAX_AHEAD = 1024 * 1024
# 1xx but 101, which ends HTTP.
INTERIM = re.compile(rb"HTTP/1\.[01] 1(?!01)[0-9]{2}[ \r\n]")


def answer(stream, response):
    """Send this response instead of whatever was to come on this stream."""
    for event in (ResponseHeaders(stream.stream_id, response, False),
                  ResponseData(stream.stream_id, response.raw_content),
                  ResponseEndOfMessage(stream.stream_id)):
        yield SendHttp(event, stream.context.client)
    # Either side may go on sending: nobody listens to a stream that was dropped.
    stream.client_state = stream.server_state = stream.state_errored
    stream.flow.live = False
    yield DropStream(stream.stream_id)


def bound_bodies(policy):
    """mitmproxy's own body limit answers HTML without a name, resets chunked uploads, and breaks big downloads that
    are streamed."""

    def check_body_size(self, request):
        if request:
            if not policy.hold(self.flow, len(self.request_body_buf)):
                return False
            self.request_body_buf.clear()
        else:
            if len(self.response_body_buf) <= MAX_BUFFERED_RESPONSE:
                return False
            policy.unreadable(self.flow)
            self.response_body_buf.clear()
            yield SendHttp(RequestProtocolError(self.stream_id, "too large", 502), self.context.server)
        yield from answer(self, self.flow.response)
        return True

    HttpStream.check_body_size = check_body_size


def early_refusals():
    """A refusal that stands before the body waits for its end, and keeps all of it in memory: 450 bodies without a
    token were the end of a bundle. It is sent at once; what still comes is read and forgotten."""
    read = HttpStream.state_wait_for_request_headers

    def state_wait_for_request_headers(self, event):
        yield from read(self, event)
        if self.client_state == self.state_consume_request_body and self.flow.response and not event.end_stream:
            yield from answer(self, self.flow.response)

    HttpStream.state_wait_for_request_headers = state_wait_for_request_headers


def bound_heads():
    """The head of an HTTP/1 message has no bound. HTTP/2's has one, 64 KiB, above which h2 ends the connection without a
    text: it is read to four times that, and refused by request.framing."""
    h2.connection.H2Connection.DEFAULT_MAX_HEADER_LIST_SIZE = 4 * request.HEAD

    def forget(self, left, event):
        """What still comes of such a head: a close that meets unread bytes takes our answer with it."""
        left[0] -= len(self.buf)
        self.buf = ReceiveBuffer()
        if left[0] < 0 or isinstance(event, events.ConnectionClosed):
            yield commands.CloseConnection(self.conn)
            self.state = self.done

    def bounded(read):
        def read_headers(self, event):
            if len(self.buf) > MAX_HEAD and b"\n\r\n" not in bytes(self.buf) and b"\n\n" not in bytes(self.buf):
                if isinstance(self, _http1.Http1Server):
                    yield commands.SendData(self.conn, _http1.make_error_response(431, ""))
                    self.state = functools.partial(forget, self, [MAX_AHEAD])
                    yield from self.state(event)
                    return
                self.buf = ReceiveBuffer()
                yield commands.CloseConnection(self.conn)
                self.state = self.done
                return
            yield from read(self, event)
        return read_headers

    for side in (_http1.Http1Server, _http1.Http1Client):
        side.read_headers = bounded(side.read_headers)

    wait = _http1.Http1Server.wait

    def bounded_wait(self, event):
        """What a client sends ahead of an answer."""
        if len(self.buf) > MAX_AHEAD:
            yield commands.CloseConnection(self.conn)
            self.state = self.done
            return
        yield from wait(self, event)

    _http1.Http1Server.wait = bounded_wait


def own_errors(policy):
    """mitmproxy's error pages are HTML, are tried again by every client, and quote what the other side sent: the
    credential too, if an origin echoes it where a status line should be."""
    as_it_is = HttpStream.handle_protocol_error

    def handle_protocol_error(self, event):
        unanswered = (self.state_uninitialized, self.state_wait_for_response_headers, self.state_consume_response_body)
        if (not isinstance(event, ResponseProtocolError) or event.code == status_codes.NO_RESPONSE
                or self.client_state == self.state_errored or self.server_state not in unanswered):
            yield from as_it_is(self, event)
            return
        self.flow.error = mflow.Error(event.message)
        yield HttpErrorHook(self.flow)
        yield from answer(self, policy.failed(self.flow, event.message))

    HttpStream.handle_protocol_error = handle_protocol_error

    def text(status_code, message):
        return f"bottle: blocked by policy framing: this is no request that can be passed on ({status_code})\n".encode()

    _http1.format_error = _http2.format_error = text


def http1_trailers():
    """Behind chunks they are not implemented, towards the client they crash the layer: left out, at both ends."""

    def without(reader):
        def read(*args):
            event = reader(*args)
            return h11.EndOfMessage() if isinstance(event, h11.EndOfMessage) else event
        read.read_eof = reader.read_eof
        return read

    make = _http1.make_body_reader

    def make_body_reader(size):
        reader = make(size)
        return without(reader) if size is None else reader

    _http1.make_body_reader = make_body_reader
    send = _http1.Http1Server.send

    def send_but_trailers(self, event):
        if not isinstance(event, ResponseTrailers):
            yield from send(self, event)

    _http1.Http1Server.send = send_but_trailers


def interim_answers():
    """After a 102 or 103 the final answer is taken for its body. They are left out, as mitmproxy does for HTTP/2."""
    read = _http1.Http1Client.read_headers

    def read_headers(self, event):
        while isinstance(event, events.DataReceived) and self.request and INTERIM.match(bytes(self.buf)[:16]):
            if not self.buf.maybe_extract_lines():
                return
        yield from read(self, event)

    _http1.Http1Client.read_headers = read_headers


def own_websockets(policy):
    """Theirs is no place to bound or inspect anything: see websocket.py."""
    websocket.Layer.policy = policy
    mwebsocket.WebsocketLayer = websocket.Layer
    websocket.backpressure()


def install(policy):
    bound_bodies(policy)
    own_errors(policy)
    early_refusals()
    bound_heads()
    http1_trailers()
    interim_answers()
    own_websockets(policy)
