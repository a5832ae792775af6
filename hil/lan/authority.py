"""A certificate authority of this user's own, so that phones on the local network can open the demo by HTTPS.

Whoever trusts it trusts it for private addresses and for names of the local network alone: its certificate says so
(name constraints, RFC 5280 4.2.1.10), and a copy of its key is good for no site of the world.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv4Network, IPv6Network
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

KEY, CERTIFICATE = "authority.key", "authority.crt"
NAME = "Yukemuri demo"
AUTHORITY_DAYS = 3 * 365
LEAF_DAYS = 90
"""Far below the 825 days that iPhones take of an authority that their owner trusts."""
BACKDATED = timedelta(days=1)
"""A phone's clock may be behind."""
NAMES = ("local", "lan", "home.arpa", "internal")
"""Under these no name of the world lies: mDNS (RFC 6762), routers' habit, RFC 8375, and ICANN's word of 2024."""
NETWORKS = tuple(
    IPv4Network(each)
    for each in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "169.254.0.0/16",
        "100.64.0.0/10",
        "192.0.2.0/24",
        "198.51.100.0/24",
        "203.0.113.0/24",
    )
)
"""Addresses that lead nowhere outside a network: private, link-local, a provider's, and those of documentation."""
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


class AuthorityBroken(Exception):
    """The files of the authority cannot be used. The text says what to do."""


@dataclass(frozen=True, slots=True)
class Authority:
    """A key and its certificate, which phones are to trust; `is_new` when nobody can trust it yet."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    is_new: bool

    @property
    def name(self) -> str:
        """As phones list it."""
        (name,) = self.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return str(name.value)

    @property
    def pem(self) -> bytes:
        """What a phone installs."""
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, as phones show it: pairs of hexadecimal digits."""
        return self.certificate.fingerprint(SHA256()).hex(" ").upper()


@dataclass(frozen=True, slots=True)
class Leaf:
    """Files of a server's certificate, with its authority's behind it, and of its key."""

    certificate: Path
    key: Path


def home() -> Path:
    """Where the user's authority is kept: in their data home (XDG Base Directory)."""
    data = os.environ.get("XDG_DATA_HOME", "")
    return (Path(data) if data.startswith("/") else Path.home() / ".local" / "share") / "yukemuri" / "lan"


def open_authority(folder: Path, now: int) -> Authority:
    """The authority in `folder`, made at the first call and when the one there has too little time left for a leaf.

    `now` is the real Unix second. Raises AuthorityBroken.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not (folder / KEY).exists():
            return _make(folder, now)
        return _read(folder, now)
    except OSError as error:
        raise AuthorityBroken(
            f"{folder} を使えません（{error.strerror}）。権限と空きを確かめてください。 / "
            f"{folder} cannot be used ({error.strerror}): check its permissions and the disk."
        ) from error


def issue_leaf(
    authority: Authority, folder: Path, names: Iterable[str], addresses: Iterable[IPv4Address], now: int
) -> Leaf:
    """A certificate for a server by these names and at these addresses, written into `folder`, with a fresh key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject_names: list[x509.GeneralName] = [x509.DNSName(name) for name in names]
    subject_names += [x509.IPAddress(address) for address in addresses]
    certificate = (
        _builder(key.public_key(), authority.certificate.subject, f"{NAME} server", now, LEAF_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**_NOTHING_BUT | {"digital_signature": True}), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(subject_names), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()), critical=False
        )
        .sign(authority.key, SHA256())
    )
    leaf = Leaf(folder / "server.crt", folder / "server.key")
    _write(leaf.key, _pem(key))
    _write(leaf.certificate, certificate.public_bytes(Encoding.PEM) + authority.pem)
    return leaf


def _make(folder: Path, now: int) -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    # Of two that somebody made, their phone must show which is which.
    name = f"{NAME} {datetime.fromtimestamp(now, UTC):%Y-%m-%d} {os.urandom(2).hex()}"
    builder = _builder(key.public_key(), None, name, now, AUTHORITY_DAYS)
    networks: tuple[IPv4Network | IPv6Network, ...] = (
        *NETWORKS,
        IPv6Network("fc00::/7"),
        IPv6Network("fe80::/10"),
    )
    permitted: list[x509.GeneralName] = [x509.DNSName(each) for each in NAMES]
    permitted += [x509.IPAddress(network) for network in networks]
    certificate = (
        builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.KeyUsage(**_NOTHING_BUT | {"key_cert_sign": True}), critical=True)
        .add_extension(x509.NameConstraints(permitted, None), critical=True)
        .sign(key, SHA256())
    )
    # The key last: where it is, all is.
    _write(folder / CERTIFICATE, certificate.public_bytes(Encoding.PEM))
    _write(folder / KEY, _pem(key))
    return Authority(key, certificate, is_new=True)


def _read(folder: Path, now: int) -> Authority:
    key_file = folder / KEY
    if stat.S_IMODE(key_file.stat().st_mode) & 0o077:
        raise _broken(folder, "他人に読める鍵", "its key can be read by others")
    try:
        key = load_pem_private_key(key_file.read_bytes(), None)
        certificate = x509.load_pem_x509_certificate((folder / CERTIFICATE).read_bytes())
    except (ValueError, TypeError, FileNotFoundError) as error:
        raise _broken(folder, "読めない", "it cannot be read") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        raise _broken(folder, "鍵と証明書が合わない", "key and certificate do not belong together")
    if certificate.not_valid_after_utc < datetime.fromtimestamp(now, UTC) + timedelta(days=LEAF_DAYS):
        return _make(folder, now)
    return Authority(key, certificate, is_new=False)


def _broken(folder: Path, japanese: str, english: str) -> AuthorityBroken:
    return AuthorityBroken(
        f"認証局のファイルを使えません（{japanese}）。{folder} を消すと作り直します。電話でも信頼し直してください。 / "
        f"The authority's files cannot be used ({english}): remove {folder}, and a new one is made, "
        "which phones must be told to trust again."
    )


def _builder(
    public: ec.EllipticCurvePublicKey, issuer: x509.Name | None, name: str, now: int, days: int
) -> x509.CertificateBuilder:
    """What both have; without `issuer` it is its own."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    begun = datetime.fromtimestamp(now, UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer or subject)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begun - BACKDATED)
        .not_valid_after(begun + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _write(path: Path, content: bytes) -> None:
    """For its owner alone from the first moment, and whole or not at all."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    with open(fresh, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
