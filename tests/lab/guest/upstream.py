# SPDX-License-Identifier: MIT
"""upstream - a git host beside the echo servers: bare repositories below ROOT, by git's own http-backend (smart HTTP).

Made by `internet`. The branch "protected" is refused by the repository's own hook, as a real host would.
"""
import os
import re
import subprocess

ROOT = os.environ.get("LAB_GIT", "/var/lib/lab/git")
PATH = re.compile(r"/app\.git/(info/refs|git-upload-pack|git-receive-pack)\Z")


def is_git(path):
    return PATH.match(path.partition("?")[0])


def serve(handler, body):
    """Answers HANDLER's request, whose body was read."""
    path, _, query = handler.path.partition("?")
    env = {"PATH": os.environ["PATH"], "GIT_PROJECT_ROOT": ROOT, "GIT_HTTP_EXPORT_ALL": "1", "REMOTE_ADDR": "bundle",
           "REMOTE_USER": "bundle", "REQUEST_METHOD": handler.command, "PATH_INFO": path, "QUERY_STRING": query,
           "CONTENT_TYPE": handler.headers.get("Content-Type", ""), "CONTENT_LENGTH": str(len(body)),
           "HTTP_CONTENT_ENCODING": handler.headers.get("Content-Encoding", ""),
           "GIT_PROTOCOL": handler.headers.get("Git-Protocol", "")}
    said = subprocess.run(["git", "http-backend"], env=env, input=body, stdout=subprocess.PIPE).stdout
    head, _, rest = said.partition(b"\r\n\r\n")
    fields = [line.partition(": ")[::2] for line in head.decode("latin-1").split("\r\n") if line]
    status = next((int(value.split()[0]) for name, value in fields if name.lower() == "status"), 200)
    handler.send_response(status)
    for name, value in fields:
        if name.lower() != "status":
            handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(rest)))
    handler.end_headers()
    handler.wfile.write(rest)
