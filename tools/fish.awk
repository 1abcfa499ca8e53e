# SPDX-License-Identifier: MIT
# fish.awk: facts (tools/gen.c) -> the fish completion of the command NAME (-v name=NAME), or of bottlebox
# itself. fish looks for one file per command.
BEGIN {
	FS = "\t"
}

$1 == "kind" {
	kind[$2] = $3
}

$1 == "applet" {
	applets = applets "complete -c bottlebox -n '__fish_is_nth_token 1' -a " $2 " -d " quote($3) "\n"
}

$1 == "verb" && $2 == name {
	if ($3 != "-") {
		all = all " " $3
		verb[++verbs] = $3
		text[$3] = $6
		operands[$3] = $4
	} else {
		operands[""] = $4
	}
}

$1 == "option" && $2 == name {
	option[++options] = $0
}

function quote(text)
{
	gsub(/'/, "\\'", text)
	return "'" text "'"
}

# The words that complete placeholder `word`, as arguments of complete.
function offer(word, k)
{
	sub(/\.\.\.\]?$/, "", word)
	gsub(/[][]/, "", word)
	k = kind[word]
	if (k == "files")
		return " -F"
	if (k == "bottles")
		return " -a '(__bottlebox_bottles)'"
	return k == "" ? "" : " -a '" k "'"
}

# An option's value: -r takes files too, -x only what is offered.
function value_of(word)
{
	if (word == "-")
		return ""
	return (kind[word] == "files" ? " -r" : " -x") offer(word)
}

function print_option(line, field, list, condition)
{
	split(line, field, "\t")
	list = field[3]
	gsub(/,/, " ", list)
	condition = list == "-" || list == substr(all, 2) ? "" \
		: " -n '__fish_seen_subcommand_from " list "; or not __fish_seen_subcommand_from" all "'"
	print "complete -c " name condition (field[4] == "-" ? "" : " -s " field[4]) " -l " field[5] \
		value_of(field[6]) " -d " quote(field[7])
}

# fish cannot tell a command's first operand from its second: all of them are offered at any place.
function print_operands(verb, condition, list, n, i, seen)
{
	condition = verb == "" ? "" : " -n '__fish_seen_subcommand_from " verb "'"
	n = split(operands[verb], list, " ")
	for (i = 1; i <= n; i++)
		if (offer(list[i]) != "" && !(offer(list[i]) in seen)) {
			seen[offer(list[i])] = 1
			print "complete -c " name condition offer(list[i])
		}
}

END {
	print "# fish completion for " name ". Made by tools/gen: do not edit."
	print "complete -c " name " -f"
	if (name == "bottlebox") {
		printf "%s", applets
		print "complete -c bottlebox -n '__fish_is_nth_token 1' -l help -d 'show this text'"
		print "complete -c bottlebox -n '__fish_is_nth_token 1' -l list -d 'print the names of all applets'"
		print "complete -c bottlebox -n '__fish_is_nth_token 1' -l version -d 'print the version'"
		print "complete -c bottlebox -n 'not __fish_is_nth_token 1' -a '(__fish_complete_subcommand)'"
		exit
	}
	print "function __bottlebox_bottles"
	print "\tset -l home $HOME/.local/state"
	print "\tset -q XDG_STATE_HOME; and set home $XDG_STATE_HOME"
	print "\tset home $home/bot-bottle"
	print "\tset -q BOT_BOTTLE_HOME; and set home $BOT_BOTTLE_HOME"
	print "\tfor folder in $home/bottles/*/"
	print "\t\tstring replace -r '.*/([^/]+)/$' '$1' $folder"
	print "\tend"
	print "end"
	for (i = 1; i <= verbs; i++)
		print "complete -c " name " -n 'not __fish_seen_subcommand_from" all "' -a " verb[i] " -d " quote(text[verb[i]])
	for (i = 1; i <= options; i++)
		print_option(option[i])
	if ("" in operands)
		print_operands("")
	for (i = 1; i <= verbs; i++)
		print_operands(verb[i])
}
