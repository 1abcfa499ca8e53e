# SPDX-License-Identifier: MIT
"""Image build only: gitleaks.toml -> rules.json (and proof that it compiles).

Usage: python3 -m bottle.mkrules GITLEAKS_TOML SHA256 OUT
JSON, because it is read at every start and parses twenty times faster.
"""

import hashlib
import json
import sys
import tomllib


def main(source, digest, out):
    with open(source, "rb") as f:
        raw = f.read()
    if hashlib.sha256(raw).hexdigest() != digest:
        sys.exit(f"mkrules: {source}: is not the pinned rule file\n"
                 "mkrules: compare GITLEAKS and GITLEAKS_RULES_SHA256 in versions")
    rules = [{"id": r["id"], "regex": r["regex"],
              "keywords": r.get("keywords", []),
              "entropy": r.get("entropy", 0), "group": r.get("secretGroup", 0), "path": r.get("path", "")}
             for r in tomllib.loads(raw.decode())["rules"] if r.get("regex")]
    with open(out, "w", encoding="utf-8") as f:
        json.dump(rules, f)
    from . import scan
    scanner = scan.Scanner(out, compiled="")
    scan.save(scanner, scanner.digest, out.replace(".json", ".hsdb"))
    print(f"mkrules: {len(scanner.compile_all())} rules")


if __name__ == "__main__":
    main(*sys.argv[1:])
