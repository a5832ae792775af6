"""Taking in journals: nothing lost, nothing doubled, nothing believed that was not signed."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from central.database.transaction import Connection
from central.devices.data_folder import Office
from central.devices.list_incident import Incident, What
from central.inbox.take_batch import cursor_for, take
from central.ledger.verify_ledger import verify_ledger
from rules.instant import ClockQuality, Instant
from rules.messages.codec import encode
from rules.messages.events import RecordRef
from rules.messages.link import MAX_BATCH_RECORDS, MAX_RECORD_BYTES, Ack, Batch, Cursor
from tests.central.office import (
    EPOCH,
    NOW,
    STRANGER,
    Bus,
    alight,
    balances,
    board,
    card,
    card_of,
    cursors,
    group_sums,
    incidents_listed,
    left_open,
    money,
    new_office,
    only_ride,
    record_rows,
    refusals,
    ride_rows,
    send,
    started,
)

MEMBERS = {"rich": 5000, "poor": 700, "broke": 0}


def state(connection: Connection) -> tuple[Any, ...]:
    return record_rows(connection), ride_rows(connection), balances(connection), cursors(connection)


def read_state(office: Office) -> Any:
    with office.database.read() as connection:
        return state(connection)


def test_what_is_kept_is_what_was_sent_to_the_byte(office: Office, bus: Bus) -> None:
    # Spaces, another order of fields and one from a later version: still the journal's own bytes.
    body = b'{"version" :"9", "new":1,"event":"started","at":' + encode(started().at) + b"}"
    bus.write_bytes(body)
    send(office.database, bus)
    with office.database.read() as connection:
        (row,) = record_rows(connection)
    assert body in row
    assert "" in row


def test_a_gap_stores_nothing_and_is_answered_with_the_cursor(office: Office, bus: Bus) -> None:
    for _ in range(4):
        bus.write(started())
    send(office.database, bus, 1, 1)
    before = read_state(office)
    assert send(office.database, bus, 3, 4) == Cursor(EPOCH, 1, bus.hash_at(1).hex(), NOW)
    assert read_state(office) == before
    assert send(office.database, bus, 2, 4).number == 4


def test_the_cursor_of_a_new_journal_is_its_first_hash(office: Office, bus: Bus) -> None:
    with office.database.read() as connection:
        assert cursor_for(connection, bus.device, EPOCH, NOW) == Cursor(EPOCH, 0, bus.hash_at(0).hex(), NOW)


@pytest.mark.parametrize("first", [1, 2, 3])
def test_another_record_under_a_known_number_is_not_stored_and_is_listed(
    office: Office, bus: Bus, first: int
) -> None:
    pass_id = card(office, "m", 1000)
    on = bus.write(board(pass_id))
    bus.write(alight(pass_id, on, 100))
    send(office.database, bus)
    before = read_state(office)
    copy = Bus(records=bus.records[:1])
    copy.write(alight(pass_id, on, 300))
    copy.write(started())
    answer = send(office.database, copy, first)
    assert isinstance(answer, Incident)
    assert answer.what in {What.CONFLICT, What.DAMAGED_BATCH}
    assert read_state(office) == before
    # The journal that was here first goes on.
    bus.write(started())
    assert send(office.database, bus, first).number == 3


def test_a_flipped_bit_anywhere_posts_nothing(office: Office, bus: Bus) -> None:
    pass_id = card(office, "m", 1000)
    bus.write(alight(pass_id, bus.write(board(pass_id)), 600))
    wire = encode(bus.batch())
    before = read_state(office)
    dice = random.Random(4)
    for place in {*dice.sample(range(len(wire)), 150), wire.index(b"600"), wire.index(b'"records"') + 12}:
        flipped = bytearray(wire)
        flipped[place] ^= 1 << dice.randrange(8)
        try:
            batch = msgspec.json.decode(bytes(flipped), type=Batch)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
        if encode(batch) == wire:
            continue
        with office.database.write() as connection:
            assert not isinstance(take(connection, bus.row, batch, NOW), Ack), place
        assert read_state(office) == before


def test_what_another_key_signed_is_refused(office: Office, bus: Bus) -> None:
    forger = Bus(secret=8)
    forger.write(started())
    with office.database.write() as connection:
        answer = take(connection, bus.row, forger.batch(), NOW)
    assert isinstance(answer, Incident)
    assert answer.what is What.BAD_SIGNATURE


def test_a_batch_of_one_machine_is_none_of_another(office: Office, bus: Bus) -> None:
    other = Bus(device="bus-002", secret=bus.secret)
    other.write(started())
    with office.database.write() as connection:
        assert isinstance(take(connection, bus.row, other.batch(), NOW), Incident)


@pytest.mark.parametrize(
    "change",
    [
        {"records": []},
        {"first": 0},
        {"first": -1},
        {"first": 2**70},
        {"epoch": ""},
        {"epoch": "a\nb"},
        {"epoch": "e" * 65},
        {"records": [msgspec.Raw(b"1")] * (MAX_BATCH_RECORDS + 1)},
        {"records": [msgspec.Raw(b'"' + b"x" * MAX_RECORD_BYTES + b'"')]},
        {"records": [msgspec.Raw(b'"' + b"x" * 8000 + b'"')] * 7},
        {"signature": "not hex"},
        {"signature": ""},
        {"last_hash": "é"},
    ],
)
def test_a_batch_beyond_the_limits_is_refused(office: Office, bus: Bus, change: dict[str, Any]) -> None:
    bus.write(started())
    with office.database.write() as connection:
        batch = msgspec.structs.replace(bus.batch(), **change)
        assert isinstance(take(connection, bus.row, batch, NOW), Incident)
        assert record_rows(connection) == set()


BAD = [
    b"1",
    b'"text"',
    b"{}",
    b'{"event":"tapped"}',
    b'{"event":"from-the-future"}',
    encode(msgspec.structs.replace(started(), at=Instant("b", 0, -1, ClockQuality.GPS))),
    encode(msgspec.structs.replace(started(), at=Instant("b", 0, 2**80, ClockQuality.GPS))),
]


@pytest.mark.parametrize("body", BAD)
def test_a_malformed_record_is_kept_acknowledged_and_listed_and_blocks_nothing(
    office: Office, bus: Bus, body: bytes
) -> None:
    pass_id = card(office, "m", 1000)
    bus.write_bytes(body)
    bus.write(board(pass_id))
    assert send(office.database, bus).number == 2
    with office.database.read() as connection:
        assert set(refusals(connection)) == {1}
        assert incidents_listed(connection) == {(bus.device, What.RECORD_REFUSED)}
        assert body in {row[-1] for row in record_rows(connection)}
        assert len(ride_rows(connection)) == 1


def test_a_record_that_fails_half_way_leaves_no_half_behind(
    office: Office, bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    pass_id = card(office, "m", 1000)
    bus.write(alight(pass_id, bus.write(board(pass_id)), 600))
    bus.write(started())
    # The ride's end is written after its money is posted.
    monkeypatch.setattr("central.rides.apply_event.end_rides", lambda *_: 1 / 0)
    assert send(office.database, bus).number == 3
    assert "open" in only_ride(office)
    assert ("fares-earned", "") not in money(office)
    with office.database.read() as connection:
        assert set(refusals(connection)) == {2}
        assert verify_ledger(connection).problems == []


def one_day(passes: dict[str, str], dice: random.Random) -> list[Bus]:
    """Two buses' journals of a day, of everything that can stand in one."""
    buses = [Bus("bus-001", secret=7), Bus("bus-002", "fedcba9876543210", secret=9)]
    for bus in buses:
        open_rides: dict[str, RecordRef] = {}
        for second in range(dice.randint(0, 20)):
            pass_id = dice.choice(list(passes.values()))
            kind = dice.choice(["tap", "tap", "tap", "left", "started", "junk"])
            if kind == "started":
                bus.write(started())
            elif kind == "junk":
                bus.write_bytes(dice.choice(BAD))
            elif pass_id not in open_rides:
                open_rides[pass_id] = bus.write(board(pass_id, second))
            elif kind == "left":
                bus.write(
                    left_open(pass_id, open_rides.pop(pass_id), dice.randrange(600), dice.randrange(300))
                )
            else:
                bus.write(alight(pass_id, open_rides.pop(pass_id), dice.randrange(600), dice.randrange(300)))
    return buses


