# SPDX-License-Identifier: MIT
"""Refusals as the client of a known API understands them: an agent shows our text, ends this turn and goes on. (A 403
in plain text makes one say "please log in" to every later message, another try six times.)

Sources: Anthropic "Errors", OpenAI "Error codes", Google API "google.rpc.Status"; tried with the agents' own programs.
"""

import json

HOSTS = {"api.anthropic.com": "anthropic", "api.openai.com": "openai", "generativelanguage.googleapis.com": "gemini"}
SHAPES = {
    "anthropic": lambda status, text: {"type": "error", "error": {
        "type": "request_too_large" if status == 413 else "invalid_request_error", "message": text}},
    "openai": lambda status, text: {"error": {
        "message": text, "type": "invalid_request_error", "param": None, "code": "bottle_policy"}},
    "gemini": lambda status, text: {"error": {"code": status, "message": text, "status": "INVALID_ARGUMENT"}},
}
# What would be read as "log in again".
INSTEAD = {403: 400}


def shaped(api, status, text):
    """(status, body) of a refusal for a client of this API."""
    status = INSTEAD.get(status, status)
    return status, json.dumps(SHAPES[api](status, text)).encode()
