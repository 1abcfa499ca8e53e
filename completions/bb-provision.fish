# fish completion for bb-provision. Made by tools/gen: do not edit.
complete -c bb-provision -f
function __bottlebox_bottles
	set -l home $HOME/.local/state
	set -q XDG_STATE_HOME; and set home $XDG_STATE_HOME
	set home $home/bot-bottle
	set -q BOT_BOTTLE_HOME; and set home $BOT_BOTTLE_HOME
	for folder in $home/bottles/*/
		string replace -r '.*/([^/]+)/$' '$1' $folder
	end
end
complete -c bb-provision -n 'not __fish_seen_subcommand_from all init env ca prompt skills git supervise check' -a all -d 'all steps that the manifest asks for'
complete -c bb-provision -n 'not __fish_seen_subcommand_from all init env ca prompt skills git supervise check' -a init -d 'repair owners of the home folder and /tmp'
complete -c bb-provision -n 'not __fish_seen_subcommand_from all init env ca prompt skills git supervise check' -a env -d 'credentials into the bundle, environment into the guest'
complete -c bb-provision -n 'not __fish_seen_subcommand_from all init env ca prompt skills git supervise check' -a ca -d 'trust the bundle\'s CA, tried by a TLS request'
complete -c bb-provision -n 'not __fish_seen_subcommand_from all init env ca prompt skills git supervise check' -a prompt -d 'the prompt, as a file of the agent\'s'
complete -c bb-provision -n 'not __fish_seen_subcommand_from all init env ca prompt skills git supervise check' -a skills -d 'the skills, into the agent\'s home'
complete -c bb-provision -n 'not __fish_seen_subcommand_from all init env ca prompt skills git supervise check' -a git -d 'who commits, and repositories by the gate, each asked for'
complete -c bb-provision -n 'not __fish_seen_subcommand_from all init env ca prompt skills git supervise check' -a supervise -d 'the way to the operator, tried by a request'
complete -c bb-provision -n 'not __fish_seen_subcommand_from all init env ca prompt skills git supervise check' -a check -d 'name every variable, file and image that is missing here'
complete -c bb-provision -n '__fish_seen_subcommand_from all init env ca prompt skills git supervise; or not __fish_seen_subcommand_from all init env ca prompt skills git supervise check' -s n -l dry-run -d 'check all, say what would be run, change nothing'
complete -c bb-provision -n '__fish_seen_subcommand_from all init env ca prompt skills git supervise; or not __fish_seen_subcommand_from all init env ca prompt skills git supervise check' -l owner -x -d 'the process whose bottle it is'
complete -c bb-provision -l plan -r -F -d 'read the plan from FILE instead of stdin'
complete -c bb-provision -s h -l help -d 'show this text'
complete -c bb-provision -l version -d 'show the version'