def as_sent(buses: list[Bus], dice: random.Random) -> list[tuple[Bus, int, int]]:
    """Every journal whole in the end, cut anywhere, pieces repeated, early and out of order."""
    pieces = []
    for bus in buses:
        total = len(bus.records)
        for _ in range(dice.randint(0, 6) if total else 0):
            first = dice.randint(1, total)
            pieces.append((bus, first, dice.randint(first, total)))
    dice.shuffle(pieces)
    for bus in dice.sample(buses, len(buses)):
        number = 1
        while number <= len(bus.records):
            last = min(len(bus.records), number + dice.randrange(8))
            pieces += [(bus, number, last)] * dice.randint(1, 2)
            number = last + 1
    return pieces


@settings(max_examples=8)
@given(st.integers(0, 2**32))
def test_any_order_repetition_and_splitting_gives_the_same_books(seed: int) -> None:
    """Between two buses any order at all; of one bus, what comes too early is asked for again."""
    books = []
    for run in range(3):
        with tempfile.TemporaryDirectory() as folder, new_office(Path(folder)) as office:
            with office.database.write() as connection:
                passes = {"stranger": STRANGER}
                for member, balance in MEMBERS.items():
                    passes[member] = card_of(connection, office, member, balance)
                buses = one_day(passes, random.Random(seed))
                for bus in buses:
                    bus.register(connection)
            with office.database.write() as connection:
                for bus, first, last in as_sent(buses, random.Random(seed + run)):
                    taken = take(connection, bus.row, bus.batch(first, last), NOW)
                    assert isinstance(taken, Ack | Cursor)
                    assert isinstance(taken, Cursor) or taken.number >= last
            with office.database.read() as connection:
                books.append(state(connection))
                assert verify_ledger(connection).problems == []
                assert not any(group_sums(connection))
            assert {(bus.device, len(bus.records)) for bus in buses if bus.records} == {
                (row[0], row[2]) for row in books[-1][3]
            }
    assert books[0] == books[1] == books[2]


def test_a_failure_in_the_middle_leaves_nothing_of_the_batch(
    office: Office, bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    pass_id = card(office, "m", 1000)
    bus.write(alight(pass_id, bus.write(board(pass_id)), 600))
    before = read_state(office)
    with monkeypatch.context() as patch:
        patch.setattr("central.inbox.take_batch.put_journal", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            send(office.database, bus)
    assert read_state(office) == before
    assert send(office.database, bus).number == 2
