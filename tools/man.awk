# SPDX-License-Identifier: MIT
# man.awk: facts (tools/gen.c) and prose (man/prose/NAME.mdoc) -> the page NAME(1). -v name=NAME
#
# From the facts: NAME, SYNOPSIS, the lists of verbs and options, which statuses there are. From the prose:
# everything else, as mdoc sections in any order, and three that are no sections of the page:
#   .Sh VERBS, .Sh OPTIONS      .It WORD and more text for that verb or long option
#   .Sh EXIT STATUS             .It NUMBER and what it means for this command
# Text for something that is not in the facts is an error, and so is a status nobody explains.
BEGIN {
	FS = "\t"
	usual["0"] = "Done."
	usual["64"] = "Wrong options or operands, or a terminal where a plan is expected."
	usual["65"] = "The plan or the manifest in it is bad, or a section it needs is missing; the message says which."
	usual["74"] = "Reading or writing failed: a full disk, a closed pipe, a missing permission."
	usual["128+n"] = "Ended by signal n, after what it had begun was taken back."
	usual_option["owner"] = "When it is dead the bottle may be taken back, see bb-ledger(1). If it is our parent, we end with it."
	order = "ENVIRONMENT FILES EXIT_STATUS EXAMPLES DIAGNOSTICS SEE_ALSO CAVEATS"
	see["5 bb-plan"] = see["1 bb-start"] = see["1 bottlebox"] = 1
}

FNR == 1 {
	file++
}

# --- facts ---

file == 1 && ($1 == "applet" || $1 == "shell") {
	all[++alls] = $2
	about[$2] = $3
	if ($2 == name) {
		summary = $3
		reads = $4 == "nothing" ? "-" : $4
		writes = $5
		exits = $6
	}
}

file == 1 && $1 == "verb" && $2 == name {
	verb[++verbs] = $3
	verb_line[$3] = $0
	every = every (verbs > 1 ? "," : "") $3
}

file == 1 && $1 == "option" && $2 == name {
	option[++options] = $5
	option_line[$5] = $0
}

# --- prose ---

file == 2 && /^\.Dd / {
	date = $0
	next
}

file == 2 && /^\.Sh / {
	section = substr($0, 5)
	item = ""
	gsub(/ /, "_", section)
	next
}

file == 2 && section ~ /^(VERBS|OPTIONS|EXIT_STATUS)$/ && /^\.It / {
	item = substr($0, 5)
	items[section] = items[section] " " item
	next
}

file == 2 && section == "SEE_ALSO" && /^\.Xr / {
	split($0, word, " ")
	see[word[3] " " word[2]] = 1
	next
}

file == 2 && section != "" {
	if (item != "")
		more[section, item] = more[section, item] $0 "\n"
	else
		prose[section] = prose[section] $0 "\n"
}

# --- the page ---

function fail(text)
{
	print "tools/man.awk: " name ": " text >"/dev/stderr"
	failed = 1
	exit 1
}

