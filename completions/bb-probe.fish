# fish completion for bb-probe. Made by tools/gen: do not edit.
complete -c bb-probe -f
function __bottlebox_bottles
	set -l home $HOME/.local/state
	set -q XDG_STATE_HOME; and set home $XDG_STATE_HOME
	set home $home/bot-bottle
	set -q BOT_BOTTLE_HOME; and set home $BOT_BOTTLE_HOME
	for folder in $home/bottles/*/
		string replace -r '.*/([^/]+)/$' '$1' $folder
	end
end
complete -c bb-probe -n 'not __fish_seen_subcommand_from run' -a run -d 'try from inside what must work and what must not'
complete -c bb-probe -l tap -d 'write what was found as TAP to standard output, not a plan'
complete -c bb-probe -l exec -x -d 'probe what WORDS sh -c ... runs in, without a plan: docker exec NAME'
complete -c bb-probe -s n -l dry-run -d 'check all, say what would be run, change nothing'
complete -c bb-probe -l owner -x -d 'the process whose bottle it is'
complete -c bb-probe -l plan -r -F -d 'read the plan from FILE instead of stdin'
complete -c bb-probe -s h -l help -d 'show this text'
complete -c bb-probe -l version -d 'show the version'
