# SPDX-License-Identifier: MIT
# Where: unit
# bb-probe: what it believes and what not. Guest and container are fakes that answer as asked, canaries and the
# probing helper are real; the lab has real machines.
load ../helper
load ../engine

LISTEN='  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode'

# probe...: bb-probe on a host whose bridge has the gateway's address; nothing can leave that host.
probe() { at_home '' bb-probe run "$@"; }

# bottle [VERSION]: a machine of the real smolvm, as far as its row, in a plan that is ready to be probed.
bottle() {
	can_be_home
	real "${1-${ENGINES%%[[:space:]]*}}"
	manifest '"bundle":' '"supervise":true,"bundle":' | bb-plan new | testtool splice subnet "$SUBNET" | bb-smolfile >plan.json
	packed
	bb-vm create <plan.json | bb-tsi-patch apply >made.json
	testtool splice bundle '{"container":"x"}' <made.json | testtool splice vm '{"state":"ready"}' >plan.json
	edit_row "r['pid'] = $$"
	folder=$HOME/.cache/smolvm/vms/$(printf bot-bottle-demo | sha256sum | cut -c 1-16)
	DENIALS=$folder/egress-denials.log
	mkdir -p "$folder"
	unset BOT_BOTTLE_SMOLVM
	fakes docker smolvm
	rule smolvm --version 0 "echo smolvm $REAL_VERSION"
	rule smolvm 'machine create --help' 0 'echo "      --allow-cidr <C>"'
	container_facts plan.json >facts
	rule docker 'inspect --type container *' 0 "$(inspect_by "$T/facts")"
	{ echo "$NONCE"; echo "$LISTEN"; listens 0100007F:238B; listens 00000000:22B8; listens 00000000:238C; } >inside
	rule docker "exec $BOX cat /run/bottle/nonce /proc/net/tcp /proc/net/tcp6" 0 "cat $T/inside"
	guest honest
}
listens() { printf '   0: %s 00000000:0000 0A 00000000:00000000 00:00000000 00000000   701        0 20498 1 0 100\n' "$1"; }

# guest MODE: how the guest behaves from here on (tests/tools/fake-guest).
guest() {
	[ ! -e "$FAKE_RULES" ] || sed -i '/^smolvm\tmachine exec/d' "$FAKE_RULES"
	rule smolvm 'machine exec *' 0 "$BB_ROOT/tests/tools/fake-guest '$1' '$DENIALS' '${2-$NONCE}' '8888 9100'"
}

# judged TARGET: "verdict: why" from the report.
judged() {
	jq -r --arg t "$1" '.attempts[] | select(.target == $t) | .verdict + ": " + .why' \
		"$BOT_BOTTLE_HOME/bottles/demo/probe.report.json"
}

@test "an honest guest behind a policy in force is proven; the section says what it is bound to" {
	bottle
	ends 0 probe <plan.json
	equals 'true 0 0 true' "$(bb-plan get probe <out | jq -r '"\(.passed > 40) \(.failed) \(.assumed) \(.witness)"')"
	equals "$(proof_of $$ | jq -c .bound)" "$(bb-plan get probe.bound <out)"
	testtool splice probe <out >without
	same plan.json without
	same out "$BOT_BOTTLE_HOME/bottles/demo/plan.json"
	equals "pass: denied, says the engine's log" "$(judged 'tcp 1.1.1.1 443')"
	equals 'pass: the nonce planted in the container came back' "$(judged "the nonce of this bottle's container by 8888")"
	calls | grep -x 'smolvm machine exec --name bot-bottle-demo -i --user root -- /bin/sh -c .*' | grep -q 'umask 077'
}

