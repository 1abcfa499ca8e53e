# SPDX-License-Identifier: MIT
# Where: unit
# Clients that ask neither the environment nor the system's store: JVM, Maven, Gradle, browsers. certutil is the real one
# (Debian's, unpacked). keytool is a stand-in that writes down its words, except where a JVM is installed here: those tests
# are by the real one, and skipped elsewhere.
load ../helper
load ../engine
load ../provision
load ../guest

teardown() {
	[ -z "${server-}" ] || kill "$server"
	guest_down
}

# ca [TEXT]: the step, and what it must have noted.
ca() {
	check ends 0 bb-provision ca <plan.json
	check equals '{"done":["ca"],"verified":["ca"]}' "$(bb-plan get provision <out)"
	[ -n "${1-}" ] || check equals '' "$(cat err)" stderr
	[ -z "${1-}" ] || check grep -qF -- "$1" err
}

# options: what the agent has of Java's.
options() { bb-vm exec demo -- sh -c 'printf "%s\n" "${JAVA_TOOL_OPTIONS-none}"'; }

# store_is LINE... FILE: the stand-in's store is these lines and that certificate.
store_is() {
	printf '%s\n' "${@:1:$#-1}" | cat - "${@: -1}" | grep . >wanted
	inside grep . /run/bot-bottle/cacerts >got
	check same wanted got
}

OPTIONS='-Dhttp.proxyHost=127.0.0.1 -Dhttp.proxyPort=18888 -Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort=18888 -Dhttp.nonProxyHosts=localhost|127.*|[::1]|192.168.108.2|localhost|127.0.0.1'

ready() {
	check ends 0 bb-provision init <plan.json
	check ends 0 bb-provision env <plan.json
}

# --- JVM ---

# stand_in: a JVM whose keytool writes its words to /keytool.log; its stores are texts, each certificate as it came in.
stand_in() {
	put /opt/jvm/bin/java :
	put /opt/jvm/bin/keytool 'echo "$*" >>/keytool.log
		verb=$1 dest= src=
		while [ $# -gt 0 ]; do case $1 in -keystore | -destkeystore) dest=$2 ;; -srckeystore) src=$2 ;; esac; shift; done
		case $verb in
		-list) cat "$dest" ;;
		-importkeystore) ! grep -q damaged "$src" || { echo "keytool error: damaged"; exit 1; }; cat "$src" >"$dest" ;;
		-importcert) cat >>"$dest" ;;
		esac'
	inside sh -c 'mkdir -p /opt/jvm/lib/security; echo "the roots of the JVM" >/opt/jvm/lib/security/cacerts; : >/keytool.log; chmod 666 /keytool.log'
}

@test "no JVM: no option of Java's, no settings of Maven and Gradle" {
	guest_up busybox
	ready
	ca
	check equals none "$(options)"
	check equals '' "$(inside ls -A /home/agent | grep -vx work)" 'in the home'
	all_good
}

@test "a JVM by PATH or JAVA_HOME: options with proxy and store, behind those of image and manifest, once" {
	guest_up busybox
	stand_in
	for image in JAVA_HOME=/opt/jvm "PATH=/opt/jvm/bin:$GUEST_PATH"; do
		echo "$image" >image-env
		ready
		ca
		check equals "-Djavax.net.ssl.trustStore=/run/bot-bottle/cacerts $OPTIONS" "$(options)" "$image"
		check equals '0 644' "$(inside stat -c '%u %a' /run/bot-bottle/cacerts)"
	done
	echo JAVA_TOOL_OPTIONS=-Dours >>image-env
	check equals "-Dours -Djavax.net.ssl.trustStore=/run/bot-bottle/cacerts $OPTIONS" "$(options)"
	check equals 1 "$(bb-vm exec demo -- sh -c '. /run/bot-bottle/env; echo "$JAVA_TOOL_OPTIONS"' | grep -o trustStore | wc -l)"
	inside rm -r /opt/jvm
	ca
	check equals -Dours "$(options)" 'the JVM is gone'
	all_good
}

@test "Java's store: the JVM's roots and the certificate; a new one takes the old one's place" {
	guest_up busybox
	stand_in
	echo JAVA_HOME=/opt/jvm >image-env
	ready
	ca
	store_is 'the roots of the JVM' one.pem
	check equals 1 "$(inside grep -cx -- '-importcert -noprompt -alias bot-bottle -keystore /tmp/[^ ]*/store -storetype JKS -storepass changeit' /keytool.log)"
	new_ca two
	ca
	store_is 'the roots of the JVM' two.pem
	# A store that cannot be read: this certificate alone, which is said.
	inside sh -c 'echo damaged >/opt/jvm/lib/security/cacerts'
	ca 'Java trusts the bundle alone: keytool error: damaged'
	store_is two.pem
	# A keytool that takes nothing, and none: the proxy alone, which is said.
	put /opt/jvm/bin/keytool 'echo "keytool error: no"; exit 1'
	ca 'Java does not trust the bundle: keytool error: no'
	check equals "$OPTIONS" "$(options)"
	inside rm /opt/jvm/bin/keytool
	ca 'a java without keytool'
	check equals "$OPTIONS" "$(options)"
	# One that follows the system's store is taken as it is.
	stand_in
	inside sh -c 'cat >/opt/jvm/lib/security/cacerts' <two.pem
	ca
	check equals "-Djavax.net.ssl.trustStore=/opt/jvm/lib/security/cacerts $OPTIONS" "$(options)"
	check equals '' "$(inside grep import /keytool.log)"
	all_good
}

