"""A batch is taken in with a few statements: the books are those that one record after another would have made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import event, select

from central.database import many_rows
from central.database.ledger_tables import accounts, groups
from central.database.many_rows import Lookup, ManyRows, one_of, values
from central.database.tables import incidents, settings
from central.database.transaction import Connection
from central.devices.data_folder import Office
from central.inbox.take_batch import take
from central.ledger.post_orders import post, post_all
from central.ledger.verify_ledger import verify_ledger
from central.rides.apply_event import NotApplied
from rules.ledger.accounts import suspense_account
from rules.ledger.charges import cash_charge_order
from rules.ledger.order import Move
from rules.ledger.rides import ride_order
from rules.money import Yen
from tests.central.office import (
    EPOCH,
    NOW,
    STRANGER,
    Bus,
    alight,
    balances,
    board,
    card_of,
    cursors,
    left_open,
    new_office,
    record_rows,
    refusals,
    ride_rows,
    send,
    started,
)

Write = Callable[[Bus, str, str], None]


@pytest.fixture
def offices(tmp_path: Path) -> Iterator[tuple[Office, Office]]:
    with new_office(tmp_path / "together") as together, new_office(tmp_path / "alone") as alone:
        yield together, alone


def rides_of_two(bus: Bus, rich: str, poor: str) -> None:
    first, second = bus.write(board(rich)), bus.write(board(poor))
    bus.write(alight(poor, second, 900, 100))
    bus.write(alight(rich, first, 300))
    third = bus.write(board(poor))
    bus.write(left_open(poor, third, 200, 50))
    bus.write(alight(rich, bus.write(board(rich)), 0))


def the_same_ride_ended_twice(bus: Bus, rich: str, poor: str) -> None:
    boarded = bus.write(board(rich))
    bus.write(alight(rich, boarded, 300))
    bus.write(alight(rich, boarded, 400))
    bus.write(left_open(rich, boarded, 500))


def ends_that_cannot_be(bus: Bus, rich: str, poor: str) -> None:
    boarded = bus.write(board(rich))
    bus.write(alight(poor, boarded, 300))
    bus.write(alight(rich, boarded, 300, fare=Yen(299)))
    bus.write(alight(rich, bus.write(board("no pass")), 300))
    bus.write(alight(rich, boarded, 250))


def strangers_and_noise(bus: Bus, rich: str, poor: str) -> None:
    bus.write_bytes(b"{}")
    bus.write(alight(STRANGER, bus.write(board(STRANGER)), 200))
    bus.write(started())
    bus.write(alight(STRANGER, bus.write(board(STRANGER)), 300))


@pytest.mark.parametrize(
    "write",
    [
        rides_of_two,
        the_same_ride_ended_twice,
        ends_that_cannot_be,
        strangers_and_noise,
    ],
)
def test_a_batch_makes_the_books_that_its_records_alone_make(
    offices: tuple[Office, Office], write: Write
) -> None:
    together, alone = offices
    bus = Bus()
    passes = [prepare(office, bus) for office in offices]
    assert passes[0] == passes[1]
    write(bus, *passes[0])
    send(together.database, bus)
    for number in range(1, len(bus.records) + 1):
        send(alone.database, bus, number, number)
    assert books(together) == books(alone)


def test_a_ride_whose_money_stands_otherwise_holds_up_nobody_else(offices: tuple[Office, Office]) -> None:
    together, alone = offices
    bus = Bus()
    (rich, poor), _ = [prepare(office, bus) for office in offices]
    boarded, other = bus.write(board(rich)), bus.write(board(poor))
    bus.write(alight(rich, boarded, 300))
    bus.write(alight(poor, other, 400))
    for office in offices:
        before = ride_order(f"ride/{bus.device}/{EPOCH}/1", suspense_account(STRANGER), Yen(1), Yen(0))
        assert before is not None
        with office.database.write() as connection:
            post(connection, before, NOW)
    send(together.database, bus)
    for number in range(1, 5):
        send(alone.database, bus, number, number)
    assert books(together) == books(alone)
    with together.database.read() as connection:
        assert refusals(connection) == {3: NotApplied.POSTED_OTHERWISE}
        assert balances(connection)["member", "poor"] == -400 + 500


def test_a_record_that_fails_is_alone_in_failing(
    offices: tuple[Office, Office], monkeypatch: pytest.MonkeyPatch
) -> None:
    together, _ = offices
    bus = Bus()
    rich, poor = prepare(together, bus)
    for pass_id, fare in ((rich, 300), (poor, 666), (rich, 200)):
        bus.write(alight(pass_id, bus.write(board(pass_id)), fare))

    def refuse_one(connection: Connection, facts: Any, now: int) -> Any:
        if any(isinstance(step, Move) and step.amount == 666 for order in facts for step in order.steps):
            raise ZeroDivisionError
        return post_all(connection, facts, now)

    monkeypatch.setattr("central.rides.apply_event.post_all", refuse_one)
    assert send(together.database, bus).number == 6
    with together.database.read() as connection:
        assert refusals(connection).keys() == {4}
        assert "ZeroDivisionError" in refusals(connection)[4]
        assert balances(connection)["fares-earned", ""] == 500
        assert verify_ledger(connection).problems == []


def test_a_batch_takes_as_many_statements_as_a_few_records(offices: tuple[Office, Office]) -> None:
    few, many = (statements_for(office, rides) for office, rides in zip(offices, (2, 20), strict=True))
    assert few == many < 36


def test_facts_posted_together_see_what_those_before_them_left(offices: tuple[Office, Office]) -> None:
    together, _ = offices
    bus = Bus()
    _, poor = prepare(together, bus)
    for fare in (400, 400):
        bus.write(alight(poor, bus.write(board(poor)), fare))
    send(together.database, bus)
    with together.database.read() as connection:
        # 500 were there: the second ride finds 100, and 300 are owed.
        assert balances(connection)["owed", "poor"] == -300
        assert ("member", "poor") not in balances(connection)


def test_values_in_another_order_than_the_statement_has_are_refused(offices: tuple[Office, Office]) -> None:
    together, _ = offices
    wrong = ManyRows(settings.insert(), "value", "name")
    missing = Lookup(select(settings.c.name).where(one_of(settings.c.name, "names")))
    with together.database.write() as connection:
        with pytest.raises(ValueError, match="has the values"):
            wrong.execute(connection, [("b", "a")])
        with pytest.raises(ValueError, match="has the values"):
            missing.all(connection)


def test_a_lookup_finds_what_it_is_asked_about_and_nothing_else(offices: tuple[Office, Office]) -> None:
    together, _ = offices
    names = Lookup(select(settings.c.name).where(one_of(settings.c.name, "names")), "names")
    odd = ["plain", 'with "quotes"', "日本", "[1]", ""]
    with together.database.write() as connection:
        ManyRows(settings.insert(), "name", "value").execute(connection, [(name, "") for name in odd])
        for name in odd:
            assert names.all(connection, values([name, "absent"])) == [(name,)]
        assert list(names.all(connection, values([]))) == []


def prepare(office: Office, bus: Bus) -> tuple[str, str]:
    """Register the bus; the passes of one who has much and of one who has little."""
    with office.database.write() as connection:
        bus.register(connection)
        post(connection, cash_charge_order("first", "somebody", Yen(1)), NOW)
        return card_of(connection, office, "rich", 10_000), card_of(connection, office, "poor", 500)


def statements_for(office: Office, rides: int) -> int:
    """How many statements a batch of so many rides takes."""
    bus, statements = Bus(), []
    rich, _ = prepare(office, bus)
    for _ in range(rides):
        bus.write(alight(rich, bus.write(board(rich)), 100))
    # What many records go through is said to the driver itself, anything else by SQLAlchemy.
    cursor = many_rows._cursor

    def counted(connection: Connection) -> Any:
        statements.append("many")
        return cursor(connection)

    with patch.object(many_rows, "_cursor", counted), office.database.write() as connection:
        event.listen(connection, "before_cursor_execute", lambda *about: statements.append(about[2]))
        take(connection, bus.row, bus.batch(), NOW)
    return len(statements)


def books(office: Office) -> tuple[Any, ...]:
    """All that records become, with the ledger's rows in order."""
    with office.database.read() as connection:
        listed = connection.execute(
            select(incidents.c.device, incidents.c.what, incidents.c.detail, incidents.c.times)
        )
        posted = connection.execute(select(groups).order_by(groups.c.id)).all()
        opened = connection.execute(select(accounts).order_by(accounts.c.id)).all()
        verified = verify_ledger(connection)
        assert verified.problems == []
        return (
            ride_rows(connection),
            record_rows(connection),
            cursors(connection),
            set(listed),
            posted,
            opened,
            verified,
        )