@test "each thing that must not be and is: 77, named, no plan" {
	bottle
	while IFS='|' read -r mode target verdict; do
		guest "honest,$mode"
		check ends 77 probe <plan.json
		check equals '' "$(cat out)" stdout
		check equals "$verdict" "$(judged "$target")" "$mode"
		check grep -q "is not proven" err
	done <<-'END'
		open=tcp 1.1.1.1 443|tcp 1.1.1.1 443|fail: it got through
		says=resolve =93.184.216.34|resolve libc.bottlebox.invalid|fail: it got through
		says=talk 192.168.108.2 9099=HTTP/1.1 407|talk 192.168.108.2 9099|fail: it got through
		says=vsock 2 5900 6100=6000 |vsock 2 5900 6100|fail: open: 6000 
		silent=tcp 1.1.1.1 443|tcp 1.1.1.1 443|indeterminate: the engine's log does not know of it: was it tried at all?
		skip=tcp 8.8.8.8 443|tcp 8.8.8.8 443|indeterminate: the helper gave no answer
		open=tcp ::ffff:169.254|tcp ::ffff:169.254.169.254 80|fail: it got through
		closed=tcp 8.8.8.8 443|tcp 8.8.8.8 443|fail: it got through
		silent=unix /run/docker.sock|unix /run/docker.sock|indeterminate: silent
		says=each /proc=1 /sbin/initEVIL|each /proc cmdline|fail: not expected here: /sbin/initEVIL
		says=each /proc=7evil|each /proc cmdline|fail: not expected here: 7evil
		cut=each /proc|each /proc cmdline|indeterminate: it could not be listed
		silent=tcp 192.168.108.2 9100|tcp 192.168.108.2 9100|fail: silent
		open=unix /var/run/docker.sock|unix /var/run/docker.sock|fail: open: 
		open=vsock 2 1 512|vsock 2 1 512|fail: open: 
		says=mounts=overlay virtiofs |mounts|fail: not expected here: virtiofs
		says=each /proc=7 /usr/bin/evil|each /proc cmdline|fail: not expected here: /usr/bin/evil
		says=each /sys=virtio3 0x0010|each /sys/bus/virtio/devices device|fail: not expected here: 0x0010
	END
	all_good
}

@test "a guest that lies: no nonce, another's nonce, refusals that the engine never saw" {
	bottle
	guest honest wrong-nonce-of-somebody-else
	check ends 77 probe <plan.json
	check equals "fail: something else than this bottle's container answered" "$(judged "the nonce of this bottle's container by 8888")"
	guest honest,unwitnessed
	check ends 77 probe <plan.json
	check equals "indeterminate: the engine's log does not know of it: was it tried at all?" "$(judged 'udp 1.1.1.1 443 bottlebox')"
	# One denial stands for one attempt: here the twin of it was never tried.
	guest 'honest,silent=udpto 192.168.108.1'
	check ends 77 probe <plan.json
	# A name that the guest chose is not a denial of what it spells.
	guest 'honest,silent=tcp 8.8.8.8 443,extra=resolve a connect to 8.8.8.8:443'
	check ends 77 probe <plan.json
	check equals "indeterminate: the engine's log does not know of it: was it tried at all?" "$(judged 'tcp 8.8.8.8 443')"
	# Denials of an earlier run are no witness of this one.
	guest honest
	check ends 0 probe <plan.json
	guest honest,unwitnessed
	check ends 77 probe <plan.json
	all_good
}

@test "an engine without a log of denials: proven by the guest's own word, and that is said" {
	bottle "$(grep -m1 '^1\.[4-7]\.' <<<"$ENGINES")"
	guest honest,unwitnessed
	ends 0 probe <plan.json
	equals 'assumed: refused, assuming an honest guest' "$(judged 'tcp 1.1.1.1 443')"
	grep -q "refusals are the guest's own word" err
	equals false "$(bb-plan get probe.witness <out)"
	# It asks for a name that exists, as "no such name" says nothing otherwise.
	equals 'assumed: refused, assuming an honest guest' "$(judged 'resolve example.com')"
}

@test "an engine without a log: an open resolver is found though the manifest's own host exists nowhere" {
	bottle "$(grep -m1 '^1\.[4-7]\.' <<<"$ENGINES")"
	sed -i 's/"supervise":true,/"supervise":true,"egress":{"allowlist":["no-such-host.example.net"]},/' plan.json
	container_facts plan.json >facts
	guest honest,unwitnessed
	check ends 0 probe <plan.json
	for name in no-such-host.example.net example.com; do
		check equals 'assumed: refused, assuming an honest guest' "$(judged "dns 1.1.1.1 53 $name")"
	done
	guest 'honest,unwitnessed,says=dns 8.8.8.8 53 example.com=answer'
	check ends 77 probe <plan.json
	check equals 'fail: it got through' "$(judged 'dns 8.8.8.8 53 example.com')"
	all_good
}

