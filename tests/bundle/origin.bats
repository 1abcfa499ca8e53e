# SPDX-License-Identifier: MIT
# Where: unit, as root
# origin.bats: origins that answer oddly, one with a credential: the answer arrives whole, or a text does; never a hang,
# and never the credential. tests/lab/guest/lax.py is the origin.
load native.bash

setup_file() { bundle_up; }
teardown_file() { bundle_down; }

LAX=https://lax.example.com
VERSIONS='--http1.1 --http2'

# answers STATUS TEXT PATH: with both versions towards the guest
answers() {
	local version
	for version in $VERSIONS; do
		run through "$version" "$LAX/$3"
		assert_line --index -1 "$1"
		assert_output --partial "$2"
		refute_output --partial "$CREDENTIAL"
	done
}

@test "a chunk that is held back whole does not end the answer" {
	answers 200 "one ${CREDENTIAL//?/*} two" cut
}

@test "trailers are left out, the answer is whole" {
	answers 200 'with a trailer' trailer
}

@test "102 and 103 before the answer: the answer comes" {
	answers 200 final interim
}

@test "an answer that is not HTTP: one text that quotes nothing, a deny line" {
	answers 502 'blocked by policy upstream for host lax.example.com: its answer is not HTTP' garbage
	run decided egress
	assert_output --partial '"decision": "deny", "policy": "upstream"'
	run grep -F "$CREDENTIAL" "$N/bundle.log"
	assert_failure
}

@test "an encoded answer of a host with a credential: a text, also when it is large" {
	answers 502 'blocked by policy response-encoding for host lax.example.com' packed
	answers 502 'blocked by policy response-encoding for host lax.example.com' big
}

@test "an answer that takes its time stays open" {
	answers 200 slow slow
}

@test "a certificate that nobody vouches for: a status that is final, the reason, a deny line" {
	for version in $VERSIONS; do
		run through "$version" https://badcert.example.net/
		assert_line --index -1 424
		assert_output --partial 'blocked by policy upstream-tls for host badcert.example.net: its certificate is not trusted: '
		run decided egress
		assert_output --partial '"decision": "deny", "policy": "upstream-tls"'
	done
}

# hello: the protocols that the outside world is offered in clear, by what the guest offers
hello() {
	guest timeout 30 python3 - "$PROXY" "$(cat "$N/token")" "$@" <<-'END'
	import base64, socket, ssl, sys
	proxy, token, *offers = sys.argv[1:]
	s = socket.create_connection((proxy, 8888), 20)
	auth = base64.b64encode(f"bottle:{token}".encode()).decode()
	s.sendall(f"CONNECT hello.example.com:443 HTTP/1.1\r\nHost: hello.example.com:443\r\nProxy-Authorization: Basic {auth}\r\n\r\n".encode())
	s.recv(4096)
	context = ssl.create_default_context()
	context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
	context.set_alpn_protocols(offers)
	with context.wrap_socket(s, server_hostname="hello.example.com") as t:
	    if t.selected_alpn_protocol() != "h2":
	        t.sendall(b"GET / HTTP/1.1\r\nHost: hello.example.com\r\n\r\n")
	        print(t.recv(4096).decode("latin-1"))
	END
}

@test "the world is offered our list of protocols, not the guest's" {
	"$NATIVE" guest "$N" timeout 20 python3 -c '
import socket
s = socket.create_server(("93.184.216.42", 443))
print("up", flush=True)
print(s.accept()[0].recv(65536))' >"$N/hello" 3>&- &
	until grep -q up "$N/hello"; do sleep 0.1; done
	run hello http/1.1 mark-of-the-guest
	wait %1
	run cat "$N/hello"
	assert_output --partial 'http/1.1'
	refute_output --partial 'mark-of-the-guest'
}
