# SPDX-License-Identifier: MIT
# help.awk: the --help text of a shell tool -> the same facts that tools/gen.c prints for an applet, so that
# the text in the script stays the only source. The layout is the house's:
#
#   usage: NAME [options] OPERANDS [-- COMMAND...]
#   summary
#     -n, --name VALUE  help
#   stages: plan subnet ...          (what STAGE may be)
BEGIN { OFS = "\t" }

function or_dash(text)
{
	return text == "" ? "-" : text
}

NR == 1 {
	name = $2
	operands = $0
	sub(/^usage: [^ ]+ */, "", operands)
	sub(/^\[options\] */, "", operands)
	flags = sub(/ *\[-- .*$/, "", operands) ? "-r" : "-"
}

NR == 2 {
	print "shell", name, $0, "-", "-", "-"
	print "verb", name, "-", or_dash(operands), flags, $0
}

/^ +(-[A-Za-z], )?--/ {
	line = $0
	sub(/^ +/, "", line)
	letter = "-"
	if (line ~ /^-[A-Za-z], /) {
		letter = substr(line, 2, 1)
		line = substr(line, 5)
	}
	word = line
	sub(/  +.*$/, "", word)
	help = substr(line, length(word) + 1)
	sub(/^ +/, "", help)
	value = "-"
	if (word ~ / /) {
		value = word
		sub(/^[^ ]+ /, "", value)
		sub(/ .*$/, "", word)
	}
	print "option", name, "-", letter, substr(word, 3), value, help
}

/^[a-z]+s: / {
	list = $0
	sub(/^[a-z]+s: /, "", list)
	print "kind", toupper(substr($1, 1, length($1) - 2)), list
}
