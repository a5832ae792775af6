"""The bus's own code: which opening of the door it is, and that this bus said so."""

from __future__ import annotations

from itertools import combinations

import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st

from rules.passes.bus_code import (
    LONGEST_NUMBER,
    BusCode,
    is_genuine,
    read_text,
    sign,
    to_address,
    to_text,
)
from rules.passes.door_word import WORDS, word_of
from rules.passes.seal import public_bytes
from tests.passes.material import flipped, signing_key

BUS = signing_key(21)
PUBLIC = public_bytes(BUS)
CODE = sign("bus-001", "0123456789abcdef", 70_000, 0, BUS)

NAMES = st.from_regex(r"[a-z0-9][a-z0-9-]{0,31}", fullmatch=True)
EPOCHS = st.binary(min_size=8, max_size=8).map(bytes.hex)
CODES = st.builds(sign, NAMES, EPOCHS, st.integers(1, LONGEST_NUMBER), st.integers(0, 255), st.just(BUS))


@given(CODES)
def test_what_the_bus_signed_is_read_back_and_genuine(code: BusCode) -> None:
    assert read_text(to_text(code)) == code
    assert is_genuine(code, PUBLIC)
    assert not is_genuine(code, public_bytes(signing_key(22)))


def test_the_text_is_as_the_format_says() -> None:
    assert to_text(CODE).startswith("bus-001.FgABI0VniavN7wAAARFw.")
    assert CODE.whole == bytes.fromhex("16000123456789abcdef0000011170") + b"bus-001" + CODE.signature
    assert to_address(CODE, "https://village.example") == "https://village.example/ride#" + to_text(CODE)


@given(CODES, st.data())
def test_every_other_opening_bus_or_signature_is_not_genuine(code: BusCode, data: st.DataObject) -> None:
    bit = data.draw(st.integers(0, 8 * 64 - 1))
    others = (
        BusCode(code.bus, code.epoch, code.number % LONGEST_NUMBER + 1, code.turn, code.signature),
        BusCode(code.bus, code.epoch, code.number, code.turn ^ 1, code.signature),
        BusCode(
            code.bus,
            flipped(bytes.fromhex(code.epoch), bit % 64).hex(),
            code.number,
            code.turn,
            code.signature,
        ),
        BusCode(code.bus + "x", code.epoch, code.number, code.turn, code.signature),
        BusCode(code.bus, code.epoch, code.number, code.turn, flipped(code.signature, bit)),
    )
    assert not any(is_genuine(other, PUBLIC) for other in others)


@given(st.text(max_size=160) | st.from_regex(r"[a-z0-9]{1,9}\.[\w-]{20}\.[\w-]{86}", fullmatch=True))
def test_any_text_is_a_code_in_its_one_writing_or_none(text: str) -> None:
    code = read_text(text)
    assert code is None or to_text(code) == text


@given(st.integers(0, 200), st.characters())
def test_one_other_character_is_another_code_or_none(at: int, other: str) -> None:
    text = to_text(CODE)
    changed = text[: at % len(text)] + other + text[at % len(text) + 1 :]
    code = read_text(changed)
    assert code is None or changed == text or not is_genuine(code, PUBLIC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "bus-001",
        to_text(CODE) + "\n",
        to_text(CODE).upper(),
        to_text(CODE).replace(".Fg", ".Fw"),
        to_text(CODE).replace(".Fg", ".Jg"),
        "bus-001.FgABI0VniavN7wAAAAAA." + to_text(CODE).split(".")[2],
    ],
)
def test_another_kind_a_number_of_nothing_and_a_bare_name_are_no_code(text: str) -> None:
    assert read_text(text) is None


@pytest.mark.parametrize(("epoch", "number", "turn"), [("00", 1, 0), ("0" * 16, 0, 0), ("0" * 16, 1, 256)])
def test_what_does_not_fit_is_an_error(epoch: str, number: int, turn: int) -> None:
    with pytest.raises(ValueError, match=r"epoch|number|turn"):
        BusCode("bus-001", epoch, number, turn, CODE.signature)


def test_its_symbol_is_small_enough_for_a_small_display() -> None:
    symbol = segno.make_qr(to_address(CODE, "https://village.example"), error="m", boost_error=False)
    assert symbol.version == 8


def test_the_words_are_sixty_four_in_kana_and_no_two_are_mistaken_by_one() -> None:
    assert len(WORDS) == len(set(WORDS)) == 64
    assert all("ぁ" <= kana <= "ん" for word in WORDS for kana in word)
    assert {len(word) for word in WORDS} <= {3, 4, 5}
    assert [(a, b) for a, b in combinations(WORDS, 2) if distance(a, b) < 2] == []


def test_every_word_comes_up_about_as_often() -> None:
    found = [word_of(sign("bus-001", CODE.epoch, number, 0, BUS).whole) for number in range(1, 6_401)]
    counts = {word: found.count(word) for word in WORDS}
    assert min(counts.values()) > 50
    assert max(counts.values()) < 160


def test_the_word_of_an_opening_stays_what_it_was() -> None:
    assert word_of(CODE.whole) == "みずうみ"


def distance(one: str, other: str) -> int:
    """How many kana to change, put in or leave out."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        left = [i]
        for j, b in enumerate(other, 1):
            left.append(min(row[j] + 1, left[-1] + 1, row[j - 1] + (a != b)))
        row = left
    return row[-1]
