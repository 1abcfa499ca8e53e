# SPDX-License-Identifier: MIT
"""A certificate authority for one start of one proxy.

Made by the proxy that uses it, so that the key never leaves its uid.
mitmproxy reads CONFDIR/mitmproxy-ca.pem: the key, then the certificate.
"""

import datetime
import os

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

# A guest's clock may be behind or ahead of ours.
BEFORE = datetime.timedelta(days=2)
AFTER = datetime.timedelta(days=365)


def _certificate(key, name):
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.timezone.utc)
    usage = x509.KeyUsage(key_cert_sign=True, crl_sign=True, digital_signature=False,
                          content_commitment=False, key_encipherment=False,
                          data_encipherment=False, key_agreement=False,
                          encipher_only=False, decipher_only=False)
    return (x509.CertificateBuilder()
            .subject_name(subject).issuer_name(subject)
            .public_key(key.public_key()).serial_number(x509.random_serial_number())
            .not_valid_before(now - BEFORE).not_valid_after(now + AFTER)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
            .sign(key, hashes.SHA256()))


def make(confdir, public, name):
    """Key and certificate into confdir, the certificate alone into `public`
    (a file that PID 1 made for us)."""
    key = ec.generate_private_key(ec.SECP256R1())
    secret = key.private_bytes(serialization.Encoding.PEM,
                               serialization.PrivateFormat.PKCS8,
                               serialization.NoEncryption())
    plain = _certificate(key, name).public_bytes(serialization.Encoding.PEM)
    path = os.path.join(confdir, "mitmproxy-ca.pem")
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    with os.fdopen(fd, "wb") as f:
        f.write(secret + plain)
    with open(public, "wb") as f:
        f.write(plain)
        os.fchmod(f.fileno(), 0o444)
