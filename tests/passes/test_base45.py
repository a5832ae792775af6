"""Base45 against RFC 9285, and refusing whatever its encoder would not have written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.passes.base45 import ALPHABET, decode, encode

EXAMPLES = [
    (b"AB", "BB8"),
    (b"Hello!!", "%69 VD92EX0"),
    (b"base-45", "UJCLQE7W581"),
    (b"ietf!", "QED8WEX0"),
    (b"\xff\xff", "FGW"),
    (b"\xff", "U5"),
    (b"", ""),
]


@pytest.mark.parametrize(("data", "text"), EXAMPLES)
def test_examples_and_limits_of_the_rfc_hold_both_ways(data: bytes, text: str) -> None:
    assert encode(data) == text
    assert decode(text) == data


@given(st.binary(max_size=300))
def test_what_was_encoded_decodes_to_itself(data: bytes) -> None:
    assert decode(encode(data)) == data


@given(st.text(ALPHABET, max_size=30))
def test_no_second_text_stands_for_the_same_bytes(text: str) -> None:
    data = decode(text)
    assert data is None or encode(data) == text


@given(st.text(max_size=30))
def test_any_text_is_decoded_or_refused(text: str) -> None:
    data = decode(text)
    assert data is None or encode(data) == text


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("GGW", id="65536 in three characters"),
        pytest.param(":::", id="the largest three characters"),
        pytest.param("V5", id="256 in two characters"),
        pytest.param("BB8V5", id="256 in the last two characters"),
        pytest.param("0", id="one character"),
        pytest.param("BB80", id="one character too many"),
        pytest.param("bb8", id="small letters"),
        pytest.param("BB8\n", id="a line's end"),
        pytest.param("BB\u0668", id="a digit of another script"),
    ],
)
def test_text_no_encoder_writes_is_refused(text: str) -> None:
    assert decode(text) is None
