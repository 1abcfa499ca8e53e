# fish completion for bb-start. Made by tools/gen: do not edit.
complete -c bb-start -f
function __bottlebox_bottles
	set -l home $HOME/.local/state
	set -q XDG_STATE_HOME; and set home $XDG_STATE_HOME
	set home $home/bot-bottle
	set -q BOT_BOTTLE_HOME; and set home $BOT_BOTTLE_HOME
	for folder in $home/bottles/*/
		string replace -r '.*/([^/]+)/$' '$1' $folder
	end
end
complete -c bb-start -s n -l dry-run -d 'check all, say what would be run, change nothing'
complete -c bb-start -s y -l yes -d 'do not ask before the start'
complete -c bb-start -l until -x -a 'plan subnet smolfile pack bundle create tsi-patch start wait probe provision agent' -d 'end after STAGE and leave everything as it is'
complete -c bb-start -l from -x -a 'plan subnet smolfile pack bundle create tsi-patch start wait probe provision agent' -d 'go on at STAGE with what an earlier --until left'
complete -c bb-start -l resume -x -a '(__bottlebox_bottles)' -d 'bring back a bottle that was kept, or has stopped, with its disk'
complete -c bb-start -l manifest -r -F -d 'with --resume: take over what may change without a new machine'
complete -c bb-start -l keep -d 'do not tear down when the agent has ended'
complete -c bb-start -l detach -d 'end before the agent; bb-vm exec runs it, bb-stop takes the bottle down'
complete -c bb-start -s h -l help -d 'show this text'
complete -c bb-start -l version -d 'show the version'
complete -c bb-start -F
