# SPDX-License-Identifier: MIT
# Where: unit
# What a failed start leaves to look at when its bottle is gone: failed/SLUG-TIME, and who shows it.
load ../helper
load ../engine

setup() {
	fresh_home
	fakes docker
	rule docker 'network ls *' 0
	for name in bb-doctor bb-pack bb-bundle bb-vm bb-tsi-patch bb-probe bb-provision; do
		sed "s|@DIR@|$T|g" "$BB_ROOT/tests/fakes/applet" >"$T/fakes/$name"
		chmod +x "$T/fakes/$name"
	done
	# As a guard that has had nothing to say.
	printf '#!/bin/sh\nfor slug; do :; done\necho $$ >"$BOT_BOTTLE_HOME/bottles/$slug/guarded"\ncat >/dev/null\n' >"$T/fakes/bb-guard"
	chmod +x "$T/fakes/bb-guard"
	manifest >m.json
	failed=$BOT_BOTTLE_HOME/failed
	console=$XDG_CACHE_HOME/smolvm/vms/$(printf bot-bottle-demo | sha256sum | cut -c 1-16)/agent-console.log
	mkdir -p "${console%/*}"
}

# Without the stand-ins, as somebody types it afterwards.
real_logs() {
	rm -f "$T/fakes/bb-vm" "$T/fakes/bb-bundle"
	check ends "$1" bb-vm logs demo
}

@test "a stage that fails: console, container's log, plan and report are kept before the teardown, named, and shown by their verbs" {
	seq -f 'console %g' 300 >"$console"
	printf 'end \033[2J\302\233\n' >>"$console"
	rule docker 'logs --tail 200 -- bot-bottle-bundle-demo' 0 "seq -f 'bundle %g' 5; printf 'err \033[2J\n' >&2"
	printf '#!/bin/sh\ncase $1 in wait) echo "{}" >"$BOT_BOTTLE_HOME/bottles/demo/bb-probe.report.json" ;; esac\n. %s/vm.real\n' "$T" >vm.new
	mv fakes/bb-vm vm.real
	install -m 755 vm.new fakes/bb-vm
	sed -i 's|name=${0##\*/}|name=bb-vm|' vm.real
	echo 75 >fail-bb-vm-wait
	ends 75 bb-start --yes m.json -- true
	assert_not_exist "$BOT_BOTTLE_HOME/bottles/demo"
	folder=$(echo "$failed"/demo-*)
	check grep -q "^bb-ledger: what is left of demo to look at is in $folder: .*console.log.*bundle.log" err
	check equals 700 "$(stat -c %a "$failed" "$folder" | sort -u)"
	check equals 600 "$(stat -c %a "$folder"/* | sort -u)"
	check equals 'bb-probe.report.json bundle.log console.log plan.json' "$(ls "$folder" | paste -sd' ')"
	check equals 200 "$(wc -l <"$folder/console.log")"
	check equals 'end ?[2J?' "$(tail -n 1 "$folder/console.log")"
	check equals 'bundle 1 err ?[2J' "$(sed -n '1p;$p' "$folder/bundle.log" | paste -sd' ')"
	check equals demo "$(bb-plan get manifest.bottle --plan "$folder/plan.json")"
	real_logs 0
	check same "$folder/console.log" out
	check grep -q "^bb-vm: demo is gone; this is what was kept in $folder$" err
	rule docker 'logs --tail 10000 *' 1 'echo "Error: No such container: x" >&2'
	check ends 0 bb-bundle logs demo
	check same "$folder/bundle.log" out
	# Of a bottle that is there its own is shown, or nothing.
	mkdir -p -m 700 "$BOT_BOTTLE_HOME/bottles/demo"
	cp "$folder/plan.json" "$BOT_BOTTLE_HOME/bottles/demo/"
	echo now >"$console"
	real_logs 0
	check equals now "$(cat out)"
	rm "$console"
	real_logs 1
	all_good
}

@test "bounded and without suspicion of nothing: a console of gigabytes, a link, a FIFO, no Docker; nothing at all makes no folder" {
	truncate -s 8G "$console"
	printf 'the last line\n' >>"$console"
	rm "$T/fakes/docker"
	bb-ledger claim demo
	ends 0 bb-ledger keep-logs demo
	check equals 'console.log' "$(ls "$failed"/demo-*)"
	check equals 'the last line' "$(tr -d '?' <"$(echo "$failed"/demo-*/console.log)")"
	check equals 1 "$(($(stat -c %s "$failed"/demo-*/console.log) <= 262144))"
	rm -r "$failed" "$console"
	echo secret >"$T/other"
	ln -s "$T/other" "$console"
	ends 0 bb-ledger keep-logs demo
	check equals '' "$(ls "$failed")$(cat err)"
	rm "$console"
	mkfifo "$console"
	ends 0 timeout 20 bb-ledger keep-logs demo
	check equals '' "$(ls "$failed")$(cat err)"
	all_good
}

@test "the newest ten stay; a bottle whose name begins like another's has its own" {
	for day in 01 02 03 04 05 06 07 08 09 10 11; do
		mkdir -p -m 700 "$failed/demo-202601${day}T000000Z"
		echo "of day $day" >"$failed/demo-202601${day}T000000Z/console.log"
	done
	mkdir -m 700 "$failed/demo-2-20260201T000000Z" "$failed/not-one-of-ours"
	echo 'of another' >"$failed/demo-2-20260201T000000Z/console.log"
	real_logs 0
	check equals 'of day 11' "$(cat out)"
	rm "$T/fakes/docker"
	echo now >"$console"
	ends 0 bb-ledger keep-logs demo
	check assert_not_exist "$failed/demo-20260103T000000Z"
	check assert_exist "$failed/demo-20260104T000000Z"
	check equals 11 "$(ls "$failed" | wc -l)"
	check assert_exist "$failed/not-one-of-ours"
	check ends 0 bb-vm logs demo-2
	check equals 'of another' "$(cat out)"
	all_good
}

@test "a dry run that fails keeps nothing" {
	echo 75 >fail-bb-vm-wait
	ends 75 bb-start --dry-run m.json
	assert_not_exist "$BOT_BOTTLE_HOME"
}
