"""Whatever stands before the camera is read or refused by name."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.passes.base45 import ALPHABET
from rules.passes.rider_pass import ReadPass, Unread, office_signed, phone_signed, read_code, to_text
from tests.passes.material import (
    CARD_CODE,
    OFFICE_PUBLIC,
    PHONE_CODE,
    accepted,
    flipped,
    read_bytes,
)

PHONE_TEXT = to_text(PHONE_CODE).encode()
CARD_TEXT = to_text(CARD_CODE).encode()


def with_byte(code: bytes, at: int, value: int) -> bytes:
    return code[:at] + bytes([value]) + code[at + 1 :]


def test_the_codes_themselves_are_accepted() -> None:
    assert accepted(PHONE_TEXT)
    assert accepted(CARD_TEXT)


def test_every_flipped_bit_of_a_phones_code_is_refused() -> None:
    """All 1560. The office's signature alone guards the pass, the phone's alone the showing."""
    for bit in range(8 * len(PHONE_CODE)):
        read = read_bytes(flipped(PHONE_CODE, bit))
        if isinstance(read, Unread):
            continue
        if bit < 8 * 121:
            assert not office_signed(read, OFFICE_PUBLIC), bit
        assert not phone_signed(read), bit


def test_every_flipped_bit_of_a_card_is_refused() -> None:
    """All 704."""
    for bit in range(8 * len(CARD_CODE)):
        read = read_bytes(flipped(CARD_CODE, bit))
        assert isinstance(read, Unread) or not office_signed(read, OFFICE_PUBLIC), bit


@given(st.sampled_from([PHONE_TEXT, CARD_TEXT]), st.data())
def test_a_changed_character_is_refused(text: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text) - 1))
    value = data.draw(st.integers(0, 255).filter(lambda value: value != text[at]))
    assert not accepted(with_byte(text, at, value))


@given(st.sampled_from([PHONE_TEXT, CARD_TEXT]), st.data())
def test_a_cut_or_longer_text_is_refused(text: bytes, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(text) - 1))
    tail = data.draw(st.binary(min_size=1, max_size=10) | st.text(ALPHABET, min_size=1).map(str.encode))
    assert isinstance(read_code(text[:cut]), Unread)
    assert read_code(text + tail) is Unread.UNREADABLE


@given(st.binary(max_size=400))
def test_any_bytes_are_refused_by_name(data: bytes) -> None:
    wanted = Unread.UNREADABLE if data.startswith(b"YP1:") else Unread.NOT_A_PASS
    assert read_code(data) is wanted


@given(st.text(ALPHABET, max_size=400) | st.text(max_size=100))
def test_any_text_behind_the_prefix_is_refused_by_name(text: str) -> None:
    assert not accepted(b"YP1:" + text.encode())


@settings(max_examples=500)
@given(
    st.sampled_from([0x11, 0x12, 0x14, 0x15, 0x21, 0x10]),
    st.sampled_from([83, 85, 87, 88, 121, 195]),
    st.data(),
)
def test_any_bytes_in_the_form_of_a_pass_prove_nothing(first: int, length: int, data: st.DataObject) -> None:
    code = bytes([first]) + data.draw(st.binary(min_size=length - 1, max_size=length - 1))
    assert not accepted(to_text(code).encode())


@given(st.integers(0, 255), st.integers(0, 400))
def test_first_byte_and_length_alone_decide_what_a_code_is_called(first: int, length: int) -> None:
    read = read_bytes(bytes([first]) + bytes(length))
    if first == 0x14 and length + 1 <= 195:
        assert read is Unread.NOT_A_PASS
    elif first == 0x15 and length + 1 == 85:
        assert read is Unread.SHORT_FORM
    else:
        assert read is Unread.UNREADABLE


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"https://bus.example/p#FAMAAQAB", id="a point code's address"),
        pytest.param(b"yp1:" + PHONE_TEXT[4:].lower(), id="small letters"),
        pytest.param(b" " + PHONE_TEXT, id="a space before it"),
        pytest.param(b"YP2:" + PHONE_TEXT[4:], id="another prefix"),
        pytest.param(PHONE_CODE, id="the bytes without their text"),
        pytest.param("湯けむり".encode("shift_jis"), id="words"),
        pytest.param(to_text(b"\x14" + bytes(82)).encode(), id="a point code's bytes"),
    ],
)
def test_something_else_is_called_not_a_pass(data: bytes) -> None:
    assert read_code(data) is Unread.NOT_A_PASS


@pytest.mark.parametrize(
    "code",
    [
        pytest.param(b"", id="nothing behind the prefix"),
        pytest.param(PHONE_CODE[:121], id="a pass that no phone shows"),
        pytest.param(PHONE_CODE[:-1], id="a byte short"),
        pytest.param(PHONE_CODE + b"\0", id="a byte too many"),
        pytest.param(with_byte(PHONE_CODE, 0, 0x12), id="a card as long as a phone's code"),
        pytest.param(with_byte(CARD_CODE, 0, 0x11), id="a phone's code as short as a card"),
        pytest.param(with_byte(PHONE_CODE, 0, 0x13), id="kind 3"),
        pytest.param(with_byte(PHONE_CODE, 0, 0x21), id="version 2"),
        pytest.param(with_byte(PHONE_CODE, 0, 0x01), id="version 0"),
        pytest.param(with_byte(PHONE_CODE, 0, 0x24), id="version 2 of a point code"),
        pytest.param(with_byte(PHONE_CODE, 0, 0x15), id="the short form, too long"),
        pytest.param(with_byte(PHONE_CODE, 1, 0), id="kid 0"),
        pytest.param(with_byte(PHONE_CODE, 1, 128), id="a card's kid on a phone"),
        pytest.param(with_byte(PHONE_CODE, 18, 6), id="an unknown class"),
        pytest.param(with_byte(PHONE_CODE, 19, 4), id="an unknown flag"),
        pytest.param(with_byte(PHONE_CODE, 24, 4), id="a key in another form"),
        pytest.param(with_byte(PHONE_CODE, 128, 3), id="an unknown clock"),
        pytest.param(with_byte(CARD_CODE, 1, 127), id="a phone's kid on a card"),
        pytest.param(with_byte(CARD_CODE, 1, 255), id="kid 255"),
    ],
)
def test_a_pass_that_cannot_be_is_called_unreadable(code: bytes) -> None:
    assert read_bytes(code) is Unread.UNREADABLE


@pytest.mark.parametrize("kid", [1, 127])
def test_all_kids_of_phones_are_read(kid: int) -> None:
    assert isinstance(read_bytes(with_byte(PHONE_CODE, 1, kid)), ReadPass)


@pytest.mark.parametrize("kid", [128, 254])
def test_all_kids_of_cards_are_read(kid: int) -> None:
    assert isinstance(read_bytes(with_byte(CARD_CODE, 1, kid)), ReadPass)


def test_the_short_form_asks_for_the_long_code() -> None:
    assert read_bytes(b"\x15" + bytes(84)) is Unread.SHORT_FORM


def test_a_key_off_the_curve_proves_nothing() -> None:
    read = read_bytes(PHONE_CODE[:24] + b"\x02" + bytes(31) + b"\x01" + PHONE_CODE[57:])
    assert isinstance(read, ReadPass)
    assert not phone_signed(read)


def test_a_long_text_is_refused_before_it_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rules.passes.base45.decode", None)
    assert read_code(PHONE_TEXT + b"0") is Unread.UNREADABLE
