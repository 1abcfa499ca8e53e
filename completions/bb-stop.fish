# fish completion for bb-stop. Made by tools/gen: do not edit.
complete -c bb-stop -f
function __bottlebox_bottles
	set -l home $HOME/.local/state
	set -q XDG_STATE_HOME; and set home $XDG_STATE_HOME
	set home $home/bot-bottle
	set -q BOT_BOTTLE_HOME; and set home $BOT_BOTTLE_HOME
	for folder in $home/bottles/*/
		string replace -r '.*/([^/]+)/$' '$1' $folder
	end
end
complete -c bb-stop -l force -d 'drop work in them that is nowhere else, without a look'
complete -c bb-stop -s h -l help -d 'show this text'
complete -c bb-stop -l version -d 'show the version'
complete -c bb-stop -a '(__bottlebox_bottles)'