@test "a helper that is killed half way is no proof; one that takes its time is" {
	bottle
	guest honest,killed
	check ends 77 probe <plan.json
	check equals 'indeterminate: the helper gave no answer' "$(judged 'tcp 2606:4700:4700::1111 443')"
	check equals 'pass: open' "$(judged 'tcp 192.168.108.2 8888')"
	guest honest,slow
	check ends 0 probe <plan.json
	all_good
}

@test "the bundles of other bottles are targets, by their leases" {
	bottle
	leases "INSERT INTO leases VALUES('other', '192.168.9.0/24'), ('demo', '192.168.108.0/24');"
	guest honest
	check ends 0 probe <plan.json
	for port in 8888 9418 9100 9099; do
		check equals "pass: denied, says the engine's log" "$(judged "tcp 192.168.9.2 $port")"
	done
	check equals '' "$(judged 'tcp 192.168.108.2 9418')"      # its own bundle has no git gate, and is no neighbour
	guest 'honest,open=tcp 192.168.9.2 9418'
	check ends 77 probe <plan.json
	check equals 'fail: it got through' "$(judged 'tcp 192.168.9.2 9418')"
	all_good
}

@test "a helper that does not run: 77, with what the guest said" {
	bottle
	guest mute
	check refuses 77 'the probing helper did not run' probe <plan.json
	sed -i '/^smolvm\tmachine exec/d' "$FAKE_RULES"
	rule smolvm 'machine exec *' 126 'echo "no folder to write a program to and run it" >&2'
	check refuses 77 'no folder to write a program' probe <plan.json
	all_good
}

@test "what listens in the container: 9099 on all addresses is 77, by IPv6 too; a row that was widened is 77" {
	bottle
	cp inside good
	sed 's/0100007F:238B/00000000:238B/' good >inside
	check ends 77 probe <plan.json
	check equals 'fail: port 9099 listens on more than 127.0.0.1' "$(judged 'what listens in the container')"
	{ cat good; echo "$LISTEN"; listens 00000000000000000000000000000000:238B; } >inside
	check ends 77 probe <plan.json
	check equals 'fail: port 9099 listens on more than 127.0.0.1' "$(judged 'what listens in the container')"
	{ cat good; listens 00000000000000000000000001000000:238B; } >inside
	check ends 0 probe <plan.json
	# Nothing could be read: nothing is known.
	echo "$NONCE" >inside
	check ends 77 probe <plan.json
	check equals 'indeterminate: its table of sockets does not show the selected ports' "$(judged 'what listens in the container')"
	{ cat good; listens 0000000000000000FFFF00000100007F:238B; } >inside
	check ends 0 probe <plan.json
	cp good inside
	for code in 'r["allowed_cidrs"] = None' 'r["allowed_cidrs"] = ["0.0.0.0/0"]'; do
		edit_row "$code"
		check ends 77 probe <plan.json
	done
	all_good
}

@test "the bundle is gone or not confined, the machine does not run: no proof" {
	bottle
	cp facts good
	sed 's/{{.State.Running}}|true/{{.State.Running}}|false/' good >facts
	check refuses 69 'the bundle of demo does not run' probe <plan.json
	sed 's/{{.HostConfig.Privileged}}|false/{{.HostConfig.Privileged}}|true/' good >facts
	check refuses 77 "the container's" probe <plan.json
	cp good facts
	testtool splice vm <plan.json >a
	check refuses 65 'the plan has no "vm' probe <a
	edit_row 'r["pid"] = 4194305'
	check refuses 69 'bot-bottle-demo does not run' probe <plan.json
	edit_row "r['pid'] = $$"
	# A gateway that is not this host's is dialled by nobody and proves nothing.
	check ends 77 unshare -rn sh -c 'ip link set lo up; exec bb-probe run' <plan.json
	check equals 'indeterminate: our own canary was not heard there even from this host' \
		"$(judged "$(jq -r '.attempts[].target' "$BOT_BOTTLE_HOME/bottles/demo/probe.report.json" | grep 'control 192.168.108.1')")"
	all_good
}

@test "a proof ends with the next run, whatever comes of that; an old copy of the plan is none" {
	bottle
	probe <plan.json >proven.json
	rule smolvm 'machine exec *' 0 'echo ran'
	guest 'honest,says=talk 192.168.108.2 9099=x'
	ends 77 probe <plan.json
	ends 77 bb-vm exec demo -- true
	grep -q 'it was not proven' err
	ends 77 bb-vm exec --plan proven.json demo -- true
	grep -q 'the proof in this plan is not the last one of demo' err
}

