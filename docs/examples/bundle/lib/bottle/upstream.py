# SPDX-License-Identifier: MIT
"""How the git gate reaches an upstream: https, or ssh with one key and one
pinned host key. No trust on first use, no agent, no configuration of ssh's own.
"""

import os
from urllib.parse import urlsplit

from . import GIT, RUN

KNOWN_HOSTS = f"{GIT}/known_hosts"
SSH = ("ssh -F none -o BatchMode=yes -o StrictHostKeyChecking=yes -o GlobalKnownHostsFile=none "
       f"-o UserKnownHostsFile={KNOWN_HOSTS} -o UpdateHostKeys=no -o IdentitiesOnly=yes -o IdentityAgent=none "
       "-o PreferredAuthentications=publickey -o ConnectTimeout=30")


def ssh_port(repo):
    """Port of an ssh upstream, else None."""
    url = urlsplit(repo["url"])
    return (url.port or 22) if url.scheme == "ssh" else None


def known_hosts(repos):
    """The file's text: a line for each ssh upstream."""
    lines = []
    for repo in repos.values():
        port = ssh_port(repo)
        if port:
            host = urlsplit(repo["url"]).hostname
            lines.append(f"{host if port == 22 else f'[{host}]:{port}'} {repo['host_key']}\n")
    return "".join(lines)


def key_file(repo):
    return f"{RUN}/keys/{repo['secret']}"


def missing_key(repo):
    return ssh_port(repo) is not None and not os.path.exists(key_file(repo))


def env(repo):
    """What git needs besides its usual environment."""
    return {"GIT_SSH_COMMAND": f"{SSH} -i {key_file(repo)}"} if ssh_port(repo) else {}
