"""The office's end of enrolment without a network: an authority, a database, and machines that ask."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from central.devices.data_folder import Office
from central.devices.register_device import DeviceKind
from central.enrolment.authority import Authority, open_authority
from central.enrolment.door.pages import door
from central.enrolment.enrol_unit import make_code
from central.enrolment.store import Certificate
from provisioning.authority import make_authority
from rules.messages.codec import encode
from rules.messages.enrolment import Enrolled, EnrolRequest, RenewRequest, UnitCode
from rules.passes.seal import Use, private_from_bytes, public_bytes, sign
from tests.central.office import NOW, new_office

VILLAGE = "ohkura"


@dataclass
class Desk:
    """An office at `now`, which a test moves."""

    office: Office
    authority: Authority
    now: int = NOW
    codes: int = 0

    @property
    def client(self) -> FlaskClient:
        """The door, with nobody's tries counted yet."""
        return door(self.office.database, self.authority, answer, lambda: self.now).test_client()

    def code(self, unit: str, kind: DeviceKind = DeviceKind.BUS) -> UnitCode:
        self.codes += 1
        with self.office.database.write() as connection:
            secret = self.codes.to_bytes(8, "big")
            made = make_code(connection, self.authority, secret, (unit, kind), "staff:sato", self.now)
        assert isinstance(made, UnitCode)
        return made


def answer(certificate: Certificate, kind: DeviceKind, at: int) -> Enrolled:
    return Enrolled(certificate.unit, kind, VILLAGE, certificate.pem, "", "", "broker", 8883, at)


@contextmanager
def desk(folder: Path, begun: int = NOW) -> Iterator[Desk]:
    with new_office(folder / "data") as office:
        (folder / "stick").mkdir()
        make_authority(folder / "data" / "authority", folder / "stick", VILLAGE, ["127.0.0.1"], begun)
        authority = open_authority(folder / "data")
        assert authority is not None
        yield Desk(office, authority)


@dataclass
class Machine:
    """One that asks, honestly unless a test says otherwise."""

    unit: str = "bus-001"
    secret: int = 7
    key: Any = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def csr(self, name: str | None = None) -> str:
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name or self.unit)])
        signed = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(self.key, SHA256())
        return signed.public_bytes(Encoding.PEM).decode()

    def request(self, code: UnitCode, **other: Any) -> bytes:
        signing = private_from_bytes(self.secret.to_bytes(32, "big"))
        csr = other.pop("csr", None) or self.csr()
        proof = sign(Use.ENROL, csr.encode(), signing).hex()
        facts = {"secret": code.secret.hex(), "unit": self.unit, "csr": csr, "proof": proof}
        return encode(EnrolRequest(**{**facts, "signing_key": public_bytes(signing).hex(), **other}))

    def renewal(self, certificate: str, **other: Any) -> bytes:
        csr = self.csr()
        facts = {"certificate": certificate, "csr": csr, "proof": self.proof(csr)}
        return encode(RenewRequest(**{**facts, **other}))

    def proof(self, csr: str) -> str:
        signature: bytes = self.key.sign(csr.encode(), ec.ECDSA(SHA256()))
        return signature.hex()


def asked(client: FlaskClient, path: str, body: bytes) -> TestResponse:
    return client.post(f"/units/{path}", data=body)


def refused(answered: TestResponse) -> str:
    assert answered.status_code != 200, answered.get_data(as_text=True)
    said = json.loads(answered.get_data())
    assert said["why"].strip()
    return str(said["refused"])


def certificate_in(answered: TestResponse) -> str:
    assert answered.status_code == 200, answered.get_data(as_text=True)
    return str(json.loads(answered.get_data())["certificate"])
