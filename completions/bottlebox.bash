# bash completion for bottlebox and its applets. Made by tools/gen: do not edit.
# One file for all; bash-completion looks for a file called like the command, so install links it
# under each name.

_bottlebox_applets='bb-plan bb-subnet bb-smolfile bb-pack bb-bundle bb-vm bb-tsi-patch bb-probe bb-provision bb-ledger bb-doctor'
_bottlebox_names='bb-plan bb-subnet bb-smolfile bb-pack bb-bundle bb-vm bb-tsi-patch bb-probe bb-provision bb-ledger bb-doctor bb-clean bb-guard bb-list bb-smolvm-get bb-start bb-stop'

# What may follow COMMAND [VERB]: sets verbs, options (with :VALUE if one takes a value), operands.
_bottlebox_facts()
{
	verbs='' options='' operands=''
	case $1 in
	bb-plan) verbs='new check get merge show diff change' ;;
	bb-subnet) verbs='alloc release' ;;
	bb-smolfile) verbs='render' ;;
	bb-pack) verbs='build gc' ;;
	bb-bundle) verbs='build up check stop down requests answer waive logs' ;;
	bb-vm) verbs='create start wait exec cp unsaved logs stop delete' ;;
	bb-tsi-patch) verbs='apply check' ;;
	bb-probe) verbs='run' ;;
	bb-provision) verbs='all init env ca prompt skills git supervise check' ;;
	bb-ledger) verbs='list undo reap claim disown keep-logs rebuild' ;;
	bb-doctor) verbs='check' ;;
	esac
	case "$1 $2" in
	'bb-plan new')
		options='--plan:FILE -h --help --version'
		operands='[MANIFEST]'
		;;
	'bb-plan check')
		options='--plan:FILE -h --help --version'
		operands='[FILE...]'
		;;
	'bb-plan get')
		options='--plan:FILE -h --help --version'
		operands='PATH [FILE]'
		;;
	'bb-plan merge')
		options='-h --help --version'
		operands='FILE FILE'
		;;
	'bb-plan show')
		options='--plan:FILE -h --help --version'
		operands='[FILE]'
		;;
	'bb-plan diff')
		options='--plan:FILE -h --help --version'
		operands='OLD [NEW]'
		;;
	'bb-plan change')
		options='--plan:FILE -h --help --version'
		operands='MANIFEST'
		;;
	'bb-plan ')
		options='--plan:FILE -h --help --version'
		;;
	'bb-subnet alloc')
		options='--offline --same --mode:MODE --owner:PID --plan:FILE -h --help --version'
		;;
	'bb-subnet release')
		options='-h --help --version'
		operands='SLUG'
		;;
	'bb-subnet ')
		options='--offline --same --mode:MODE --owner:PID --plan:FILE -h --help --version'
		;;
	'bb-smolfile render')
		options='--print --engine:VERSION --plan:FILE -h --help --version'
		;;
	'bb-smolfile ')
		options='--print --engine:VERSION --plan:FILE -h --help --version'
		;;
	'bb-pack build')
		options='--by:WAY -n --dry-run --owner:PID --plan:FILE -h --help --version'
		;;
	'bb-pack gc')
		options='-n --dry-run -h --help --version'
		;;
	'bb-pack ')
		options='--by:WAY -n --dry-run --owner:PID --plan:FILE -h --help --version'
		;;
	'bb-bundle build')
		options='--base:IMAGE --tag:IMAGE -h --help --version'
		operands='[EXAMPLE]'
		;;
	'bb-bundle up')
		options='--timeout:SECONDS -n --dry-run --owner:PID --plan:FILE -h --help --version'
		;;
	'bb-bundle check')
		options='-h --help --version'
		operands='SLUG'
		;;
	'bb-bundle stop')
		options='--bundle:ID -h --help --version'
		operands='SLUG'
		;;
	'bb-bundle down')
		options='-h --help --version'
		operands='SLUG'
		;;
	'bb-bundle requests')
		options='-h --help --version'
		operands='SLUG'
		;;
	'bb-bundle answer')
		options='--for:SECONDS -h --help --version'
		operands='SLUG ID [TEXT]'
		;;
	'bb-bundle waive')
		options='-h --help --version'
		operands='SLUG ID'
		;;
	'bb-bundle logs')
		options='-h --help --version'
		operands='SLUG'
		;;
	'bb-bundle ')
		options='--base:IMAGE --bundle:ID --for:SECONDS --tag:IMAGE --timeout:SECONDS -n --dry-run --owner:PID --plan:FILE -h --help --version'
		;;
	'bb-vm create')
		options='-n --dry-run --owner:PID --plan:FILE -h --help --version'
		;;
	'bb-vm start')
		options='-n --dry-run --owner:PID --plan:FILE -h --help --version'
		;;
	'bb-vm wait')
		options='--timeout:SECONDS -n --dry-run --owner:PID --plan:FILE -h --help --version'
		;;
	'bb-vm exec')
		options='-i --interactive -t --tty -e:NAMES --env:NAMES -u:USER --user:USER -w:DIR --workdir:DIR --owner:PID --plan:FILE -h --help --version'
		operands='SLUG'
		;;
	'bb-vm cp')
		options='--plan:FILE -h --help --version'
		operands='FROM TO'
		;;
	'bb-vm unsaved')
		options='--plan:FILE -h --help --version'
		operands='SLUG'
		;;
	'bb-vm logs')
		options='--plan:FILE -h --help --version'
		operands='SLUG'
		;;
	'bb-vm stop')
		options='--bundle:ID -h --help --version'
		operands='SLUG'
		;;
	'bb-vm delete')
		options='--bundle:ID -h --help --version'
		operands='SLUG'
		;;
	'bb-vm ')
		options='-i --interactive --bundle:ID -t --tty -e:NAMES --env:NAMES -u:USER --user:USER -w:DIR --workdir:DIR --timeout:SECONDS -n --dry-run --owner:PID --plan:FILE -h --help --version'
		;;
	'bb-tsi-patch apply')
		options='-n --dry-run --owner:PID --plan:FILE -h --help --version'
		;;
	'bb-tsi-patch check')
		options='--plan:FILE -h --help --version'
		;;
	'bb-tsi-patch ')
		options='-n --dry-run --owner:PID --plan:FILE -h --help --version'
		;;
	'bb-probe run')
		options='--tap --exec:WORDS -n --dry-run --owner:PID --plan:FILE -h --help --version'
		;;
	'bb-probe ')
		options='--tap --exec:WORDS -n --dry-run --owner:PID --plan:FILE -h --help --version'
		;;
	'bb-provision all')
		options='-n --dry-run --owner:PID --plan:FILE -h --help --version'
		;;
	'bb-provision init')
		options='-n --dry-run --owner:PID --plan:FILE -h --help --version'
		;;
	'bb-provision env')
		options='-n --dry-run --owner:PID --plan:FILE -h --help --version'
		;;
	'bb-provision ca')
		options='-n --dry-run --owner:PID --plan:FILE -h --help --version'
		;;
	'bb-provision prompt')
		options='-n --dry-run --owner:PID --plan:FILE -h --help --version'
		;;
	'bb-provision skills')
		options='-n --dry-run --owner:PID --plan:FILE -h --help --version'
		;;
	'bb-provision git')
		options='-n --dry-run --owner:PID --plan:FILE -h --help --version'
		;;
	'bb-provision supervise')
		options='-n --dry-run --owner:PID --plan:FILE -h --help --version'
		;;
	'bb-provision check')
		options='--plan:FILE -h --help --version'
		;;
	'bb-provision ')
		options='-n --dry-run --owner:PID --plan:FILE -h --help --version'
		;;
	'bb-ledger list')
		options='--json -h --help --version'
		;;
	'bb-ledger undo')
		options='--owner:PID -h --help --version'
		operands='SLUG'
		;;
	'bb-ledger reap')
		options='-n --dry-run -h --help --version'
		;;
	'bb-ledger claim')
		options='--new --image:IMAGE -n --dry-run --owner:PID -h --help --version'
		operands='SLUG'
		;;
	'bb-ledger disown')
		options='--owner:PID -h --help --version'
		operands='SLUG'
		;;
	'bb-ledger keep-logs')
		options='-h --help --version'
		operands='SLUG'
		;;
	'bb-ledger rebuild')
		options='-h --help --version'
		;;
	'bb-ledger ')
		options='--json --new --image:IMAGE -n --dry-run --owner:PID -h --help --version'
		;;
	'bb-doctor check')
		options='--bottle:SLUG --boot --json -h --help --version'
		operands='[MANIFEST]'
		;;
	'bb-doctor ')
		options='--bottle:SLUG --boot --json -h --help --version'
		;;
	'bb-clean ')
		options='-n --dry-run -y --yes -h --help --version'
		operands='[SLUG...]'
		;;
	'bb-guard ')
		options='--hold --bundle:ID -h --help --version'
		operands='SLUG'
		;;
	'bb-list ')
		options='--json -h --help --version'
		;;
	'bb-smolvm-get ')
		options='--list -h --help --version'
		operands='[VERSION]'
		;;
	'bb-start ')
		options='-n --dry-run -y --yes --until:STAGE --from:STAGE --resume:SLUG --manifest:FILE --keep --detach -h --help --version'
		operands='MANIFEST'
		;;
	'bb-stop ')
		options='--force -h --help --version'
		operands='SLUG...'
		;;
	esac
}

