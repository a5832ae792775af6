"""Whatever comes over MQTT: a message of its kind, or Malformed."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.instant import ClockQuality
from rules.messages.codec import Malformed, decode, decode_entry, decode_event, encode
from rules.messages.link import Ack, Batch, Cursor, DownPage, Health, Hello, Seen

KINDS: list[type[Any]] = [Ack, Batch, Cursor, DownPage, Health, Hello, Seen]
HELLO = encode(Hello("0123456789abcdef", 0, "", "", "", ClockQuality.GPS))

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


def read_by_all(data: bytes) -> None:
    for kind in KINDS:
        with suppress(Malformed):
            assert isinstance(decode(data, kind), kind)
    for read in (decode_event, decode_entry):
        with suppress(Malformed):
            read(data)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_message_or_malformed(data: bytes) -> None:
    read_by_all(data)


@given(anything)
def test_any_json_is_a_message_or_malformed(value: object) -> None:
    read_by_all(json.dumps(value).encode())


@given(st.integers(0, len(HELLO) - 1), st.integers(0, 255))
def test_a_greeting_with_one_byte_changed_is_one_or_malformed(at: int, byte: int) -> None:
    read_by_all(HELLO[:at] + bytes([byte]) + HELLO[at + 1 :])


def test_a_depth_that_exhausts_the_reader_is_malformed() -> None:
    for deep in (b"[" * 100_000, b'{"a":' * 20_000):
        for kind in KINDS:
            with pytest.raises(Malformed):
                decode(deep, kind)
