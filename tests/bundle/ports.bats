# SPDX-License-Identifier: MIT
# Where: unit, as root
# ports.bats: where the daemons listen stands in bundle.json alone: with other numbers there all of them move.
load native.bash

setup_file() { bundle_up '{"listen": {"egress": 7099, "dlp": 7888, "git": 7418, "supervise": 7100}}'; }
teardown_file() { bundle_down; }

# opens PORT...: of these, what the guest can connect to
opens() {
	guest python3 -c '
import socket, sys
for port in sys.argv[2:]:
    with socket.socket() as s:
        s.settimeout(5)
        if not s.connect_ex((sys.argv[1], int(port))):
            print(port)' "$PROXY" "$@"
}

@test "the guest reaches the ports of bundle.json and no usual one" {
	run opens 8888 9099 9418 9100 7888 7099 7418 7100
	assert_output $'7888\n7418\n7100'
}

@test "a request, a clone and a question go through the ports of bundle.json" {
	local token
	token=$(cat "$N/token")
	run guest curl -sS --max-time 60 --cacert "$N/ca.pem" -x "http://bottle:$token@$PROXY:7888" -o "$T/answer" -w '%{http_code}' https://echo.example.net/moved
	assert_output 200
	grep -q /moved "$N/echo.log"
	run guest timeout 60 git -c http.extraHeader="Authorization: Bearer $token" ls-remote "http://$PROXY:7418/app" refs/heads/main
	assert_output --partial refs/heads/main
	run guest curl -sS --max-time 60 -H "Authorization: Bearer $token" -d '{"jsonrpc":"2.0","id":1,"method":"ping"}' "http://$PROXY:7100/mcp"
	assert_output --partial '"result": {}'
}

@test "the firewall lets the proxy reach its upstream there and nothing else on the loopback" {
	run inside dlp python3 -c '
import socket
for port in (7099, 9099, 7418, 7100):
    with socket.socket() as s:
        s.settimeout(5)
        print(port, s.connect_ex(("127.0.0.1", port)))'
	assert_output $'7099 0\n9099 111\n7418 111\n7100 111'
}
