# SPDX-License-Identifier: MIT
# Where: unit
# bb-tsi-patch over the real smolvm's own database: what is written, and all that is refused.
load ../helper
load ../engine

# made VERSION: a machine `demo` of that version, its plan in $T/made.json.
made() {
	real_each "$1"
	plan_packed
	bb-vm create <plan.json >made.json
}

OLD=$(grep -m1 '^1\.[4-7]\.' <<<"$ENGINES")
NEW=$(grep -m1 '^1\.[1-9][0-9]\.\|^1\.[89]\.' <<<"$ENGINES")

section() {
	printf '{"wanted":["192.168.108.2/32"],"before":"%s","after":["192.168.108.2/32"],"by":"%s","verified":true}' "$1" "$2"
}

@test "a version that drops the policy (before 1.8): patched, a BLOB, verified; a second run finds it equal" {
	made "$OLD"
	row >before
	grep -q '"allowed_cidrs":null' before
	works bb-tsi-patch apply <made.json
	equals "$(section unrestricted patch)" "$(bb-plan get tsi_patch <out)"
	same out "$BOT_BOTTLE_HOME/bottles/demo/plan.json"
	equals blob "$(row_kind)"
	row >after
	# Every other byte of the row is as smolvm wrote it.
	sed -e 's|"allowed_cidrs":null|"allowed_cidrs":["192.168.108.2/32"]|' -e 's|}$|,"dns_filter_hosts":["192.168.108.2"]}|' before >want
	same want after
	works bb-tsi-patch apply <made.json
	equals "$(section equal engine)" "$(bb-plan get tsi_patch <out)"
	row >again
	same after again
}

@test "smolvm itself reads the patched row: ls, status, update, delete work" {
	made "$OLD"
	bb-tsi-patch apply <made.json >patched.json
	equals bot-bottle-demo "$(smolvm machine ls --json | python3 -c 'import json,sys; print(*[m["name"] for m in json.load(sys.stdin)])')"
	equals created "$(smolvm machine status --name bot-bottle-demo --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["state"])')"
	smolvm machine update --name bot-bottle-demo --cpus 2 >/dev/null
	works bb-tsi-patch check <patched.json
	works bb-vm delete demo
	equals '[]' "$(smolvm machine ls --json | tr -d ' \n')"
}

@test "a version that keeps the policy: equal, nothing is written" {
	made "$NEW"
	row >before
	works bb-tsi-patch apply <made.json
	equals "$(section equal engine)" "$(bb-plan get tsi_patch <out)"
	row >after
	same before after
	works bb-tsi-patch check <made.json
}

@test "dry run: says what it would do, writes nothing" {
	made "$OLD"
	row >before
	ends 0 bb-tsi-patch apply --dry-run <made.json
	grep -q 'would compare the row of bot-bottle-demo with 192.168.108.2/32' err
	equals true "$(bb-plan get dry_run <out)"
	row >after
	same before after
}

