# SPDX-License-Identifier: MIT
# Where: unit, as root
# scand.bats: the scanner's daemon: callers that hang up, and its own end.
load native

setup_file() { bundle_up '{"limits": {"scan_seconds": 3}, "dlp": {"echo.example.net": "warn"}}'; }
teardown_file() { bundle_down; }

@test "a caller that hangs up takes no other one's scan along" {
	run inside root /usr/bin/python3 - <"$BATS_TEST_DIRNAME/scand.py"
	assert_success
	assert_output '0 of 20 without an answer'
}

@test "thousands of findings far below cost no look at all the names above each" {
	python3 - >"$T/body" <<-'END'
	import json, random, string
	value = ["ghp_" + "".join(random.choices(string.ascii_letters + string.digits, k=36)) + " in a string that is no short one, " * 2 for _ in range(8000)]
	for i in range(200):
	    value = {f"n{i} name of a member": value}
	print(json.dumps(value))
	END
	run through -H 'Content-Type: application/json' --data-binary "@$T/body" -o /dev/null https://echo.example.net/x
	assert_line --index -1 200
	run decided dlp
	assert_output --partial '"policy": "warned"'
	assert_output --partial '"place": "n199 name of a member.n198'
}

@test "the scanner ends: the bundle says so and ends, and nothing passes unlooked-at" {
	inside scan /usr/bin/python3 -c '
import os
pids = [int(p) for p in os.listdir("/proc") if p.isdigit() and open(f"/proc/{p}/cmdline").read().startswith("bottle-scan")]
os.kill(min(pids), 9)'
	run through -d x https://echo.example.net/x
	refute_line --index -1 200
	for _ in $(seq 100); do
		inside root true 2>/dev/null || break
		sleep 0.1
	done
	run cat "$N/bundle.log"
	assert_line --partial '[init] scan ended with status 137'
	assert_line --partial 'the bundle stops'
	run inside root true
	assert_failure
}
