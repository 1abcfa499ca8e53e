# fish completion for bb-subnet. Made by tools/gen: do not edit.
complete -c bb-subnet -f
function __bottlebox_bottles
	set -l home $HOME/.local/state
	set -q XDG_STATE_HOME; and set home $XDG_STATE_HOME
	set home $home/bot-bottle
	set -q BOT_BOTTLE_HOME; and set home $BOT_BOTTLE_HOME
	for folder in $home/bottles/*/
		string replace -r '.*/([^/]+)/$' '$1' $folder
	end
end
complete -c bb-subnet -n 'not __fish_seen_subcommand_from alloc release' -a alloc -d 'choose a range, lease it, add it to the plan'
complete -c bb-subnet -n 'not __fish_seen_subcommand_from alloc release' -a release -d 'give the lease back'
complete -c bb-subnet -n '__fish_seen_subcommand_from alloc; or not __fish_seen_subcommand_from alloc release' -l offline -d 'do not ask Docker, take no lease'
complete -c bb-subnet -n '__fish_seen_subcommand_from alloc; or not __fish_seen_subcommand_from alloc release' -l same -d 'the plan\'s own range or none: a machine has it already'
complete -c bb-subnet -n '__fish_seen_subcommand_from alloc; or not __fish_seen_subcommand_from alloc release' -l mode -x -a 'bridge' -d 'bridge (Linux); alias is for Docker Desktop'
complete -c bb-subnet -n '__fish_seen_subcommand_from alloc; or not __fish_seen_subcommand_from alloc release' -l owner -x -d 'the process whose bottle it is'
complete -c bb-subnet -n '__fish_seen_subcommand_from alloc; or not __fish_seen_subcommand_from alloc release' -l plan -r -F -d 'read the plan from FILE instead of stdin'
complete -c bb-subnet -s h -l help -d 'show this text'
complete -c bb-subnet -l version -d 'show the version'
complete -c bb-subnet -n '__fish_seen_subcommand_from release' -a '(__bottlebox_bottles)'
