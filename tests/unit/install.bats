# SPDX-License-Identifier: MIT
# Where: unit
# What `make install` puts where, that it works from there, and that `make uninstall` takes all of it away.
load ../helper
load ../engine

# installed [install | uninstall]: below $T/root, as a packager would.
installed() {
	(cd "$BB_ROOT" && DESTDIR=$T/root PREFIX=/usr LINK=soft tools/install "$BB_BIN/bottlebox" "${1-install}")
}

SHARE=root/usr/share/bottlebox

@test "documents and examples are installed, programs among them as programs; links in them hold" {
	installed
	for file in README.md LICENSE docs/decisions.md docs/examples/manifest.json docs/examples/skills/review/SKILL.md; do
		check cmp "$BB_ROOT/$file" "$SHARE/$file"
		check equals 644 "$(stat -c %a "$SHARE/$file")" "$file"
	done
	for file in base agent/build bundle/build; do
		check equals 755 "$(stat -c %a "$SHARE/docs/examples/$file")" "$file"
	done
	for link in $(grep -oE '\]\([a-zA-Z][^):]*\)' "$SHARE/README.md" | tr -d '])('); do
		case $link in tests/*) continue ;; esac
		check test -e "$SHARE/$link" || echo "   README.md: $link"
	done
	equals '' "$(find "$SHARE" -name __pycache__)"
	all_good
	works root/usr/bin/bb-plan check "$SHARE/docs/examples/manifest.json"
}

@test "uninstall takes away every file of it, and what is not ours stays" {
	installed
	mkdir -p root/usr/share/bottlebox-other
	echo mine >root/usr/bin/mine
	installed uninstall
	equals root/usr/bin/mine "$(find root -type f -o -type l)"
	assert_not_exist "$SHARE"
	assert_exist root/usr/share/bottlebox-other
}

# with_docker: from the installation alone; Docker answers, and builds nothing.
with_docker() {
	installed
	PATH=$T/root/usr/bin:$BB_TOOLS
	fakes docker mmdebstrap
	rule docker version 0
	rule docker 'inspect --type image *' 1
	rule docker 'image prune *' 0
	rule docker 'import *' 0
	rule docker 'build *' 0
	rule mmdebstrap '*' 0
}

@test "bb-bundle build: the installed script, with base and tag, in the engine of the bottles" {
	with_docker
	export DOCKER_CONTEXT=default DOCKER_HOST=unix:///nowhere/docker.sock
	ends 0 bb-bundle build
	ends 0 bb-bundle build agent --base some:1 --tag mine:2
	calls >said
	grep -q 'mmdebstrap .*bookworm' said
	grep -q '^docker build .*BASE=bottle-base:bookworm .*--tag bot-bottle-sidecars:latest' said
	grep -qE "^docker build .*BASE=some:1 --tag mine:2 $T/root/.*/agent$" said
	# What has no name any more goes, and nothing else.
	equals "$(printf 'docker image prune --force --filter label=bottlebox.example=%s\n' bundle agent)" "$(grep prune said)"
	for folder in bundle agent; do
		check equals "$(grep -c '^FROM' "$SHARE/docs/examples/$folder/Dockerfile")" \
			"$(grep -cx "LABEL bottlebox.example=$folder" "$SHARE/docs/examples/$folder/Dockerfile")" "labels of $folder"
	done
	equals 2 "$(grep -c . <<<"$(grep '^docker build' said)")"
	all_good
}

@test "Docker is asked before anything is made: not there, or without an answer, is 69" {
	with_docker
	: >"$FAKE_RULES"
	rule docker version 1
	for words in '' agent; do
		# shellcheck disable=SC2086  # words on purpose
		check ends 69 bb-bundle build $words
		check grep -q 'the Docker engine does not answer' err
		check ends 69 "$SHARE/docs/examples/${words:-bundle}/build"
	done
	check ends 69 "$SHARE/docs/examples/base" some:1
	check equals 'docker version' "$(calls | sort -u)"
	rm fakes/docker
	check ends 69 bb-bundle build
	check grep -q 'docker is not installed' err
	check equals 'docker version' "$(calls | sort -u)"
	all_good
}

@test "a build that fails is 1 and still leaves no image without a name; wrong words are 64, an engine elsewhere 77" {
	with_docker
	sed -i '/build/d' "$FAKE_RULES"
	rule docker 'build *' 3
	check ends 1 bb-bundle build
	check grep -q 'could not be built' err
	check grep -q 'docker image prune' <(calls)
	check refuses 64 'no example nothing' bb-bundle build nothing
	DOCKER_HOST=tcp://10.0.0.1:1 check refuses 77 'not an engine on this machine' bb-bundle build
	rm -r "$SHARE"
	check refuses 69 'no examples at' bb-bundle build
	all_good
}

