"""What the office and the phone write, byte by byte, and that a machine reads the same again."""

from __future__ import annotations

import dataclasses
import struct
from typing import Any

import pytest
from hypothesis import given
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
    issue,
    office_signed,
    phone_signed,
    show,
    to_text,
)
from rules.passes.seal import Use, check, check_show, compressed, public_bytes, sign, sign_show
from tests.passes.material import (
    BODY,
    CARD_BODY,
    CARD_CODE,
    OFFICE,
    OFFICE_PUBLIC,
    PHONE,
    PHONE_CODE,
    bodies,
    phone_key,
    read_bytes,
    shown,
    signing_key,
)

PHONE_FIELDS = "11 03 0405 a1a2a3a4a5a6a7a8 60708090 00a8 03 81 0102 0b0c"
CARD_FIELDS = "12 83 0405 a1a2a3a4a5a6a7a8 60708090 00a8 02 02 0102 0b0c"
SHOWING_FIELDS = "60709000 0102 25 02 0000"

showings = st.fixed_dictionaries(
    {
        "moment": st.integers(0, 0xFFFFFFFF),
        "counter": st.integers(0, 0xFFFF),
        "adults": st.integers(0, 15),
        "children": st.integers(0, 15),
        "clock_quality": st.sampled_from(ShowClock),
        "challenge": st.integers(0, 0xFFFF),
    }
)


def read_again(code: bytes) -> ReadPass:
    read = read_bytes(code)
    assert isinstance(read, ReadPass)
    return read


def test_a_phones_pass_is_written_as_the_page_says() -> None:
    assert BODY.pack() == bytes.fromhex(PHONE_FIELDS) + compressed(PHONE)
    assert len(BODY.pack()) == 57
    assert len(issue(BODY, OFFICE).pack()) == 121


def test_a_card_is_written_as_the_page_says() -> None:
    assert CARD_BODY.pack() == bytes.fromhex(CARD_FIELDS)
    assert len(CARD_CODE) == 88
    assert check(Use.PASS, CARD_CODE[:24], CARD_CODE[24:], OFFICE_PUBLIC)


def test_a_showing_is_written_as_the_page_says() -> None:
    assert len(PHONE_CODE) == 195
    assert PHONE_CODE[:121] == issue(BODY, OFFICE).pack()
    assert PHONE_CODE[121:131] == bytes.fromhex(SHOWING_FIELDS)
    assert check_show(Use.SHOW, PHONE_CODE[:131], PHONE_CODE[131:], compressed(PHONE))


def test_the_numbers_of_classes_flags_and_clocks_stay() -> None:
    assert [c.value for c in RiderClass] == [0, 1, 2, 3, 4, 5]
    assert (PassFlag.GROUP, PassFlag.PHOTO, PassFlag.TEST) == (1, 2, 128)
    assert [c.value for c in ShowClock] == [0, 1, 2]


def test_a_pass_ends_after_its_hours() -> None:
    assert BODY.valid_until == BODY.valid_from + 7 * 24 * 3600


@given(bodies(), showings)
def test_what_was_shown_is_read_again(body: PassBody, showing: dict[str, Any]) -> None:
    issued = issue(body, OFFICE)
    is_card = body.kind is PassKind.CARD
    read = read_again(issued.pack() if is_card else show(issued, private=PHONE, **showing))
    assert (read.body, read.signature, read.signed_body) == (body, issued.signature, body.pack())
    assert office_signed(read, OFFICE_PUBLIC)
    assert phone_signed(read) is not is_card
    if read.showing is None:
        assert is_card
    else:
        assert {name: getattr(read.showing, name) for name in showing} == showing


@given(st.data())
def test_packing_what_was_read_gives_the_same_bytes(data: st.DataObject) -> None:
    code = bytearray(data.draw(st.sampled_from([PHONE_CODE, CARD_CODE])))
    for at in data.draw(st.sets(st.integers(0, len(code) - 1), max_size=8)):
        code[at] = data.draw(st.integers(0, 255))
    read = read_bytes(bytes(code))
    if isinstance(read, ReadPass):
        assert packed_by_hand(read) == code


def packed_by_hand(read: ReadPass) -> bytes:
    packed = read.body.pack() + read.signature
    if read.showing is None:
        return packed
    said = read.showing
    party = said.adults * 16 + said.children
    fields = struct.pack(">IHBBH", said.moment, said.counter, party, said.clock_quality, said.challenge)
    return packed + fields + said.signature


