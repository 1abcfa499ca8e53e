# fish completion for bb-guard. Made by tools/gen: do not edit.
complete -c bb-guard -f
function __bottlebox_bottles
	set -l home $HOME/.local/state
	set -q XDG_STATE_HOME; and set home $XDG_STATE_HOME
	set home $home/bot-bottle
	set -q BOT_BOTTLE_HOME; and set home $BOT_BOTTLE_HOME
	for folder in $home/bottles/*/
		string replace -r '.*/([^/]+)/$' '$1' $folder
	end
end
complete -c bb-guard -l hold -d 'stop machine and bundle when standard input ends, unless "stay" or "over" was read from it'
complete -c bb-guard -l bundle -x -d 'the container that was just made; without it Docker is asked which one runs'
complete -c bb-guard -s h -l help -d 'show this text'
complete -c bb-guard -l version -d 'show the version'
complete -c bb-guard -a '(__bottlebox_bottles)'
