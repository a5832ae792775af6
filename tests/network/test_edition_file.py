"""An edition's way to the machines: packed, sealed, cut up, and nothing else taken for one."""

from __future__ import annotations

import json
import random
import zlib
from dataclasses import fields, replace
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from rules.messages.codec import Malformed, decode_entry, encode
from rules.messages.edition_file import (
    MAX_UNPACKED_BYTES,
    PART_BYTES,
    join_edition,
    open_edition,
    pack_edition,
    seal_edition,
    split_edition,
    unpack_edition,
)
from rules.messages.link import EditionPart
from rules.network.edition import Edition
from rules.network.feed.read import read
from tests.network.editions import editions
from tests.network.feeds import feed

KID = 7
KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
SMALL = read(feed()).draft


def check(kid: int, body: bytes, signature: bytes) -> bool:
    try:
        KEY.public_key().verify(signature, body)
    except InvalidSignature:
        return False
    return kid == KID


@given(editions())
def test_every_edition_comes_back_as_it_was(edition: Edition) -> None:
    assert unpack_edition(pack_edition(edition)) == edition


@given(editions(), st.randoms(use_true_random=False))
def test_the_same_edition_gives_the_same_bytes(edition: Edition, chance: random.Random) -> None:
    def shuffled(items: dict[Any, Any]) -> Any:
        return dict(chance.sample(list(items.items()), len(items)))

    changed: dict[str, Any] = {
        field.name: shuffled(getattr(edition, field.name))
        for field in fields(edition)
        if isinstance(getattr(edition, field.name), dict)
    }
    assert pack_edition(replace(edition, **changed)) == pack_edition(edition)


def test_a_seal_of_the_right_key_opens() -> None:
    assert open_edition(seal_edition(pack_edition(SMALL), KID, KEY.sign), check) == SMALL


def test_any_flipped_bit_breaks_the_seal() -> None:
    sealed = seal_edition(pack_edition(SMALL), KID, KEY.sign)
    for bit in range(len(sealed) * 8):
        flipped = bytearray(sealed)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(Malformed):
            open_edition(bytes(flipped), check)


@pytest.mark.parametrize("length", [0, 1, 64, 65, 100])
def test_a_file_cut_short_is_refused(length: int) -> None:
    with pytest.raises(Malformed):
        open_edition(seal_edition(pack_edition(SMALL), KID, KEY.sign)[:length], check)


def test_nothing_is_unpacked_before_the_seal_is_good() -> None:
    with pytest.raises(Malformed, match="seal"):
        open_edition(bytes(65) + b"not compressed at all", check)


@given(st.binary(max_size=200))
def test_any_bytes_that_are_no_edition_are_malformed(data: bytes) -> None:
    for packed in (data, zlib.compress(data)):
        with pytest.raises(Malformed):
            unpack_edition(packed)


def form() -> list[object]:
    """What is packed, as plain JSON."""
    plain: list[object] = json.loads(zlib.decompress(pack_edition(SMALL)))
    return plain


@pytest.mark.parametrize("place", range(14))
def test_a_form_with_anything_else_in_a_field_is_malformed(place: int) -> None:
    for other in (None, -1, [-1], [[0, 0]], {"stop_id": 1}):
        plain = form()
        plain[place] = other
        if place == 1 and other == -1:
            continue  # a number is a number
        with pytest.raises(Malformed):
            unpack_edition(zlib.compress(json.dumps(plain).encode()))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'["r1","0",[0,1,2],""]', b'["r1","0",[0,1,3],""]'),
        (b'["r1","0",[0,1,2],""]', b'["r1","0",[0,1,-1],""]'),
        (b'["r1","0",[0,1,2],""]', b'["r9","0",[0,1,2],""]'),
        (b'["r1","0",[0,1,2],""]', b'["r1","0",[0,1,2],"s"]'),
        (b'["r1","0",[0,1,2],""]', b'["r1","0",[0,1],""]'),
        (b'["t1",0,', b'["t1",2,'),
        (b'["t1",0,', b'["t1",-1,'),
        (b"[[0,1,150,2,300]", b"[[0,1,150,2]"),
        (b"[[0,1,150,2,300]", b"[[],[0,1,150,2,300]"),
        (b"[[0,1,150,2,300]", b"[[0,1,150,3,300]"),
        (b'{"rider_class":3,', b'{"rider_class":2,'),
        (b'"numerator":1,', b'"numerator":3,'),
        (b'"child_from":6,', b'"child_from":13,'),
    ],
)  # fmt: skip
def test_a_form_that_speaks_of_what_it_does_not_hold_is_malformed(old: bytes, new: bytes) -> None:
    plain = zlib.decompress(pack_edition(SMALL))
    assert old in plain
    with pytest.raises(Malformed):
        unpack_edition(zlib.compress(plain.replace(old, new)))


def test_a_bomb_is_refused_at_its_limit() -> None:
    with pytest.raises(Malformed, match="too big"):
        unpack_edition(zlib.compress(b" " * (MAX_UNPACKED_BYTES + 1)))


def test_bytes_after_an_edition_are_refused() -> None:
    with pytest.raises(Malformed):
        unpack_edition(pack_edition(SMALL) + b"x")


SEALED = random.Random(1).randbytes(3 * PART_BYTES + 1)


PARTS = split_edition(3, SEALED)


@given(st.permutations(PARTS), st.integers(0, 3))
def test_parts_join_in_any_order_and_as_often_as_they_come(parts: list[EditionPart], again: int) -> None:
    assert join_edition([*parts, parts[again]]) == SEALED


def test_a_part_travels_as_an_entry_of_the_log() -> None:
    assert [decode_entry(encode(part)) for part in PARTS] == PARTS


@pytest.mark.parametrize("size", [1, PART_BYTES - 1, PART_BYTES, PART_BYTES + 1])
def test_parts_of_any_size_join(size: int) -> None:
    parts = split_edition(1, SEALED[:size])
    assert len(parts) == -(-size // PART_BYTES)
    assert join_edition(parts) == SEALED[:size]


@pytest.mark.parametrize(
    "parts",
    [
        [],
        PARTS[1:],
        [*PARTS[1:], split_edition(4, SEALED)[0]],
        [*PARTS, split_edition(3, bytes(len(SEALED)))[0]],
        [*PARTS, EditionPart(3, 4, 4, "")],
        [EditionPart(3, 0, 0, "")],
        [EditionPart(3, 0, 1, "no base64!")],
        [EditionPart(3, 0, 1, "雪")],
    ],
)
def test_a_missing_foreign_or_broken_part_is_refused(parts: list[EditionPart]) -> None:
    with pytest.raises(Malformed):
        join_edition(parts)