@test "root runs no program and reads no environment of the agent's: keytool by its PATH, its file of variables" {
	guest_up busybox
	stand_in
	echo "PATH=/opt/jvm/bin:$GUEST_PATH" >image-env
	ready
	ca
	inside sh -c ': >/ran; chmod 666 /ran; [ "$(stat -c %U /run/bot-bottle/env)" = agent ] && printf "\nid -u >>/ran\n" >>/run/bot-bottle/env'
	put /opt/jvm/bin/keytool 'id -u >>/ran'
	ca 'Java does not trust the bundle'
	inside sh -lc true
	inside sh -c "$(cat "$BB_ROOT/shell/guest/exec.sh")" sh '' '' '' '' true
	check equals 1500 "$(inside sort -u /ran)"
	all_good
}

@test "root writes through no link that the agent made in /tmp" {
	guest_up busybox
	put /usr/sbin/update-ca-certificates 'echo said; mkdir -p /etc/ssl/certs; cat /usr/local/share/ca-certificates/*.crt >/etc/ssl/certs/ca-certificates.crt'
	ready
	inside sh -c 'echo kept >/kept; ln -s /kept /tmp/ca.log'
	ca
	check equals kept "$(inside cat /kept)"
	all_good
}

# --- the real keytool ---

# real_java: a guest with the JVM that is installed here, a server with a certificate of the CA `one`, a client in Java.
real_java() {
	[ -x /usr/bin/java ] && [ -x /usr/bin/keytool ] || skip 'no JVM is installed here'
	KEEP=java guest_up debian
	ready
}

# certificates STORE: how many it has, and which of one and two.
certificates() {
	inside keytool -list -rfc -keystore "$1" -storepass changeit 2>/dev/null | tr -d '\r\n' >all
	for name in one two; do
		! grep -qF "$(sed '/^-/d' $name.pem | tr -d '\n')" all || printf '%s ' $name
	done
	[ "$(grep -o 'BEGIN CERT' all | wc -l)" -lt 100 ] || printf 'and roots'
}

