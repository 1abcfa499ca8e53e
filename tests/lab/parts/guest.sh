# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2034,SC2154 # variables of lab and of other parts
# guest - the lab's own files (init, agent, "internet", canary) and the test CA, seen inside as /opt/lab.

key_guest() { key tests/lab/guest tests/lab/canary tests/lab/parts/guest.sh; }

names='DNS:api.example.com,DNS:echo.example.net,DNS:blocked.example.org,DNS:private.example.com,DNS:rebind.example.com'
names=$names,DNS:site.example.com,DNS:lax.example.com,DNS:hello.example.com
days=3650

build_guest() {
	tree=$1/tree
	mkdir -p "$tree/tls"
	cp -a "$here/guest/." "$tree/"
	cp -a "$here/canary" "$tree/"
	chown -R 0:0 "$tree"
	make_ca "$1/ca" 'bottlebox lab CA'
	make_ca "$1/nobody" 'nobody'
	make_leaf "$1/ca" "$tree/tls/leaf" "$names"
	make_leaf "$1/nobody" "$tree/tls/bad" DNS:badcert.example.net
	cp "$1/ca.pem" "$tree/ca.pem"
	image "$tree" "$1/guest.img" 16M
	# The CA's key goes: only these two certificates will ever come from it.
	rm -rf "$tree" "$1"/ca.key "$1"/nobody.*
}

# make_ca FILE NAME : FILE.pem, FILE.key
make_ca() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days $days -subj "/CN=$2" \
		-addext 'basicConstraints=critical,CA:TRUE' -addext 'keyUsage=critical,keyCertSign,cRLSign' \
		-keyout "$1.key" -out "$1.pem" 2>/dev/null
}

# make_leaf CA FILE NAMES
make_leaf() {
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj '/CN=lab echo' \
		-keyout "$2.key" -out "$2.csr" 2>/dev/null
	printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n' "$3" >"$2.ext"
	printf 'subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n' >>"$2.ext"
	openssl x509 -req -in "$2.csr" -CA "$1.pem" -CAkey "$1.key" -CAcreateserial -days $days \
		-extfile "$2.ext" -out "$2.pem" 2>/dev/null
	rm -f "$2.csr" "$2.ext" "$1.srl"
}
