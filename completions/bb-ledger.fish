# fish completion for bb-ledger. Made by tools/gen: do not edit.
complete -c bb-ledger -f
function __bottlebox_bottles
	set -l home $HOME/.local/state
	set -q XDG_STATE_HOME; and set home $XDG_STATE_HOME
	set home $home/bot-bottle
	set -q BOT_BOTTLE_HOME; and set home $BOT_BOTTLE_HOME
	for folder in $home/bottles/*/
		string replace -r '.*/([^/]+)/$' '$1' $folder
	end
end
complete -c bb-ledger -n 'not __fish_seen_subcommand_from list undo reap claim disown keep-logs rebuild' -a list -d 'bottles as the ledger, docker and smolvm know them'
complete -c bb-ledger -n 'not __fish_seen_subcommand_from list undo reap claim disown keep-logs rebuild' -a undo -d 'take back what a bottle made'
complete -c bb-ledger -n 'not __fish_seen_subcommand_from list undo reap claim disown keep-logs rebuild' -a reap -d 'undo every bottle whose owner is proven dead'
complete -c bb-ledger -n 'not __fish_seen_subcommand_from list undo reap claim disown keep-logs rebuild' -a claim -d 'make a bottle\'s owner known: a process, or nobody'
complete -c bb-ledger -n 'not __fish_seen_subcommand_from list undo reap claim disown keep-logs rebuild' -a disown -d 'make a bottle nobody\'s: it stays when we end'
complete -c bb-ledger -n 'not __fish_seen_subcommand_from list undo reap claim disown keep-logs rebuild' -a keep-logs -d 'keep what a failed bottle said, for when it is gone'
complete -c bb-ledger -n 'not __fish_seen_subcommand_from list undo reap claim disown keep-logs rebuild' -a rebuild -d 'put a damaged database aside, make a new one'
complete -c bb-ledger -n '__fish_seen_subcommand_from list; or not __fish_seen_subcommand_from list undo reap claim disown keep-logs rebuild' -l json -d 'one JSON document instead of a table'
complete -c bb-ledger -n '__fish_seen_subcommand_from claim; or not __fish_seen_subcommand_from list undo reap claim disown keep-logs rebuild' -l new -d 'only if there is no such bottle'
complete -c bb-ledger -n '__fish_seen_subcommand_from claim; or not __fish_seen_subcommand_from list undo reap claim disown keep-logs rebuild' -l image -x -d 'the agent\'s image, for the list'
complete -c bb-ledger -n '__fish_seen_subcommand_from reap claim; or not __fish_seen_subcommand_from list undo reap claim disown keep-logs rebuild' -s n -l dry-run -d 'check all, say what would be run, change nothing'
complete -c bb-ledger -n '__fish_seen_subcommand_from undo claim disown; or not __fish_seen_subcommand_from list undo reap claim disown keep-logs rebuild' -l owner -x -d 'the process whose bottle it is'
complete -c bb-ledger -s h -l help -d 'show this text'
complete -c bb-ledger -l version -d 'show the version'
complete -c bb-ledger -n '__fish_seen_subcommand_from undo' -a '(__bottlebox_bottles)'
complete -c bb-ledger -n '__fish_seen_subcommand_from claim' -a '(__bottlebox_bottles)'
complete -c bb-ledger -n '__fish_seen_subcommand_from disown' -a '(__bottlebox_bottles)'
complete -c bb-ledger -n '__fish_seen_subcommand_from keep-logs' -a '(__bottlebox_bottles)'
