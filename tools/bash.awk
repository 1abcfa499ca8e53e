# SPDX-License-Identifier: MIT
# bash.awk: facts (tools/gen.c) -> the tables of the bash completion. The code that reads them is
# tools/completion.bash; no word of a table needs quoting beyond single quotes.
BEGIN { FS = "\t" }

$1 == "applet" || $1 == "shell" {
	names = names " " $2
	if ($1 == "applet")
		applets = applets " " $2
}

$1 == "kind" {
	kinds = kinds "\t" $2 ") kind='" $3 "' ;;\n"
}

$1 == "verb" {
	verb = $3 == "-" ? "" : $3
	if (verb != "")
		words[$2] = words[$2] " " verb
	offer($2, verb, "")
	operands[$2, verb] = $4 == "-" ? "" : $4
}

$1 == "option" {
	value = $6 == "-" ? "" : ":" $6
	list = ($4 == "-" ? "" : " -" $4 value) " --" $5 value
	offer($2, "", list)
	n = split($3, some, ",")
	for (i = 1; i <= n; i++)
		if (some[i] != "-")
			offer($2, some[i], list)
}

# Options of a command, and of a command with a verb; `order` keeps the order of the records.
function offer(name, verb, list)
{
	if (!((name, verb) in options)) {
		order[++count] = name SUBSEP verb
		options[name, verb] = ""
	}
	options[name, verb] = options[name, verb] list
}

END {
	print "# bash completion for bottlebox and its applets. Made by tools/gen: do not edit."
	print "# One file for all; bash-completion looks for a file called like the command, so install links it"
	print "# under each name."
	print ""
	print "_bottlebox_applets='" substr(applets, 2) "'"
	print "_bottlebox_names='" substr(names, 2) "'"
	print ""
	print "# What may follow COMMAND [VERB]: sets verbs, options (with :VALUE if one takes a value), operands."
	print "_bottlebox_facts()"
	print "{"
	print "\tverbs='' options='' operands=''"
	print "\tcase $1 in"
	n = split(substr(names, 2), name, " ")
	for (i = 1; i <= n; i++)
		if (name[i] in words)
			print "\t" name[i] ") verbs='" substr(words[name[i]], 2) "' ;;"
	print "\tesac"
	print "\tcase \"$1 $2\" in"
	for (i = 1; i <= count; i++) {
		split(order[i], part, SUBSEP)
		print "\t'" part[1] " " part[2] "')"
		print "\t\toptions='" substr(options[order[i]], 2) "'"
		if (operands[order[i]] != "")
			print "\t\toperands='" operands[order[i]] "'"
		print "\t\t;;"
	}
	print "\tesac"
	print "}"
	print ""
	print "# What may stand for each placeholder; others are left to the user."
	print "_bottlebox_kind()"
	print "{"
	print "\tcase $1 in"
	printf "%s", kinds
	print "\t*) kind='' ;;"
	print "\tesac"
	print "}"
	print ""
}
