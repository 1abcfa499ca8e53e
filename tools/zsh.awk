# SPDX-License-Identifier: MIT
# zsh.awk: facts (tools/gen.c) -> the tables of the zsh completion, in the words of _arguments. The code that
# reads them is tools/completion.zsh.
BEGIN { FS = "\t" }

$1 == "kind" {
	kind[$2] = $3
}

$1 == "applet" || $1 == "shell" {
	names = names " " $2
	if ($1 == "applet")
		applets[++count_applets] = $2 ":" $3
	order[++count] = $2 SUBSEP ""
}

$1 == "verb" {
	key = $2 SUBSEP ($3 == "-" ? "" : $3)
	if ($3 != "-") {
		words[$2] = words[$2] "\t\t\t" quote($3 ":" $6) "\n"
		order[++count] = key
	}
	operands[key] = $4 == "-" ? "" : $4
	rest[key] = $5 ~ /r/
}

$1 == "option" {
	value = $6 == "-" ? "" : ":" $6 ":" action($6)
	text = $7
	gsub(/[][\\:]/, "\\\\&", text)
	one = $4 == "-" ? "" : "\t\t\t" quote("(--" $5 ")-" $4 "[" text "]" value) "\n"
	two = "\t\t\t" quote(($4 == "-" ? "" : "(-" $4 ")") "--" $5 "[" text "]" value) "\n"
	options[$2, ""] = options[$2, ""] one two
	n = split($3, verb, ",")
	for (i = 1; i <= n; i++)
		if (verb[i] != "-")
			options[$2, verb[i]] = options[$2, verb[i]] one two
}

function quote(text)
{
	gsub(/'/, "'\\''", text)
	return "'" text "'"
}

# What _arguments does for a placeholder.
function action(name)
{
	if (kind[name] == "files")
		return "_files"
	if (kind[name] == "bottles")
		return "_bottlebox_bottles"
	return kind[name] == "" ? " " : "(" kind[name] ")"
}

function specs(key, list, n, i, word, many, text)
{
	n = split(operands[key], list, " ")
	for (i = 1; i <= n; i++) {
		word = list[i]
		many = sub(/\.\.\.\]?$/, "", word) ? "*" : ""
		gsub(/[][]/, "", word)
		text = text "\t\t\t" quote(many ":" word ":" action(word)) "\n"
	}
	return text (rest[key] ? "\t\t\t" quote("*::command: ") "\n" : "")
}

END {
	print "#compdef bottlebox" names
	print "# zsh completion for bottlebox and its applets. Made by tools/gen: do not edit."
	print ""
	print "# What may follow COMMAND [VERB]: sets verbs, and specs of _arguments."
	print "_bottlebox_facts()"
	print "{"
	print "\tverbs=() specs=()"
	print "\tcase $1 in"
	n = split(substr(names, 2), name, " ")
	for (i = 1; i <= n; i++)
		if (name[i] in words)
			print "\t" name[i] ")\n\t\tverbs=(\n" words[name[i]] "\t\t)\n\t\t;;"
	print "\tesac"
	print "\tcase \"$1 $2\" in"
	for (i = 1; i <= count; i++) {
		split(order[i], part, SUBSEP)
		print "\t'" part[1] " " part[2] "')\n\t\tspecs=(\n" options[order[i]] specs(order[i]) "\t\t)\n\t\t;;"
	}
	print "\tesac"
	print "}"
	print ""
	print "_bottlebox_applets=("
	for (i = 1; i <= count_applets; i++)
		print "\t" quote(applets[i])
	print ")"
	print ""
}
