# SPDX-License-Identifier: MIT
# Runs in the guest as the agent, in its folder.
# A line for each git repository there and in its home whose work is nowhere else: "CHANGED<tab>COMMITS<tab>FOLDER". Every
# commit that no remote is known to have counts, those of stashes and of a HEAD on no branch as well. "?" where git cannot
# tell.
command -v git >/dev/null 2>&1 || exit 0
set -- "$PWD" "${HOME:-/root}"
[ "$PWD" != / ] || shift
find "$@" -maxdepth 5 -name .git -prune -print 2>/dev/null | sort -u | head -n 100 | while IFS= read -r git; do
	dir=${git%/.git}
	git -C "$dir" status --porcelain >/dev/null 2>&1 || { printf '?\t?\t%s\n' "$dir"; continue; }
	changed=$(git -C "$dir" status --porcelain 2>/dev/null | wc -l)
	commits=$(git -C "$dir" rev-list --count --all HEAD --not --remotes 2>/dev/null) ||
		commits=$(git -C "$dir" rev-list --count --all --not --remotes 2>/dev/null) || commits=0
	[ "$((changed + commits))" = 0 ] || printf '%s\t%s\t%s\n' "$((changed))" "$commits" "$dir"
done
