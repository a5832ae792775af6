"""What a machine sends, taken apart strictly: whatever it is, it is a request of ours or a refusal by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID

from rules.messages.codec import Malformed, decode
from rules.messages.enrolment import (
    MAX_REQUEST_BYTES,
    SECRET_BYTES,
    EnrolRequest,
    NotEnrolled,
    RenewRequest,
    secret_digest,
)
from rules.passes.seal import PUBLIC_KEY_BYTES, Use, check

Request = TypeVar("Request", EnrolRequest, RenewRequest)

_NOT_PARSED = (ValueError, TypeError, x509.InvalidVersion, x509.DuplicateExtension)
"""What `cryptography` says of bytes that are none of what they claim to be; the last two are no ValueError."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A request to enrol whose signatures are right: by which code (its digest), as whom, with which keys."""

    code: str
    unit: str
    tls_key: EllipticCurvePublicKey
    signing_key: bytes


@dataclass(frozen=True, slots=True)
class Renewal:
    """A request to renew whose signatures are right. Who issued `certificate` is not looked at yet."""

    certificate: x509.Certificate
    unit: str
    tls_key: EllipticCurvePublicKey

    @property
    def serial(self) -> str:
        """Of the certificate shown, hex."""
        return f"{self.certificate.serial_number:x}"


def read_enrolment(body: bytes) -> Wanted | NotEnrolled:
    """The request in a body of at most MAX_REQUEST_BYTES."""
    try:
        asked = _decode(body, EnrolRequest)
        secret, signing_key, proof = (
            bytes.fromhex(each) for each in (asked.secret, asked.signing_key, asked.proof)
        )
    except ValueError:
        return NotEnrolled.MALFORMED
    if len(secret) != SECRET_BYTES or len(signing_key) != PUBLIC_KEY_BYTES:
        return NotEnrolled.MALFORMED
    named = _read_csr(asked.csr)
    if isinstance(named, NotEnrolled):
        return named
    unit, tls_key = named
    if not check(Use.ENROL, asked.csr.encode(), proof, signing_key):
        return NotEnrolled.PROOF_WRONG
    if unit != asked.unit:
        return NotEnrolled.OTHER_UNIT
    return Wanted(secret_digest(secret), unit, tls_key, signing_key)


def read_renewal(body: bytes) -> Renewal | NotEnrolled:
    """The request in a body of at most MAX_REQUEST_BYTES."""
    try:
        asked = _decode(body, RenewRequest)
        proof = bytes.fromhex(asked.proof)
        shown = x509.load_pem_x509_certificate(asked.certificate.encode("ascii"))
        present = shown.public_key()
        name = _name_in(shown.subject)
    except (*_NOT_PARSED, UnsupportedAlgorithm):
        return NotEnrolled.MALFORMED
    named = _read_csr(asked.csr)
    if isinstance(named, NotEnrolled):
        return named
    unit, tls_key = named
    if not isinstance(present, EllipticCurvePublicKey):
        return NotEnrolled.KEY_REFUSED
    try:
        present.verify(proof, asked.csr.encode(), ECDSA(SHA256()))
    except InvalidSignature:
        return NotEnrolled.PROOF_WRONG
    if unit != name:
        return NotEnrolled.OTHER_UNIT
    return Renewal(shown, unit, tls_key)


def _decode(body: bytes, kind: type[Request]) -> Request:
    if len(body) > MAX_REQUEST_BYTES:
        raise Malformed("too long")
    return decode(body, kind)


def _read_csr(pem: str) -> tuple[str, EllipticCurvePublicKey] | NotEnrolled:
    """The machine's name and key. A CSR that wants anything beyond them is none of ours."""
    try:
        csr = x509.load_pem_x509_csr(pem.encode("ascii"))
        key = csr.public_key()
        if list(csr.extensions):
            return NotEnrolled.MALFORMED
        unit = _name_in(csr.subject)
        is_signed = csr.is_signature_valid
    except UnsupportedAlgorithm:
        return NotEnrolled.KEY_REFUSED
    except _NOT_PARSED:
        return NotEnrolled.MALFORMED
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
        return NotEnrolled.KEY_REFUSED
    return (unit, key) if is_signed else NotEnrolled.PROOF_WRONG


def _name_in(subject: x509.Name) -> str:
    """The one common name. Raises ValueError for none or more."""
    (name,) = subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(name.value)
