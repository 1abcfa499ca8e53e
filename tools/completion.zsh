# SPDX-License-Identifier: MIT
_bottlebox_bottles()
{
	local -a slugs

	slugs=( ${BOT_BOTTLE_HOME:-${XDG_STATE_HOME:-$HOME/.local/state}/bot-bottle}/bottles/*(N/:t) )
	_wanted bottles expl bottle compadd -a slugs
}

# $1 is the command; words and CURRENT are its line.
_bottlebox_command()
{
	local curcontext=$curcontext state line command=$1
	local -a verbs specs

	_bottlebox_facts "$command" ''
	if (( ! $#verbs )); then
		_arguments -s -S $specs
		return
	fi
	_arguments -C -s $specs '1: :->verb' '*:: :->rest' && return 0
	case $state in
	verb)
		_describe -t verbs verb verbs
		;;
	rest)
		_bottlebox_facts "$command" "$words[1]"
		_arguments -s -S $specs
		;;
	esac
}

_bottlebox()
{
	local curcontext=$curcontext state line

	if [[ $service != bottlebox ]]; then
		_bottlebox_command "$service"
		return
	fi
	_arguments -C '(- *)--help[show this text]' '(- *)--list[print the names of all applets]' \
		'(- *)--version[print the version]' '1: :->applet' '*:: :->rest' && return 0
	case $state in
	applet)
		_describe -t applets applet _bottlebox_applets
		;;
	rest)
		_bottlebox_command "$words[1]"
		;;
	esac
}

_bottlebox "$@"
