"""A certificate authority for one test, thrown away with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from device.link import Tls
from provisioning.broker import MachinesListener

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Pair:
    """A certificate and its key, as files."""

    certificate: Path
    key: Path


class Authority:
    """Signs certificates into `folder`; its own is `ca`."""

    def __init__(self, folder: Path, name: str = "ca") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._name = _named(f"Throwaway {name}")
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._now = datetime.now(UTC)
        basic = x509.BasicConstraints(ca=True, path_length=0)
        certificate = self._builder(self._name, self._key).add_extension(basic, critical=True)
        usage = x509.KeyUsage(*(position in {5, 6} for position in range(9)))
        signed = certificate.add_extension(usage, critical=True).sign(self._key, hashes.SHA256())
        self.ca = folder / f"{name}.pem"
        self.ca.write_bytes(signed.public_bytes(Encoding.PEM))

    def for_broker(self, address: str, port: int, *revoked: Pair) -> MachinesListener:
        """The machines' listener at an address, for which the broker's certificate is good."""
        pair = self.for_server("broker", address)
        withdrawn = self._list_of(*revoked) if revoked else None
        return MachinesListener(port, self.ca, pair.certificate, pair.key, withdrawn, address)

    def for_server(self, name: str, address: str) -> Pair:
        """A server's certificate, good for an address."""
        names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))])
        return self._sign(name, ExtendedKeyUsageOID.SERVER_AUTH, names)

    def for_machine(self, name: str) -> Pair:
        """A machine's certificate; its name stands in the subject."""
        return self._sign(name, ExtendedKeyUsageOID.CLIENT_AUTH)

    def tls(self, name: str) -> Tls:
        """What a machine of that name connects with."""
        pair = self.for_machine(name)
        return Tls(self.ca, pair.certificate, pair.key)

    def _sign(
        self, name: str, use: x509.ObjectIdentifier, names: x509.SubjectAlternativeName | None = None
    ) -> Pair:
        key = ec.generate_private_key(ec.SECP256R1())
        builder = self._builder(_named(name), key)
        builder = builder.add_extension(x509.ExtendedKeyUsage([use]), critical=False)
        if names is not None:
            builder = builder.add_extension(names, critical=False)
        pair = Pair(self._folder / f"{name}.pem", self._folder / f"{name}.key")
        pair.certificate.write_bytes(builder.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM))
        pair.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return pair

    def _list_of(self, *revoked: Pair) -> Path:
        builder = x509.CertificateRevocationListBuilder(self._name, self._now - DAY, self._now + DAY)
        for pair in revoked:
            certificate = x509.load_pem_x509_certificate(pair.certificate.read_bytes())
            entry = x509.RevokedCertificateBuilder(certificate.serial_number, self._now - DAY).build()
            builder = builder.add_revoked_certificate(entry)
        path = self._folder / "revoked.pem"
        path.write_bytes(builder.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM))
        return path

    def _builder(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        return x509.CertificateBuilder(
            issuer_name=self._name,
            subject_name=subject,
            public_key=key.public_key(),
            serial_number=x509.random_serial_number(),
            not_valid_before=self._now - DAY,
            not_valid_after=self._now + DAY,
        )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
