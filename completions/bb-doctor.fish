# fish completion for bb-doctor. Made by tools/gen: do not edit.
complete -c bb-doctor -f
function __bottlebox_bottles
	set -l home $HOME/.local/state
	set -q XDG_STATE_HOME; and set home $XDG_STATE_HOME
	set home $home/bot-bottle
	set -q BOT_BOTTLE_HOME; and set home $BOT_BOTTLE_HOME
	for folder in $home/bottles/*/
		string replace -r '.*/([^/]+)/$' '$1' $folder
	end
end
complete -c bb-doctor -n 'not __fish_seen_subcommand_from check' -a check -d 'say what is here, what is missing, and what helps'
complete -c bb-doctor -l bottle -x -a '(__bottlebox_bottles)' -d 'look for the engine that has this bottle\'s machine'
complete -c bb-doctor -l boot -d 'boot a small machine: it proves more, and takes seconds'
complete -c bb-doctor -l json -d 'one JSON document instead of lines'
complete -c bb-doctor -s h -l help -d 'show this text'
complete -c bb-doctor -l version -d 'show the version'
complete -c bb-doctor -n '__fish_seen_subcommand_from check' -F
