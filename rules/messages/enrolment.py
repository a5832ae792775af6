"""How a new machine comes in: the code that it is given, and what it and the office then say to each other.

The code is printed at the depot and typed into the machine. It says two things: which authority the machine may
believe, before it has any certificate and any clock, and that the office expects it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum

import msgspec

SECRET_BYTES = 8
AUTHORITY_BYTES = 16
"""Of the SHA-256 of the root's certificate (DER): too many for a second certificate that begins with the same ones."""
CODE_LIFE_S = 15 * 60
GROUP = 5
MAX_REQUEST_BYTES = 16 * 1024
MAX_ANSWER_BYTES = 64 * 1024

_MISREAD = str.maketrans("018", "OIB")
"""Base32 (RFC 4648) has none of these digits: whoever types one has read a letter so."""
_TYPED = re.compile(r"[A-Z2-7]{40}")


@dataclass(frozen=True, slots=True)
class UnitCode:
    """`secret` is 8 bytes, known to whoever holds the paper; `authority` are 16 of the root's fingerprint."""

    secret: bytes
    authority: bytes

    @property
    def text(self) -> str:
        """As it is printed: eight groups of five letters and digits."""
        body = self.secret + self.authority
        letters = base64.b32encode(body + _check(body)).decode("ascii")
        return "-".join(letters[start : start + GROUP] for start in range(0, len(letters), GROUP))

    @property
    def digest(self) -> str:
        """What the office keeps of it, hex."""
        return secret_digest(self.secret)


def read_code(text: str) -> UnitCode | None:
    """The code as somebody typed it, whatever its case, blanks and hyphens; None where a letter is wrong."""
    typed = re.sub(r"[\s-]", "", text).upper().translate(_MISREAD)
    if not _TYPED.fullmatch(typed):
        return None
    try:
        raw = base64.b32decode(typed)
    except binascii.Error:
        return None
    body = raw[:-1]
    if raw[-1:] != _check(body):
        return None
    return UnitCode(body[:SECRET_BYTES], body[SECRET_BYTES:])


def secret_digest(secret: bytes) -> str:
    """SHA-256 of a code's secret, hex."""
    return hashlib.sha256(b"yukemuri/unit-code/v1" + secret).hexdigest()


def authority_mark(root_der: bytes) -> bytes:
    """What a code says of the root's certificate: the first 16 bytes of its SHA-256."""
    return hashlib.sha256(root_der).digest()[:AUTHORITY_BYTES]


def _check(body: bytes) -> bytes:
    return hashlib.sha256(b"yukemuri/unit-code/check" + body).digest()[:1]


class NotEnrolled(StrEnum):
    """Why the office gives no certificate. The values are said on the wire and stay stable."""

    MALFORMED = "malformed"
    """Not a request of ours."""
    CODE_UNKNOWN = "code-unknown"
    CODE_LATE = "code-late"
    CODE_USED = "code-used"
    """By another machine, or by this one with another key."""
    OTHER_UNIT = "other-unit"
    """The code was made for a machine of another name, or the names in the request differ."""
    KEY_REFUSED = "key-refused"
    """Not P-256, or a key that is another machine's already."""
    PROOF_WRONG = "proof-wrong"
    """The request is not signed by the keys that it names."""
    CERTIFICATE_UNKNOWN = "certificate-unknown"
    """What a renewal shows was not issued here."""
    REVOKED = "revoked"
    NOT_DUE = "not-due"
    """The certificate is too young to be renewed."""
    FORMER = "former"
    """The certificate was renewed long since: who shows it is a copy of the machine, or has lost the later one."""
    AUTHORITY_EXPIRED = "authority-expired"
    """The office itself can sign no longer."""


class EnrolRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A new machine's: the code's `secret` in hex, its name, its CSR (PEM), its signing key (Ed25519, hex).

    `proof` is the signing key's signature (use "enrol") over the CSR's bytes, hex.
    """

    secret: str
    unit: str
    csr: str
    signing_key: str
    proof: str


class RenewRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A machine's that has a `certificate` (PEM): a new CSR, and the present key's signature over its bytes, hex."""

    certificate: str
    csr: str
    proof: str


class Enrolled(msgspec.Struct, frozen=True):
    """What a machine gets. `certificate` is its own and the intermediate's, `authority` the root's, in PEM.

    `office_key` is what it believes the office's key set by (Ed25519, hex); `broker_host`, `broker_port` where it
    connects to as `unit`; `at` the office's Unix second.
    """

    unit: str
    kind: str
    village: str
    certificate: str
    authority: str
    office_key: str
    broker_host: str
    broker_port: int
    at: int


class Refusal(msgspec.Struct, frozen=True):
    """`refused` is a NotEnrolled; `why` says it to whoever stands in front of the machine."""

    refused: str
    why: str
