# fish completion for bb-plan. Made by tools/gen: do not edit.
complete -c bb-plan -f
function __bottlebox_bottles
	set -l home $HOME/.local/state
	set -q XDG_STATE_HOME; and set home $XDG_STATE_HOME
	set home $home/bot-bottle
	set -q BOT_BOTTLE_HOME; and set home $BOT_BOTTLE_HOME
	for folder in $home/bottles/*/
		string replace -r '.*/([^/]+)/$' '$1' $folder
	end
end
complete -c bb-plan -n 'not __fish_seen_subcommand_from new check get merge show diff change' -a new -d 'wrap a manifest into a plan'
complete -c bb-plan -n 'not __fish_seen_subcommand_from new check get merge show diff change' -a check -d 'name every fault of manifests or plans'
complete -c bb-plan -n 'not __fish_seen_subcommand_from new check get merge show diff change' -a get -d 'print one member: a.b, or /a/b where a name has a dot'
complete -c bb-plan -n 'not __fish_seen_subcommand_from new check get merge show diff change' -a merge -d 'join the plans of two branches'
complete -c bb-plan -n 'not __fish_seen_subcommand_from new check get merge show diff change' -a show -d 'print what would run, for a person'
complete -c bb-plan -n 'not __fish_seen_subcommand_from new check get merge show diff change' -a diff -d 'name what the second manifest says otherwise; 1 if anything'
complete -c bb-plan -n 'not __fish_seen_subcommand_from new check get merge show diff change' -a change -d 'put another manifest into a plan'
complete -c bb-plan -n '__fish_seen_subcommand_from new check get show diff change; or not __fish_seen_subcommand_from new check get merge show diff change' -l plan -r -F -d 'read the plan from FILE instead of stdin'
complete -c bb-plan -s h -l help -d 'show this text'
complete -c bb-plan -l version -d 'show the version'
complete -c bb-plan -n '__fish_seen_subcommand_from new' -F
complete -c bb-plan -n '__fish_seen_subcommand_from check' -F
complete -c bb-plan -n '__fish_seen_subcommand_from get' -F
complete -c bb-plan -n '__fish_seen_subcommand_from merge' -F
complete -c bb-plan -n '__fish_seen_subcommand_from show' -F
complete -c bb-plan -n '__fish_seen_subcommand_from change' -F
