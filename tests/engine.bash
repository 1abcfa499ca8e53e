# SPDX-License-Identifier: MIT
# engine.bash: the real smolvm of a given version for tests that need no running machine, and the fakes.

# real VERSION: that smolvm is the one to use; skips where it cannot be had. The tests' own, kept in the real cache.
real() {
	BOT_BOTTLE_SMOLVM=$(XDG_DATA_HOME=$BB_REAL_CACHE/bot-bottle/tests HOME=${BB_REAL_CACHE%/.cache} \
		bb-smolvm-get "$1" 2>"$T/get") || skip "smolvm $1: $(paste -sd' ' "$T/get")"
	export BOT_BOTTLE_SMOLVM
	REAL_VERSION=$1
}

# real_each: start each turn of a loop over versions with homes of its own.
real_each() {
	rm -rf "$HOME" "$BOT_BOTTLE_HOME"
	mkdir -p "$HOME"
	real "$1"
}

smolvm() {
	"$BOT_BOTTLE_SMOLVM" "$@" 2>/dev/null
}

# sql FILE STATEMENT [ARG...]: rows as "a|b"; BLOBs as text.
sql() {
	python3 - "$@" <<-'END'
	import sqlite3, sys
	db = sqlite3.connect(sys.argv[1])
	for row in db.execute(sys.argv[2], sys.argv[3:]).fetchall():
	    print(*(c.decode() if isinstance(c, bytes) else c for c in row), sep="|")
	db.commit()
	END
}

DATABASE_OF_SMOLVM=.local/share/smolvm/server/smolvm.db

row() {
	testtool db-row "$HOME/$DATABASE_OF_SMOLVM" 'SELECT data FROM vms WHERE name = ?1' "bot-bottle-${1-demo}" |
		sed '1s/^[a-z]* //'
}

# row_kind: "blob" or "text".
row_kind() {
	testtool db-row "$HOME/$DATABASE_OF_SMOLVM" 'SELECT typeof(data) FROM vms WHERE name = ?1' "bot-bottle-${1-demo}" |
		sed 's/^text //'
}

# edit_row CODE: change the row by Python; `r` is the parsed row.
edit_row() {
	python3 - "$HOME/$DATABASE_OF_SMOLVM" "$1" <<-'END'
	import json, sqlite3, sys
	db = sqlite3.connect(sys.argv[1])
	r = json.loads(db.execute("SELECT data FROM vms").fetchone()[0])
	exec(sys.argv[2])
	db.execute("UPDATE vms SET data = ?", (json.dumps(r, separators=(",", ":")).encode(),))
	db.commit()
	END
}

IMAGE_ID=sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef

# packed: put a pack for the real smolvm into the cache and its section into $T/plan.json. It would not boot.
packed() {
	local folder=$XDG_CACHE_HOME/bot-bottle/smolmachines
	PACK=$folder/0123456789abcdef0123456789abcdef-amd64-${REAL_VERSION-$NEW_SMOLVM}.smolmachine
	mkdir -p "$folder"
	chmod 700 "$folder"
	[ -e "$PACK" ] || (umask 077; python3 "$BB_ROOT/tests/tools/make-pack" "$PACK")
	testtool splice pack "{\"image_id\":\"$IMAGE_ID\",\"artifact\":\"$PACK\",\"by\":\"archive\",\"cached\":true}" \
		<plan.json >plan.new
	mv plan.new plan.json
}

# plan_packed: $T/plan.json of `demo`, with its pack.
plan_packed() {
	plan_demo "$@"
	packed
}

NONCE=EogYTdL-DWKkFFcjdnRx6tK5phCG0kl8BONKyuFpzpU
NET=4444444444444444444444444444444444444444444444444444444444444444
BOX=5555555555555555555555555555555555555555555555555555555555555555

