"""The office's half of the machines' authority: it signs their certificates, and the list of those withdrawn.

`yukemuri-provision init` makes it, in the folder `authority` of the data folder. The root's key is not there.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from central.database.transaction import DataUnusable
from central.devices.register_device import is_unit_name
from central.enrolment.store import Certificate
from rules.messages.enrolment import authority_mark

FOLDER = "authority"
UNITS = "units"
LIFE_DAYS, RENEWED_AFTER_DAYS = 90, 60
LIST_DAYS, LIST_ALARM_DAYS = 30, 15
LIST_EVERY_S = 86_400
DAY_S = 86_400
BACKDATED_S = 3_600
"""A machine's clock may be behind; for central it is the moment that has certainly passed."""
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


class AuthorityExpired(Exception):
    """The intermediate's own time is over: what it signed now, nobody would believe."""


@dataclass(frozen=True, slots=True)
class Authority:
    """The intermediate with its key, and the root's certificate. `server`, `server_key` are files of central's own."""

    folder: Path
    root: x509.Certificate
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey = field(repr=False)

    @property
    def mark(self) -> bytes:
        """What a machine's code says of it, 16 bytes."""
        return authority_mark(self.root.public_bytes(Encoding.DER))

    @property
    def fingerprint(self) -> str:
        """Of the root, SHA-256 in pairs of hexadecimal digits."""
        return self.root.fingerprint(SHA256()).hex(" ").upper()

    @property
    def ends(self) -> int:
        """The Unix second at which the first of both ends."""
        return min(_second(each.not_valid_after_utc) for each in (self.root, self.certificate))

    @property
    def server(self) -> tuple[Path, Path]:
        """Certificate and key by which machines know this server."""
        return self.folder / "server.pem", self.folder / "server.key"

    @property
    def root_pem(self) -> str:
        """What machines believe."""
        return self.root.public_bytes(Encoding.PEM).decode("ascii")

    @property
    def list_file(self) -> Path:
        """The list of withdrawn certificates, which the broker reads."""
        return self.folder / "revoked.pem"

    def sign_unit(self, unit: str, public: ec.EllipticCurvePublicKey, how: str, now: int) -> Certificate:
        """A certificate for a machine's connection, with the intermediate's behind it.

        Raises AuthorityExpired, and ValueError for a name that no machine may have.
        """
        if not is_unit_name(unit):
            raise ValueError(f"no machine may be called {unit!r}")
        if now >= self.ends:
            raise AuthorityExpired
        begins, ends = now - BACKDATED_S, min(now + LIFE_DAYS * DAY_S, self.ends)
        serial = x509.random_serial_number()
        signed = (
            x509.CertificateBuilder()
            .subject_name(self._name(unit))
            .issuer_name(self.certificate.subject)
            .public_key(public)
            .serial_number(serial)
            .not_valid_before(_moment(begins))
            .not_valid_after(_moment(ends))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.KeyUsage(**_NOTHING_BUT | {"digital_signature": True}), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(self._by_us(), critical=False)
            .sign(self.key, SHA256())
        )
        pem = signed.public_bytes(Encoding.PEM) + self.certificate.public_bytes(Encoding.PEM)
        return Certificate(f"{serial:x}", unit, begins, ends, how, now, pem.decode("ascii"))

    def issued(self, certificate: x509.Certificate) -> bool:
        """Whether the intermediate has signed it, whatever its time."""
        try:
            certificate.verify_directly_issued_by(self.certificate)
        except (ValueError, TypeError, InvalidSignature):
            return False
        return True

    def write_list(self, revoked: Iterable[Certificate], now: int) -> None:
        """Put a new list of withdrawn certificates, good for 30 days, where the broker reads it. Raises OSError."""
        builder = (
            x509.CertificateRevocationListBuilder(
                self.certificate.subject, _moment(now - BACKDATED_S), _moment(now + LIST_DAYS * DAY_S)
            )
            .add_extension(self._by_us(), critical=False)
            .add_extension(x509.CRLNumber(now), critical=False)
        )
        for each in revoked:
            assert each.revoked_at is not None
            entry = x509.RevokedCertificateBuilder(int(each.serial, 16), _moment(each.revoked_at)).build()
            builder = builder.add_revoked_certificate(entry)
        _replace(self.list_file, builder.sign(self.key, SHA256()).public_bytes(Encoding.PEM))

    def read_list(self) -> ListInForce | None:
        """The list as the broker has it; None where it is missing, damaged or not the intermediate's."""
        try:
            found = x509.load_pem_x509_crl(self.list_file.read_bytes())
        except (OSError, ValueError):
            return None
        if found.next_update_utc is None or not found.is_signature_valid(self.certificate_key):
            return None
        begun = _second(found.last_update_utc) + BACKDATED_S
        return ListInForce(
            begun, _second(found.next_update_utc), frozenset(f"{each.serial_number:x}" for each in found)
        )

    @property
    def certificate_key(self) -> ec.EllipticCurvePublicKey:
        """The intermediate's public key."""
        return self.key.public_key()

    def _by_us(self) -> x509.AuthorityKeyIdentifier:
        return x509.AuthorityKeyIdentifier.from_issuer_public_key(self.certificate_key)

    def _name(self, unit: str) -> x509.Name:
        (village,) = self.certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
        return x509.Name(
            [
                village,
                x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, UNITS),
                x509.NameAttribute(NameOID.COMMON_NAME, unit),
            ]
        )


@dataclass(frozen=True, slots=True)
class ListInForce:
    """A list of withdrawn certificates: when it was made, until when it is good, whose hex serials stand on it."""

    made_at: int
    ends: int
    serials: frozenset[str]


def open_authority(data: Path) -> Authority | None:
    """The authority in the data folder; None where there is none. Raises DataUnusable for one that cannot be used."""
    folder = data / FOLDER
    if not folder.exists():
        return None
    key_file = folder / "intermediate.key"
    try:
        if key_file.stat().st_mode & 0o077:
            raise _unusable(key_file, "others may read it: chmod 600")
        key = load_pem_private_key(key_file.read_bytes(), None)
        root = x509.load_pem_x509_certificate((folder / "root.pem").read_bytes())
        certificate = x509.load_pem_x509_certificate((folder / "intermediate.pem").read_bytes())
        certificate.verify_directly_issued_by(root)
    except (OSError, ValueError, TypeError, InvalidSignature) as error:
        raise _unusable(folder, error) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        raise _unusable(key_file, "not the key of intermediate.pem")
    return Authority(folder, root, certificate, key)


def _unusable(path: Path, detail: object) -> DataUnusable:
    return DataUnusable(
        f"端末の認証局 {path} を使えません。バックアップから復元してください",
        f"The machines' authority {path} cannot be used: restore it from the backup",
        detail,
    )


def _moment(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)


def _second(moment: datetime) -> int:
    return int(moment.timestamp())


def _replace(path: Path, content: bytes) -> None:
    """Whole or not at all: the broker may read it at any moment."""
    fresh = path.with_name(f"{path.name}.new")
    with open(fresh, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