function escape(text)
{
	gsub(/\\/, "\\e", text)
	return text ~ /^[.']/ ? "\\&" text : text
}

function sentence(text)
{
	text = escape(toupper(substr(text, 1, 1)) substr(text, 2))
	return text ~ /[.?!]$/ ? text : text "."
}

# "[FILE]" or "FROM TO" or "SLUG..." as macros, one a line.
function operands(text, list, n, i, word, macro)
{
	if (text == "-")
		return ""
	n = split(text, list, " ")
	for (i = 1; i <= n; i++) {
		word = list[i]
		macro = ".Ar "
		if (word ~ /^\[/) {
			macro = ".Op Ar "
			gsub(/[][]/, "", word)
		}
		sub(/\.\.\.$/, " ...", word)
		print macro word
	}
}

function synopsis(i, f)
{
	for (i = 1; i <= verbs; i++) {
		split(verb_line[verb[i]], f, "\t")
		print ".Nm"
		if (f[5] ~ /d/ && f[4] != "-") {
			print ".Op Cm " f[3] " Op Ar " bare(f[4])
			f[4] = "-"
		} else if (f[3] != "-") {
			print (f[5] ~ /d/ ? ".Op Cm " : ".Cm ") f[3]
		}
		if (options)
			print ".Op Ar options"
		operands(f[4])
		if (f[5] ~ /r/)
			print ".Op Fl - Ar COMMAND ..."
		if (f[5] ~ /i/)
			print ".Pf < Ar plan"
		if (f[5] ~ /o/)
			print ".Pf > Ar plan"
	}
}

function verb_list(i, f)
{
	if (!verbs || verb[1] == "-")
		return
	print ".Pp\nThe verbs are:\n.Bl -tag -width Ds"
	for (i = 1; i <= verbs; i++) {
		split(verb_line[verb[i]], f, "\t")
		printf ".It Cm %s", f[3]
		print (f[4] == "-" ? "" : " " (f[4] ~ /^\[/ ? "Op Ar " : "Ar ") bare(f[4]))
		print sentence(f[6])
		printf "%s", more["VERBS", f[3]]
		if (f[5] ~ /d/)
			print "This verb may be left out" (f[4] == "-" ? "." : "\nif there is no\n.Ar " bare(f[4]) " .")
	}
	print ".El"
}

function bare(text)
{
	gsub(/[][]/, "", text)
	return text
}

function only_with(list, word, n, i)
{
	n = split(list, word, ",")
	print "Only with"
	for (i = 1; i <= n; i++) {
		if (i == n && n > 1)
			print "and"
		print ".Cm " word[i] (i == n ? " ." : i < n - 1 ? " ," : "")
	}
}

function option_list(i, f, only)
{
	if (!options)
		return
	print ".Pp\nThe options are:\n.Bl -tag -width Ds"
	for (i = 1; i <= options; i++) {
		split(option_line[option[i]], f, "\t")
		printf ".It %sFl -%s", (f[4] == "-" ? "" : "Fl " f[4] " , "), f[5]
		print (f[6] == "-" ? "" : " Ar " f[6])
		only = f[3] != "-" && f[3] != every
		print sentence(f[7])
		if (only)
			only_with(f[3])
		if (option[i] in usual_option)
			print usual_option[option[i]]
		printf "%s", more["OPTIONS", f[5]]
	}
	print ".El"
}

function members(list, word, n, i)
{
	n = split(list, word, " ")
	for (i = 1; i <= n; i++) {
		if (i == n && n > 1)
			print "and"
		print ".Va " word[i] (i < n - 1 ? " ," : "")
	}
}

function flow()
{
	if (reads == "" || reads == "-")
		return
	print ".Pp\nOf the plan,\n.Nm\nreads"
	members(reads)
	if (writes == "-")
		print "and writes no section."
	else
		print "and writes the section\n.Va " writes " ."
}

function statuses(codes, word, n, i, text)
{
	if (exits == "" || exits == "-") {
		n = split(items["EXIT_STATUS"], word, " ")
	} else {
		codes = exits
		text = sub(/,.*$/, "", codes) ? substr(exits, index(exits, ",") + 2) : ""
		sub(/:.*$/, "", text)
		n = split("0 " codes (text == "" ? "" : " " text), word, " ")
	}
	printf "%s", prose["EXIT_STATUS"]
	print ".Bl -tag -width Ds"
	for (i = 1; i <= n; i++) {
		text = more["EXIT_STATUS", word[i]]
		if (text == "")
			text = word[i] in usual ? usual[word[i]] "\n" : ""
		if (text == "")
			fail("what does status " word[i] " mean? man/prose does not say")
		printf ".It %s\n%s", (word[i] ~ /^[a-z]/ ? "Cm " : "") word[i], text
		known["EXIT_STATUS", word[i]] = 1
	}
	print ".El"
}

function see_also(list, n, i, j, key, f)
{
	delete see["1 " name]
	for (key in see) {
		for (j = n++; j > 0 && list[j] > key; j--)
			list[j + 1] = list[j]
		list[j + 1] = key
	}
	for (i = 1; i <= n; i++) {
		split(list[i], f, " ")
		print ".Xr " f[2] " " f[1] (i < n ? " ," : "")
	}
}

# Every piece of prose must belong to something.
function check_items(section, word, n, i)
{
	n = split(items[section], word, " ")
	for (i = 1; i <= n; i++)
		if (!((section, word[i]) in known))
			fail("man/prose explains " word[i] " in " section ", which does not exist")
}

function body(section, i)
{
	if (section == "EXIT_STATUS")
		statuses()
	else if (section == "SEE_ALSO")
		see_also()
	else
		printf "%s", prose[section]
}

END {
	if (failed)
		exit 1
	if (date == "" || prose["DESCRIPTION"] == "")
		fail("man/prose needs .Dd and DESCRIPTION")
	for (i = 1; i <= verbs; i++)
		known["VERBS", verb[i]] = 1
	for (i = 1; i <= options; i++)
		known["OPTIONS", option[i]] = 1
	upper = toupper(name)
	print ".\\\" Made by tools/gen from the records and man/prose/" name ".mdoc: do not edit."
	print date "\n.Dt " upper " 1\n.Os\n.Sh NAME\n.Nm " name
	print ".Nd " (summary == "" ? substr(prose["NAME"], 1, length(prose["NAME"]) - 1) : escape(summary))
	print ".Sh SYNOPSIS"
	if ("SYNOPSIS" in prose)
		printf "%s", prose["SYNOPSIS"]
	else
		synopsis()
	print ".Sh DESCRIPTION"
	n = split(prose["DESCRIPTION"], line, "\n")
	for (i = 1; i < n; i++)
		if (line[i] == ".\\\" APPLETS")
			for (j = 1; j <= alls; j++)
				print ".It Xr " all[j] " 1\n" sentence(about[all[j]])
		else
			print line[i]
	verb_list()
	option_list()
	flow()
	n = split(order, word, " ")
	for (i = 1; i <= n; i++) {
		title = word[i]
		if (title !~ /^(EXIT_STATUS|SEE_ALSO)$/ && prose[title] == "")
			continue
		gsub(/_/, " ", title)
		print ".Sh " title
		body(word[i])
	}
	check_items("VERBS")
	check_items("OPTIONS")
	check_items("EXIT_STATUS")
	for (section in prose)
		if (section !~ /^(NAME|SYNOPSIS|DESCRIPTION|VERBS|OPTIONS)$/ && index(" " order " ", " " section " ") == 0)
			fail("man/prose has an unknown section " section)
}