# container_facts PLAN [CMD...]: a table of what `docker inspect` says of a container that is as it should be,
# by the template that asks; CMD... is put before our program (its configuration names the host's addresses).
# `inspect_by FILE` is code for a rule that answers from such a table.
container_facts() {
	local config plan=$1
	shift
	config=$("$@" bb-bundle up --dry-run <"$plan" 2>&1 >/dev/null | grep -o 'bot-bottle.config=[0-9a-f]*')
	cat <<-END
	{{.Id}}|$BOX
	{{.State.StartedAt}}|2026-01-02T03:04:05.678901234Z
	{{.State.Running}}|true
	{{index .Config.Labels "bot-bottle.bottle"}}|$(own_label demo)
	{{index .Config.Labels "bot-bottle.config"}}|${config#*=}
	{{range .Mounts}}{{.Source}}{{end}}|$BOT_BOTTLE_HOME/bottles/demo/bundle.json
	{{range \$n, \$v := .NetworkSettings.Networks}}{{\$n}} {{\$v.IPAddress}}/{{\$v.IPPrefixLen}} {{\$v.Gateway}} {{\$v.GlobalIPv6Address}}{{end}}|bot-bottle-bundle-demo 192.168.108.2/24 192.168.108.1$(printf ' ')
	{{index .HostConfig.Tmpfs "/run/git"}}|rw,nosuid,nodev,noexec,size=256m,mode=0755
	{{.HostConfig.ReadonlyRootfs}}|true
	{{index .HostConfig.Tmpfs "/run/bottle"}}|rw,nosuid,nodev,noexec,size=256m,mode=0755
	{{index .HostConfig.Tmpfs "/tmp"}}|rw,nosuid,nodev,noexec,size=64m
	{{.HostConfig.CapDrop}}|[ALL]
	{{.HostConfig.CapAdd}}|[CAP_CHOWN CAP_KILL CAP_NET_ADMIN CAP_SETGID CAP_SETPCAP CAP_SETUID]
	{{.HostConfig.Privileged}}|false
	{{.HostConfig.SecurityOpt}}|[no-new-privileges]
	{{.HostConfig.PidsLimit}}|256
	{{.HostConfig.Memory}}|1073741824
	{{.HostConfig.MemorySwap}}|1073741824
	{{.HostConfig.RestartPolicy.Name}}|no
	{{.HostConfig.LogConfig.Type}}|json-file
	{{index .HostConfig.LogConfig.Config "max-size"}}|10m
	{{index .HostConfig.LogConfig.Config "max-file"}}|3
	{{index .HostConfig.Sysctls "net.ipv6.conf.all.disable_ipv6"}}|1
	{{len .HostConfig.PortBindings}}|0
	{{.HostConfig.PublishAllPorts}}|false
	{{.HostConfig.PidMode}}{{.HostConfig.UTSMode}}{{.HostConfig.UsernsMode}}|
	{{len .HostConfig.Devices}}|0
	{{len .Mounts}}|1
	{{range .Mounts}}{{.Destination}} {{.RW}}{{end}}|/etc/bottle/bundle.json false
	{{len .NetworkSettings.Networks}}|1
	END
}
inspect_by() {
	printf '%s' "printf '%s\\n' \"\$5\" | awk -F'|' 'NR == FNR { v[\$1] = \$2; next } { print \$0 in v ? v[\$0] : \"UNKNOWN TEMPLATE\" }' $1 -"
}

# proof_of PID: section probe of a bottle whose VMM is PID and whose container is $BOX as container_facts has it.
proof_of() {
	printf '{"passed":1,"failed":0,"assumed":0,"witness":true,"bound":{"boot":"%s","vmm":%s,"vmm_start":%s,' \
		"$(cat /proc/sys/kernel/random/boot_id)" "$1" "$(sed 's/.*) //' "/proc/$1/stat" | cut -d' ' -f20)"
	printf '"container":"%s","container_start":"2026-01-02T03:04:05.678901234Z","nonce":"%s"}}' "$BOX" "$NONCE"
}

# proven: the row says that this shell is the VMM, and $T/plan.json, also as it is kept, that it was probed.
proven() {
	edit_row "r['pid'] = $$"
	testtool splice probe "$(proof_of $$)" <plan.json >plan.new
	mv plan.new plan.json
	saved plan.json
}

# saved PLAN: it is the one that is kept of the bottle.
saved() { install -m 600 "$1" "$BOT_BOTTLE_HOME/bottles/demo/plan.json"; }

# at_home PORTS CMD...: in a namespace where 192.168.108.1 is ours and PORTS answer.
at_home() {
	local ports=$1
	shift
	unshare -rn -- python3 -c '
import socket, subprocess, sys
subprocess.run("ip link set lo up && ip addr add 192.168.108.1/24 dev lo", shell=True, check=True)
for port in sys.argv[1].split():
    s = socket.socket(); s.bind(("192.168.108.2", int(port))); s.listen()
    globals()["s" + port] = s
done = subprocess.run(sys.argv[2:])
sys.exit(done.returncode if done.returncode >= 0 else 128 - done.returncode)' "$ports" "$@"
}
can_be_home() {
	at_home '' true 2>/dev/null || skip "no network namespaces with addresses here"
}

# fakes NAME...: these tools are fakes; `rule NAME PATTERN STATUS [CODE]` foresees a call.
fakes() {
	FAKE_LOG=$T/fake.log FAKE_RULES=$T/fake.rules
	mkdir -p "$T/fakes"
	: >"$FAKE_LOG"
	: >"$FAKE_RULES"
	for name; do
		sed -e "s|@LOG@|$FAKE_LOG|" -e "s|@RULES@|$FAKE_RULES|" "$BB_ROOT/tests/fakes/tool" >"$T/fakes/$name"
		chmod +x "$T/fakes/$name"
	done
	PATH=$T/fakes:$PATH
}
rule() {
	printf '%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "${4-}" >>"$FAKE_RULES"
}

# engine_with IMAGE...: an engine at DOCKER_HOST that has these images and knows nothing else; '*': every image.
engine_with() {
	export DOCKER_HOST=unix://$T/docker.sock
	rm -f "$T/docker.sock"
	python3 -c '
import http.server, os, socketserver, sys, threading, urllib.parse
threading.Timer(120, os._exit, [0]).start()
class Engine(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        name = urllib.parse.unquote(self.path).removeprefix("/images/").removesuffix("/json")
        self.send_response(200 if {"*", name} & set(sys.argv[2:]) else 404)
        self.end_headers()
        self.wfile.write(b"{}")
    def address_string(self): return ""
    def log_message(self, *words): pass
server = socketserver.UnixStreamServer(sys.argv[1], Engine)
open(sys.argv[1] + ".up", "w").write("x")
server.serve_forever()' "$T/docker.sock" "$@" 3>&- &
	ENGINE_PID=$!
	wait_for "$T/docker.sock.up"
}

# The calls as lines "docker network create ...", without --config DIR.
calls() {
	awk '/^== / { if (line) print line; line = substr($0, 4); next }
		{ if ($0 == "--config") { skip = 1; next } if (skip) { skip = 0; next } line = line " " $0 }
		END { if (line) print line }' "$FAKE_LOG"
}

# proven_bottle [FROM TO]...: a plan of a proven machine, kept as the bottle's, from the manifest with each FROM as TO;
# smolvm and docker are fakes from here on.
proven_bottle() {
	real_each "${ENGINES%%[[:space:]]*}"
	manifest "$@" | bb-plan new | testtool splice subnet "$SUBNET" | bb-smolfile >plan.json
	packed
	bb-vm create <plan.json >made.json
	proven
	fakes docker smolvm
	has_box "$(own_label demo)"
	rule smolvm '--version' 0 "echo smolvm $NEW_SMOLVM"
	rule smolvm 'machine create --help' 0 'echo "      --allow-cidr <C>"'
	unset BOT_BOTTLE_SMOLVM
}

# guest_here: a proven bottle; `machine exec` runs its command here, `machine cp` is cp.
guest_here() {
	proven_bottle '"command":["sh"]' "\"command\":[\"sh\"],\"user\":\"$(id -un)\""
	rule smolvm 'machine exec *' own 'while [ "$1" != -- ]; do shift; done; shift; exec "$@"'
	rule smolvm 'machine cp *' 0 'for w in "$3" "$4"; do set -- "$@" "${w#bot-bottle-demo:}"; done; shift 4; cp "$1" "$2"; echo "copied 1 file"'
}

# sends FILE [STATUS]: the guest sends that instead of an archive of its own.
sends() {
	sed -i '/machine exec/d' "$FAKE_RULES"
	rule smolvm 'machine exec *' "${2-0}" "cat $T/$1"
}

# --- a bundle by a Docker that is a fake ---

# has_box LABEL [RUNNING [ID]]: the container is there and has that label; asked for more, facts answer.
# has_net LABEL [RANGE [DRIVER]]: so has the network.
box_lines() { echo "printf '%s\\n' ${3-$BOX} 2026-01-02T03:04:05.678901234Z ${2-true} '$1'"; }
net_lines() { echo "printf '%s\\n' $NET '$1' '${2-192.168.108.0/24} ' ${3-bridge}"; }
has_box() { rule docker 'inspect --type container *{{index .Config.Labels "bot-bottle.bottle"}} -- *' 0 "$(box_lines "$@")"; }
has_net() { rule docker 'inspect --type network *' 0 "$(net_lines "$@")"; }

# Answers of a Docker in which everything works; `facts` is what it says of the container.
good_docker() {
	rule docker 'network create *' 0 "echo $NET"
	rule docker 'run *' 0 "echo $BOX"
	rule docker 'inspect --type container *' 0 "$(inspect_by "$T/facts")"
	has_net "$(own_label demo)"
	rule docker 'rm -f -v -- *' 0
	rule docker 'network rm -- *' 0
	rule docker 'logs *' 0 'echo "what the container said"'
}

# What was removed: "BOX,NET".
removed() {
	calls | grep ' rm ' | sed -e 's/.* //' -e "s/$NET/NET/" -e "s/$BOX/BOX/" | paste -sd,
}
