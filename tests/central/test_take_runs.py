"""Batches that wait together are taken in at once: what comes of it is what one after the other would have made."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from enum import Enum, auto
from pathlib import Path
from typing import Any
from unittest.mock import patch

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from central.database.tables import incidents
from central.devices.data_folder import Office
from central.devices.register_device import revoke_device
from central.inbox import answer
from central.inbox.answer import Desk, Message
from central.inbox.take_batch import take
from central.ledger.verify_ledger import verify_ledger
from rules.messages.codec import decode, encode
from rules.messages.link import Ack, Batch, Cursor
from rules.messages.topics import Channel, Topic
from tests.central.office import (
    NOW,
    Bus,
    alight,
    balances,
    board,
    card_of,
    cursors,
    new_office,
    record_rows,
    ride_rows,
)

VILLAGE = "ohkura"
RIDES = 4


class Mischief(Enum):
    """What becomes of a batch on its way."""

    NONE = auto()
    LOST = auto()
    TWICE = auto()
    UNSIGNED = auto()
    DAMAGED = auto()
    RECORD_UNREADABLE = auto()


def message(bus: Bus, batch: Batch) -> Message:
    return Message(str(Topic(VILLAGE, bus.device, Channel.UP)), encode(batch))


def sent(bus: Bus, cuts: Sequence[int], mischief: Sequence[Mischief]) -> list[Message]:
    """The bus's journal in batches of so many records, each with what becomes of it."""
    messages = []
    first = 1
    for count, what in zip(cuts, mischief, strict=False):
        last = min(first + count - 1, len(bus.records))
        if last < first:
            break
        batch = bus.batch(first, last)
        first = last + 1
        match what:
            case Mischief.LOST:
                continue
            case Mischief.UNSIGNED:
                batch = msgspec.structs.replace(batch, signature="00" * 64)
            case Mischief.DAMAGED:
                batch = msgspec.structs.replace(batch, records=[msgspec.Raw(b"{}"), *batch.records[1:]])
            case _:
                pass
        messages += [message(bus, batch)] * (2 if what is Mischief.TWICE else 1)
    return messages


def ridden(bus: Bus, pass_id: str, *, unreadable: bool) -> None:
    """Some rides, the last alighting told twice, and perhaps a record that nobody can read."""
    for ride in range(RIDES):
        on = bus.write(board(pass_id, 10 * ride))
        if unreadable and ride == 1:
            bus.write_bytes(b'{"event":"of another world"}')
        bus.write(alight(pass_id, on, 100 + ride))
    bus.write(alight(pass_id, on, 999))


def founded(office: Office, buses: Sequence[Bus]) -> list[str]:
    with office.database.write() as connection:
        for bus in buses:
            bus.register(connection)
        return [card_of(connection, office, f"rider of {bus.device}", 300) for bus in buses]


def answered(office: Office, messages: Sequence[Message]) -> dict[Topic, Ack | Cursor]:
    desk = Desk(VILLAGE, office.keys.down)
    with office.database.write() as connection:
        answers = desk.answer_all(connection, messages, NOW)
    kinds: dict[Channel, type[Ack | Cursor]] = {Channel.ACK: Ack, Channel.CURSOR: Cursor}
    words = {each.topic: decode(each.payload, kinds[each.topic.channel]) for each in answers}
    return {topic: msgspec.structs.replace(word, kid=0, signature="") for topic, word in words.items()}


def books(office: Office) -> tuple[Any, ...]:
    with office.database.read() as connection:
        assert verify_ledger(connection).problems == []
        listed = select(incidents.c.device, incidents.c.what, incidents.c.detail, incidents.c.times)
        return (
            set(ride_rows(connection)),
            set(record_rows(connection)),
            balances(connection),
            set(cursors(connection)),
            set(connection.execute(listed)),
        )


cuts = st.lists(st.integers(1, 4), min_size=9, max_size=9)
fates = st.lists(st.sampled_from(Mischief), min_size=9, max_size=9)


@settings(max_examples=25)
@given(st.tuples(cuts, cuts), st.tuples(fates, fates), st.data())
def test_what_waits_together_makes_what_one_after_the_other_makes(
    parts: tuple[list[int], list[int]], mischief: tuple[list[Mischief], list[Mischief]], data: st.DataObject
) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        new_office(Path(folder) / "together") as together,
        new_office(Path(folder) / "alone") as alone,
    ):
        buses = [Bus("bus-001"), Bus("bus-002", secret=8)]
        passes = founded(together, buses)
        assert founded(alone, buses) == passes
        waiting = []
        for bus, pass_id, of_bus, what in zip(buses, passes, parts, mischief, strict=True):
            ridden(bus, pass_id, unreadable=Mischief.RECORD_UNREADABLE in what)
            waiting.append(sent(bus, of_bus, what))
        turns = data.draw(st.permutations([0] * len(waiting[0]) + [1] * len(waiting[1])))
        messages = [waiting[turn].pop(0) for turn in turns]
        # One commit for all, as the listener makes where they wait; and a commit each.
        said = answered(together, messages)
        last: dict[Topic, Ack | Cursor] = {}
        for each in messages:
            last |= answered(alone, [each])
        assert books(together) == books(alone)
        assert said == last


@pytest.fixture
def two(tmp_path: Path) -> Any:
    with new_office(tmp_path) as office:
        bus = Bus()
        (pass_id,) = founded(office, [bus])
        ridden(bus, pass_id, unreadable=False)
        yield office, bus


def test_what_waits_together_is_taken_in_at_once(two: tuple[Office, Bus]) -> None:
    office, bus = two
    with patch.object(answer, "take", side_effect=AssertionError("one by one")):
        answered(office, sent(bus, [3, 3, 3], [Mischief.NONE] * 3))
    with office.database.read() as connection:
        assert len(record_rows(connection)) == len(bus.records)


def test_a_batch_that_cannot_be_taken_with_the_others_holds_none_of_them_up(two: tuple[Office, Bus]) -> None:
    office, bus = two
    with patch.object(answer, "take", wraps=take) as one_by_one:
        fates = [Mischief.NONE, Mischief.NONE, Mischief.UNSIGNED]
        answered(office, sent(bus, [3, 3, 3], fates))
    assert one_by_one.call_count == 3
    with office.database.read() as connection:
        assert len(record_rows(connection)) == 6


def test_a_revoked_machine_is_refused_however_much_of_it_waits(two: tuple[Office, Bus]) -> None:
    office, bus = two
    with office.database.write() as connection:
        revoke_device(connection, bus.device)
    assert answered(office, sent(bus, [3, 3, 3], [Mischief.NONE] * 3)) == {}
    with office.database.read() as connection:
        assert not record_rows(connection)