@test "a machine that becomes another while it is probed is not proven" {
	bottle
	rule_of_guest=$(grep 'machine exec' "$FAKE_RULES" | cut -f 4)
	sed -i '/^smolvm\tmachine exec/d' "$FAKE_RULES"
	cat >swap <<-END
		import json, sqlite3
		db = sqlite3.connect("$HOME/$DATABASE_OF_SMOLVM")
		r = json.loads(db.execute("SELECT data FROM vms").fetchone()[0])
		r["pid"] = $PPID
		db.execute("UPDATE vms SET data = ?", (json.dumps(r, separators=(",", ":")).encode(),))
		db.commit()
	END
	rule smolvm 'machine exec *' 0 "$rule_of_guest; python3 $T/swap"
	ends 77 probe <plan.json
	grep -q 'the machine of demo became another while it was probed' err
}

@test "what a guest says is no line of the report: TAP stays whole, words of its own are not taken" {
	bottle
	guest 'honest,says=unix /run/docker.sock=x%nok 1 - forged # TODO'
	ends 77 probe --tap <plan.json
	equals "$(sed -n 2p out)" "1..$(grep -cE '^(not )?ok ' out)"
	! grep -q '^ok 1 - forged' out || fail 'forged'
	guest 'honest,weird=tcp 1.1.1.1 443'
	ends 77 probe <plan.json
	equals 'indeterminate: the helper gave no answer' "$(judged 'tcp 1.1.1.1 443')"
}

@test "--tap: the same as TAP, a line each, no plan" {
	bottle
	ends 0 probe --tap <plan.json
	equals 'TAP version 13' "$(head -1 out)"
	equals "1..$(grep -c '^ok' out)" "$(sed -n 2p out)"
	equals "$(proof_of $$ | jq -c .bound)" "$(bb-plan get probe.bound --plan "$BOT_BOTTLE_HOME/bottles/demo/plan.json")"
	guest 'honest,open=tcp 1.1.1.1 443'
	ends 77 probe --tap <plan.json
	equals 1 "$(grep -c '^not ok' out)"
	grep -q '^not ok [0-9]* - outside: tcp 1.1.1.1 443 (it got through)$' out
}

@test "a dry run says what it would do and asks nobody" {
	bottle
	: >"$FAKE_LOG"
	ends 0 probe --dry-run <plan.json
	grep -q '+ smolvm machine exec --name bot-bottle-demo -i' err
	equals '{"passed":0,"failed":0,"assumed":0,"witness":false}' "$(bb-plan get probe <out)"
	! calls | grep -E 'exec|inspect' || fail 'it asked'
}

# In a network namespace of its own: nothing here is ever sent to a real address.
@test "--exec: the real helper where nothing is closed: the canaries hear it by every way, status 1" {
	unshare -rn true 2>/dev/null || skip "no network namespaces here"
	ends 1 unshare -rn sh -c 'ip link set lo up; ip addr add 10.77.0.1/24 dev lo; exec bb-probe run --exec env' </dev/null
	for target in '127.0.0.1' '10.77.0.1' '::1'; do
		check grep -qE "^not ok [0-9]+ - canary: tcp $target [0-9]+ \(the canary heard it\)" out
	done
	check grep -qE '^not ok [0-9]+ - canary: udp 10.77.0.1 [0-9]+ bottlebox \(the canary heard it\)' out
	check grep -qE '^ok [0-9]+ - canary: control 10.77.0.1 [0-9]+ \(our own canary is heard' out
	check grep -qE '^ok [0-9]+ - outside: tcp 1.1.1.1 443 \(refused, assuming an honest guest\)' out
	check equals '' "$(ls -d /run/.bb-probe* /dev/shm/.bb-probe* /tmp/.bb-probe* 2>/dev/null)" "what it leaves"
	all_good
}

