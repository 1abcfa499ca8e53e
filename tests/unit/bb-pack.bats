# SPDX-License-Identifier: MIT
# Where: unit
# bb-pack: which way, the cache and its key, one at a time, nothing left behind. Docker and the VM that packs
# are fakes here; the lab packs for real.
load ../helper
load ../engine

ID=sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
CACHE_NAME=0123456789abcdef0123456789abcdef-amd64

# with_smolvm VERSION: fakes that answer as that version and a Docker that has the image.
with_smolvm() {
	fakes docker smolvm
	rule smolvm --version 0 "echo smolvm $1"
	rule smolvm 'machine create --help' 0 'echo "      --allow-cidr <C>"'
	rule docker 'inspect --type image --format {{.Id}}* -- demo-agent:1' 0 "printf '%s\\n' $ID amd64"
	rule docker 'inspect --type image *' 1 'echo "Error response from daemon: No such image: x" >&2'
	rm -f "$BOT_BOTTLE_HOME/smolvm-version"         # the same file would not be asked again
	cache=$XDG_CACHE_HOME/bot-bottle/smolmachines
	manifest | bb-plan new >plan
}

# What `smolvm pack create -o OUT` leaves: a stub and the pack. OUT is the sixth word.
PACKS='sleep 0.2; echo packed >"$6.smolmachine"; echo stub >"$6"'

@test "archive: docker save by id, pack create, one file in the cache, mode and owner ours" {
	with_smolvm "$NEW_SMOLVM"
	rule docker 'save *' 0 'echo tar >"$3"'
	rule smolvm 'pack create *' 0 "$PACKS"
	works bb-pack build <plan
	artifact=$cache/$CACHE_NAME-$NEW_SMOLVM.smolmachine
	equals "{\"image_id\":\"$ID\",\"artifact\":\"$artifact\",\"by\":\"archive\",\"cached\":false}" "$(bb-plan get pack <out)"
	equals packed "$(cat "$artifact")"
	equals "$CACHE_NAME-$NEW_SMOLVM.lock
$CACHE_NAME-$NEW_SMOLVM.smolmachine" "$(ls "$cache")"
	equals 700 "$(stat -c %a "$cache")"
	calls | grep -x "docker save -o $cache/.*/agent.tar -- $ID"
	calls | grep -x "smolvm pack create --image $cache/.*/agent.tar -o $cache/.*/agent"
	# Wall W9: by id, never by the tag again.
	equals 1 "$(calls | grep -c demo-agent:1)"
}

@test "agent.build: Docker builds the image first, from the folder beside the manifest; no Dockerfile is 65" {
	with_smolvm "$NEW_SMOLVM"
	rule docker 'inspect --type image --format {{index*' 1 'echo "Error response from daemon: No such image: x" >&2'
	rule docker 'build *' 0 "touch $T/built"
	rule docker 'save *' 0 'echo tar >"$3"'
	rule smolvm 'pack create *' 0 "$PACKS"
	mkdir agent
	manifest '"command"' '"build":"agent","command"' >m.json
	bb-plan new m.json >plan
	refuses 65 'agent has no Dockerfile' bb-pack build <plan
	: >agent/Dockerfile
	works bb-pack build <plan
	calls | grep -x "docker build --quiet --label bot-bottle.build=1 --tag demo-agent:1 -- $T/agent"
	# A dry run says so, and needs no image to be there.
	sed -i '/inspect --type image/d' "$FAKE_RULES"
	rule docker 'inspect --type image *' 1 'echo "Error response from daemon: No such image: x" >&2'
	ends 0 bb-pack build --dry-run <plan
	grep -q '+ docker build --quiet --label bot-bottle.build=1 --tag demo-agent:1 -- ' err
	equals none "$(bb-plan get pack.artifact <out)"
	# A build that fails is told in Docker's own words.
	sed -i '/^docker.build/d' "$FAKE_RULES"
	rule docker 'build *' 1 'echo "unknown instruction: FORM" >&2'
	refuses 69 'unknown instruction: FORM' bb-pack build <plan
	# A name that means something else already keeps its meaning; what was built so may be built again.
	sed -i '/inspect --type image/d' "$FAKE_RULES"
	rule docker 'inspect --type image --format {{index*' 0 echo
	refuses 77 'was not built from an agent.build' bb-pack build <plan
	sed -i '/inspect --type image/d' "$FAKE_RULES"
	rule docker 'inspect --type image --format {{index*' 0 'echo 1'
	refuses 69 'unknown instruction: FORM' bb-pack build <plan
	ln -s / way
	manifest '"command"' '"build":"way/tmp","command"' >m.json
	bb-plan new m.json >plan
	refuses 77 'leads out of its folder by a link' bb-pack build <plan
}