@test "the real keytool: a JVM with a store of its own, in each format; one that cannot be read" {
	real_java
	own=$(inside sh -c 'readlink -f /usr/bin/keytool')
	own=${own%/bin/*}/lib/security/cacerts
	# Without the tool that would keep it up to date.
	inside sh -c 'rm -f /usr/sbin/update-ca-certificates; cp "$(readlink -f "$1")" /jks; rm "$1"; cp /jks "$1"' sh "$own"
	new_ca two
	new_ca one
	ca
	check equals "-Djavax.net.ssl.trustStore=/run/bot-bottle/cacerts $OPTIONS" "$(options)"
	check equals 'one and roots' "$(certificates /run/bot-bottle/cacerts)"
	new_ca two
	# As JDKs have it from 18 on.
	inside sh -c 'rm "$1"; keytool -importkeystore -noprompt -srckeystore /jks -srcstorepass changeit -destkeystore "$1" -deststoretype PKCS12 \
		-deststorepass changeit -J-Dkeystore.pkcs12.macAlgorithm=NONE -J-Dkeystore.pkcs12.certPbeAlgorithm=NONE' sh "$own" >log 2>&1
	ca
	check equals 'two and roots' "$(certificates /run/bot-bottle/cacerts)"
	inside sh -c 'echo nonsense >"$1"' sh "$own"
	ca 'Java trusts the bundle alone'
	check equals 'two ' "$(certificates /run/bot-bottle/cacerts)"
	all_good
}

@test "the real keytool: Debian's JVM has it from the system's store, which is the one that is named; a new one, not the old" {
	real_java
	inside test -x /etc/ca-certificates/update.d/jks-keystore || skip 'ca-certificates-java is not installed here'
	ca
	new_ca two
	ca
	check equals "-Djavax.net.ssl.trustStore=/etc/ssl/certs/java/cacerts $OPTIONS" "$(options)"
	check equals 'two and roots' "$(certificates /etc/ssl/certs/java/cacerts)"
	all_good
}

@test "a JVM trusts what the bundle signed, and nothing of the bundle before it" {
	real_java
	[ -x /usr/bin/javac ] || skip 'no Java compiler is installed here'
	inside rm -f /usr/sbin/update-ca-certificates
	ca
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout leaf.key -subj /CN=localhost -out leaf.csr 2>/dev/null
	openssl x509 -req -in leaf.csr -CA one.pem -CAkey one.key -days 30 -extfile <(echo subjectAltName=DNS:localhost) -out leaf.pem 2>/dev/null
	cat leaf.pem leaf.key | inside sh -c 'cat >/leaf.pem'
	inside sh -c 'cat >/Get.java' <<-'END'
	public class Get {
	    public static void main(String[] a) throws Exception {
	        new java.net.URL("https://localhost:8443/").openStream().close();
	    }
	}
	END
	nsenter -n -t "$GUEST_PID" ip link set lo up
	./inside openssl s_server -quiet -www -accept 8443 -cert /leaf.pem >server.log 2>&1 3>&- &
	server=$!
	check ends 0 bb-vm exec demo -- java /Get.java
	new_ca two
	ca
	check ends 1 bb-vm exec demo -- java /Get.java
	check grep -q 'PKIX path .* failed' err
	all_good
}

# --- Maven, Gradle ---

# The proxies that a file names, as Maven or Gradle would read it.
proxies() {
	inside cat "/home/agent/$1" >settings
	python3 - "$1" <<-'END'
	import sys, xml.etree.ElementTree as tree
	if sys.argv[1].endswith(".xml"):
	    print(*(p.findtext("protocol") + " " + p.findtext("host") + ":" + p.findtext("port") + " " + p.findtext("nonProxyHosts")
	            for p in tree.parse("settings").findall("proxies/proxy")), sep=";")
	else:
	    v = dict(line.strip().split("=", 1) for line in open("settings") if line[0] != "#")
	    print(*(f"{s} {v[f'systemProp.{s}.proxyHost']}:{v[f'systemProp.{s}.proxyPort']} {v['systemProp.http.nonProxyHosts']}"
	            for s in ("http", "https")), sep=";")
	END
}

@test "Maven's and Gradle's settings name the proxy, are made anew while they are ours, and are never taken from their owner" {
	guest_up busybox
	stand_in
	echo JAVA_HOME=/opt/jvm >image-env
	ready
	direct='localhost|127.*|[::1]|192.168.108.2|localhost|127.0.0.1'
	for file in .m2/settings.xml .gradle/gradle.properties; do
		inside sh -c "rm -rf /home/agent/.m2 /home/agent/.gradle"
		ca
		check equals "http 127.0.0.1:18888 $direct;https 127.0.0.1:18888 $direct" "$(proxies $file)"
		check equals 'agent 600' "$(inside stat -c '%U %a' "/home/agent/$file")"
		cp settings made
		inside sh -c "echo changed >>/home/agent/$file"
		ca
		check same made <(inside cat "/home/agent/$file")
		inside sh -c "echo '# the agent has 18888' >/home/agent/$file"
		ca
		check equals '# the agent has 18888' "$(inside cat "/home/agent/$file")"
		inside sh -c "echo '# the agent has its own' >/home/agent/$file"
		ca "/home/agent/$file is not ours and was left alone"
		check equals '# the agent has its own' "$(inside cat "/home/agent/$file")"
	done
	# A link of the agent's leads nowhere that the agent may not write.
	inside sh -c 'rm -rf /home/agent/.m2; ln -s /etc /home/agent/.m2'
	ca '/home/agent/.m2/settings.xml cannot be written'
	check ends 1 inside test -e /etc/settings.xml
	all_good
}

# --- browsers ---

# held DATABASE: which of one and two it trusts for servers.
held() {
	for name in one two; do
		! inside certutil -L -d "sql:$1" -n bot-bottle -a 2>/dev/null | tr -d '\r' | cmp -s - $name.pem || printf '%s ' $name
	done
	inside certutil -L -d "sql:$1" | sed -n 's/^bot-bottle *\(.*[^ ]\) *$/\1/p'
}

@test "browsers: by the real certutil, in the home's database and each profile of Firefox; a new one, not the old" {
	debs certutil libnss3-tools libnss3 libnspr4
	guest_up debian "$DEBS"
	inside rm -f /usr/sbin/update-ca-certificates
	ready
	inside su agent -c 'umask 077; mkdir -p ~/.mozilla/firefox/x.default ~/.mozilla/firefox/none; certutil -N -d sql:$HOME/.mozilla/firefox/x.default --empty-password'
	new_ca two
	new_ca one
	for now in one two; do
		cp $now.pem now.pem
		{ printf '%s\n' "$TOKEN" "$NONCE"; cat now.pem; } >handed
		ca
		for db in .pki/nssdb .mozilla/firefox/x.default; do
			check equals "$now C,," "$(held "/home/agent/$db")" "$db"
		done
	done
	check equals 'agent 700 agent 600' "$(inside stat -c '%U %a' /home/agent/.pki /home/agent/.pki/nssdb/cert9.db | paste -sd' ')"
	check equals '' "$(inside ls -A /home/agent/.mozilla/firefox/none)"
	inside sh -c 'echo damaged >/home/agent/.pki/nssdb/cert9.db'
	ca 'certutil: browsers do not trust the bundle'
	all_good
}

@test "browsers without certutil: said if there is one, else not a word" {
	guest_up busybox
	ready
	ca
	put /opt/browser/firefox-esr :
	echo "PATH=/opt/browser:$GUEST_PATH" >image-env
	ca 'the image has firefox-esr and no certutil'
	check ends 1 inside test -e /home/agent/.pki
	all_good
}