@test "no message names a file that is not installed" {
	installed
	for path in $(grep -ohE '"[^"]*(docs|tests|tools)/[a-z][^"]*' "$BB_ROOT"/lib/*.c "$BB_ROOT"/lib/*/*.c "$BB_ROOT"/applets/*.c "$BB_ROOT"/applets/*/*.c |
		grep -oE '[a-z./-]*(docs|tests|tools)/[a-z./-]*' | sed 's/[.]$//'); do
		case $path in
		share/*) check test -e "root/usr/$path" || echo "   $path" ;;
		../docs/examples | ../share/bottlebox/docs/examples) ;;      # where bb-bundle build looks
		*) check equals 'the path of an installed file' "$path" ;;
		esac
	done
	all_good
}

@test "make dist: an archive of the last commit, from which it builds, says its version and installs" {
	git -C "$BB_ROOT" rev-parse --verify -q HEAD >/dev/null || skip 'no git repository'
	archive=$(make -s -C "$BB_ROOT" dist)
	version=$(git -C "$BB_ROOT" show HEAD:Makefile | sed -n 's/^VERSION = //p')
	equals "out/bottlebox-$version.tar.gz" "$archive"
	tar -xzf "$BB_ROOT/$archive"
	equals "$(git -C "$BB_ROOT" ls-tree -r --name-only HEAD | sort)" "$(cd "bottlebox-$version" && find . ! -type d | sed 's|^./||' | sort)"
	make -s -C "bottlebox-$version" MAKEFLAGS= install DESTDIR="$T/root" PREFIX=/usr >said 2>&1 || { tail -5 said; return 1; }
	equals "bottlebox $version" "$(root/usr/bin/bb-plan --version)"
}

# A private engine, and an example that is small enough to be built without a network.
own_engine() {
	[ "$(id -u)" = 0 ] || skip "a Docker engine of our own needs root"
	[ -x /usr/bin/docker ] && [ -x /usr/sbin/dockerd ] || skip "docker.io is not installed"
	installed
	PATH=$T/root/usr/bin:$PATH:/usr/bin:/usr/sbin:/sbin
	ENGINE=$(mktemp -d /tmp/bb-engine.XXXXXX)
	"$BB_ROOT/tests/lab/native-dockerd" start "$ENGINE" 2>"$T/engine" 3>&- || skip "no Docker engine here: $(paste -sd' ' engine)"
	export DOCKER_HOST=unix://$ENGINE/docker.sock DOCKER_CONFIG=$ENGINE/client
	mkdir base
	echo base >base/of
	tar -cf - -C base . | docker import - some:1 >/dev/null
	cat >"$SHARE/docs/examples/agent/Dockerfile" <<-'END'
	ARG BASE=none
	FROM ${BASE} AS make
	LABEL bottlebox.example=agent
	COPY made /made
	FROM ${BASE}
	LABEL bottlebox.example=agent
	COPY --from=make /made /got
	END
	echo one >"$SHARE/docs/examples/agent/made"
}

teardown() {
	[ -z "${ENGINE-}" ] || { "$BB_ROOT/tests/lab/native-dockerd" stop "$ENGINE"; rm -rf "$ENGINE"; }
}

nameless() { docker images --quiet --filter dangling=true; }

@test "bb-bundle build in a real engine: the image has its name, a new one takes it over, no stage is left without one" {
	own_engine
	check ends 0 bb-bundle build agent --base some:1
	check equals demo-agent:1 "$(docker images --format '{{.Repository}}:{{.Tag}}' demo-agent)"
	first=$(docker image inspect --format '{{.Id}}' demo-agent:1)
	check equals '' "$(nameless)" 'left of the first'
	# Another one takes the name.
	echo two >"$SHARE/docs/examples/agent/made"
	check ends 0 bb-bundle build agent --base some:1
	check equals '' "$(nameless)" 'left of the second'
	[ "$first" != "$(docker image inspect --format '{{.Id}}' demo-agent:1)" ] || tell 'the second build is the first image'
	check ends 1 docker image inspect "$first"
	box=$(docker create --network host demo-agent:1 x)
	check equals two "$(docker cp "$box:/got" - | tar -xO)"
	docker rm "$box" >/dev/null
	# Somebody else's without a name stays.
	other=$(tar -cf - -C base . | docker import -)
	check ends 0 bb-bundle build agent --base some:1 --tag mine:2
	check equals "${other#sha256:}" "$(docker images --quiet --no-trunc --filter dangling=true | sed s/sha256://)"
	docker rmi "$other" >/dev/null
	# A last stage that fails leaves the image that was there, and not the stage before it.
	before=$(docker images --all --quiet --no-trunc | sort)
	echo three >"$SHARE/docs/examples/agent/made"
	echo 'COPY --from=make /nothing /nothing' >>"$SHARE/docs/examples/agent/Dockerfile"
	check ends 1 bb-bundle build agent --base some:1
	check grep -q 'the image demo-agent:1 could not be built' err
	check equals "$before" "$(docker images --all --quiet --no-trunc | sort)" 'images after a failure'
	check equals '' "$(docker ps --all --quiet)" containers
	all_good
}