# What may stand for each placeholder; others are left to the user.
_bottlebox_kind()
{
	case $1 in
	FILE) kind='files' ;;
	MANIFEST) kind='files' ;;
	FROM) kind='files' ;;
	TO) kind='files' ;;
	SLUG) kind='bottles' ;;
	WAY) kind='archive registry' ;;
	MODE) kind='bridge' ;;
	EXAMPLE) kind='bundle agent' ;;
	STAGE) kind='plan subnet smolfile pack bundle create tsi-patch start wait probe provision agent' ;;
	*) kind='' ;;
	esac
}

# SPDX-License-Identifier: MIT
# Offer what stands for placeholder $1 and begins with $cur.
_bottlebox_offer()
{
	local kind='' folder entry

	_bottlebox_kind "$1"
	case $kind in
	'') ;;
	files)
		compopt -o filenames 2>/dev/null || :
		while IFS= read -r entry; do
			COMPREPLY+=("$entry")
		done < <(compgen -f -- "$cur")
		;;
	bottles)
		folder=${BOT_BOTTLE_HOME:-${XDG_STATE_HOME:-$HOME/.local/state}/bot-bottle}/bottles
		for entry in "$folder"/*/; do
			entry=${entry%/}
			entry=${entry##*/}
			[[ $entry != '*' && $entry == "$cur"* ]] && COMPREPLY+=("$entry")
		done
		;;
	*)
		_bottlebox_words "$kind"
		;;
	esac
}

