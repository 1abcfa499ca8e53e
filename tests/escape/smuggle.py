# SPDX-License-Identifier: MIT
"""smuggle.py - the rows that hide one request in another: HTTP/2 that becomes HTTP/1.1, and HTTP/1 that two readers
read in two ways. The origins speak HTTP/1.1 only: nginx with a second virtual host that is not allowed, and one that
takes a lone CR as the end of a line (tests/lab/guest/lax.py)."""
from rows import Row, policy

SITE, LAX, PAID = "site.example.com", "lax.example.com", "api.example.com"
INNER = "GET /MARK HTTP/1.1\r\nHost: blocked.example.org\r\n\r\n"
PUSH = "POST /app.git/git-receive-pack?MARK HTTP/1.1\r\nHost: echo.example.net\r\n\r\n"
# Ours, or the HTTP/2 library's own.
NEED = rf"{policy('framing')}|^0 refused by HTTP/2"


def h2(host, method="GET", path="/", *fields, body=None):
    pseudo = [[":method", method], [":scheme", "https"], [":authority", host], [":path", path]]
    return {"h2": host, "fields": pseudo + [list(f) for f in fields]} | ({} if body is None else {"body": body})


def h1(host, line, *fields):
    return {"h1": host, "send": "\r\n".join([line, f"Host: {host}", *fields, "Connection: close", "", ""])}


def by_h2():
    def row(what, order, need=NEED):
        return Row("E-16", 1, "h2 to an HTTP/1.1 origin: " + what, order, need)
    return [
        # Honest but for its body, which is a body when it arrives.
        row("a body without a length is no request", h2(SITE, "POST", body=INNER), "^200 site: POST / "),
        row("a request in the method", h2(SITE, f"{INNER}POST")),
        row("a request in the path", h2(SITE, "GET", f"/ HTTP/1.1\r\nHost: {SITE}\r\n\r\n{INNER}GET /")),
        row("a blank in the path", h2(SITE, "GET", "/MARK HTTP/1.1 x")),
        row("a request in a value", h2(SITE, "GET", "/", ("x-a", f"1\r\n\r\n{INNER}X-B: "))),
        row("a request in a value, where there is a credential", h2(PAID, "GET", "/", ("x-a", f"1\r\n\r\n{INNER}X-B: "))),
        row("the next one's body has the credential", h2(PAID, "GET", "/", ("x-a", "1\r\n\r\nPOST /MARK HTTP/1.1\r\nHost: " + PAID +
                                                                       "\r\nContent-Length: 300\r\n\r\n"))),
        row("a push behind it", h2("echo.example.net", "GET", "/", ("x-a", f"1\r\n\r\n{PUSH}X-B: "))),
        row("Range put back", h2(PAID, "GET", "/MARK", ("x-a", "1\r\nRange: bytes=0-3"))),
        row("LF alone in a value", h2(LAX, "GET", "/", ("x-a", "1\nX-B: MARK"))),
        row("CR alone in a value", h2(LAX, "GET", "/", ("x-a", "1\rX-B: MARK"))),
        row("NUL in a value", h2(LAX, "GET", "/", ("x-a", "MARK\0"))),
        row("a line in a name", h2(LAX, "GET", "/", ("x-a: 1\r\nx-b", "MARK"))),
        row("a colon in a name", h2(LAX, "GET", "/", ("x-a:", "MARK"))),
        row("a length that is not the body's", h2(LAX, "POST", "/", ("content-length", "0"), body=INNER)),
        row("transfer-encoding, which HTTP/2 has not", h2(LAX, "POST", "/", ("transfer-encoding", "chunked"), body="0\r\n\r\n" + INNER)),
    ]


def by_h1():
    def row(what, order, need=rf"{policy('framing')}|^0 HTTP/1.1 400 |^0 closed$"):
        return Row("E-16", 1, "HTTP/1 read in two ways: " + what, order, need)
    return [
        row("CR alone in a value", h1(LAX, "GET / HTTP/1.1", f"X-A: 1\rContent-Length: 0\r\r{INNER}")),
        row("CR alone before a header", h1(LAX, "GET / HTTP/1.1", "X-A: 1\rX-B: MARK")),
        row("NUL in a value", h1(LAX, "GET / HTTP/1.1", "X-A: MARK\0")),
        row("a folded value", h1(LAX, "GET / HTTP/1.1", "X-A: 1", " MARK")),
        row("a byte over 127 in a value", h1(LAX, "GET / HTTP/1.1", "X-A: MARK\xff")),
        row("a blank before the colon", h1(LAX, "GET / HTTP/1.1", "X-A : MARK")),
        row("a control in the path", h1(LAX, "GET /\x01MARK HTTP/1.1")),
        row("CR in the path", h1(LAX, "GET /\rMARK HTTP/1.1")),
        row("a method that is no token", h1(LAX, "G(T /MARK HTTP/1.1")),
    ]


def rows():
    return [*by_h2(), *by_h1()]
