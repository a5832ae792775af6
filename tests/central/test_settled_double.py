"""A ride whose code is charged for another one costs its cash, wherever it began: in whatever order one hears of it."""

from __future__ import annotations

import tempfile
from itertools import permutations
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from central.database.tables import rides
from rules.passes.rider_pass import PassKind
from tests.central.office import NOW, Bus, balances, card, new_office, send
from tests.central.settled_bench import check_books, off, on, settled, with_line, yen

CODE = {"pass_kind": PassKind.PHONE, "moment": NOW, "counter": 3}
STEPS = ("charged", "double", "word")
ORDERS = [order for order in permutations(STEPS) if order.index("double") < order.index("word")]


def arriving(order: tuple[str, ...], cash: int, stop: int, balance: int, start: int = 0) -> tuple[Any, ...]:
    """The charged ride on one bus, the double one from stop `start` on another, and a word that it began at `stop`."""
    fare = yen(4 - start)
    cash = min(cash, fare)
    with tempfile.TemporaryDirectory() as folder, new_office(Path(folder)) as office:
        with_line(office)
        pass_id = card(office, "m", balance)
        first, second = (Bus(f"bus-{number}", f"e{number}", number) for number in (1, 2))
        with office.database.write() as connection:
            first.register(connection)
            second.register(connection)
        first.write(off(pass_id, first.write(on(pass_id, 0, **CODE)), 4, 480))
        tap = second.write(on(pass_id, start, **CODE))
        second.write(off(pass_id, tap, 4, fare - cash, cash, start=start))
        second.write(settled(stop, tap))
        for step in order:
            match step:
                case "charged":
                    send(office.database, first)
                case "double":
                    send(office.database, second, 1, 2)
                case _:
                    send(office.database, second, 3)
        with office.database.read() as connection:
            check_books(connection)
            columns = (
                rides.c.device, rides.c.board_stop_id, rides.c.double_of, rides.c.fare, rides.c.held, rides.c.cash,
                rides.c.owed, rides.c.overpaid,
            )  # fmt: skip
            found = connection.execute(select(*columns).order_by(rides.c.device)).all()
            return [tuple(row) for row in found], balances(connection)


def test_cash_within_the_right_fare_stays_and_cash_beyond_it_goes_back() -> None:
    for order in ORDERS:
        found, _ = arriving(order, cash=200, stop=2, balance=1_000)
        assert found[1] == ("bus-2", "C", "bus-1/e1/1", 200, 0, 200, 0, 0)
        found, _ = arriving(order, cash=400, stop=2, balance=1_000)
        assert found[1] == ("bus-2", "C", "bus-1/e1/1", 240, 0, 400, 0, 160)


def test_what_waited_for_being_dearer_waits_no_more_when_only_cash_counts() -> None:
    for order in ORDERS:
        found, _ = arriving(order, cash=200, stop=0, balance=1_000, start=2)
        assert found[1] == ("bus-2", "A", "bus-1/e1/1", 200, 0, 200, 0, 0)


@settings(max_examples=12, deadline=None)
@given(cash=st.integers(0, 480), stop=st.integers(0, 3), start=st.integers(0, 2), balance=st.integers(0, 900))
def test_the_order_in_which_it_is_heard_changes_nothing(
    cash: int, stop: int, start: int, balance: int
) -> None:
    seen = [arriving(order, cash, stop, balance, start) for order in ORDERS]
    assert all(found == seen[0] for found in seen)
