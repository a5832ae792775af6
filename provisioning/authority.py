"""The authority that machines are known by: a root that lies in a safe, and an intermediate that works at central.

The root signs two certificates, once: the intermediate's and the server's. The intermediate signs machines' and the
list of those withdrawn. What else is signed by its key is refused by whoever checks as RFC 5280 says: another
authority (path length), a server (extended key usage; no host's name is permitted), and names outside
`O=<village>, OU=units`, or that are "central" below it.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

ROOT_YEARS, INTERMEDIATE_YEARS, SERVER_YEARS = 20, 10, 10
LIST_DAYS = 30
BACKDATED = timedelta(hours=1)
UNITS = "units"
CENTRAL = "central"
ROOT, INTERMEDIATE, INTERMEDIATE_KEY = "root.pem", "intermediate.pem", "intermediate.key"
SERVER, SERVER_KEY, CHAIN, REVOKED = "server.pem", "server.key", "authorities.pem", "revoked.pem"
_NOTHING_BUT = dict.fromkeys(
    (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    ),
    False,
)
_Key = ec.EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class Made:
    """Files of a new authority. `root_key` is the one that does not stay here."""

    root: Path
    root_key: Path
    chain: Path
    server: Path
    server_key: Path
    revoked: Path
    fingerprint: str


def make_authority(folder: Path, safe: Path, village: str, names: Iterable[str], now: int) -> Made:
    """Make an authority in the new `folder`, its root's key in the folder `safe` alone.

    `names` are the server's, by which machines call it: host names or addresses. `now` is the Unix second. Raises
    FileExistsError where there is one already, OSError, and ValueError for no name.
    """
    wanted = list(names)
    if not wanted:
        raise ValueError("a server without a name is found by nobody")
    root_key_file = safe / f"yukemuri-{village}-root.key"
    # Every key anew, or none: what is there already is never written over.
    for each in (folder, root_key_file):
        if each.exists():
            raise FileExistsError(str(each))
    root_key, intermediate_key, server_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
    root = _root(root_key, village, now)
    intermediate = _intermediate(intermediate_key, root, root_key, village, now)
    server = _server(server_key, root, root_key, wanted, now)
    contents = {
        ROOT: _pem(root),
        INTERMEDIATE: _pem(intermediate),
        INTERMEDIATE_KEY: _key_pem(intermediate_key),
        CHAIN: _pem(root) + _pem(intermediate),
        SERVER: _pem(server),
        SERVER_KEY: _key_pem(server_key),
        REVOKED: _empty_list(intermediate, intermediate_key, now),
    }
    making = Path(tempfile.mkdtemp(prefix="authority-", dir=folder.parent))
    try:
        for name, content in contents.items():
            _write(making / name, content)
        # The stick first: an authority whose root nobody has could never be renewed.
        _write(root_key_file.with_suffix(".pem"), _pem(root))
        _write(root_key_file, _key_pem(root_key))
        making.rename(folder)
    except OSError:
        shutil.rmtree(making)
        raise
    return Made(
        folder / ROOT,
        root_key_file,
        folder / CHAIN,
        folder / SERVER,
        folder / SERVER_KEY,
        folder / REVOKED,
        root.fingerprint(SHA256()).hex(" ").upper(),
    )


def _root(key: _Key, village: str, now: int) -> x509.Certificate:
    name = _name(village, None, f"Yukemuri {village} root")
    return (
        _builder(name, name, key, now, ROOT_YEARS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
        .add_extension(x509.KeyUsage(**_NOTHING_BUT | {"key_cert_sign": True}), critical=True)
        .sign(key, SHA256())
    )


def _intermediate(
    key: _Key, root: x509.Certificate, root_key: _Key, village: str, now: int
) -> x509.Certificate:
    units = _name(village, UNITS, None)
    central = _name(village, UNITS, CENTRAL)
    nobody: list[x509.GeneralName] = [
        x509.DirectoryName(central),
        # An empty name stands for every host.
        x509.DNSName(""),
        x509.IPAddress(IPv4Network("0.0.0.0/0")),
        x509.IPAddress(IPv6Network("::/0")),
    ]
    usage = x509.KeyUsage(**_NOTHING_BUT | {"key_cert_sign": True, "crl_sign": True})
    return (
        _builder(
            _name(village, None, f"Yukemuri {village} units"), root.subject, key, now, INTERMEDIATE_YEARS
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=True)
        .add_extension(x509.NameConstraints([x509.DirectoryName(units)], nobody), critical=True)
        .add_extension(_signed_by(root_key), critical=False)
        .sign(root_key, SHA256())
    )


def _server(
    key: _Key, root: x509.Certificate, root_key: _Key, names: list[str], now: int
) -> x509.Certificate:
    return (
        _builder(_named(names[0]), root.subject, key, now, SERVER_YEARS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**_NOTHING_BUT | {"digital_signature": True}), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=True)
        .add_extension(x509.SubjectAlternativeName([_general_name(each) for each in names]), critical=False)
        .add_extension(_signed_by(root_key), critical=False)
        .sign(root_key, SHA256())
    )


def _empty_list(intermediate: x509.Certificate, key: _Key, now: int) -> bytes:
    """So that the broker can start before central has."""
    begun = datetime.fromtimestamp(now, UTC)
    return (
        x509.CertificateRevocationListBuilder(
            intermediate.subject, begun - BACKDATED, begun + timedelta(days=LIST_DAYS)
        )
        .add_extension(_signed_by(key), critical=False)
        .add_extension(x509.CRLNumber(now), critical=False)
        .sign(key, SHA256())
        .public_bytes(Encoding.PEM)
    )


def _builder(
    subject: x509.Name, issuer: x509.Name, key: _Key, now: int, years: int
) -> x509.CertificateBuilder:
    begun = datetime.fromtimestamp(now, UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begun - BACKDATED)
        .not_valid_after(begun + timedelta(days=365 * years))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _signed_by(key: _Key) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())


def _name(village: str, unit: str | None, name: str | None) -> x509.Name:
    parts = (
        (NameOID.ORGANIZATION_NAME, village),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, unit),
        (NameOID.COMMON_NAME, name),
    )
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts if value is not None])


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.PEM)


def _key_pem(key: _Key) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _write(path: Path, content: bytes) -> None:
    """For its owner alone, on the disk, and never over something else."""
    with open(path, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
