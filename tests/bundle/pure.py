# SPDX-License-Identifier: MIT
"""The parts of the bundle that need nothing but Python: python3 tests/bundle/pure.py"""

import base64
import gzip
import json
import os
import random
import subprocess
import sys
import tempfile
import unittest
import zlib

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../docs/examples/bundle/lib"))

from bottle import config, decode, hosts, redact, refs, upstream, web  # noqa: E402

NEEDLE = b"needle-0123456789-ABCdef-needle"
GOOD = {"version": 1, "bottle": "demo", "daemons": ["egress", "dlp"], "listen": {"egress": 9099, "dlp": 8888},
        "allowlist": ["api.example.com"]}


class Redaction(unittest.TestCase):
    SECRET = b'S3cret"value/with+odd=bytes'

    def through(self, data, sizes):
        redactor, out, at = redact.Redactor([self.SECRET]), b"", 0
        while at < len(data):
            size = next(sizes)
            out += redactor(data[at:at + size])
            at += size
        return out + redactor(b"")

    def test_every_chunking_hides_it_and_keeps_the_length(self):
        data = b"a" + self.SECRET * 2 + self.SECRET[:9] + self.SECRET + b"S3cret"
        for size in range(1, 40):
            out = self.through(data, iter([size] * 1000))
            self.assertEqual(len(out), len(data))
            self.assertNotIn(self.SECRET, out)
            self.assertTrue(out.endswith(b"S3cret"))

    def test_encoded_forms(self):
        for pad in range(6):
            for tail in range(4):
                text = base64.b64encode(b"x" * pad + self.SECRET + b"y" * tail)
                out = self.through(text, iter([7] * 1000))
                self.assertGreaterEqual(out.count(b"*"), 4 * len(self.SECRET) // 3 - 4, (pad, tail))
        for text in (self.SECRET.hex().encode(), json.dumps(self.SECRET.decode()).encode()):
            self.assertIn(b"********", self.through(text, iter([3] * 1000)))

    def test_other_text_passes_at_once(self):
        redactor = redact.Redactor([self.SECRET])
        self.assertEqual(redactor(b"data: 1\n\n"), b"data: 1\n\n")


class Decoding(unittest.TestCase):
    def found(self, data):
        budget = decode.Budget(len(data), 30)
        return any(NEEDLE in v for v in decode.variants(data, budget))

    def test_common_codings_and_nesting(self):
        b64, b32 = base64.b64encode, base64.b32encode
        forms = [b64(b"12" + NEEDLE), base64.urlsafe_b64encode(NEEDLE * 3).rstrip(b"="),
                 b"\n".join(b64(NEEDLE)[i:i + 20] for i in range(0, 48, 20)), b"\n\n".join(b64(NEEDLE)[i:i + 6] for i in range(0, 48, 6)),
                 b"\\n".join(b64(b"x" * 900 + NEEDLE)[i:i + 620] for i in range(0, 1300, 620)), b64(b"\n".join(b64(NEEDLE)[i:i + 9] for i in range(0, 48, 9))),
                 NEEDLE.hex().encode(), NEEDLE.hex(" ").encode(), b"0" + NEEDLE.hex().encode(),
                 b"".join(b"%%%02x" % c for c in NEEDLE), b"".join(b"\\u%04x" % c for c in NEEDLE),
                 b"".join(b"\\x%02x" % c for c in NEEDLE), NEEDLE.decode().encode("utf-16-be"),
                 NEEDLE.decode().encode("utf-16-le"), b"--b\r\n\r\n" + gzip.compress(NEEDLE) + b"--",
                 b32(NEEDLE), b"abc" + b32(b"1" + NEEDLE).lower().rstrip(b"="),
                 b"\n".join(b32(NEEDLE)[i:i + 20] for i in range(0, 60, 20)), b64(zlib.compress(NEEDLE)), b64(b64(NEEDLE)), b64(b64(NEEDLE.hex().encode()))]
        for form in forms:
            self.assertTrue(self.found(form), form)

    def test_bounds_are_refusals(self):
        for bomb in (gzip.compress(b"\0" * 100_000_000), zlib.compress(b"\0" * 100_000_000)):
            with self.assertRaises(decode.TooMuch):
                list(decode.variants(bomb, decode.Budget(len(bomb), 30)))
        with self.assertRaises(decode.TooMuch):
            list(decode.variants(zlib.compress(NEEDLE) * 600, decode.Budget(30000, 30)))
        with self.assertRaises(decode.TooMuch):
            list(decode.variants(base64.b64encode(NEEDLE * 9), decode.Budget(999, -1)))

    def test_large_harmless_data_stays_in_bounds(self):
        rnd = random.Random(1)
        noise = rnd.randbytes(1 << 20)
        for data in (noise, base64.b64encode(noise), noise.hex().encode(), b'{"a":"hello"},' * 70000, b"AA\n" * 350000, b"a" * (1 << 20)):
            for _ in decode.variants(data, decode.Budget(len(data), 120)):
                pass


class Addresses(unittest.TestCase):
    def test_judgement(self):
        bad = ("127.0.0.1 0.0.0.0 10.1.2.3 100.64.0.1 169.254.169.254 172.31.0.1 192.168.1.1 198.18.0.1 192.0.2.1 "
               "224.0.0.1 255.255.255.255 192.88.99.1 ::1 :: fe80::1 fc00::1 fec0::1 ff02::1 ::ffff:10.0.0.1 "
               "::ffff:127.0.0.1 64:ff9b::a00:1 ::7f00:1 2002:a00:1:: fe80::1%eth0 2001:db8::1")
        for address in bad.split():
            self.assertFalse(hosts.is_global(address), address)
        for address in ("93.184.216.34", "1.1.1.1", "2606:4700:4700::1111"):
            self.assertTrue(hosts.is_global(address), address)
        self.assertFalse(hosts.is_global("93.184.216.34", {"93.184.216.34"}))
        self.assertFalse(hosts.is_global("::ffff:93.184.216.34", {"93.184.216.34"}))

    def test_literals_in_every_spelling(self):
        for name in ("127.1", "0", "2130706433", "0x7f000001", "017700000001", "10.0.0.1", "::1", "[::1]"):
            self.assertTrue(hosts.is_literal(name), name)
        for name in ("api.example.com", "1.example.com", "0x.example.com"):
            self.assertFalse(hosts.is_literal(name), name)

    def test_one_spelling(self):
        for name in ("API.Example.COM", "api.example.com."):
            self.assertEqual(hosts.normal(name), "api.example.com")
        for name in ("", "a b", "a..b", "a/b", "user@host", "x" * 64 + ".com"):
            with self.assertRaises(ValueError):
                hosts.normal(name)

    def test_host_header(self):
        for value in ("192.168.1.2:9100", "localhost", "[::1]:9100", "127.0.0.1"):
            self.assertTrue(web.own_address(value), value)
        for value in ("evil.example", "192.168.1.2.nip.example:9100", "", "localhost.example"):
            self.assertFalse(web.own_address(value), value)


class Configuration(unittest.TestCase):
    FAR = {"url": "ssh://git@x.example:2222/y.git", "host_key": "ssh-ed25519 AAAA", "secret": "key-0"}
    CREDENTIAL = {"host": "api.example.com", "header": "Authorization", "prefix": "Bearer ", "secret": "cred-0"}

    def test_whole(self):
        out = config.check(GOOD | {"credentials": [self.CREDENTIAL], "limits": {"request_body": 4096},
                                   "deny_addresses": ["10.1.2.3", "fe80::1"], "repos": {"app": {"url": "https://x/y"}, "far": self.FAR}})
        self.assertEqual(out["ports"], [80, 443])
        self.assertEqual(out["limits"]["request_body"], 4096)
        self.assertEqual(config.check(GOOD | {"daemons": ["dlp", "egress"], "listen": GOOD["listen"] | {"git": 9418}})["listen"]["git"], 9418)

    def test_refused(self):
        bad = [{"version": 2}, {"version": True}, {"x": 1}, {"daemons": []}, {"daemons": ["dlp"]}, {"daemons": ["ssh"]},
               {"listen": None}, {"listen": {"dlp": 8888}}, {"listen": {"egress": 9099, "dlp": 9099}}, {"listen": {"egress": 0, "dlp": 8888}},
               {"listen": {"egress": "9099", "dlp": 8888}}, {"listen": GOOD["listen"] | {"ssh": 22}}, {"daemons": ["supervise"]},
               {"allowlist": "a"}, {"allowlist": ["127.0.0.1"]}, {"allowlist": ["*.example.com"]}, {"ports": [0]},
               {"ports": ["80"]}, {"ports": []}, {"deny_addresses": ["x"]}, {"upstream_ca": "text"},
               {"upstream_ca": "-----BEGIN CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----"}, {"repos": {"../x": {"url": "u"}}},
               {"repos": {"a": {}}}, {"repos": {"a": {"url": "ssh://x/y"}}}, {"repos": {"a": {"url": "https://x/y", "secret": "k"}}},
               {"repos": {"a": self.FAR | {"host_key": "x ssh-ed25519 AAAA"}}}, {"repos": {"a": self.FAR | {"secret": "../k"}}},
               {"repos": {"a": self.FAR | {"url": "ssh://-oProxyCommand=x/y"}}}, {"repos": {"a": self.FAR | {"url": "ssh://g@x/y z"}}}, {"repos": {"a": self.FAR | {"url": "ssh://x:99999/y"}}},
               {"repos": {"a": self.FAR | {"url": "ssh://x:0/y"}}}, {"repos": {"a": {"url": "https://x:8443/y"}}}, {"repos": {"a": self.FAR | {"url": "ssh://a_b/y"}}}, {"limits": {"request_body": 1}}, {"limits": {"x": 1}}, {"bottle": "A"},
               {"websocket": "api.example.com"}, {"websocket": ["other.example.com"]}, {"dlp": {"other.example.com": "warn"}},
               {"credentials": [self.CREDENTIAL | {"host": "other.example.com"}]},
               {"credentials": [self.CREDENTIAL | {"header": "Host"}]},
               {"credentials": [self.CREDENTIAL | {"header": "X\r\nY"}]},
               {"credentials": [self.CREDENTIAL | {"secret": "../x"}]},
               {"credentials": [self.CREDENTIAL, self.CREDENTIAL]}]
        for change in bad:
            with self.assertRaises(config.Bad, msg=change):
                config.check(GOOD | change)


class Upstreams(unittest.TestCase):
    REPOS = {"app": {"url": "https://x/y"}, "far": Configuration.FAR, "near": Configuration.FAR | {"url": "ssh://z.example/y"}}

    def test_known_hosts_have_the_port_only_where_it_is_another(self):
        self.assertEqual(upstream.known_hosts(self.REPOS),
                         "[x.example]:2222 ssh-ed25519 AAAA\nz.example ssh-ed25519 AAAA\n")

    def test_ssh_gets_its_one_key_and_nothing_of_its_own(self):
        self.assertEqual(upstream.env(self.REPOS["app"]), {})
        command = upstream.env(self.REPOS["far"])["GIT_SSH_COMMAND"]
        for part in ("-F none", "StrictHostKeyChecking=yes", "IdentitiesOnly=yes", "-i /run/bottle/keys/key-0"):
            self.assertIn(part, command)


class Refs(unittest.TestCase):
    """What a client of its own making could send: git itself checks names only after the hook."""
    A, B = "a" * 40, "b" * 40

    def refused(self, policy, do, *words):
        with self.assertRaises(refs.Refused) as caught:
            do(*words)
        self.assertEqual(policy, caught.exception.policy)

    def test_lines(self):
        name = "refs/heads/topic/ä.1+x"
        self.assertEqual([(self.A, self.B, name), (refs.ZERO, self.A, "refs/tags/v1")],
                         refs.read(f"{self.A} {self.B} {name}\n{refs.ZERO} {self.A} refs/tags/v1\n".encode()))
        for bad in ("refs/heads/x:refs/heads/main", "refs/heads/main:p:refs/heads/main", "refs/heads/a b", "refs/heads/a..b",
                    "refs/heads/x.lock", "refs/heads/", "refs/heads/a\rb", "refs/heads/a\nb", "refs/heads/*", "main", "refs/heads/a@{1}",
                    "+refs/heads/main", "refs/heads/../tags/x", "refs/heads/a\n" + "c" * 40 + " x refs/heads/b"):
            self.refused("ref", refs.read, f"{self.A} {self.B} {bad}\n".encode())
        for bad in ("", "\n", f"{self.A} {self.B}\n", f" {self.B} refs/heads/x\n", f"{self.A}  refs/heads/x\n",
                    f"{self.A} {self.B[1:]}~ refs/heads/x\n", f"{self.A} {self.B}:x refs/heads/x\n"):
            self.refused("ref", refs.read, bad.encode())

    def test_forwards_only(self):
        with tempfile.TemporaryDirectory() as folder:
            def git(*words):
                return subprocess.run(["git", "-C", folder, "-c", "user.name=T", "-c", "user.email=t@example.com", *words],
                                      check=True, capture_output=True).stdout.decode().strip()
            git("init", "-q")
            tree = git("hash-object", "-t", "tree", "-w", "/dev/null")
            first = git("commit-tree", "-m", "1", tree)
            second = git("commit-tree", "-m", "2", "-p", first, tree)
            other = git("commit-tree", "-m", "3", tree)
            here = os.getcwd()
            os.chdir(folder)
            try:
                refs.check([(first, second, "refs/heads/main"), (refs.ZERO, other, "refs/tags/v1")])
                for policy, old, new, ref in (("history", second, first, "refs/heads/main"), ("history", first, other, "refs/heads/main"),
                                              ("history", first, refs.ZERO, "refs/heads/main"), ("history", first, second, "refs/tags/v1"),
                                              ("history", self.A, other, "refs/heads/main"), ("ref", refs.ZERO, first, "refs/notes/x"),
                                              ("ref", refs.ZERO, first, "refs/headsx/y")):
                    self.refused(policy, refs.check, [(refs.ZERO, other, "refs/heads/new"), (old, new, ref)])
            finally:
                os.chdir(here)


if __name__ == "__main__":
    unittest.main()
