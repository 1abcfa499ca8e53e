# SPDX-License-Identifier: MIT
# Where: unit
# Completions: each shell is asked what TAB offers, and the answer is held against --help.
load ../helper

FILES=$BATS_TEST_DIRNAME/../../completions

# Drivers: a query a line on standard input; "QUERY<tab>WORDS" a line on standard output. For bash only the
# function is called, with the words as readline cuts them; zsh and fish are asked themselves.
bash_driver() {
	cat >drive.bash <<'END'
source "$1/bottlebox.bash"
while IFS= read -r line; do
	read -ra COMP_WORDS <<<"${line//=/ = }"
	[[ $line == *[\ =] ]] && [[ $line != *= ]] && COMP_WORDS+=('')
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
	command=$(complete -p "${COMP_WORDS[0]}") || exit 1
	[[ $command == *'-F _bottlebox '* ]] || exit 1
	_bottlebox
	printf '%s\t%s\n' "$line" "${COMPREPLY[*]}"
done
END
	bash drive.bash "$FILES"
}

zsh_driver() {
	cat >inner.zsh <<'END'
PS1= PS2=
fpath=($FOLDER $fpath)
autoload -Uz compinit
compinit -u -D
zstyle ':completion:*' completer _complete
compadd() {
	local -a hits
	if [[ " $* " == *\ -[OAD]\ * ]]; then
		builtin compadd "$@"
		return
	fi
	builtin compadd -O hits "$@"
	(( $#hits )) || return 1
	print -rl -- $hits >>$WORK/hits
}
tell() { zle complete-word; : >$WORK/told }
zle -N tell
bindkey '^I' tell
END
	cat >drive.zsh <<'END'
zmodload zsh/zpty || exit 1
zpty inner zsh -f -i
zpty -w inner "FOLDER=$1 WORK=$PWD; source $PWD/inner.zsh"
while IFS= read -r line; do
	rm -f told
	: >hits
	zpty -n -w inner "$line"$'\t'
	for (( i = 0; i < 400 && ! $#told; i++ )) {
		told=(told(N))
		(( $#told )) || sleep 0.02
		zpty -r -t inner junk >/dev/null
	}
	(( $#told )) || { print -u2 "no answer to: $line"; exit 1 }
	told=()
	print -r -- "$line"$'\t'"${(j: :)${(uf)"$(<hits)"}}"
	zpty -n -w inner $'\C-u'
done
zpty -d inner
END
	zsh -f drive.zsh "$FILES"
}

fish_driver() {
	cat >drive.fish <<'END'
set -p fish_complete_path $argv[1]
while read -l line
	echo $line\t(complete -C $line | string replace -r '\t.*' '' | string join ' ')
end
END
	fish --no-config drive.fish "$FILES"
}

need() {
	command -v "$1" >/dev/null || skip "$1 is not installed"
}

names() {
	bottlebox --list
	(cd "$BB_ROOT/shell" && ls -d bb-*)
}

verbs_of() {
	"$1" --help | sed -n 's/^  \[\{0,1\}\([a-z][a-z-]*\)\]\{0,1\} .*/\1/p'
}

options_of() {
	"$1" --help | sed -n 's/^ *\(-[A-Za-z], \)\{0,1\}\(--[a-z-]*\)[ ].*/\2/p'
}

sorted() {
	tr ' ' '\n' | sed '/^$/d' | sort -u | tr '\n' ' '
}

# What QUERY got, from the file answers.
answer() {
	awk -F '\t' -v query="$1" '$1 == query { print $2; found = 1 } END { exit !found }' answers
}

# All commands and verbs of --help, asked of DRIVER.
offers_all() {
	local name verb all
	for name in $(names); do
		printf '%s \n%s --\n' "$name" "$name"
		for verb in $(verbs_of "$name"); do
			printf '%s %s --\nbottlebox %s %s --\n' "$name" "$verb" "$name" "$verb"
		done
	done >queries
	echo 'bottlebox ' >>queries
	"$1" <queries >answers
	check equals "$(wc -l <queries)" "$(wc -l <answers)" "number of answers"
	check equals "$(bottlebox --list | sorted)" "$(answer 'bottlebox ' | sed 's/ --.*//' | sorted)" "bottlebox"
	for name in $(names); do
		[ -z "$(verbs_of "$name")" ] ||
			check equals "$(verbs_of "$name" | sorted)" "$(answer "$name " | sorted)" "verbs of $name"
		check equals "$(options_of "$name" | sorted)" "$(answer "$name --" | sorted)" "options of $name"
		all=
		for verb in $(verbs_of "$name"); do
			all="$all $(answer "$name $verb --")"
			check equals "$(answer "$name $verb --")" "$(answer "bottlebox $name $verb --")" "bottlebox $name $verb"
		done
		[ -z "$all" ] || check equals "$(options_of "$name" | sorted)" "$(echo "$all" | sorted)" "options of $name's verbs"
	done
	all_good
}

# Placeholders: a file, a bottle, a stage; nothing of ours behind "--".
offers_values() {
	local demo='demo' files='plan.json'
	mkdir -p "$BOT_BOTTLE_HOME/bottles/demo" here
	cd here || return 1
	: >plan.json
	printf '%s\n' 'bb-vm exec ' 'bb-bundle down de' 'bb-plan new pl' 'bb-plan check --plan pl' 'bb-start --until tsi' \
		'bb-start pl' 'bb-pack build --by ' 'bb-stop ' 'bb-plan merge pl' >queries
	"$1" <queries >answers
	check equals "$demo" "$(answer 'bb-vm exec ')" 'bb-vm exec'
	check equals "$demo" "$(answer 'bb-bundle down de')" 'bb-bundle down'
	check equals "$files" "$(answer 'bb-plan new pl')" 'bb-plan new'
	check equals "$files" "$(answer 'bb-plan check --plan pl')" 'bb-plan --plan'
	check equals tsi-patch "$(answer 'bb-start --until tsi')" 'bb-start --until'
	check equals "$files" "$(answer 'bb-start pl')" 'bb-start'
	check equals 'archive registry' "$(answer 'bb-pack build --by ' | tr ' ' '\n' | sort | tr '\n' ' ' | sed 's/ $//')" 'bb-pack --by'
	check equals "$demo" "$(answer 'bb-stop ')" 'bb-stop'
	check equals "$files" "$(answer 'bb-plan merge pl')" 'bb-plan merge'
	all_good
}

@test "bash: the file parses, and every verb and option is offered" {
	bash -n "$FILES/bottlebox.bash"
	offers_all bash_driver
}

@test "bash: values and operands are offered, in both spellings; nothing behind --" {
	offers_values bash_driver
	printf '%s\n' 'bb-plan show --plan=pl' 'bb-plan show --plan=' 'bb-vm exec demo -- ' 'bb-vm exec --user root ' \
		'bb-nothing ' >queries
	head -n 4 queries | bash_driver >answers
	equals plan.json "$(answer 'bb-plan show --plan=pl')"
	assert_regex " $(answer 'bb-plan show --plan=') " ' plan\.json '
	equals '' "$(answer 'bb-vm exec demo -- ')"
	equals demo "$(answer 'bb-vm exec --user root ')"
	! bash_driver <queries >answers 2>err || false
}

@test "bash-completion finds the file under each name" {
	loader=/usr/share/bash-completion/bash_completion
	[ -r "$loader" ] || skip "bash-completion is not installed"
	mkdir -p user/completions
	cp "$FILES/bottlebox.bash" user/completions/bottlebox
	for name in $(names); do
		ln -s bottlebox "user/completions/$name"
	done
	for name in bottlebox $(names); do
		check env BASH_COMPLETION_USER_DIR="$T/user" bash -c 'source "$1"; _completion_loader "$2"; complete -p "$2" |
			grep -q -- "-F _bottlebox "' bash "$loader" "$name"
	done
	all_good
}

@test "zsh: the file parses, and every verb and option is offered" {
	need zsh
	zsh -n "$FILES/_bottlebox"
	offers_all zsh_driver
}

@test "zsh: values and operands are offered" {
	need zsh
	offers_values zsh_driver
}

@test "fish: the files parse, and every verb and option is offered" {
	need fish
	for file in "$FILES"/*.fish; do
		check fish -n "$file"
	done
	offers_all fish_driver
}

@test "fish: values and operands are offered" {
	need fish
	offers_values fish_driver
}

@test "--dry-run is offered exactly where the applet takes it" {
	for name in $(bottlebox --list); do
		options_of "$name" | grep -qx -- --dry-run || continue
		for verb in $(verbs_of "$name"); do
			wanted=yes
			bb "$name" "$verb" --dry-run </dev/null
			! grep -q 'takes no --dry-run' err || wanted=no
			got=no
			[[ " $(echo "$name $verb --" | bash_driver | cut -f2) " != *' --dry-run '* ]] || got=yes
			check equals "$wanted" "$got" "$name $verb --dry-run"
		done
	done
	all_good
}

@test "there is one fish file for each name, and no other" {
	equals "$( (names; echo bottlebox) | sorted)" "$(cd "$FILES" && ls -- *.fish | sed 's/\.fish$//' | sorted)"
	equals "#compdef $( (echo bottlebox; names) | sorted)" "#compdef $(head -n 1 "$FILES/_bottlebox" | cut -d ' ' -f 2- | sorted)"
}

@test "completions and pages are what the generator makes of the records" {
	gen=$(dirname "$BB_BIN")/gen
	[ -x "$gen" ] || { echo "$gen is missing: run make unit"; return 1; }
	mkdir copy
	cp -R "$BB_ROOT/man" "$BB_ROOT/completions" "$BB_ROOT/tools" "$BB_ROOT/shell" copy/
	works copy/tools/gen "$gen"
	diff -r "$BB_ROOT/man" copy/man
	diff -r "$BB_ROOT/completions" copy/completions
}
