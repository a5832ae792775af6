"""The rider's pass: bytes in and out, sign and check.

All numbers are big-endian. The body, signed by the office (Ed25519, use "pass"):

| offset | bytes | field |
|---|---|---|
| 0 | 1 | version 1 (high 4 bits), kind (low 4) |
| 1 | 1 | kid: the office's key, 1-127 for phones, 128-254 for cards |
| 2 | 2 | issuer: the village's number |
| 4 | 8 | pass id |
| 12 | 4 | valid from, Unix seconds |
| 16 | 2 | life in hours |
| 18 | 1 | rider's class |
| 19 | 1 | flags |
| 20 | 2 | hold, in 10 yen |
| 22 | 2 | product |
| 24 | 33 | a phone's P-256 public key, compressed; a card has none |

The office's signature, 64 bytes, makes a card complete at 88 bytes. A phone, at 121, adds the showing and
signs all before its signature (ECDSA P-256, use "show"), which makes 195:

| offset | bytes | field |
|---|---|---|
| 121 | 4 | moment, Unix seconds |
| 125 | 2 | counter |
| 127 | 1 | party: further adults (high 4), children (low 4) |
| 128 | 1 | the phone's clock |
| 129 | 2 | challenge |
| 131 | 64 | signature, r and s |

Kind 4 is the bath's point code, which is no pass; kind 5 the short form of 85 bytes, which needs a directory.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from enum import STRICT, IntEnum, IntFlag, StrEnum

from rules.money import Yen
from rules.passes import base45, seal
from rules.passes.limits import U16, U32, has_length, within
from rules.passes.seal import COMPRESSED_KEY_BYTES, SIGNATURE_BYTES, PhoneKey, SigningKey, Use

VERSION = 1
POINT_CODE_KIND = 4
SHORT_FORM_KIND = 5
PASS_ID_BYTES = 8
HOLD_UNIT = 10
MAX_HOLD = Yen(655350)
MAX_PARTY = 15
"""Further adults, and children, beside the holder: four bits each."""

_PREFIX = "YP1:"
_FIELDS = struct.Struct(">BBH8sIHBBHH")
_SHOWING = struct.Struct(">IHBBH")
_CARD_BYTES = _FIELDS.size + SIGNATURE_BYTES
_ISSUED_PHONE_BYTES = _FIELDS.size + COMPRESSED_KEY_BYTES + SIGNATURE_BYTES
_PHONE_BYTES = _ISSUED_PHONE_BYTES + _SHOWING.size + SIGNATURE_BYTES
_SHORT_BYTES = 85


class PassKind(IntEnum):
    """Kinds of code that are a pass."""

    PHONE = 1
    CARD = 2


class RiderClass(IntEnum):
    """Whose fare is due. Handbook is 障害者手帳, with or without an attendant."""

    ADULT = 0
    CHILD = 1
    SENIOR = 2
    STUDENT = 3
    HANDBOOK = 4
    HANDBOOK_ATTENDED = 5


class PassFlag(IntFlag, boundary=STRICT):
    """What else the driver should know. A bit without a name makes a pass unreadable."""

    GROUP = 1
    """Others may ride on it."""
    PHOTO = 2
    """The card bears a photograph."""
    TEST = 128
    """Not a resident's: a demo's or a test's. It is treated like any other."""


class ShowClock(IntEnum):
    """How far the phone's moment may be believed."""

    UNKNOWN = 0
    WALL = 1
    ANCHORED = 2
    """Compared with the server's within 24 hours."""


class Unread(StrEnum):
    """Why a code is not a pass that this machine can judge."""

    NOT_A_PASS = "not-a-pass"
    """Something else entirely, or a bath's point code."""
    UNREADABLE = "unreadable"
    """Says that it is a pass, and is none that this version knows."""
    SHORT_FORM = "short-form"
    """The short form, for machines with a directory. The long code is wanted."""