def test_a_card_needs_no_phone_and_has_none() -> None:
    read = read_again(CARD_CODE)
    assert read.showing is None
    assert office_signed(read, OFFICE_PUBLIC)
    assert not phone_signed(read)


def test_a_pass_signed_by_another_office_is_refused() -> None:
    read = read_again(shown(issue(BODY, signing_key(9))))
    assert not office_signed(read, OFFICE_PUBLIC)
    assert office_signed(read, public_bytes(signing_key(9)))


def test_a_copied_pass_on_another_phone_is_refused() -> None:
    read = read_again(shown(issue(BODY, OFFICE), phone_key(9)))
    assert office_signed(read, OFFICE_PUBLIC)
    assert not phone_signed(read)


@pytest.mark.parametrize("use", [use for use in Use if use is not Use.PASS])
def test_an_offices_signature_for_another_use_makes_no_pass(use: Use) -> None:
    body = CARD_BODY.pack()
    assert not office_signed(read_again(body + sign(use, body, OFFICE)), OFFICE_PUBLIC)


@pytest.mark.parametrize("use", [use for use in Use if use is not Use.SHOW])
def test_a_phones_signature_for_another_use_shows_no_pass(use: Use) -> None:
    before = PHONE_CODE[:131]
    assert not phone_signed(read_again(before + sign_show(use, before, PHONE)))


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("kid", 0, "kid"),
        ("kid", 128, "kid"),
        ("issuer", -1, "issuer"),
        ("issuer", 65536, "issuer"),
        ("pass_id", bytes(7), "pass_id"),
        ("pass_id", bytes(9), "pass_id"),
        ("valid_from", -1, "valid_from"),
        ("valid_from", 2**32, "valid_from"),
        ("life_hours", -1, "life_hours"),
        ("life_hours", 65536, "life_hours"),
        ("hold", Yen(-10), "hold"),
        ("hold", Yen(655360), "hold"),
        ("hold", Yen(655345), "tens of yen"),
        ("product", -1, "product"),
        ("product", 65536, "product"),
        ("public_key", None, "public_key"),
        ("public_key", b"\x02" + bytes(31), "public_key"),
        ("public_key", b"\x04" + bytes(32), "public_key"),
    ],
)
def test_a_pass_its_bytes_cannot_say_is_an_error(field: str, value: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        dataclasses.replace(BODY, **{field: value})


@pytest.mark.parametrize(("field", "value"), [("kid", 127), ("kid", 255), ("public_key", compressed(PHONE))])
def test_a_card_with_a_phones_kid_or_key_is_an_error(field: str, value: Any) -> None:
    with pytest.raises(ValueError, match=field):
        dataclasses.replace(CARD_BODY, **{field: value})


@pytest.mark.parametrize("length", [0, 63, 65])
def test_a_pass_with_a_signature_of_another_length_is_an_error(length: int) -> None:
    with pytest.raises(ValueError, match="signature"):
        IssuedPass(BODY, bytes(length))


@pytest.mark.parametrize("hold", [0, 10, 655350])
def test_holds_at_their_limits_are_written(hold: int) -> None:
    read = read_again(issue(dataclasses.replace(CARD_BODY, hold=Yen(hold)), OFFICE).pack())
    assert read.body.hold == hold


@pytest.mark.parametrize(
    ("field", "beyond"),
    [("moment", 2**32), ("counter", 65536), ("adults", 16), ("children", 16), ("challenge", 65536)],
)
def test_a_showing_its_bytes_cannot_say_is_an_error(field: str, beyond: int) -> None:
    said: dict[str, Any] = dict.fromkeys(("moment", "counter", "adults", "children", "challenge"), 0)
    for value in (beyond, -1):
        said[field] = value
        with pytest.raises(ValueError, match=field):
            show(issue(BODY, OFFICE), clock_quality=ShowClock.WALL, private=PHONE, **said)


def test_a_card_is_not_shown_by_a_phone() -> None:
    with pytest.raises(ValueError, match="card"):
        shown(issue(CARD_BODY, OFFICE))


def test_the_text_is_the_prefix_and_base45() -> None:
    assert to_text(b"AB") == "YP1:BB8"


@pytest.mark.parametrize("code", [PHONE_CODE, CARD_CODE], ids=["phone", "card"])
def test_what_is_printed_of_a_pass_names_no_pass(code: bytes) -> None:
    read = read_again(code)
    printed = repr(read) + repr(issue(read.body, OFFICE))
    for secret in (read.body.pass_id, read.signature[:8], code[-64:-56], compressed(PHONE)[1:9]):
        assert repr(secret)[2:-1] not in printed
        assert secret.hex() not in printed
