"""The file that carries messages by hand: read as it was written, or refused as a whole."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.messages import stick as stick_module
from rules.messages.codec import encode
from rules.messages.stick import (
    MAX_LINE_BYTES,
    Header,
    Stick,
    StickRefused,
    StickWriter,
    expect_machine,
    expect_office,
    read_stick,
)
from rules.messages.topics import Channel
from rules.passes.seal import Use, check, private_from_bytes, public_bytes, sign

KEY = private_from_bytes(bytes(31) + b"\x07")
PUBLIC = public_bytes(KEY)
HEADER = Header(sender="bus-001", to="central", village="ohkura", epoch="e1", session="s1", at=5)
MACHINE = [(Channel.HELLO, b'{"a":1}'), (Channel.SEEN, b"[]"), (Channel.UP, b'{"b": 1.50, "c":"\\u9999"}')]
OFFICE = [(Channel.ACK, b'{"number":3}'), (Channel.DOWN, b"{}")]


def written(messages: list[tuple[Channel, bytes]], header: Header = HEADER) -> bytes:
    writer = StickWriter()
    lines = [writer.header(header), *(writer.message(*each) for each in messages)]
    return b"".join(lines) + writer.end(sign(Use.STICK, writer.digest, KEY))


def is_good(data: bytes) -> bool:
    """Whether it is taken: read, and signed."""
    try:
        stick = read_stick(data)
    except StickRefused:
        return False
    return check(Use.STICK, stick.digest, stick.signature, PUBLIC)


def refusal(data: bytes) -> str:
    with pytest.raises(StickRefused) as refused:
        read_stick(data)
    assert str(refused.value).count(" / ") == 1
    return str(refused.value)


WHOLE = written(MACHINE)

any_json = st.recursive(
    st.none() | st.integers(-(2**53), 2**53) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
)


def test_every_line_is_json_with_the_header_first_and_the_signature_last() -> None:
    first, *_, last = WHOLE.splitlines()
    assert first.startswith(b'{"yukemuri":"stick/1","from":"bus-001","to":"central","village":"ohkura"')
    before = WHOLE[: len(WHOLE) - len(last) - 1]
    signature = sign(Use.STICK, hashlib.sha256(before).digest(), KEY)
    assert last == b'{"signature":"' + signature.hex().encode() + b'"}'


@given(st.lists(any_json, max_size=8))
def test_payloads_come_out_byte_for_byte(values: list[object]) -> None:
    messages = [*MACHINE, *((Channel.UP, encode(value)) for value in values)]
    stick = read_stick(written(messages))
    assert (stick.header, stick.messages) == (HEADER, tuple(messages))
    assert check(Use.STICK, stick.digest, stick.signature, PUBLIC)


@given(st.integers(0, len(WHOLE) - 1), st.integers(1, 255))
def test_a_file_with_any_byte_altered_is_refused(place: int, flip: int) -> None:
    altered = bytearray(WHOLE)
    altered[place] ^= flip
    assert not is_good(bytes(altered))


def test_a_file_with_any_one_bit_altered_is_refused() -> None:
    for place in range(len(WHOLE)):
        for bit in range(8):
            altered = bytearray(WHOLE)
            altered[place] ^= 1 << bit
            assert not is_good(bytes(altered)), (place, bit)


def test_a_file_cut_short_anywhere_or_with_anything_behind_it_is_refused() -> None:
    assert is_good(WHOLE)
    assert not [length for length in range(len(WHOLE)) if is_good(WHOLE[:length])]
    for more in (b"\n", b" ", b"{}", WHOLE):
        assert not is_good(WHOLE + more)


def test_a_file_with_lines_left_out_or_exchanged_is_refused() -> None:
    lines = written([*MACHINE, (Channel.UP, b"7")]).splitlines(keepends=True)
    for place in range(len(lines)):
        assert not is_good(b"".join(lines[:place] + lines[place + 1 :]))
    lines[3], lines[4] = lines[4], lines[3]
    assert not is_good(b"".join(lines))


def test_a_signature_for_another_use_does_not_count() -> None:
    writer = StickWriter()
    lines = [writer.header(HEADER), *(writer.message(*each) for each in MACHINE)]
    assert not is_good(b"".join(lines) + writer.end(sign(Use.BATCH, writer.digest, KEY)))


def test_a_payload_no_reader_would_take_is_not_written() -> None:
    for payload in (b"[\n]", b'"' + b"x" * MAX_LINE_BYTES + b'"'):
        with pytest.raises(ValueError, match="no place"):
            StickWriter().message(Channel.UP, payload)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"\xff\xfe",
        b"PK\x03\x04",
        b"[" * 100_000,
        b'{"yukemuri":7}\n',
        b'{"yukemuri":"stick/1"}\n',
    ],
)
def test_what_is_no_file_of_ours_is_refused_with_a_sentence(data: bytes) -> None:
    assert "export it again" in refusal(data) or "choose another" in refusal(data)


def test_a_file_of_a_newer_kind_asks_for_an_update_and_prints_nothing_a_terminal_obeys() -> None:
    told = refusal(WHOLE.replace(b"stick/1", b"stick/9\\u001b[2J"))
    assert "update this side" in told
    assert "stick/9?[2J" in told


def test_too_large_a_file_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stick_module, "decode", None)
    assert "export it again" in refusal_of_size(WHOLE, len(WHOLE) - 1)


def refusal_of_size(data: bytes, most: int) -> str:
    with pytest.raises(StickRefused) as refused:
        read_stick(data, most)
    return str(refused.value)


def test_too_many_or_too_long_lines_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    refusal(WHOLE.replace(b'{"a":1}', b'"' + b"x" * MAX_LINE_BYTES + b'"'))
    monkeypatch.setattr(stick_module, "MAX_LINES", 5)
    assert is_good(WHOLE)
    monkeypatch.setattr(stick_module, "MAX_LINES", 4)
    assert "not whole" in refusal(WHOLE)


@pytest.mark.parametrize("channel", [b"state", b"up/../down", b"", b"HELLO"])
def test_a_message_that_does_not_travel_by_file_is_refused(channel: bytes) -> None:
    refusal(WHOLE.replace(b'"channel":"up"', b'"channel":"' + channel + b'"'))


def test_machine_and_office_each_take_only_the_other_s_files() -> None:
    machine, office = read_stick(WHOLE), read_stick(written(OFFICE))
    expect_machine(machine)
    expect_office(office)
    with pytest.raises(StickRefused, match="on the machine"):
        expect_machine(office)
    with pytest.raises(StickRefused, match="at the office"):
        expect_office(machine)


@pytest.mark.parametrize("order", [[0], [0, 2], [0, 0, 1, 2], [0, 1, 2, 1], [1, 0, 2], [2, 0, 1]], ids=str)
def test_greetings_come_once_and_first(order: list[int]) -> None:
    stick = read_stick(written([MACHINE[place] for place in order]))
    with pytest.raises(StickRefused, match="damaged"):
        expect_machine(stick)


@pytest.mark.parametrize("order", [[1], [1, 0], [0, 0], [0, 1, 0]], ids=str)
def test_the_office_has_one_word_and_then_its_pages(order: list[int]) -> None:
    stick: Stick = read_stick(written([OFFICE[place] for place in order]))
    with pytest.raises(StickRefused, match="damaged"):
        expect_office(stick)
