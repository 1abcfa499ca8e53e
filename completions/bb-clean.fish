# fish completion for bb-clean. Made by tools/gen: do not edit.
complete -c bb-clean -f
function __bottlebox_bottles
	set -l home $HOME/.local/state
	set -q XDG_STATE_HOME; and set home $XDG_STATE_HOME
	set home $home/bot-bottle
	set -q BOT_BOTTLE_HOME; and set home $BOT_BOTTLE_HOME
	for folder in $home/bottles/*/
		string replace -r '.*/([^/]+)/$' '$1' $folder
	end
end
complete -c bb-clean -s n -l dry-run -d 'show what would be taken back, change nothing'
complete -c bb-clean -s y -l yes -d 'do not ask'
complete -c bb-clean -s h -l help -d 'show this text'
complete -c bb-clean -l version -d 'show the version'
complete -c bb-clean -a '(__bottlebox_bottles)'
