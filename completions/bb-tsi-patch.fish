# fish completion for bb-tsi-patch. Made by tools/gen: do not edit.
complete -c bb-tsi-patch -f
function __bottlebox_bottles
	set -l home $HOME/.local/state
	set -q XDG_STATE_HOME; and set home $XDG_STATE_HOME
	set home $home/bot-bottle
	set -q BOT_BOTTLE_HOME; and set home $BOT_BOTTLE_HOME
	for folder in $home/bottles/*/
		string replace -r '.*/([^/]+)/$' '$1' $folder
	end
end
complete -c bb-tsi-patch -n 'not __fish_seen_subcommand_from apply check' -a apply -d 'read the row back; write the policy if smolvm dropped it'
complete -c bb-tsi-patch -n 'not __fish_seen_subcommand_from apply check' -a check -d 'read the row back and compare, change nothing'
complete -c bb-tsi-patch -n '__fish_seen_subcommand_from apply; or not __fish_seen_subcommand_from apply check' -s n -l dry-run -d 'check all, say what would be run, change nothing'
complete -c bb-tsi-patch -n '__fish_seen_subcommand_from apply; or not __fish_seen_subcommand_from apply check' -l owner -x -d 'the process whose bottle it is'
complete -c bb-tsi-patch -l plan -r -F -d 'read the plan from FILE instead of stdin'
complete -c bb-tsi-patch -s h -l help -d 'show this text'
complete -c bb-tsi-patch -l version -d 'show the version'
