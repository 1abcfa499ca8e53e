# SPDX-License-Identifier: MIT
"""proxy.py - the rows that go through 8888: hosts, addresses, secrets, names, git over HTTPS."""
import base64
import gzip

from rows import FREE, KNOWN, PAID, SECRET, Row, b64, policy

HOST, PRIVATE, PORT = policy("host-not-allowed"), policy("private-address"), "x-bottle-policy: port-not-allowed"
LITERAL = policy("host-not-allowed", "host-mismatch")
PLAIN = FREE.replace("https", "http")


def hosts():
    def row(id, what, order, need, log=""):
        return Row(id, 1, what, order, need, log=log)
    return [
        row("E-13", "unlisted host by CONNECT", {"url": "https://blocked.example.org/MARK"}, HOST),
        row("E-13", "unlisted host by absolute form", {"url": "http://blocked.example.org/MARK"}, HOST),
        row("E-13", "name under an allowed one", {"url": "https://MARK.api.example.com/"}, HOST),
        row("E-13", "upgrade to WebSocket", {"url": FREE, "headers": {
            "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}}, policy("upgrade")),
        row("E-14", "allowed host, port 22", {"connect": "echo.example.net:22", "send": "MARK"}, PORT),
        row("E-14", "allowed host, port 25", {"connect": "echo.example.net:25", "send": "MARK"}, PORT),
        row("E-14", "allowed host, port 9418", {"connect": "echo.example.net:9418", "send": "MARK"}, PORT),
        row("E-14", "raw bytes behind CONNECT", {"connect": "echo.example.net:443", "send": "SSH-2.0-MARK\r\n"}, "^closed$", "raw-bytes"),
        row("E-16", "another Host than CONNECT names", {"url": FREE, "headers": {"Host": "blocked.example.org"}}, policy("host-mismatch")),
        row("E-16", "another Host over plain http", {"url": PLAIN, "headers": {"Host": "blocked.example.org"}}, policy("host-mismatch")),
        row("E-16", "another name in TLS than CONNECT names", {"url": FREE, "sni": "blocked.example.org"}, policy("sni-mismatch")),
        row("E-16", "a server nobody vouches for", {"url": "https://badcert.example.net/MARK"}, policy("upstream-tls") + ".*certificate is not trusted"),
    ]


def addresses(ip):
    """Whatever Host says."""
    def row(id, what, order, need):
        return Row(id, 2, what, order, need)
    gateway = ip.rpartition(".")[0] + ".1"
    # A good answer is kept for 30 s; the resolver gives the other one by then, if it did not at first.
    rebind = ("for s in 31 0; do printf '%s ' $(curl -sk -m 120 -o said -w '%{http_code}' https://rebind.example.com/);"
              "cut -c 1-200 said; sleep $s; done; exit 1")
    good, bad = r"200 .*93\.184\.216\.37:443", "403 .*" + PRIVATE
    follow = "curl -sLk --noproxy '' --max-time 120 https://echo.example.net/to/http://127.0.0.1:9099/; exit 1"
    return [
        row("E-02", "CONNECT to an address", {"url": "https://93.184.216.36/MARK"}, LITERAL),
        row("E-02", "an address with an allowed Host", {"url": "http://93.184.216.36/MARK", "headers": {"Host": "api.example.com"}}, LITERAL),
        row("E-04", "DNS over HTTPS by name", {"url": "https://dns.example.com/dns-query?MARK"}, HOST),
        row("E-09", "metadata service", {"url": "http://169.254.169.254/MARK"}, LITERAL),
        row("E-09", "metadata service, IPv4-mapped", {"url": "http://[::ffff:169.254.169.254]/MARK"}, LITERAL),
        row("E-09", "metadata service, decimal", {"url": "http://2852039166/MARK"}, LITERAL),
        row("E-09", "metadata service, hexadecimal", {"url": "http://0xa9fea9fe/MARK"}, LITERAL),
        row("E-15", "the egress proxy by 8888", {"url": "http://127.0.0.1:9099/MARK"}, LITERAL),
        row("E-15", "the egress proxy by CONNECT", {"connect": "127.0.0.1:9099", "send": "GET /MARK\r\n\r\n"}, PORT),
        row("E-15", "the bundle's own address", {"url": f"http://{ip}:9099/MARK"}, LITERAL),
        row("E-15", "the gateway", {"url": f"http://{gateway}:7777/MARK"}, LITERAL),
        row("E-15", "localhost by name", {"url": "http://localhost:9099/MARK"}, LITERAL),
        row("E-15", "an allowed name with a private address", {"url": "https://private.example.com/MARK"}, PRIVATE),
        row("E-15", "the same over plain http", {"url": "http://private.example.com/MARK"}, PRIVATE),
        row("E-15", "an allowed name that turns private", {"script": rebind}, f"(?s)^({good}.*{bad}|{bad}.*{good})"),
        row("E-15", "a redirect to the egress proxy", {"script": follow}, LITERAL),
    ]


def plain_secrets(secret):
    """To a host that is allowed."""
    def row(id, what, need=SECRET, **order):
        return Row(id, 3, what, {"url": FREE, **order}, need)
    multipart = f'--x\r\nContent-Disposition: form-data; name="f"; filename="n"\r\n\r\n{secret}\r\n--x--\r\n'
    def typed(kind):
        return {"Content-Type": kind}
    return [
        row("E-17", "path", url=f"{FREE}/{secret}"),
        row("E-17", "query", url=f"{FREE}?q={secret}"),
        row("E-17", "header", headers={"X-Note": secret}),
        row("E-17", "header's name", headers={"X-" + secret: "y"}),
        row("E-17", "cookie", headers={"Cookie": f"a=b; n={secret}"}),
        row("E-17", "form", headers=typed("application/x-www-form-urlencoded"), body=b64(f"a=b&n={secret}")),
        row("E-17", "JSON", headers=typed("application/json"), body=b64('{"a":{"b":["%s"]}}' % secret)),
        row("E-17", "multipart", headers=typed("multipart/form-data; boundary=x"), body=b64(multipart)),
        row("E-17", "plain http", url=PLAIN + f"?q={secret}"),
        row("E-19", "HEAD", method="HEAD", url=f"{FREE}?q={secret}", need="^403 secret:"),
        row("E-19", "behind three megabytes", fill=3 << 20, body=b64(secret)),
        row("E-19", "behind the scanner's limit", fill=33 << 20, body=b64(secret), need="^413 .*" + policy("body-limit")),
        row("E-19", "in pieces of a chunked body", pieces=[secret[:7], secret[7:30], secret[30:]]),
    ]


def coded_secrets(secret):
    def row(what, need=SECRET, todo="", **order):
        return Row("E-18", 3, what, {"url": FREE, **order}, need, todo)
    key = secret.encode()
    double = "".join(f"%25{b:02x}" for b in key)
    packed = gzip.compress(key)
    told = {"Content-Encoding": "gzip"}
    return [
        row("base64 in the query", url=f"{FREE}?q={base64.urlsafe_b64encode(key).decode()}"),
        row("base64 in the body", body=b64(base64.b64encode(b"note: " + key))),
        row("base32", body=b64(base64.b32encode(key))),
        row("hex in a header", headers={"X-Note": key.hex()}),
        row("URL-encoded", url=FREE + "?q=" + "".join(f"%{b:02x}" for b in key)),
        row("URL-encoded twice", url=f"{FREE}?q={double}"),
        row("gzip body, told", headers=told, body=b64(packed)),
        row("gzip body, not told", body=b64(packed)),
        row("gzip in base64", body=b64(base64.b64encode(packed))),
        row("a coding that is not the body's", headers=told, body=b64("MARK"), need=policy("encoding")),
        row("UTF-16 body", body=b64(secret.encode("utf-16"))),
        row("split over two parameters", url=f"{FREE}?a={secret[:20]}&b={secret[20:]}",
            todo="no scanner joins what it was never given in one piece"),
        row("reversed", url=f"{FREE}?q={secret[::-1]}", todo="a coding of one's own is nobody's pattern"),
    ]


def known(token):
    """What the guest has and nobody else should."""
    return [
        Row("E-17", 3, "the token of the bottle", {"url": FREE, "body": b64(token)}, KNOWN),
        Row("E-18", 3, "the token of the bottle, in base64", {"url": FREE, "body": b64(base64.b64encode(token.encode()))}, KNOWN),
    ]


def names(secret):
    label = secret.replace("_", "-")
    return [
        Row("E-05", 4, "secret as a label, by CONNECT", {"url": f"https://{label}.blocked.example.org/MARK"}, HOST),
        Row("E-05", 4, "a name of nobody", {"url": "http://MARK.canary.test/"}, HOST),
    ]


def git():
    def row(what, **order):
        return Row("E-25", 5, what, order, policy("git-over-https"))
    return [
        row("push over HTTPS", url=FREE + ".git/info/refs?service=git-receive-pack"),
        row("fetch over HTTPS", url=FREE + ".git/info/refs?service=git-upload-pack"),
        row("LFS over HTTPS", url=FREE + ".git/info/lfs/objects/batch", body=b64("{}")),
        row("push to the gate's own upstream", url="https://echo.example.net/app.git/info/refs?service=git-receive-pack&MARK"),
    ]


def credential():
    """9099's credential comes back in no answer; `escape` looks for it in all of them."""
    return [
        Row("E-28", "N", "a credential is reflected", {"url": PAID + "?reflect"}, r"(?s)Bearer \*{8,}"),
    ]
