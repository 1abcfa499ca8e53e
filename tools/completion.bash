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
