# SPDX-License-Identifier: MIT
"""The reference bundle: the daemons between a bottle and the world."""

RUN = "/run/bottle"
CONFIG = "/etc/bottle/bundle.json"
GIT = "/run/git"  # a file system of its own: repositories, and what is being received
