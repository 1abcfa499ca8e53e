# fish completion for bb-list. Made by tools/gen: do not edit.
complete -c bb-list -f
function __bottlebox_bottles
	set -l home $HOME/.local/state
	set -q XDG_STATE_HOME; and set home $XDG_STATE_HOME
	set home $home/bot-bottle
	set -q BOT_BOTTLE_HOME; and set home $BOT_BOTTLE_HOME
	for folder in $home/bottles/*/
		string replace -r '.*/([^/]+)/$' '$1' $folder
	end
end
complete -c bb-list -l json -d 'one JSON document instead of a table'
complete -c bb-list -s h -l help -d 'show this text'
complete -c bb-list -l version -d 'show the version'
