# fish completion for bb-smolvm-get. Made by tools/gen: do not edit.
complete -c bb-smolvm-get -f
function __bottlebox_bottles
	set -l home $HOME/.local/state
	set -q XDG_STATE_HOME; and set home $XDG_STATE_HOME
	set home $home/bot-bottle
	set -q BOT_BOTTLE_HOME; and set home $BOT_BOTTLE_HOME
	for folder in $home/bottles/*/
		string replace -r '.*/([^/]+)/$' '$1' $folder
	end
end
complete -c bb-smolvm-get -l list -d 'show which versions are known, and which are here'
complete -c bb-smolvm-get -s h -l help -d 'show this text'
complete -c bb-smolvm-get -l version -d 'show the version'
