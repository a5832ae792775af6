"""Machines believe the keys that the root signed, for their use and their time, and no others."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.passes.key_set import MAX_KEYS, Key, KeySet, open_key_set, pack_key_set
from rules.passes.seal import Use, public_bytes, sign
from tests.passes.material import flipped, signing_key

ROOT = signing_key(21)
ROOT_PUBLIC = public_bytes(ROOT)
PASS_KEY = Key(kid=3, use=Use.PASS, public=bytes(range(32)), valid_from=1000, valid_until=2000)
POINT_KEY = Key(kid=3, use=Use.POINT, public=bytes(range(1, 33)), valid_from=0, valid_until=0xFFFFFFFF)
DOWN_KEY = Key(kid=254, use=Use.DOWN, public=bytes(range(2, 34)), valid_from=5, valid_until=6)
KEYS = KeySet(7, (PASS_KEY, POINT_KEY, DOWN_KEY))
PACKED = pack_key_set(KEYS, ROOT)


@st.composite
def keys(draw: st.DrawFn) -> Key:
    valid_from = draw(st.integers(0, 0xFFFFFFFE))
    return Key(
        kid=draw(st.integers(1, 254)),
        use=draw(st.sampled_from([Use.PASS, Use.POINT, Use.DOWN])),
        public=draw(st.binary(min_size=32, max_size=32)),
        valid_from=valid_from,
        valid_until=draw(st.integers(valid_from + 1, 0xFFFFFFFF)),
    )


key_sets = st.builds(
    KeySet,
    st.integers(0, 0xFFFFFFFF),
    st.lists(keys(), max_size=12, unique_by=lambda key: (key.use, key.kid)).map(tuple),
)


def signed(body: bytes) -> bytes:
    return body + sign(Use.KEYS, body, ROOT)


def test_a_set_is_written_as_its_table_says() -> None:
    pass_key = b"\x01\x03" + bytes(range(32)) + bytes.fromhex("000003e8 000007d0")
    point_key = b"\x02\x03" + bytes(range(1, 33)) + bytes.fromhex("00000000 ffffffff")
    down_key = b"\x03\xfe" + bytes(range(2, 34)) + bytes.fromhex("00000005 00000006")
    assert signed(b"\x01\x00\x00\x00\x07\x03" + pass_key + point_key + down_key) == PACKED


@given(key_sets)
def test_a_set_opens_as_it_was_packed(key_set: KeySet) -> None:
    opened = open_key_set(pack_key_set(key_set, ROOT), ROOT_PUBLIC)
    assert opened is not None
    assert opened.number == key_set.number
    assert len(opened.keys) == len(key_set.keys)
    assert set(opened.keys) == set(key_set.keys)


@given(st.permutations(KEYS.keys))
def test_the_order_of_keys_makes_no_other_set(order: list[Key]) -> None:
    assert pack_key_set(KeySet(7, tuple(order)), ROOT) == PACKED


def test_every_flipped_bit_of_a_set_is_refused() -> None:
    opened = [bit for bit in range(8 * len(PACKED)) if open_key_set(flipped(PACKED, bit), ROOT_PUBLIC)]
    assert opened == []


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_without_an_error(data: bytes) -> None:
    assert open_key_set(data, ROOT_PUBLIC) is None


@given(st.binary(max_size=150))
def test_any_bytes_that_the_root_signed_are_opened_only_as_they_would_be_packed(body: bytes) -> None:
    key_set = open_key_set(signed(body), ROOT_PUBLIC)
    assert key_set is None or pack_key_set(key_set, ROOT) == signed(body)


@pytest.mark.parametrize("length", [0, 63, 64, len(PACKED) - 1])
def test_a_cut_set_is_refused(length: int) -> None:
    assert open_key_set(PACKED[:length], ROOT_PUBLIC) is None


def test_a_set_of_another_root_is_refused() -> None:
    assert open_key_set(pack_key_set(KEYS, signing_key(22)), ROOT_PUBLIC) is None


@pytest.mark.parametrize("use", [use for use in Use if use is not Use.KEYS])
def test_the_roots_signature_for_another_use_makes_no_set(use: Use) -> None:
    body = PACKED[:-64]
    assert open_key_set(body + sign(use, body, ROOT), ROOT_PUBLIC) is None


HEAD, FIRST, SECOND, THIRD = PACKED[:6], PACKED[6:48], PACKED[48:90], PACKED[90:132]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(HEAD, id="fewer keys than counted"),
        pytest.param(HEAD + FIRST + SECOND + THIRD + b"\0", id="a byte too many"),
        pytest.param(HEAD + SECOND + FIRST + THIRD, id="another order"),
        pytest.param(HEAD + FIRST + FIRST + THIRD, id="a key twice"),
        pytest.param(HEAD + FIRST + b"\x01\x03" + SECOND[2:] + THIRD, id="two keys of one use and kid"),
        pytest.param(b"\x02" + HEAD[1:] + FIRST + SECOND + THIRD, id="version 2"),
        pytest.param(HEAD + b"\x00" + FIRST[1:] + SECOND + THIRD, id="use 0"),
        pytest.param(HEAD + FIRST + SECOND + b"\x04" + THIRD[1:], id="use 4"),
        pytest.param(HEAD + b"\x01\x00" + FIRST[2:] + SECOND + THIRD, id="kid 0"),
        pytest.param(HEAD + FIRST + SECOND + b"\x03\xff" + THIRD[2:], id="kid 255"),
        pytest.param(HEAD + FIRST + SECOND + THIRD[:-4] + b"\0\0\0\x05", id="a period that ends at once"),
    ],
)
def test_what_the_root_should_not_have_signed_is_refused(body: bytes) -> None:
    assert open_key_set(signed(body), ROOT_PUBLIC) is None


@pytest.mark.parametrize(
    ("at", "found"), [(999, False), (1000, True), (1999, True), (2000, False), (None, True)]
)
def test_a_key_counts_in_its_period_and_whenever_the_time_is_not_known(at: int | None, found: bool) -> None:
    assert KEYS.find(Use.PASS, 3, at) == (PASS_KEY if found else None)


def test_a_kid_names_another_key_for_each_use() -> None:
    assert KEYS.find(Use.POINT, 3, None) is POINT_KEY
    assert KEYS.find(Use.DOWN, 3, None) is None
    assert KEYS.find(Use.DOWN, 254, None) is DOWN_KEY
    assert KEYS.find(Use.PASS, 4, None) is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kid", 0),
        ("kid", 255),
        ("public", bytes(31)),
        ("public", bytes(33)),
        ("valid_from", -1),
        ("valid_until", 1000),
        ("valid_until", 2**32),
        ("use", Use.SHOW),
        ("use", Use.KEYS),
    ],
)
def test_a_key_no_set_can_hold_is_an_error(field: str, value: Any) -> None:
    with pytest.raises(ValueError, match="key set holds" if field == "use" else field):
        dataclasses.replace(PASS_KEY, **{field: value})


@pytest.mark.parametrize("number", [-1, 2**32])
def test_a_number_without_room_is_an_error(number: int) -> None:
    with pytest.raises(ValueError, match="number"):
        KeySet(number, ())


def test_a_full_set_opens_and_one_key_more_is_an_error() -> None:
    uses = (Use.PASS, Use.POINT)
    many = tuple(dataclasses.replace(PASS_KEY, use=use, kid=kid) for use in uses for kid in range(1, 255))
    full = KeySet(1, many[:MAX_KEYS])
    assert open_key_set(pack_key_set(full, ROOT), ROOT_PUBLIC) == full
    with pytest.raises(ValueError, match="keys"):
        KeySet(1, many[: MAX_KEYS + 1])


def test_two_keys_of_one_use_and_kid_are_an_error() -> None:
    with pytest.raises(ValueError, match="one key"):
        KeySet(1, (PASS_KEY, dataclasses.replace(PASS_KEY, valid_from=1)))
