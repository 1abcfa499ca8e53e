# SPDX-License-Identifier: MIT
"""Lines for the operator: one JSON line per decision, plain lines for the rest.

Never a path, a query or a match: they may hold the secret itself.
"""

import json
import sys
import time

# Terminal control and direction-changing characters, shown as '?'.
_BAD = {c: "?" for c in (*range(0x20), *range(0x7F, 0xA0), 0x061C, 0x200E, 0x200F,
                         *range(0x2028, 0x202F), *range(0x2066, 0x206A))}


def clean(text, limit=500):
    """Text that is safe to show: no control characters, bounded."""
    return str(text)[:limit].translate(_BAD)


def say(text):
    print(clean(text, 2000), flush=True)


def decide(daemon, verdict, policy, **more):
    """Write the decision line: verdict is 'allow' or 'deny'."""
    line = {"ts": round(time.time(), 3), "daemon": daemon,
            "decision": verdict, "policy": policy}
    for key, value in more.items():
        if value is not None:
            line[key] = clean(value) if isinstance(value, str) else value
    print(json.dumps(line), flush=True)


def refuse_to_start(who, why, advice):
    """One line who/what/why, one line of advice, status 65 (bad config)."""
    print(f"{who}: {clean(why)}\n{who}: {advice}", file=sys.stderr, flush=True)
    sys.exit(65)