@test "a second run does nothing but look: no save, no pack" {
	with_smolvm "$NEW_SMOLVM"
	rule docker 'save *' 0 'echo tar >"$3"'
	rule smolvm 'pack create *' 0 "$PACKS"
	bb-pack build <plan >first
	: >"$FAKE_LOG"
	works bb-pack build <first
	equals true "$(bb-plan get pack.cached <out)"
	equals '' "$(calls | grep -E 'save|pack create' || :)"
}

@test "the key has image, architecture and smolvm's version: another of each is another pack" {
	for version in "$NEW_SMOLVM" 1.31.0; do
		with_smolvm "$version"
		rule docker 'save *' 0 'echo tar >"$3"'
		rule smolvm 'pack create *' 0 "$PACKS"
		check works bb-pack build <plan
		check equals false "$(bb-plan get pack.cached <out)" "$version"
	done
	equals 2 "$(ls "$cache"/*.smolmachine | wc -l)"
	all_good
}

@test "two at once: one packs, the other waits and finds it" {
	with_smolvm "$NEW_SMOLVM"
	rule docker 'save *' 0 'echo tar >"$3"'
	rule smolvm 'pack create *' 0 "$PACKS"
	bb-pack build <plan >a 3>&- &
	one=$!
	bb-pack build <plan >b 3>&- &
	two=$!
	wait "$one"
	wait "$two"
	equals 'false true' "$(cat a b | while read -r p; do bb-plan get pack.cached <<<"$p"; done | sort | paste -sd' ')"
	equals 1 "$(calls | grep -c 'pack create')"
}

@test "every failure leaves no half pack and no folder: save, pack, no result" {
	while IFS='|' read -r save pack status text; do
		with_smolvm "$NEW_SMOLVM"
		rule docker 'save *' "$save" 'echo tar >"$3"; echo "Error response from daemon: disk broke" >&2'
		rule smolvm 'pack create *' "$pack" 'echo "Error: no space" >&2'
		check ends "$status" bb-pack build <plan
		check grep -q "$text" err
		check equals '' "$(ls "$cache" | grep -v 'lock$' || :)" "left in the cache"
		check equals '' "$(cat out)" stdout
	done <<-'END'
	1|0|69|docker save: disk broke
	0|1|69|smolvm pack create: no space
	0|0|69|made no
	END
	all_good
}

@test "what a killed run left is removed by the next one" {
	with_smolvm "$NEW_SMOLVM"
	rule docker 'save *' 0 'echo tar >"$3"'
	rule smolvm 'pack create *' 0 "$PACKS"
	mkdir -p "$cache/$CACHE_NAME-$NEW_SMOLVM.making/deep"
	chmod 700 "$cache"
	echo half >"$cache/$CACHE_NAME-$NEW_SMOLVM.making/deep/agent.smolmachine"
	works bb-pack build <plan
	equals packed "$(cat "$cache/$CACHE_NAME-$NEW_SMOLVM.smolmachine")"
	assert_not_exist "$cache/$CACHE_NAME-$NEW_SMOLVM.making"
}

@test "TERM while it packs: the child ends, the folder is gone, status 143" {
	with_smolvm "$NEW_SMOLVM"
	rule docker 'save *' 0 'echo tar >"$3"'
	rule smolvm 'pack create *' 0 "echo \$\$ >$T/pid.new; mv $T/pid.new $T/pid; exec sleep 300"
	as_foreground "$BB_BIN/bb-pack" build <plan >out 2>err 3>&- &
	us=$!
	wait_for pid
	kill -s TERM "$us"
	status=0
	wait "$us" || status=$?
	equals 143 "$status"
	gone "$(cat pid)"
	equals '' "$(ls "$cache" | grep -v 'lock$' || :)"
}

@test "dry run says the commands of each way and makes nothing" {
	with_smolvm "$NEW_SMOLVM"
	ends 0 bb-pack build --dry-run <plan
	cat >want <<-END
	bb-pack: + docker save -o $cache/$CACHE_NAME-$NEW_SMOLVM.making/agent.tar -- $ID
	bb-pack: + smolvm pack create --image $cache/$CACHE_NAME-$NEW_SMOLVM.making/agent.tar -o $cache/$CACHE_NAME-$NEW_SMOLVM.making/agent
	END
	same want err
	equals true "$(bb-plan get dry_run <out)"
	ends 0 bb-pack build --by registry --dry-run <plan
	equals '+ docker tag + docker push + smolvm pack' "$(cut -d' ' -f2-4 err | paste -sd' ')"
	equals '' "$(ls "$cache")"
}

