# SPDX-License-Identifier: MIT
"""What of mitmproxy 11.0.2 is mended or replaced, each with its reason; tests/bundle holds a test for each.

The rest of mitmproxy is used as it is: look here first when its version changes.
"""

import re

import h11
from mitmproxy import flow as mflow
from mitmproxy.net.http import status_codes
from mitmproxy.proxy import events
from mitmproxy.proxy.layers.http import (
    HttpErrorHook, HttpStream, ResponseData, ResponseEndOfMessage, ResponseHeaders,
    ResponseProtocolError, ResponseTrailers, RequestProtocolError, SendHttp, DropStream)
from mitmproxy.proxy.layers.http import _http1, _http2

MAX_BUFFERED_RESPONSE = 8 * 1024 * 1024
# 1xx but 101, which ends HTTP.
INTERIM = re.compile(rb"HTTP/1\.[01] 1(?!01)[0-9]{2}[ \r\n]")


def answer(stream, response):
    """Send this response instead of whatever was to come on this stream."""
    for event in (ResponseHeaders(stream.stream_id, response, False),
                  ResponseData(stream.stream_id, response.raw_content),
                  ResponseEndOfMessage(stream.stream_id)):
        yield SendHttp(event, stream.context.client)
    # Either side may go on sending; state_errored swallows it unread.
    stream.client_state = stream.server_state = stream.state_errored
    stream.flow.live = False


def bound_bodies(policy):
    """mitmproxy's own body limit answers HTML without a name, resets chunked uploads, and breaks big downloads that
    are streamed."""

    def check_body_size(self, request):
        if request:
            if len(self.request_body_buf) <= policy.limit or self.flow.response:
                return False
            policy.too_large(self.flow)
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
        yield DropStream(self.stream_id)

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


def install(policy):
    bound_bodies(policy)
    own_errors(policy)
    http1_trailers()
    interim_answers()
