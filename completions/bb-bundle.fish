# fish completion for bb-bundle. Made by tools/gen: do not edit.
complete -c bb-bundle -f
function __bottlebox_bottles
	set -l home $HOME/.local/state
	set -q XDG_STATE_HOME; and set home $XDG_STATE_HOME
	set home $home/bot-bottle
	set -q BOT_BOTTLE_HOME; and set home $BOT_BOTTLE_HOME
	for folder in $home/bottles/*/
		string replace -r '.*/([^/]+)/$' '$1' $folder
	end
end
complete -c bb-bundle -n 'not __fish_seen_subcommand_from build up check stop down requests answer waive logs' -a build -d 'build the reference image, or that of the example agent'
complete -c bb-bundle -n 'not __fish_seen_subcommand_from build up check stop down requests answer waive logs' -a up -d 'make the network and the container, wait for its ports'
complete -c bb-bundle -n 'not __fish_seen_subcommand_from build up check stop down requests answer waive logs' -a check -d 'print the id of our container if it runs'
complete -c bb-bundle -n 'not __fish_seen_subcommand_from build up check stop down requests answer waive logs' -a stop -d 'stop the container; its network stays'
complete -c bb-bundle -n 'not __fish_seen_subcommand_from build up check stop down requests answer waive logs' -a down -d 'remove both; gone already is fine'
complete -c bb-bundle -n 'not __fish_seen_subcommand_from build up check stop down requests answer waive logs' -a requests -d 'print what the agent asks and nobody answered'
complete -c bb-bundle -n 'not __fish_seen_subcommand_from build up check stop down requests answer waive logs' -a answer -d 'answer it; TEXT is standard input if it is not there'
complete -c bb-bundle -n 'not __fish_seen_subcommand_from build up check stop down requests answer waive logs' -a waive -d 'let one finding pass as long as this bundle runs'
complete -c bb-bundle -n 'not __fish_seen_subcommand_from build up check stop down requests answer waive logs' -a logs -d 'print the last 10000 lines of the container\'s log'
complete -c bb-bundle -n '__fish_seen_subcommand_from build; or not __fish_seen_subcommand_from build up check stop down requests answer waive logs' -l base -x -d 'on this image, not on a small Debian that is made'
complete -c bb-bundle -n '__fish_seen_subcommand_from stop; or not __fish_seen_subcommand_from build up check stop down requests answer waive logs' -l bundle -x -d 'only if it is this container'
complete -c bb-bundle -n '__fish_seen_subcommand_from answer; or not __fish_seen_subcommand_from build up check stop down requests answer waive logs' -l for -x -d 'how long it holds (3600)'
complete -c bb-bundle -n '__fish_seen_subcommand_from build; or not __fish_seen_subcommand_from build up check stop down requests answer waive logs' -l tag -x -d 'its name (bot-bottle-sidecars:latest, demo-agent:1)'
complete -c bb-bundle -n '__fish_seen_subcommand_from up; or not __fish_seen_subcommand_from build up check stop down requests answer waive logs' -l timeout -x -d 'how long its ports may take to answer (300)'
complete -c bb-bundle -n '__fish_seen_subcommand_from up; or not __fish_seen_subcommand_from build up check stop down requests answer waive logs' -s n -l dry-run -d 'check all, say what would be run, change nothing'
complete -c bb-bundle -n '__fish_seen_subcommand_from up; or not __fish_seen_subcommand_from build up check stop down requests answer waive logs' -l owner -x -d 'the process whose bottle it is'
complete -c bb-bundle -n '__fish_seen_subcommand_from up; or not __fish_seen_subcommand_from build up check stop down requests answer waive logs' -l plan -r -F -d 'read the plan from FILE instead of stdin'
complete -c bb-bundle -s h -l help -d 'show this text'
complete -c bb-bundle -l version -d 'show the version'
complete -c bb-bundle -n '__fish_seen_subcommand_from build' -a 'bundle agent'
complete -c bb-bundle -n '__fish_seen_subcommand_from check' -a '(__bottlebox_bottles)'
complete -c bb-bundle -n '__fish_seen_subcommand_from stop' -a '(__bottlebox_bottles)'
complete -c bb-bundle -n '__fish_seen_subcommand_from down' -a '(__bottlebox_bottles)'
complete -c bb-bundle -n '__fish_seen_subcommand_from requests' -a '(__bottlebox_bottles)'
complete -c bb-bundle -n '__fish_seen_subcommand_from answer' -a '(__bottlebox_bottles)'
complete -c bb-bundle -n '__fish_seen_subcommand_from waive' -a '(__bottlebox_bottles)'
complete -c bb-bundle -n '__fish_seen_subcommand_from logs' -a '(__bottlebox_bottles)'
