# fish completion for bb-vm. Made by tools/gen: do not edit.
complete -c bb-vm -f
function __bottlebox_bottles
	set -l home $HOME/.local/state
	set -q XDG_STATE_HOME; and set home $XDG_STATE_HOME
	set home $home/bot-bottle
	set -q BOT_BOTTLE_HOME; and set home $BOT_BOTTLE_HOME
	for folder in $home/bottles/*/
		string replace -r '.*/([^/]+)/$' '$1' $folder
	end
end
complete -c bb-vm -n 'not __fish_seen_subcommand_from create start wait exec cp unsaved logs stop delete' -a create -d 'make the machine from its pack; nothing runs yet'
complete -c bb-vm -n 'not __fish_seen_subcommand_from create start wait exec cp unsaved logs stop delete' -a start -d 'start it, if its policy is in place'
complete -c bb-vm -n 'not __fish_seen_subcommand_from create start wait exec cp unsaved logs stop delete' -a wait -d 'wait until it runs commands'
complete -c bb-vm -n 'not __fish_seen_subcommand_from create start wait exec cp unsaved logs stop delete' -a exec -d 'run a command in it; without one, the manifest\'s'
complete -c bb-vm -n 'not __fish_seen_subcommand_from create start wait exec cp unsaved logs stop delete' -a cp -d 'copy a file or a folder, SLUG:/path on one side'
complete -c bb-vm -n 'not __fish_seen_subcommand_from create start wait exec cp unsaved logs stop delete' -a unsaved -d 'name repositories in it whose work is nowhere else; 1 if there are any'
complete -c bb-vm -n 'not __fish_seen_subcommand_from create start wait exec cp unsaved logs stop delete' -a logs -d 'print what its console said'
complete -c bb-vm -n 'not __fish_seen_subcommand_from create start wait exec cp unsaved logs stop delete' -a stop -d 'stop it; stopped already is fine'
complete -c bb-vm -n 'not __fish_seen_subcommand_from create start wait exec cp unsaved logs stop delete' -a delete -d 'stop and remove it; gone already is fine'
complete -c bb-vm -n '__fish_seen_subcommand_from exec; or not __fish_seen_subcommand_from create start wait exec cp unsaved logs stop delete' -s i -l interactive -d 'feed our standard input to the command'
complete -c bb-vm -n '__fish_seen_subcommand_from stop delete; or not __fish_seen_subcommand_from create start wait exec cp unsaved logs stop delete' -l bundle -x -d 'not if another container is its bundle by now'
complete -c bb-vm -n '__fish_seen_subcommand_from exec; or not __fish_seen_subcommand_from create start wait exec cp unsaved logs stop delete' -s t -l tty -d 'give the command a terminal'
complete -c bb-vm -n '__fish_seen_subcommand_from exec; or not __fish_seen_subcommand_from create start wait exec cp unsaved logs stop delete' -s e -l env -x -d 'give it these variables of ours as well: A,B'
complete -c bb-vm -n '__fish_seen_subcommand_from exec; or not __fish_seen_subcommand_from create start wait exec cp unsaved logs stop delete' -s u -l user -x -d 'run as USER instead of the manifest\'s'
complete -c bb-vm -n '__fish_seen_subcommand_from exec; or not __fish_seen_subcommand_from create start wait exec cp unsaved logs stop delete' -s w -l workdir -x -d 'start in DIR instead of the manifest\'s'
complete -c bb-vm -n '__fish_seen_subcommand_from wait; or not __fish_seen_subcommand_from create start wait exec cp unsaved logs stop delete' -l timeout -x -d 'how long (300)'
complete -c bb-vm -n '__fish_seen_subcommand_from create start wait; or not __fish_seen_subcommand_from create start wait exec cp unsaved logs stop delete' -s n -l dry-run -d 'check all, say what would be run, change nothing'
complete -c bb-vm -n '__fish_seen_subcommand_from create start wait exec; or not __fish_seen_subcommand_from create start wait exec cp unsaved logs stop delete' -l owner -x -d 'the process whose bottle it is'
complete -c bb-vm -n '__fish_seen_subcommand_from create start wait exec cp unsaved logs; or not __fish_seen_subcommand_from create start wait exec cp unsaved logs stop delete' -l plan -r -F -d 'read the plan from FILE instead of stdin'
complete -c bb-vm -s h -l help -d 'show this text'
complete -c bb-vm -l version -d 'show the version'
complete -c bb-vm -n '__fish_seen_subcommand_from exec' -a '(__bottlebox_bottles)'
complete -c bb-vm -n '__fish_seen_subcommand_from cp' -F
complete -c bb-vm -n '__fish_seen_subcommand_from unsaved' -a '(__bottlebox_bottles)'
complete -c bb-vm -n '__fish_seen_subcommand_from logs' -a '(__bottlebox_bottles)'
complete -c bb-vm -n '__fish_seen_subcommand_from stop' -a '(__bottlebox_bottles)'
complete -c bb-vm -n '__fish_seen_subcommand_from delete' -a '(__bottlebox_bottles)'
