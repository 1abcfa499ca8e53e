# SPDX-License-Identifier: MIT
# Where: unit
# bb-subnet: the guess from the slug, what is taken, leases, release.
load ../helper
load ../engine

# The section as an independent program works it out: sha256 by Python, mod 254, 17 never, the next
# free one; arguments: slug, then taken ranges.
expected() {
	python3 - "$@" <<-'END'
	import hashlib, ipaddress, sys
	slug, taken = sys.argv[1], [ipaddress.ip_network(t) for t in sys.argv[2:]]
	x = int.from_bytes(hashlib.sha256(slug.encode()).digest(), "big") % 254
	tries = [f"192.168.{(x + i) % 255}.0/24" for i in range(255) if (x + i) % 255 != 17]
	tries += [f"198.{18 + n // 256}.{n % 256}.0/24" for n in ((x + i) % 512 for i in range(512))]
	net = next(n for n in map(ipaddress.ip_network, tries) if not any(n.overlaps(t) for t in taken))
	print('{"mode":"bridge","cidr":"%s","gateway":"%s","bundle":"%s","allow":"%s/32"}'
	      % (net, net[1], net[2], net[2]))
	END
}

slug_plan() {
	manifest '"demo"' "\"$1\"" | bb-plan new
}

# with_routes "RANGE..." CMD: in a namespace whose routes these are.
with_routes() {
	local ranges=$1
	shift
	unshare -rn -- sh -c 'ip link set lo up || exit 9
		for r in $1; do ip route add "$r" dev lo || exit 9; done
		shift; exec "$@"' sh "$ranges" "$@"
}

@test "the range follows from the slug alone: as sha256sum has it" {
	can_be_alone || skip "no network namespaces here"
	for slug in demo a b2 my-agent x-1-y abcdefghij-abcdefghij-abcdefghij-abcdefg; do
		slug_plan "$slug" >plan
		check works alone bb-subnet --offline <plan
		mv out full
		third=$(python3 -c "print(0x$(printf %s "$slug" | sha256sum | cut -d' ' -f1) % 254)")
		check equals "192.168.$third.0/24" "$(bb-plan get subnet.cidr <full)" "$slug"
		check equals "$(expected "$slug")" "$(bb-plan get subnet <full)" "$slug"
	done
	all_good
}

@test "known slugs stay where they are for ever" {
	can_be_alone || skip "no network namespaces here"
	while read -r slug cidr; do
		slug_plan "$slug" >plan
		check equals "$cidr" "$(alone bb-subnet --offline <plan | bb-plan get subnet.cidr)" "$slug"
	done <"$BATS_TEST_DIRNAME/../cases/subnets"
	all_good
}

