"""Riders by the driver's hand on a line whose fares are known, and what the office makes of them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from central.database.hand_tables import hand_rides
from central.database.transaction import Connection
from central.devices.data_folder import Office
from central.japan import parse_day
from central.ledger.verify_ledger import verify_ledger
from central.today.filters import Filter
from central.today.rows import Matching, Ride, RideSums
from central.today.store import each_ride, sum_rides
from rules.messages.events import HandAlighted, HandBoarded, HandUndone, Means, RecordRef
from rules.money import Yen
from rules.passes.rider_pass import RiderClass
from tests.central.office import at, balances
from tests.ride.builders import DAY, STOPS

FARE = 150
"""Yen a section and a person here: the office takes what the driver took, and works nothing out."""


def _said(stop: int, people: int, means: Means, second: int) -> dict[str, Any]:
    return {
        "at": at(second),
        "means": means,
        "rider_class": RiderClass.ADULT,
        "people": people,
        "edition": 1,
        "trip_id": "t1",
        "service_date": DAY,
        "route_id": "r",
        "stop_id": STOPS[stop],
        "stop_index": stop,
        "confidence": 0.9,
        "place_reason": "",
        "camera": False,
    }


def boards(
    stop: int = 0, people: int = 1, means: Means = Means.CASH, second: int = 0, **more: Any
) -> HandBoarded:
    """People board at stop `stop`, 0 to 4."""
    return HandBoarded(**{**_said(stop, people, means, second), **more})


def alights(
    board: RecordRef | None,
    stop: int,
    people: int = 1,
    means: Means = Means.CASH,
    second: int = 600,
    start: int = 0,
    **more: Any,
) -> HandAlighted:
    """People alight at stop `stop` who boarded at stop `start`, each for its fare."""
    fare = None if more.get("forgotten") else Yen(FARE * people * max(0, stop - start))
    if means is Means.COMMUTER:
        fare = Yen(0)
    end = {
        "board": board,
        "board_stop_id": STOPS[start],
        "board_index": start,
        "fare": fare,
        "cash": fare if fare and means is Means.CASH else Yen(0),
    }
    return HandAlighted(**{**_said(stop, people, means, second), **end, **more})


def undone(*records: RecordRef, second: int = 620) -> HandUndone:
    """The driver takes these back."""
    return HandUndone(at=at(second), records=list(records))


def hand_rows(connection: Connection) -> set[tuple[Any, ...]]:
    """Every row without its own id."""
    columns = [column for column in hand_rides.columns if column.name != "id"]
    return {tuple(row) for row in connection.execute(select(*columns))}


def cash_standing(connection: Connection) -> int:
    """Yen of the rows that count."""
    query = select(func.coalesce(func.sum(hand_rides.c.cash), 0)).where(~hand_rides.c.undone)
    return int(connection.execute(query).scalar_one())


def check_cash(connection: Connection) -> None:
    """The ledger holds, and has the cash of what counts and nothing else."""
    assert verify_ledger(connection).problems == []
    cash = cash_standing(connection)
    money = balances(connection)
    assert money.get(("driver-cash", ""), 0) == -cash
    assert money.get(("fares-earned", ""), 0) == cash


def listed(office: Office, **narrowed: Any) -> list[Ride]:
    """The rides of the day's page."""
    with office.database.read() as connection:
        return list(each_ride(connection, _wanted(narrowed), Matching()))


def sums(office: Office, **narrowed: Any) -> RideSums:
    """Their sums."""
    with office.database.read() as connection:
        return sum_rides(connection, _wanted(narrowed), Matching())


def ways(office: Office) -> set[tuple[Any, ...]]:
    """(from, to, people, state, cash) of the day's page."""
    return {
        (ride.board_stop_id, ride.alight_stop_id, ride.people, ride.state, ride.cash)
        for ride in listed(office)
    }


def _wanted(narrowed: dict[str, Any]) -> Filter:
    day = parse_day(DAY)
    assert day is not None
    return Filter(day, **narrowed)
