# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# repository FOLDER: the one behind the bundle's git gate (upstream.py): one commit, and a branch that nobody may push.

repository() {
	git init -q --bare -b main "$1"
	git -C "$1" config http.receivepack true
	printf '#!/bin/sh\n[ "$1" != refs/heads/protected ] || { echo "protected branch"; exit 1; }\n' >"$1/hooks/update"
	chmod +x "$1/hooks/update"
	git -C "$1" update-ref refs/heads/main "$(git -C "$1" -c user.name=Lab -c user.email=lab@example.net \
		commit-tree -m first "$(git -C "$1" hash-object -t tree -w /dev/null)")"
}
