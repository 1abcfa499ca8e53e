# SPDX-License-Identifier: MIT
"""What a push may do to the refs of its upstream.

Git runs pre-receive before it looks at the names of refs. A name with a
colon would be read by our own `git push` as a refspec of another meaning,
one with a line feed as a line of its own: so the whole line is checked here.
"""

import os
import re
import subprocess

ZERO = "0" * 40
# gitglossary, "ref"; git check-ref-format says the rest of it.
LINE = re.compile(rb"([0-9a-f]{40}) ([0-9a-f]{40}) (refs/[^\x00-\x20\x7f~^:?*\[\\]+)")


class Refused(Exception):
    def __init__(self, policy, text, rule=None, finding=None):
        super().__init__(text)
        self.policy, self.rule, self.finding = policy, rule, finding


def git(*words, **more):
    return subprocess.run(["git", *words], check=False, capture_output=True, **more)


def read(data):
    """(old, new, ref) of each line that git gives to pre-receive."""
    pushed = []
    for line in data.removesuffix(b"\n").split(b"\n"):
        found = LINE.fullmatch(line)
        if not found or git("check-ref-format", found[3]).returncode:
            raise Refused("ref", "a ref has a name that git does not allow")
        pushed.append((found[1].decode(), found[2].decode(), os.fsdecode(found[3])))
    return pushed


def check(pushed):
    """Branches and tags, forwards only: what an agent writes can be undone,
    what it takes away from the upstream might not."""
    for old, new, ref in pushed:
        if not ref.startswith(("refs/heads/", "refs/tags/")):
            raise Refused("ref", "only branches and tags may be pushed")
        if new == ZERO:
            raise Refused("history", "a branch or tag may not be deleted")
        if old == ZERO:
            continue
        if ref.startswith("refs/tags/") or git("merge-base", "--is-ancestor", old, new).returncode:
            raise Refused("history", "what is upstream may not be replaced: push another name")
