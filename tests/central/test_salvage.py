"""Journals that follow on others: every record is taken in once, whichever way it comes, and none hides another."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from central.database.tables import incidents, quarantine
from central.devices.data_folder import Office
from central.devices.list_incident import Incident, What
from central.ledger.verify_ledger import verify_ledger
from rules.messages.codec import first_hash, next_hash
from rules.messages.events import AnyEvent, JournalReplaced, RecordRef, Replaced, Salvaged
from rules.messages.link import Ack
from tests.central.office import (
    EPOCH,
    Bus,
    alight,
    at,
    balances,
    board,
    card_of,
    incidents_listed,
    new_office,
    refusals,
    ride_rows,
    send,
    started,
)

LATER = "later"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with new_office(tmp_path) as made:
        with made.database.write() as connection:
            Bus().register(connection)
        yield made


def card(office: Office, member: str, balance: int = 5_000) -> str:
    with office.database.write() as connection:
        return card_of(connection, office, member, balance)


def handed_on(bus: Bus, number: int, body: bytes | None = None) -> Salvaged:
    """Record `number` of an earlier journal as a later one carries it."""
    previous = bus.hash_at(number - 1)
    own = bus.records[number - 1]
    return Salvaged(
        at=at(),
        epoch=bus.epoch,
        number=number,
        previous=previous.hex(),
        hash=next_hash(previous, own).hex(),
        body=msgspec.Raw(body or own),
    )


def follower(bus: Bus, *numbers: int, epoch: str = LATER) -> Bus:
    """A journal that follows on `bus` and hands on these numbers of it."""
    new = Bus(epoch=epoch)
    lost = sorted(set(range(1, len(bus.records) + 1)) - set(numbers))
    missing = [(number, number) for number in lost]
    new.write(
        JournalReplaced(
            at=at(),
            epoch=bus.epoch,
            why=Replaced.DAMAGED,
            detail="",
            last_number=len(bus.records),
            missing=missing,
        )
    )
    for number in numbers:
        new.write(handed_on(bus, number))
    return new


def books(office: Office) -> tuple[object, ...]:
    with office.database.read() as connection:
        assert verify_ledger(connection).problems == []
        return ride_rows(connection), balances(connection), refusals(connection)


def test_a_record_that_central_lacks_is_taken_in_and_its_ride_ends(office: Office) -> None:
    pass_id, bus = card(office, "m"), Bus()
    bus.write(started())
    on = bus.write(board(pass_id))
    send(office.database, bus, 1, 1)
    new = follower(bus, 2)
    new.write(alight(pass_id, on, 600))
    assert isinstance(send(office.database, new), Ack)
    rides, money, refused = books(office)
    assert isinstance(rides, set) and len(rides) == 1 and not refused
    assert isinstance(money, dict) and money["member", "m"] == 4_400
    with office.database.read() as connection:
        assert {what for _, what in incidents_listed(connection)} == {
            What.JOURNAL_REPLACED,
            What.RECORDS_LOST,
        }
        (lost,) = connection.scalars(select(incidents.c.detail).where(incidents.c.what == What.RECORDS_LOST))
        assert lost == f"{EPOCH}: 1"


def test_what_central_holds_already_is_not_taken_in_again(office: Office) -> None:
    pass_id, bus = card(office, "m"), Bus()
    bus.write(alight(pass_id, bus.write(board(pass_id)), 600))
    send(office.database, bus)
    before = books(office)
    send(office.database, follower(bus, 1, 2))
    send(office.database, follower(bus, 1, 2, epoch="third"))
    assert books(office) == before


def test_the_first_journal_may_still_come_after_what_was_handed_on_of_it(office: Office) -> None:
    pass_id, bus = card(office, "m"), Bus()
    bus.write(alight(pass_id, bus.write(board(pass_id)), 600))
    send(office.database, follower(bus, 1, 2))
    before = books(office)
    answer = send(office.database, bus)
    assert isinstance(answer, Ack) and answer.number == 2
    assert books(office) == before


def test_of_two_that_go_on_from_one_journal_both_rides_are_in_the_books(office: Office) -> None:
    one, two, first = card(office, "one"), card(office, "two"), Bus()
    first.write(started())
    copy = Bus(records=first.records[:])
    first.write(alight(one, first.write(board(one)), 600))
    send(office.database, first)
    copy_on = copy.write(board(two))
    copy.write(started())
    answer = send(office.database, copy)
    assert isinstance(answer, Incident) and answer.what is What.CONFLICT
    with office.database.read() as connection:
        held = [
            (row.number, row.body)
            for row in connection.execute(select(quarantine).order_by(quarantine.c.number))
        ]
    assert held == [(2, copy.records[1]), (3, copy.records[2])]
    new = follower(copy, 1, 2, 3)
    new.write(alight(two, copy_on, 400))
    send(office.database, new)
    rides, money, refused = books(office)
    assert isinstance(rides, set) and len(rides) == 2 and not refused
    assert isinstance(money, dict)
    assert (money["member", "one"], money["member", "two"]) == (4_400, 4_600)


def test_both_ends_of_a_ride_that_lost_its_number_find_each_other(office: Office) -> None:
    one, two, first = card(office, "one"), card(office, "two"), Bus()
    copy = Bus()
    first.write(alight(one, first.write(board(one)), 600))
    copy.write(alight(two, copy.write(board(two)), 400))
    send(office.database, first)
    send(office.database, follower(copy, 1, 2))
    rides, money, refused = books(office)
    assert isinstance(rides, set) and len(rides) == 2 and not refused
    assert isinstance(money, dict) and money["member", "two"] == 4_600


@pytest.mark.parametrize(
    "change", [{"body": msgspec.Raw(b'{"a":1}')}, {"number": 0}, {"epoch": "no such"}, {"hash": "x"}]
)
def test_what_does_not_prove_itself_posts_nothing_and_is_kept_with_its_reason(
    office: Office, change: dict[str, Any]
) -> None:
    bus, new = Bus(), Bus(epoch=LATER)
    bus.write(board(card(office, "m")))
    new.write(msgspec.structs.replace(handed_on(bus, 1), **change))
    send(office.database, new)
    rides, _, refused = books(office)
    assert rides == set()
    assert isinstance(refused, dict) and set(refused) == {1}


def test_a_record_handed_on_within_one_handed_on_is_refused(office: Office) -> None:
    bus, middle, last = Bus(), Bus(epoch="middle"), Bus(epoch=LATER)
    bus.write(board(card(office, "m")))
    middle.write(handed_on(bus, 1))
    last.write(handed_on(middle, 1))
    send(office.database, last)
    rides, _, refused = books(office)
    assert rides == set()
    assert isinstance(refused, dict) and set(refused) == {1}


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_however_a_journal_is_replaced_every_ride_is_charged_once(seed: int) -> None:
    dice = Random(seed)
    with tempfile.TemporaryDirectory() as folder, new_office(Path(folder)) as office:
        passes = {name: card(office, name) for name in "abc"}
        with office.database.write() as connection:
            Bus().register(connection)
        journals = [Bus(epoch="e0")]
        fares = dict.fromkeys(passes, 0)
        underway: dict[str, RecordRef] = {}
        for _ in range(dice.randrange(4, 30)):
            name = dice.choice("abc")
            journal = journals[-1]
            if name in underway:
                fare = dice.randrange(1, 900)
                fares[name] += fare
                journal.write(alight(passes[name], underway.pop(name), min(fare, 600), max(0, fare - 600)))
            else:
                underway[name] = journal.write(board(passes[name]))
            if dice.random() < 0.3 and journal.records:
                first = dice.randint(1, len(journal.records))
                send(office.database, journal, 1, first)
            if dice.random() < 0.2:
                journals.append(successor(journal, len(journals), dice))
        for journal in dice.sample(journals[:-1], len(journals) - 1):
            # An old card in a drawer may come back.
            if dice.random() < 0.3 and journal.records:
                send(office.database, journal)
        if journals[-1].records:
            send(office.database, journals[-1])
        rides, money, refused = books(office)
        assert isinstance(money, dict) and isinstance(rides, set) and not refused
        assert sum(value for (kind, _), value in money.items() if kind == "fares-earned") == sum(
            fares.values()
        )
        assert len(rides) == len({ride[:3] for ride in rides})


def successor(journal: Bus, number: int, dice: Random) -> Bus:
    """What the device writes: all that central may lack, those handed on before under their first names."""
    new = Bus(epoch=f"e{number}")
    events: list[AnyEvent] = []
    for index, body in enumerate(journal.records, 1):
        own = handed_on(journal, index)
        if b'"salvaged"' in body[:40]:
            own = msgspec.json.decode(body, type=Salvaged)
        events.append(own)
    for event in events:
        new.write(event)
    assert new.hash_at(0) == first_hash(new.device, new.epoch)
    return new


def test_a_journal_whose_boarding_a_copy_has_handed_on_still_ends_its_ride(office: Office) -> None:
    one, two, bus = card(office, "one"), card(office, "two"), Bus()
    bus.write(started())
    on = bus.write(board(one))
    copy = Bus(records=bus.records[:])
    copy.write(board(two))
    send(office.database, bus, 1, 1)
    send(office.database, follower(copy, 2, 3))
    bus.write(alight(one, on, 600))
    answer = send(office.database, bus)
    assert isinstance(answer, Ack) and answer.number == 3
    rides, money, refused = books(office)
    assert isinstance(rides, set) and len(rides) == 2 and not refused
    assert isinstance(money, dict) and money["member", "one"] == 4_400