@test "17 is never given: a slug that hashes to it gets 18" {
	can_be_alone || skip "no network namespaces here"
	slug=$(python3 -c '
import hashlib
print(next(s for s in (f"s{i}" for i in range(9999))
           if int(hashlib.sha256(s.encode()).hexdigest(), 16) % 254 == 17))')
	slug_plan "$slug" >plan
	equals 192.168.18.0/24 "$(alone bb-subnet --offline <plan | bb-plan get subnet.cidr)"
}

@test "the host's routes are kept clear: next free one, wrapping, then 198.18/15" {
	with_routes 10.0.0.0/8 true 2>/dev/null || skip "no network namespaces with routes here"
	slug_plan demo >plan            # guess: 108
	while read -r ranges; do
		# shellcheck disable=SC2086
		check equals "$(expected demo $ranges)" \
			"$(with_routes "$ranges" bb-subnet --offline <plan | bb-plan get subnet)" "$ranges"
	done <<-'END'
	192.168.108.0/24
	192.168.108.128/25
	192.168.108.2/32
	192.168.108.0/24 192.168.109.0/24
	192.168.96.0/19
	192.168.128.0/17 192.168.64.0/18
	192.168.0.0/16
	192.168.0.0/16 198.18.0.0/16
	10.0.0.0/8 172.16.0.0/12
	END
	all_good
}

@test "no free range anywhere: 75 and what to do" {
	with_routes 10.0.0.0/8 true 2>/dev/null || skip "no network namespaces with routes here"
	slug_plan demo >plan
	refuses 75 'no free /24' with_routes '192.168.0.0/16 198.18.0.0/15' bb-subnet --offline <plan
}

@test "on this machine as it is, the range clashes with no route and no address" {
	command -v ip >/dev/null || skip "ip is not installed"
	slug_plan demo >plan
	works bb-subnet --offline <plan
	bb-plan get subnet.cidr <out >cidr
	{ ip -o -4 addr | awk '{ print $4 }'; ip -4 route | awk '$1 ~ /^[0-9]/ { print $1 }'; } >taken
	python3 -c '
import ipaddress, sys
got = ipaddress.ip_network(open("cidr").read().strip())
assert not [t for t in open("taken").read().split() if got.overlaps(ipaddress.ip_network(t, strict=False))]'
}

@test "--offline takes no lease, makes no file, and gives the same bytes twice" {
	slug_plan demo >plan
	works bb-subnet --offline <plan
	cp out once
	works bb-subnet alloc --offline <plan
	same once out
	assert_not_exist "$BOT_BOTTLE_HOME"
}

all_leases() {
	[ ! -e "$BOT_BOTTLE_HOME/state.db" ] ||
		testtool db read "$BOT_BOTTLE_HOME/state.db" 'SELECT slug, cidr FROM leases ORDER BY slug'
}

@test "leases of other bottles are taken; our own is kept" {
	can_be_alone || skip "no network namespaces here"
	slug_plan demo >plan
	leases "INSERT INTO leases VALUES('other', '192.168.108.0/24'), ('third', '192.168.109.0/24');"
	check equals 192.168.110.0/24 "$(alone bb-subnet --offline <plan | bb-plan get subnet.cidr)" others
	testtool db write "$BOT_BOTTLE_HOME/state.db" "INSERT INTO leases VALUES('demo', '192.168.7.0/24');"
	check equals 192.168.7.0/24 "$(alone bb-subnet --offline <plan | bb-plan get subnet.cidr)" own
	all_good
}

@test "release gives one lease back, twice is fine, others stay" {
	leases "INSERT INTO leases VALUES('demo', '192.168.7.0/24'), ('other', '192.168.8.0/24');"
	works bb-subnet release demo
	equals 'other|192.168.8.0/24' "$(all_leases)"
	refuses 1 'there is no bottle demo' bb-subnet release demo
	bb-ledger claim demo
	works bb-subnet release demo
	rm -r "$BOT_BOTTLE_HOME"
	refuses 1 'there is no bottle demo' bb-subnet release demo
	assert_not_exist "$BOT_BOTTLE_HOME/state.db"
}

@test "release refuses what is no bottle's name" {
	for slug in Demo ../demo 'a b' -- "$(printf 'a\033[2J')"; do
		check refuses 64 '' bb-subnet release "$slug"
	done
	all_good
}

@test "a state database of a newer bottlebox is refused, not rewritten" {
	leases 'PRAGMA user_version = 99;'
	slug_plan demo >plan
	cp "$BOT_BOTTLE_HOME/state.db" before
	refuses 65 'has version 99' bb-subnet --offline <plan
	same before "$BOT_BOTTLE_HOME/state.db"
}

@test "a state database that is none is named: 74" {
	mkdir -m 700 "$BOT_BOTTLE_HOME"
	printf 'no database at all, but long enough to be read as one\n%0200d' 0 >"$BOT_BOTTLE_HOME/state.db"
	slug_plan demo >plan
	refuses 74 state.db bb-subnet --offline <plan
}

@test "modes: bridge is the only one yet, unknown ones are named" {
	slug_plan demo >plan
	check works bb-subnet --offline --mode bridge <plan
	check refuses 69 'alias is not built yet' bb-subnet --offline --mode alias <plan
	check refuses 64 '--mode brigde' bb-subnet --offline --mode brigde <plan
	all_good
}

@test "without --offline Docker is asked: missing, remote or silent engines are refused and nothing is leased" {
	slug_plan demo >plan
	check ends 69 bb-subnet <plan
	check grep -q 'docker is not installed' err
	check equals '' "$(cat out)" stdout
	check env DOCKER_HOST=tcp://192.0.2.1:2375 bash -c 'bb-subnet <plan >out 2>err; test $? = 77 && grep -q DOCKER_HOST err'
	check env DOCKER_CONTEXT=far bash -c 'bb-subnet <plan >out 2>err; test $? = 77 && grep -q DOCKER_CONTEXT err'
	check equals '' "$(all_leases)" leases
	all_good
}

@test "a section that is already there is replaced, where it stands" {
	can_be_alone || skip "no network namespaces here"
	slug_plan demo | testtool splice subnet '{"cidr":"0.0.0.0/0"}' | testtool splice other '[1]' >plan
	works alone bb-subnet --offline <plan
	slug_plan demo | testtool splice subnet "$SUBNET" | testtool splice other '[1]' >want
	same want out
}

# docker_has FILE: a Docker with the networks of FILE, "NAME RANGE..." a line; a network's id is its line's digest.
docker_has() {
	local ids="while read -r line; do printf '%s %s\\n' \$(printf %s \"\$line\" | sha256sum | cut -c 1-64) \"\$line\"; done <$1"
	rule docker 'network ls -q --no-trunc' 0 "$ids | cut -d' ' -f1"
	rule docker 'network inspect *' 0 "shift 4; for id; do $ids | grep \"^\$id \"; done"
}

# with_docker "NAME RANGE...; ...": a Docker with these networks.
with_docker() {
	fakes docker
	printf '%s\n' "$1" | tr ';' '\n' | sed 's/^ *//' >networks
	docker_has "$T/networks"
}

@test "a swarm's network, whose id is no digest, is kept clear like any other" {
	can_be_alone || skip "no network namespaces here"
	fakes docker
	rule docker 'network ls -q --no-trunc' 0 'echo t2svt9p4yujjz1c1uyfcpfl1y'
	rule docker 'network inspect *' 0 'echo t2svt9p4yujjz1c1uyfcpfl1y ingress 192.168.0.0/16'
	slug_plan demo >plan
	works alone bb-subnet <plan
	run bb-plan get subnet.cidr <out
	refute_output --partial 192.168.
}

@test "with Docker: its networks are kept clear, the lease is written, a second run gives the same" {
	can_be_alone || skip "no network namespaces here"
	with_docker 'bridge 172.17.0.0/16; other 192.168.108.0/24; six fd00::/64; two 10.1.0.0/16 192.168.109.0/25; host'
	slug_plan demo >plan
	check works alone bb-subnet alloc <plan
	check equals 192.168.110.0/24 "$(bb-plan get subnet.cidr <out)"
	check equals 'demo|192.168.110.0/24' "$(all_leases)"
	cp out once
	check works alone bb-subnet alloc <once
	check same once out
	# Its own network stands by now: that is no clash.
	with_docker 'bot-bottle-bundle-demo 192.168.110.0/24'
	check works alone bb-subnet alloc <once
	check same once out
	# Somebody else has got the range meanwhile: the lease moves.
	with_docker 'thief 192.168.110.0/24'
	check works alone bb-subnet alloc <once
	check equals "demo|$(bb-plan get subnet.cidr <out)" "$(all_leases)"
	check equals 192.168.108.0/24 "$(bb-plan get subnet.cidr <out)"
	all_good
}

@test "a run that fails after the lease gives it back: full stdout, nobody reads" {
	[ -e /dev/full ] || skip "this system has no /dev/full"
	with_docker 'bridge 172.17.0.0/16'
	slug_plan demo >plan
	status=0
	bb-subnet alloc <plan >/dev/full 2>err || status=$?
	equals 74 "$status"
	equals '' "$(all_leases)"
	# A lease from before is not given back by a failing second run.
	works bb-subnet alloc <plan
	bb-subnet alloc <plan >/dev/full 2>err || :
	equals 1 "$(all_leases | wc -l)"
}

@test "ten bottles at once whose slugs guess alike: ten different ranges, ten leases" {
	can_be_alone || skip "no network namespaces here"
	with_docker 'bridge 172.17.0.0/16'
	python3 -c '
import hashlib
alike = [s for s in (f"s{i}" for i in range(9999)) if int(hashlib.sha256(s.encode()).hexdigest(), 16) % 254 == 100]
print(*alike[:10], sep="\n")' >slugs
	jobs=
	while read -r slug; do
		slug_plan "$slug" >"plan-$slug"
		alone bb-subnet alloc <"plan-$slug" >"out-$slug" 3>&- &
		jobs="$jobs $!"
	done <slugs
	for job in $jobs; do
		wait "$job"
	done
	equals 10 "$(for slug in $(cat slugs); do bb-plan get subnet.cidr <"out-$slug"; done | sort -u | wc -l)"
	equals 10 "$(all_leases | cut -d'|' -f2 | sort -u | wc -l)"
}

# --- many at once ---

# networks LINES: what Docker has, as "NAME RANGE".
networks() {
	cat >"$T/networks"
	fakes docker
	docker_has "$T/networks"
}

# apart [PREFIX]: all leases are /24s, none overlaps another or one of Docker's; how many begin with PREFIX.
apart() {
	python3 - "$T/networks" "${1-}" <<-END
	import ipaddress, sys
	others = [ipaddress.ip_network(line.split()[1]) for line in open(sys.argv[1])]
	leases = [ipaddress.ip_network(line.split("|")[1]) for line in """$(all_leases)""".split()]
	assert all(n.prefixlen == 24 for n in leases) and len(set(leases)) == len(leases), leases
	assert not any(a.overlaps(b) for a in leases for b in others)
	print(sum(str(n).startswith(sys.argv[2]) for n in leases))
	END
}

@test "50 starts at once among 29 networks of others: 50 ranges, none touches another" {
	can_be_alone || skip 'no network namespaces'
	# Docker's default pools, as they fill up: 14 of 172.16/12, then /20s of 192.168/16.
	networks < <(
		for n in $(seq 18 31); do echo "n$n 172.$n.0.0/16"; done
		for n in $(seq 0 14); do echo "m$n 192.168.$((n * 16)).0/20"; done
	)
	printf '#!/bin/sh\necho fake engine\n' >"$T/fakes/bb-doctor"
	chmod +x "$T/fakes/bb-doctor"
	for n in $(seq 50); do manifest '"demo"' "\"b$n\"" >"b$n.json"; done
	# Routes of the host, too: among what is left of 192.168/16, and at the start of the other pool.
	routes='192.168.240.0/21 192.168.250.0/24 198.18.0.0/22 198.18.40.0/24 198.19.0.0/17'
	for range in $routes; do echo "route $range" >>"$T/networks.routes"; done
	ends 0 alone sh -c "for r in $routes; do ip route add blackhole \$r; done; "'seq 50 | xargs -P 50 -I % bb-start --yes --until subnet b%.json'
	cat "$T/networks.routes" >>"$T/networks"
	check equals 50 "$(apart)" leases
	check equals 50 "$(sql "$BOT_BOTTLE_HOME/state.db" 'SELECT count(*) FROM bottles WHERE pid = 0')" 'kept bottles'
	all_good
}

@test "254 leases at once without a clash; the next comes from the other pool; both full is 75 and says who has them" {
	can_be_alone || skip 'no network namespaces'
	networks </dev/null
	for n in $(seq 255); do manifest '"demo"' "\"b$n\"" >"b$n.json"; done
	ends 0 alone sh -c 'seq 254 | xargs -P 16 -I % sh -c "bb-subnet <b%.json >/dev/null"'
	check equals 254 "$(apart 192.168.)" 'of 192.168/16'
	check equals '' "$(all_leases | grep -F '|192.168.17.')" 'never 17'
	check works alone bb-subnet <b255.json
	check equals 1 "$(apart 198.18.)" 'of 198.18/15'
	leases "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 511)
		INSERT OR IGNORE INTO leases SELECT 'x' || i, '198.' || (18 + i / 256) || '.' || (i % 256) || '.0/24' FROM n;"
	manifest '"demo"' '"late"' >late.json
	check refuses 75 'no free /24 is left in 192.168.0.0/16 and 198.18.0.0/15: 766 are leased to bottles' alone bb-subnet <late.json
	all_good
}
