"""Keys that are the same in every run, and passes to make codes from."""

from __future__ import annotations

import dataclasses

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key
from hypothesis import strategies as st

from rules.money import Yen
from rules.passes.rider_pass import (
    IssuedPass,
    PassBody,
    PassFlag,
    PassKind,
    ReadPass,
    RiderClass,
    ShowClock,
    Unread,
    issue,
    office_signed,
    phone_signed,
    read_code,
    show,
    to_text,
)
from rules.passes.seal import PhoneKey, SigningKey, compressed, private_from_bytes, public_bytes


def signing_key(number: int) -> SigningKey:
    """An Ed25519 key that belongs to nobody."""
    return private_from_bytes(number.to_bytes(32, "big"))


def phone_key(number: int) -> PhoneKey:
    """A P-256 key that belongs to nobody."""
    return derive_private_key(number, SECP256R1())


OFFICE = signing_key(1)
OFFICE_PUBLIC = public_bytes(OFFICE)
PHONE = phone_key(2)

BODY = PassBody(
    kind=PassKind.PHONE,
    kid=3,
    issuer=0x0405,
    pass_id=bytes.fromhex("a1a2a3a4a5a6a7a8"),
    valid_from=0x60708090,
    life_hours=168,
    rider_class=RiderClass.STUDENT,
    flags=PassFlag.GROUP | PassFlag.TEST,
    hold=Yen(2580),
    product=0x0B0C,
    public_key=compressed(PHONE),
)
CARD_BODY = dataclasses.replace(
    BODY, kind=PassKind.CARD, kid=131, rider_class=RiderClass.SENIOR, flags=PassFlag.PHOTO, public_key=None
)


def shown(issued: IssuedPass, private: PhoneKey = PHONE) -> bytes:
    """One showing of a phone's pass."""
    return show(
        issued,
        moment=0x60709000,
        counter=0x0102,
        adults=2,
        children=5,
        clock_quality=ShowClock.ANCHORED,
        private=private,
    )


PHONE_CODE = shown(issue(BODY, OFFICE))
CARD_CODE = issue(CARD_BODY, OFFICE).pack()


def read_bytes(code: bytes) -> ReadPass | Unread:
    """What a machine reads from the symbol that holds `code`."""
    return read_code(to_text(code).encode("ascii"))


def accepted(data: bytes) -> bool:
    """Whether a machine with the office's key takes the symbol's bytes for a proven pass."""
    read = read_code(data)
    if isinstance(read, Unread) or not office_signed(read, OFFICE_PUBLIC):
        return False
    return read.body.kind is PassKind.CARD or phone_signed(read)


def flipped(data: bytes, bit: int) -> bytes:
    """`data` with one bit changed, counted from its first byte's lowest."""
    return bytes(byte ^ (1 << bit % 8 if at == bit // 8 else 0) for at, byte in enumerate(data))


_U16 = st.integers(0, 0xFFFF)
_U32 = st.integers(0, 0xFFFFFFFF)


@st.composite
def bodies(draw: st.DrawFn) -> PassBody:
    """Any pass the office can make."""
    kind = draw(st.sampled_from(PassKind))
    is_card = kind is PassKind.CARD
    return PassBody(
        kind=kind,
        kid=draw(st.integers(128, 254) if is_card else st.integers(1, 127)),
        issuer=draw(_U16),
        pass_id=draw(st.binary(min_size=8, max_size=8)),
        valid_from=draw(_U32),
        life_hours=draw(_U16),
        rider_class=draw(st.sampled_from(RiderClass)),
        flags=PassFlag(sum(draw(st.sets(st.sampled_from([1, 2, 128]))))),
        hold=Yen(10 * draw(_U16)),
        product=draw(_U16),
        public_key=None if is_card else compressed(PHONE),
    )