# Offer those of the words $1 that begin with $cur.
_bottlebox_words()
{
	local word

	for word in $1; do
		[[ $word == "$cur"* ]] && COMPREPLY+=("$word")
	done
}

# The placeholder of operand number $1 in "[FILE]" or "FROM TO"; "NAME..." takes all that follow.
_bottlebox_operand()
{
	local list word n=$1

	read -ra list <<<"$operands"
	(( n >= ${#list[@]} && ${#list[@]} > 0 )) && [[ ${list[${#list[@]} - 1]} == *...* ]] && n=$(( ${#list[@]} - 1 ))
	word=${list[n]:-}
	word=${word//[\[\]]/}
	_bottlebox_offer "${word%...}"
}

# The name of the value that option $1 takes, in $value; "" if it takes none.
_bottlebox_value()
{
	local option

	value=''
	for option in $options; do
		[[ $option == "$1":* ]] && value=${option#*:}
	done
}

_bottlebox()
{
	local command=${COMP_WORDS[0]##*/} cur=${COMP_WORDS[COMP_CWORD]} verb='' value='' word i=1 n=0
	local verbs options operands

	COMPREPLY=()
	if [[ $command == bottlebox ]]; then
		if (( COMP_CWORD == 1 )); then
			_bottlebox_words "$_bottlebox_applets --help --list --version"
			return 0
		fi
		command=${COMP_WORDS[1]}
		i=2
	fi
	_bottlebox_facts "$command" ''
	for (( ; i < COMP_CWORD; i++ )); do
		word=${COMP_WORDS[i]}
		case $word in
		--) return 0 ;;      # what follows is a command inside the bottle
		-?*)
			_bottlebox_value "$word"
			[[ $value ]] || continue
			# "--plan=x" comes as three words, because = is in COMP_WORDBREAKS.
			[[ ${COMP_WORDS[i + 1]} == '=' ]] && (( i += 1 ))
			(( i += 1 ))
			if (( i >= COMP_CWORD )); then
				[[ $cur == '=' ]] && cur=''
				_bottlebox_offer "$value"
				return 0
			fi
			;;
		*)
			if [[ $verbs && ! $verb ]]; then
				verb=$word
				_bottlebox_facts "$command" "$verb"
			else
				(( n += 1 ))
			fi
			;;
		esac
	done
	if [[ $cur == -* ]]; then
		for word in $options; do
			_bottlebox_words "${word%%:*}"
		done
	elif [[ $verbs && ! $verb ]]; then
		_bottlebox_words "$verbs"
	else
		_bottlebox_operand "$n"
	fi
	return 0
}

complete -F _bottlebox bottlebox $_bottlebox_names