@test "--exec: a resolver, a server and a folder of sockets that can be reached are found" {
	unshare -rn true 2>/dev/null || skip "no network namespaces here"
	cat >world.py <<-'END'
		import socket, subprocess, sys
		subprocess.run("ip link set lo up; for a in 1.1.1.1 8.8.8.8 169.254.169.254; do ip addr add $a/32 dev lo; done",
		               shell=True, check=True)
		keep = []
		for at in (("1.1.1.1", 443), ("169.254.169.254", 80)):
		    s = socket.socket(); s.bind(at); s.listen(); keep.append(s)
		d = socket.socket(type=socket.SOCK_DGRAM); d.bind(("8.8.8.8", 53))
		p = subprocess.Popen(["bb-probe", "run", "--exec", "env"], stdin=subprocess.DEVNULL)
		d.settimeout(20)
		q, who = d.recvfrom(512)
		d.sendto(q[:2] + b"\x81\x80" + q[4:6] + b"\0\1\0\0\0\0" + q[12:] + b"\xc0\x0c\0\1\0\1\0\0\0\0\0\4\1\2\3\4", who)
		sys.exit(p.wait())
	END
	ends 1 unshare -rn python3 world.py
	for target in 'tcp 1.1.1.1 443' 'tcp 169.254.169.254 80' 'tcp ::ffff:169.254.169.254 80' 'dns 8.8.8.8 53 example.com'; do
		check grep -qE "^not ok [0-9]+ - outside: $target \(it got through\)" out
	done
	all_good
}

@test "--exec: who takes a connection and ends it, or answers that there is no such name, was reached all the same" {
	unshare -rn true 2>/dev/null || skip "no network namespaces here"
	cat >world.py <<-'END'
		import socket, subprocess, sys, threading
		subprocess.run("ip link set lo up; for a in 1.1.1.1 8.8.8.8; do ip addr add $a/32 dev lo; done", shell=True, check=True)
		s = socket.socket(); s.bind(("1.1.1.1", 443)); s.listen()
		threading.Thread(target=lambda: s.accept()[0].close(), daemon=True).start()
		d = socket.socket(type=socket.SOCK_DGRAM); d.bind(("8.8.8.8", 53)); d.settimeout(20)
		p = subprocess.Popen(["bb-probe", "run", "--exec", "env"], stdin=subprocess.DEVNULL)
		q, who = d.recvfrom(512)
		d.sendto(q[:2] + b"\x81\x83" + q[4:], who)
		sys.exit(p.wait())
	END
	ends 1 unshare -rn python3 world.py
	check grep -qE '^not ok [0-9]+ - outside: tcp 1.1.1.1 443 \(it got through\)' out
	check grep -qE '^not ok [0-9]+ - outside: dns 8.8.8.8 53 example.com \(a resolver answered\)' out
	all_good
}

@test "a host with many addresses: the canary's queue does not fill up" {
	unshare -rn true 2>/dev/null || skip "no network namespaces here"
	ends 1 unshare -rn sh -c 'ip link set lo up; for i in $(seq 80); do ip addr add 10.77.1.$i/32 dev lo; done
		exec timeout 120 bb-probe run --exec env' </dev/null
	grep -q '^not ok .* canary: tcp 10.77.1.80 ' out
}

@test "--exec: a place without sh, a word that is no program: 69" {
	check refuses 69 'the probing helper did not run' bb-probe run --exec 'false' </dev/null
	check refuses 64 '--exec needs words' bb-probe run --exec ' ' </dev/null
	check refuses 64 'the value of --exec is empty' bb-probe run --exec '' </dev/null
	check ends 0 bb-probe run --dry-run --exec 'touch ran' </dev/null
	check assert_not_exist ran
	check refuses 69 'no-such-program' bb-probe run --exec 'no-such-program exec x' </dev/null
	all_good
}

# mounted SCRIPT: bb-probe --exec env after SCRIPT, in namespaces of its own; the program from a place that stays.
mounted() {
	unshare -rnm true 2>/dev/null || skip "no mount namespaces here"
	unshare -rnm sh -c "PATH=/usr/sbin:/usr/bin:/sbin:/bin; mount -t tmpfs none /mnt; cp '$BB_BIN/bb-probe' /mnt/bb-probe
		ip link set lo up; $1; exec /mnt/bb-probe run --exec env" </dev/null
}

@test "--exec: folders that are read-only or run no program are passed over; where there is no other it says so" {
	noexec='for d in /run /dev/shm /tmp /var/tmp; do mount -t tmpfs -o noexec none $d; done'
	ends 1 mounted "$noexec; mkdir /run/home; mount -t tmpfs none /root; cd /"
	grep -q '^ok .* unix /var/run/docker.sock (absent)' out
	ends 69 mounted "$noexec; mount -t tmpfs -o ro none /root; cd /proc"
	grep -q 'no folder to write a program to and run it' err
}