# What is in the row | what the message must say. Each is refused by apply (77), the row stays, no plan.
@test "everything in the row that nobody asked for is refused: 77, row untouched, a report is kept" {
	made "$NEW"
	row >clean
	cat >cases <<-'END'
	r["allowed_cidrs"] = []|policy is not ours
	r["allowed_cidrs"] = ["0.0.0.0/0"]|0.0.0.0/0
	r["allowed_cidrs"].append("1.1.1.1/32")|1.1.1.1/32
	r["allowed_cidrs"] = ["192.168.108.0/24"]|192.168.108.0/24
	r["allowed_cidrs"] = ["192.168.108.3/32"]|192.168.108.3/32
	r["allowed_cidrs"] = ["192.168.108.2"]|policy is not ours
	r["allowed_cidrs"] = "192.168.108.2/32"|policy is not ours
	r["allowed_cidrs"] = [["192.168.108.2/32"]]|policy is not ours
	r["allowed_cidrs"] = None|policy is not ours
	del r["allowed_cidrs"]|policy is not ours
	del r["dns_filter_hosts"]|policy is not ours
	r["dns_filter_hosts"] = []|policy is not ours
	r["dns_filter_hosts"].append("example.com")|example.com
	r["dns_filter_hosts"] = ["*"]|policy is not ours
	r["network"] = False|"network"
	del r["network"]|"network" is missing
	r["network"] = "yes"|"network"
	r["network_backend"] = "tsi"|"network_backend"
	r["network_name"] = "shared"|"network_name"
	r["mounts"] = [["/home", "/h", True]]|"mounts"
	r["staged_mounts"] = [["/home", "/h", True]]|"staged_mounts"
	r["remote_volumes"] = ["s3://x"]|"remote_volumes"
	r["ports"] = [[18080, 80]]|"ports"
	r["published_sockets"] = [{"direction": "mount", "guest_path": "/a", "host_path": "/b"}]|"published_sockets"
	r["ssh_agent"] = True|"ssh_agent"
	r["docker_socket"] = True|"docker_socket"
	r["cuda"] = True|"cuda"
	r["gpu"] = True|"gpu"
	r["nested_virt"] = True|"nested_virt"
	r["restart"]["policy"] = "always"|"restart"
	r["restart"]["max_retries"] = 5|"restart"
	r["init"] = ["curl evil"]|"init"
	r["cmd"] = ["sh", "-c", "evil"]|"cmd"
	r["cmd"] = []|"cmd"
	r["entrypoint"] = ["/entry.sh"]|"entrypoint"
	r["health_cmd"] = ["evil"]|"health_cmd"
	r["egress_rules"] = [{"cidr": "0.0.0.0/0", "action": "allow"}]|"egress_rules"
	r["block_private"] = ["10.0.0.0/8"]|"block_private"
	r["dns"] = "1.1.1.1"|"dns"
	r["guest_subnet"] = "10.0.0.0/24"|"guest_subnet"
	r["secret_refs"] = {"A": {"from_env": "HOME"}}|"secret_refs"
	r["credential_policy"] = {"x": 1}|"credential_policy"
	r["ephemeral"] = True|"ephemeral"
	r["a_key_of_tomorrow"] = 1|"a_key_of_tomorrow"
	r["name"] = "other"|"name"
	r["cpus"] = 3|"cpus"
	r["mem"] = 4096|"mem"
	r["env"].append(["HTTP_PROXY", "http://192.0.2.1"])|"env"
	r["env"] = [e for e in r["env"] if e[0] != "HTTPS_PROXY"]|"env"
	r["env"] = []|"env"
	r["env"][0] = ["A"]|"env"
	r["env"].append("A=B")|"env"
	r["source_smolmachine"] = "/tmp/other.smolmachine"|"source_smolmachine"
	r["restart"] = "always"|"restart"
	r["restart"] = {}|"restart"
	del r["restart"]["policy"]|"restart"
	r["env"] = [e for e in r["env"] if e[0] != "HTTPS_PROXY"] + [e for e in r["env"] if e[0] == "SSL_CERT_FILE"]|"env"
	r["mem"] = 0|"mem"
	r["mem"] = str(r["mem"])|"mem"
	r["cpus"] = 0|"cpus"
	r["name"] = ""|"name"
	r["source_smolmachine"] = ""|"source_smolmachine"
	r["network"] = 1|"network"
	END
	# Each key that we ask for: null, missing, of another kind.
	for key in name source_smolmachine network cmd cpus mem env restart; do
		printf 'r["%s"] = None|"%s"\ndel r["%s"]|"%s" is missing\n' "$key" "$key" "$key" "$key"
		printf 'r["%s"] = {"a": []}|"%s"\nr["%s"] = [1]|"%s"\n' "$key" "$key" "$key" "$key"
	done >>cases
	# All rows at once: a start of Python costs more than the case itself.
	python3 - <<-'END'
	import json
	for n, line in enumerate(open("cases"), 1):
	    r = json.load(open("clean"))
	    exec(line.split("|")[0])
	    open(f"row-{n}", "w").write(json.dumps(r, separators=(",", ":")))
	END
	n=0
	while IFS='|' read -r code text; do
		n=$((n + 1))
		testtool db write "$HOME/$DATABASE_OF_SMOLVM" \
			"UPDATE vms SET data = x'$(od -An -v -tx1 "row-$n" | tr -d ' \n')'"
		row >before
		check ends 77 bb-tsi-patch apply <made.json
		check equals '' "$(cat out)" "stdout with $code"
		grep -Fq -- "$text" err || check equals "$text" "$(cat err)" "message with $code"
		row >after
		check same before after
		check grep -q refused "$BOT_BOTTLE_HOME/bottles/demo/tsi_patch.report.json"
		rm -f "$BOT_BOTTLE_HOME/bottles/demo/tsi_patch.report.json"
		check ends 77 bb-tsi-patch check <made.json
		check ends 77 bb-vm start <made.json
	done <cases
	equals 95 "$n"
	all_good
}

