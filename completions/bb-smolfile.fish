# fish completion for bb-smolfile. Made by tools/gen: do not edit.
complete -c bb-smolfile -f
function __bottlebox_bottles
	set -l home $HOME/.local/state
	set -q XDG_STATE_HOME; and set home $XDG_STATE_HOME
	set home $home/bot-bottle
	set -q BOT_BOTTLE_HOME; and set home $BOT_BOTTLE_HOME
	for folder in $home/bottles/*/
		string replace -r '.*/([^/]+)/$' '$1' $folder
	end
end
complete -c bb-smolfile -n 'not __fish_seen_subcommand_from render' -a render -d 'write the Smolfile, add it to the plan'
complete -c bb-smolfile -l print -d 'write the TOML alone to standard output, no plan'
complete -c bb-smolfile -l engine -x -d 'say what this smolvm version lets through'
complete -c bb-smolfile -l plan -r -F -d 'read the plan from FILE instead of stdin'
complete -c bb-smolfile -s h -l help -d 'show this text'
complete -c bb-smolfile -l version -d 'show the version'