_KIDS = {PassKind.PHONE: (1, 127), PassKind.CARD: (128, 254)}
_CODE_BYTES = {PassKind.PHONE: _PHONE_BYTES, PassKind.CARD: _CARD_BYTES}


@dataclass(frozen=True, slots=True)
class PassBody:
    """What the office says about a pass. Raises ValueError for what its bytes cannot say.

    `valid_from` is Unix seconds; `hold` yen, in tens; `product` 0 to pay per ride, else a pass product of the
    edition; `public_key` the phone's, compressed, None for a card. The repr names no pass, so no log does.
    """

    kind: PassKind
    kid: int
    issuer: int
    pass_id: bytes = field(repr=False)
    valid_from: int
    life_hours: int
    rider_class: RiderClass
    flags: PassFlag
    hold: Yen
    product: int
    public_key: bytes | None = field(repr=False)

    def __post_init__(self) -> None:
        within("kid", self.kid, *_KIDS[self.kind])
        within("issuer", self.issuer, 0, U16)
        has_length("pass_id", self.pass_id, PASS_ID_BYTES)
        within("valid_from", self.valid_from, 0, U32)
        within("life_hours", self.life_hours, 0, U16)
        within("hold", self.hold, 0, MAX_HOLD)
        if self.hold % HOLD_UNIT:
            raise ValueError(f"hold must be whole tens of yen, not {self.hold}")
        within("product", self.product, 0, U16)
        if (self.public_key is None) is not (self.kind is PassKind.CARD):
            raise ValueError("a phone's pass needs a public_key, and a card's must not have one")
        if self.public_key is not None:
            has_length("public_key", self.public_key, COMPRESSED_KEY_BYTES)
            within("first byte of public_key", self.public_key[0], 2, 3)

    @property
    def valid_until(self) -> int:
        """The first Unix second at which the pass is over."""
        return self.valid_from + self.life_hours * 3600

    def pack(self) -> bytes:
        """What the office signs: 57 bytes for a phone, 24 for a card."""
        head = (VERSION << 4 | self.kind, self.kid, self.issuer, self.pass_id, self.valid_from)
        rest = (self.life_hours, self.rider_class, self.flags, self.hold // HOLD_UNIT, self.product)
        return _FIELDS.pack(*head, *rest) + (self.public_key or b"")


@dataclass(frozen=True, slots=True)
class IssuedPass:
    """A body with the office's signature: all there is to a card, and what a phone keeps."""

    body: PassBody
    signature: bytes = field(repr=False)

    def __post_init__(self) -> None:
        has_length("signature", self.signature, SIGNATURE_BYTES)

    def pack(self) -> bytes:
        """88 bytes for a card, which are its code; 121 for a phone, which are not yet a code."""
        return self.body.pack() + self.signature


@dataclass(frozen=True, slots=True)
class Showing:
    """What a phone says each time it makes a code. `adults` are those beside the holder."""

    moment: int
    counter: int
    adults: int
    children: int
    clock_quality: ShowClock
    challenge: int
    signature: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ReadPass:
    """A code taken apart; nothing in it is proven before the signatures are checked.

    `signed_body` are the bytes under `signature`, `shown` those under the showing's: none for a card.
    """

    body: PassBody
    signature: bytes = field(repr=False)
    showing: Showing | None
    signed_body: bytes = field(repr=False)
    shown: bytes = field(default=b"", repr=False)


def issue(body: PassBody, private: SigningKey) -> IssuedPass:
    """The pass with the office's signature."""
    return IssuedPass(body, seal.sign(Use.PASS, body.pack(), private))


def unpack_pass(packed: bytes) -> IssuedPass:
    """What `IssuedPass.pack` has made. Raises ValueError for anything else."""
    body, signature = packed[:-SIGNATURE_BYTES], packed[-SIGNATURE_BYTES:]
    return IssuedPass(_read_body(PassKind(packed[0] & 0x0F), body), signature)


def show(
    issued: IssuedPass,
    *,
    moment: int,
    counter: int,
    adults: int,
    children: int,
    clock_quality: ShowClock,
    private: PhoneKey,
    challenge: int = 0,
) -> bytes:
    """The 195 bytes of a phone's code. Raises ValueError for a card or for a number that has no room."""
    if issued.body.kind is not PassKind.PHONE:
        raise ValueError("only a phone's pass is shown; a card's code is its packed pass")
    within("moment", moment, 0, U32)
    within("counter", counter, 0, U16)
    within("adults", adults, 0, MAX_PARTY)
    within("children", children, 0, MAX_PARTY)
    within("challenge", challenge, 0, U16)
    shown = issued.pack() + _SHOWING.pack(moment, counter, adults << 4 | children, clock_quality, challenge)
    return shown + seal.sign_show(Use.SHOW, shown, private)


def to_text(code: bytes) -> str:
    """What the QR symbol holds, in its alphanumeric mode: `YP1:` and the code in Base45."""
    return _PREFIX + base45.encode(code)


_MAX_TEXT = len(to_text(bytes(_PHONE_BYTES)))


def read_code(data: bytes) -> ReadPass | Unread:
    """The bytes of a QR symbol taken apart. Packing the answer again gives the same bytes."""
    text = data.decode("latin-1")
    if not text.startswith(_PREFIX):
        return Unread.NOT_A_PASS
    code = base45.decode(text.removeprefix(_PREFIX)) if len(text) <= _MAX_TEXT else None
    if not code or code[0] >> 4 != VERSION:
        return Unread.UNREADABLE
    kind = code[0] & 0x0F
    if kind == POINT_CODE_KIND:
        return Unread.NOT_A_PASS
    if kind == SHORT_FORM_KIND and len(code) == _SHORT_BYTES:
        return Unread.SHORT_FORM
    try:
        return _read_pass(PassKind(kind), code)
    except ValueError:
        return Unread.UNREADABLE


def office_signed(read: ReadPass, key_public: bytes) -> bool:
    """Whether the office's key `key_public` (32 bytes, found by the body's kid) signed the pass."""
    return seal.check(Use.PASS, read.signed_body, read.signature, key_public)


def phone_signed(read: ReadPass) -> bool:
    """Whether the phone that the pass was made for signed this showing. False for a card: no phone did."""
    if read.showing is None or read.body.public_key is None:
        return False
    return seal.check_show(Use.SHOW, read.shown, read.showing.signature, read.body.public_key)


def _read_pass(kind: PassKind, code: bytes) -> ReadPass:
    has_length("code", code, _CODE_BYTES[kind])
    body_bytes = _FIELDS.size + (COMPRESSED_KEY_BYTES if kind is PassKind.PHONE else 0)
    signed_body, rest = code[:body_bytes], code[body_bytes:]
    return ReadPass(
        body=_read_body(kind, signed_body),
        signature=rest[:SIGNATURE_BYTES],
        showing=_read_showing(rest[SIGNATURE_BYTES:]) if kind is PassKind.PHONE else None,
        signed_body=signed_body,
        shown=code[:-SIGNATURE_BYTES] if kind is PassKind.PHONE else b"",
    )


def _read_body(kind: PassKind, packed: bytes) -> PassBody:
    _, kid, issuer, pass_id, valid_from, life, rider_class, flags, hold, product = _FIELDS.unpack_from(packed)
    rest = (valid_from, life, RiderClass(rider_class), PassFlag(flags), Yen(hold * HOLD_UNIT), product)
    return PassBody(kind, kid, issuer, pass_id, *rest, packed[_FIELDS.size :] or None)


def _read_showing(packed: bytes) -> Showing:
    moment, counter, party, clock, challenge = _SHOWING.unpack_from(packed)
    adults, children = divmod(party, MAX_PARTY + 1)
    signature = packed[_SHOWING.size :]
    return Showing(moment, counter, adults, children, ShowClock(clock), challenge, signature)
