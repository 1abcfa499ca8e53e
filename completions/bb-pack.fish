# fish completion for bb-pack. Made by tools/gen: do not edit.
complete -c bb-pack -f
function __bottlebox_bottles
	set -l home $HOME/.local/state
	set -q XDG_STATE_HOME; and set home $XDG_STATE_HOME
	set home $home/bot-bottle
	set -q BOT_BOTTLE_HOME; and set home $BOT_BOTTLE_HOME
	for folder in $home/bottles/*/
		string replace -r '.*/([^/]+)/$' '$1' $folder
	end
end
complete -c bb-pack -n 'not __fish_seen_subcommand_from build gc' -a build -d 'make the pack, or find it in the cache'
complete -c bb-pack -n 'not __fish_seen_subcommand_from build gc' -a gc -d 'remove what killed builds left'
complete -c bb-pack -n '__fish_seen_subcommand_from build; or not __fish_seen_subcommand_from build gc' -l by -x -a 'archive registry' -d 'archive or registry, instead of what this smolvm needs'
complete -c bb-pack -s n -l dry-run -d 'check all, say what would be run, change nothing'
complete -c bb-pack -n '__fish_seen_subcommand_from build; or not __fish_seen_subcommand_from build gc' -l owner -x -d 'the process whose bottle it is'
complete -c bb-pack -n '__fish_seen_subcommand_from build; or not __fish_seen_subcommand_from build gc' -l plan -r -F -d 'read the plan from FILE instead of stdin'
complete -c bb-pack -s h -l help -d 'show this text'
complete -c bb-pack -l version -d 'show the version'
