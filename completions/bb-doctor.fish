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
complete -c bb-doctor -n 'not __fish_seen_subcommand_from check' -a check -d 'say what is here, or what is missing and how to get it'
complete -c bb-doctor -l help -d 'show this text'
complete -c bb-doctor -l version -d 'show the version'