@test "variables of the image's own are fine" {
	made "$NEW"
	row | grep -q FROM_IMAGE
	edit_row 'r["env"].append(["OF_THE_IMAGE", "1"])'
	works bb-tsi-patch apply <made.json
}

@test "a plan with other variables, a repository and an operator still has its machine; with another proxy it has not" {
	made "$NEW"
	manifest '"command":["sh"]' '"command":["sh"],"env":{"A":"2","LATER":"x"}' |
		sed 's|"bundle":|"git":{"repos":{"app":{"url":"https://git.example/app.git"}}},"supervise":true,&|' >new.json
	bb-plan change new.json <made.json | bb-smolfile >changed.json
	check ends 0 bb-tsi-patch apply <changed.json
	edit_row 'r["env"].append(["HTTP_PROXY", "http://192.0.2.1"])'
	check ends 77 bb-tsi-patch apply <changed.json
	check grep -q '"env" is' err
	all_good
}

@test "keys of tomorrow that say nothing are fine" {
	made "$NEW"
	edit_row 'r.update({"k1": None, "k2": False, "k3": 0, "k4": "", "k5": [], "k6": {}})'
	works bb-tsi-patch apply <made.json
}

@test "a running, stopped or unknown machine without a policy is not patched: 77" {
	made "$OLD"
	for state in running stopped failed frozen unreachable weird; do
		edit_row "r['state'] = '$state'"
		row >before
		check ends 77 bb-tsi-patch apply <made.json
		check grep -q "it is $state without a policy" err
		row >after
		check same before after
	done
	all_good
}

@test "check takes a running machine whose policy is ours" {
	made "$NEW"
	edit_row 'r["state"] = "running"; r["pid"] = 1234; r["pid_start_time"] = 5'
	works bb-tsi-patch check <made.json
	equals "$(section equal engine)" "$(bb-plan get tsi_patch <out)"
}

@test "a row that is TEXT, no JSON, or missing: 77, and nothing is written" {
	made "$OLD"
	row >row
	db=$HOME/$DATABASE_OF_SMOLVM
	sql "$db" 'UPDATE vms SET data = CAST(data AS TEXT)'
	check ends 77 bb-tsi-patch apply <made.json
	check grep -q 'not a BLOB' err
	check equals text "$(row_kind)"
	for bad in '{' '[]' '{"a":1,"a":1}' ''; do
		sql "$db" 'UPDATE vms SET data = CAST(? AS BLOB)' "$bad"
		check ends 77 bb-tsi-patch apply <made.json
		check equals "$bad" "$(row)"
	done
	sql "$db" 'DELETE FROM vms'
	check ends 77 bb-tsi-patch apply <made.json
	rm "$db"*
	check ends 77 bb-tsi-patch apply <made.json
	all_good
}

@test "smolvm's database as a symbolic link is refused" {
	made "$OLD"
	db=$HOME/$DATABASE_OF_SMOLVM
	mv "$db" "$T/real.db"
	ln -s "$T/real.db" "$db"
	ends 74 bb-tsi-patch apply <made.json
	equals '' "$(cat out)"
}

@test "a hand-edited subnet is compared, never obeyed: the row keeps our address (W24)" {
	made "$NEW"
	testtool splice subnet '{"cidr":"192.168.9.0/24","gateway":"192.168.9.1","bundle":"192.168.9.2","allow":"192.168.9.2/32"}' <made.json >edited
	row >before
	ends 77 bb-tsi-patch apply <edited
	testtool splice subnet '{"cidr":"192.168.108.0/24","bundle":"192.168.108.2","allow":"0.0.0.0/0"}' <made.json >edited
	ends 65 bb-tsi-patch apply <edited
	row >after
	same before after
}

@test "while another program holds the database: 75 after its time, or done when it lets go" {
	made "$OLD"
	python3 - "$HOME/$DATABASE_OF_SMOLVM" 3>&- <<-'END' &
	import sqlite3, sys, time
	db = sqlite3.connect(sys.argv[1], isolation_level=None)
	db.execute("BEGIN IMMEDIATE")
	open("held", "w").write("x")
	time.sleep(1.5)
	db.execute("ROLLBACK")
	END
	wait_for held
	works bb-tsi-patch apply <made.json
	equals "$(section unrestricted patch)" "$(bb-plan get tsi_patch <out)"
}
