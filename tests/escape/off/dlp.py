# SPDX-License-Identifier: MIT
"""sitecustomize of a bundle whose 8888 inspects nothing: the scanner finds no secret, everything else stands."""
import sys
import time

if "bottle.dlp" in sys.orig_argv:
    from bottle import scan
    scan.Scanner.scan = lambda self, pieces: scan.Verdict(None, time.monotonic())
