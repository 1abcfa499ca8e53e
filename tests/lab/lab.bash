# lab.bash: for the bats files that run inside the lab.
bats_require_minimum_version 1.5.0
BATS_LIB_PATH=${BATS_LIB_PATH:-/usr/lib/bats}
bats_load_library bats-support
bats_load_library bats-assert

canary() { "$PROJECT/tests/lab/canary" "$@"; }

# guest [USER] -- COMMAND...: in the bottle demo.
guest() { bb-vm exec demo "$@" 2> >(grep -v '^note: no packed assets' >&2) 3>&-; }

# What may be left of a bottle SLUG anywhere: one line each, nothing when all is gone.
left_of() {
	local slug=$1 name=bot-bottle-$1
	docker ps -a --format 'container {{.Names}}' | grep -F "bot-bottle-bundle-$slug"
	docker network ls --format 'network {{.Name}}' | grep -F "bot-bottle-bundle-$slug"
	smolvm machine ls --json 2>/dev/null | jq -r --arg n "$name" '.[] | select(.name == $n) | "machine " + .name'
	pgrep -af "$(printf %s "$name" | sha256sum | cut -c 1-16)" | sed 's/^/process /'
	[ ! -e "$HOME/.cache/smolvm/vms/$(printf %s "$name" | sha256sum | cut -c 1-16)" ] || echo "machine's folder"
	[ ! -e "$HOME/.local/state/bot-bottle/bottles/$slug" ] || echo "bottle's folder"
	sqlite3 "$HOME/.local/state/bot-bottle/state.db" "SELECT 'lease ' || cidr FROM leases WHERE slug = '$slug'" 2>/dev/null
	true
}