@test "an old smolvm needs a registry: none there is 69 and says what to install" {
	with_smolvm "$OLD_SMOLVM"
	PATH=$T/fakes:$BB_BIN:$(path_without docker-registry) ends 69 bb-pack build <plan
	grep -q 'needs a registry' err
	grep -q 'docker pull registry:2' err
	equals '' "$(ls "$cache" | grep -v 'lock$' || :)"
	check refuses 64 'packs no archives' bb-pack build --by archive <plan
	check refuses 64 '--by tape' bb-pack build --by tape <plan
	all_good
}

# A folder with the usual tools but that one.
path_without() {
	mkdir -p "$T/few"
	for tool in sh awk sed cat printf mv rm sleep env; do
		ln -sf "$BB_TOOLS/$tool" "$T/few/$tool"
	done
	rm -f "$T/few/$1"
	printf %s "$T/few"
}

@test "no such image: 65 and what to do; a strange id from Docker is refused" {
	with_smolvm "$NEW_SMOLVM"
	manifest demo-agent:1 other:1 | bb-plan new >other
	check refuses 65 'there is no image other:1' bb-pack build <other
	: >"$FAKE_RULES"
	rule smolvm --version 0 "echo smolvm $NEW_SMOLVM"
	rule smolvm 'machine create --help' 0 'echo "      --allow-cidr <C>"'
	for id in 'sha256:../../../../../../../../../../../../x' 'banana' 'sha256:12'; do
		sed -i '/inspect --type image/d' "$FAKE_RULES"
		rule docker 'inspect --type image *' 0 "printf '%s\\n' '$id' amd64"
		check ends 69 bb-pack build <plan
	done
	sed -i '/inspect --type image/d' "$FAKE_RULES"
	rule docker 'inspect --type image *' 0 "printf '%s\\n' '$ID' ../../x"
	check ends 69 bb-pack build <plan
	all_good
}

@test "a boot without progress is tried again: three attempts, each said, nothing left of a failed one; another fault is not" {
	with_smolvm "$NEW_SMOLVM"
	rule docker 'save *' 0 'echo tar >"$3"'
	died='echo "Error: agent operation failed: boot process exited (code 0) before the agent was ready" >&2'
	rule smolvm 'pack create *' own "echo x >>$T/tries; [ \$(wc -l <$T/tries) -gt 2 ] || { $died; exit 1; }; $PACKS"
	check ends 0 bb-pack build <plan
	check grep -q 'before the agent was ready; attempt 3 of 3' err
	check equals 3 "$(wc -l <tries)"
	# The other sentence; and smolvm never finds the stub and the half pack of the attempt before.
	rm -rf "$cache" tries
	sed -i '/pack create/d' "$FAKE_RULES"
	stuck='echo "Error: agent operation failed: wait for ready: agent did not become ready within 30 seconds: no boot progress for 30 seconds" >&2'
	rule smolvm 'pack create *' own "echo x >>$T/tries; [ ! -e \"\$6\" ] && [ ! -e \"\$6.smolmachine\" ] || { echo 'Error: it exists' >&2; exit 1; }; [ \$(wc -l <$T/tries) -gt 2 ] || { echo half >\"\$6.smolmachine\"; echo half >\"\$6\"; $stuck; exit 1; }; $PACKS"
	check ends 0 bb-pack build <plan
	check equals 2 "$(grep -c 'no boot progress for 30 seconds; attempt [23] of 3' err)"
	check equals 3 "$(wc -l <tries)"
	check equals packed "$(cat "$cache"/*.smolmachine)"
	rm -rf "$cache"
	sed -i '/pack create/d' "$FAKE_RULES"
	rule smolvm 'pack create *' 1 "echo x >>$T/tries; $died"
	: >tries
	check ends 69 bb-pack build <plan
	check grep -q 'before the agent was ready' err
	check equals 3 "$(wc -l <tries)"
	sed -i '/pack create/d' "$FAKE_RULES"
	rule smolvm 'pack create *' 1 "echo x >>$T/tries; echo 'Error: no space' >&2"
	: >tries
	check ends 69 bb-pack build <plan
	check grep -q 'no space' err
	check equals 1 "$(wc -l <tries)"
	all_good
}
