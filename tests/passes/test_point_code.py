"""The bath's point code: what a kiosk signs is read back whole, and nothing else is taken for one."""

from __future__ import annotations

from dataclasses import replace

import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st

from rules.instant import ClockQuality
from rules.passes.base64url import from_base64url, to_base64url
from rules.passes.limits import U16, U32
from rules.passes.point_code import (
    MAX_KID,
    MAX_VISIT,
    MOST_PEOPLE,
    PointCode,
    make,
    read_text,
    to_address,
)
from rules.passes.seal import Use, public_bytes, sign
from tests.passes.material import flipped, signing_key

KIOSK = signing_key(31)
PUBLIC = public_bytes(KIOSK)
CODE = PointCode(
    kiosk=3,
    number=70_000,
    moment=1_800_000_000,
    clock=ClockQuality.NETWORK,
    visit=1,
    count=2,
    points=20,
    issuer=7,
)

CODES = st.builds(
    PointCode,
    kiosk=st.integers(1, U16),
    number=st.integers(1, U32),
    moment=st.integers(0, U32),
    clock=st.sampled_from(ClockQuality),
    visit=st.integers(1, MAX_VISIT),
    count=st.integers(1, MOST_PEOPLE),
    points=st.integers(1, U16),
    issuer=st.integers(1, U16),
    kid=st.integers(1, MAX_KID),
)


@given(CODES)
def test_what_the_kiosk_signed_is_read_back_and_genuine(code: PointCode) -> None:
    signed = read_text(make(code, KIOSK))
    assert signed is not None
    assert signed.code == code
    assert signed.is_by(PUBLIC)
    assert not signed.is_by(public_bytes(signing_key(32)))


def test_the_bytes_are_as_the_format_says() -> None:
    text = make(CODE, KIOSK)
    data = from_base64url(text)
    assert data is not None
    assert data[:19] == bytes.fromhex("14 01 0007 0003 00011170 6b49d200 02 01 02 0014")
    assert len(data) == 83
    assert to_address(text, "https://village.example") == "https://village.example/p#" + text


def test_the_address_stands_in_a_symbol_that_phones_read_easily() -> None:
    address = to_address(make(CODE, KIOSK), "https://village.example")
    assert segno.make_qr(address, error="m", version=9).version == 9


@given(CODES, st.integers(0, 83 * 8 - 1))
def test_no_flipped_bit_is_genuine(code: PointCode, bit: int) -> None:
    data = from_base64url(make(code, KIOSK))
    assert data is not None
    signed = read_text(to_base64url(flipped(data, bit)))
    assert signed is None or not signed.is_by(PUBLIC)


@given(st.text() | st.binary(max_size=120).map(to_base64url))
def test_other_texts_are_none_and_never_an_error(text: str) -> None:
    signed = read_text(text)
    assert signed is None or not signed.is_by(PUBLIC)


def test_a_text_longer_shorter_or_padded_is_none() -> None:
    text = make(CODE, KIOSK)
    assert [read_text(other) for other in (text[:-1], text + "A", text + "=", "", text + "\n")] == [None] * 5


def test_a_signature_for_another_use_is_no_point_code() -> None:
    data = from_base64url(make(CODE, KIOSK))
    assert data is not None
    body = data[:19]
    signed = read_text(to_base64url(body + sign(Use.RIDE, body, KIOSK)))
    assert signed is not None
    assert not signed.is_by(PUBLIC)


@pytest.mark.parametrize(
    ("clock", "known"),
    [(ClockQuality.FLOOR, False), (ClockQuality.SAVED, False), (ClockQuality.NETWORK, True)],
)
def test_a_code_says_whether_its_kiosk_knew_the_time(clock: ClockQuality, known: bool) -> None:
    assert replace(CODE, clock=clock).knows_its_moment is known


@pytest.mark.parametrize(
    "wrong",
    [
        {"number": 0},
        {"number": U32 + 1},
        {"count": 0},
        {"count": MOST_PEOPLE + 1},
        {"points": 0},
        {"visit": 0},
        {"kiosk": 0},
        {"issuer": 0},
        {"kid": 255},
        {"moment": -1},
    ],
)
def test_what_does_not_fit_is_refused_by_its_name(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        replace(CODE, **wrong)  # type: ignore[arg-type]
