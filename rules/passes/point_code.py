"""The bath's point code: what a kiosk shows and a guest's phone opens, signed by the kiosk.

As an address it is `https://<host>/p#<base64url without padding of 83 bytes>`; the fragment keeps it out of web logs.
Numbers are big-endian:

| offset | bytes | field |
|---|---|---|
| 0 | 1 | version 1 (high 4 bits), kind 4 (low 4) |
| 1 | 1 | kid: which of the kiosk's signing keys, 1 the first |
| 2 | 2 | issuer: the village's number, as on passes |
| 4 | 2 | kiosk: its number in that village |
| 6 | 4 | number: the kiosk's own running number |
| 10 | 4 | moment: Unix seconds by the kiosk's clock, when the code was made |
| 14 | 1 | quality of that clock (`rules.instant.ClockQuality`); below NETWORK the moment only tells codes apart |
| 15 | 1 | visit: the kind of visit, by the kiosk's configuration |
| 16 | 1 | count: how many people may claim it, once each |
| 17 | 2 | points, for each of them |
| 19 | 64 | Ed25519 by the kiosk over all before it, use "point" |
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from rules.instant import ClockQuality
from rules.passes import seal
from rules.passes.base64url import from_base64url, to_base64url
from rules.passes.limits import U16, U32, has_length, within
from rules.passes.seal import SIGNATURE_BYTES, SigningKey, Use

VERSION = 1
KIND = 4
PATH = "/p#"
MOST_PEOPLE = 6
"""Of one code: a family."""
MAX_VISIT = 0xFF
MAX_KID = 254

_FIRST = VERSION << 4 | KIND
_BODY = struct.Struct(">BBHHIIBBBH")


@dataclass(frozen=True, slots=True)
class PointCode:
    """What one code says. Raises ValueError for what does not fit into its field."""

    kiosk: int
    number: int
    moment: int
    clock: ClockQuality
    visit: int
    count: int
    points: int
    issuer: int
    kid: int = 1

    def __post_init__(self) -> None:
        within("kiosk", self.kiosk, 1, U16)
        within("number", self.number, 1, U32)
        within("moment", self.moment, 0, U32)
        within("visit", self.visit, 1, MAX_VISIT)
        within("count", self.count, 1, MOST_PEOPLE)
        within("points", self.points, 1, U16)
        within("issuer", self.issuer, 1, U16)
        within("kid", self.kid, 1, MAX_KID)

    @property
    def knows_its_moment(self) -> bool:
        """Whether anything had told the kiosk the time when it made the code."""
        return self.clock >= ClockQuality.NETWORK


@dataclass(frozen=True, slots=True)
class SignedPointCode:
    """A code with its signature, which nobody has checked yet. Raises ValueError for one of another length."""

    code: PointCode
    signature: bytes

    def __post_init__(self) -> None:
        has_length("signature", self.signature, SIGNATURE_BYTES)

    def is_by(self, public: bytes) -> bool:
        """Whether the kiosk whose key is `public` (32 raw bytes) made it."""
        return seal.check(Use.POINT, _pack(self.code), self.signature, public)


def make(code: PointCode, key: SigningKey) -> str:
    """The text behind the address's #. The same call gives the same text."""
    body = _pack(code)
    return to_base64url(body + seal.sign(Use.POINT, body, key))


def to_address(text: str, host: str) -> str:
    """The address for a QR code; `host` is such as `https://village.example`."""
    return host + PATH + text


def read_text(text: str) -> SignedPointCode | None:
    """The code whose text is exactly `text`, unchecked; None for all other texts."""
    data = from_base64url(text)
    if data is None or len(data) != _BODY.size + SIGNATURE_BYTES:
        return None
    first, kid, issuer, kiosk, number, moment, clock, visit, count, points = _BODY.unpack_from(data)
    if first != _FIRST:
        return None
    try:
        code = PointCode(kiosk, number, moment, ClockQuality(clock), visit, count, points, issuer, kid)
    except ValueError:
        return None
    return SignedPointCode(code, data[_BODY.size :])


def _pack(code: PointCode) -> bytes:
    return _BODY.pack(
        _FIRST,
        code.kid,
        code.issuer,
        code.kiosk,
        code.number,
        code.moment,
        code.clock,
        code.visit,
        code.count,
        code.points,
    )
