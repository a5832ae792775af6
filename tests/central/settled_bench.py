"""Rides on a line whose fares are known, and what the bus says afterwards about where they began and ended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from central.database import correction_tables, tables
from central.database.phone_ride_tables import phone_rides
from central.database.transaction import Connection
from central.devices.data_folder import Office
from central.ledger.verify_ledger import verify_ledger
from rules.instant import ClockQuality, Instant
from rules.messages.edition_file import pack_edition, seal_edition
from rules.messages.events import RecordRef, RideLeftOpen, SettledBy, StopSettled, Tapped
from rules.money import Yen
from rules.network.edition import Edition
from tests.central.office import NOW, Bus, alight, balances, board, left_open, new_office
from tests.ride.builders import DAY, STOPS, edition

ON_LINE: dict[str, Any] = {"trip_id": "t1", "route_id": "r", "service_date": DAY}
SECTION = 120
"""Yen from each stop to the next; from B to D there is no fare."""


def with_line(office: Office) -> Office:
    """The office with the line of `tests.ride.builders` published."""
    with office.database.write() as connection:
        put_line(connection)
    return office


@contextmanager
def office_on_the_line(folder: Path) -> Iterator[Office]:
    """An office with the line and `Bus`."""
    with new_office(folder) as made:
        with made.database.write() as connection:
            Bus().register(connection)
        yield with_line(made)


def put_line(connection: Connection, line: Edition | None = None) -> None:
    line = line or edition()
    connection.execute(
        insert(tables.editions).values(
            number=line.number,
            valid_from=line.valid_from.isoformat(),
            sealed=seal_edition(pack_edition(line), 1, lambda _: bytes(64)),
            operator=line.operator,
            feed_version=line.feed_version,
            draft="",
            published_at=NOW,
        )
    )


def on(pass_id: str, stop: int = 0, **more: Any) -> Tapped:
    """Boards at stop `stop`, 0 to 4."""
    return board(pass_id, **{**ON_LINE, "stop_id": STOPS[stop], "stop_index": stop, **more})


def off(pass_id: str, boarding: RecordRef, stop: int, held: int, cash: int = 0, **more: Any) -> Tapped:
    """Alights at stop `stop`; `start` is where the bus knows by then that the ride began."""
    start = more.pop("start", 0)
    where = {"stop_id": STOPS[stop], "stop_index": stop, "board_stop_id": STOPS[start]}
    return alight(pass_id, boarding, held, cash, **{**ON_LINE, **where, **more})


def forgotten(pass_id: str, boarding: RecordRef, held: int, owed: int, start: int = 0) -> RideLeftOpen:
    """Nobody alighted: to the last stop."""
    left = left_open(pass_id, boarding, held, owed)
    fields = {name: getattr(left, name) for name in left.__struct_fields__}
    where = {"board_stop_id": STOPS[start], "stop_id": STOPS[-1], "stop_index": len(STOPS) - 1}
    return RideLeftOpen(**{**fields, **ON_LINE, **where})


def settled(stop: int, *taps: RecordRef, second: int = 1_000, **more: Any) -> StopSettled:
    """The taps were at stop `stop`, as is known `second` seconds after the ride's boarding."""
    fields: dict[str, Any] = {
        "at": Instant("boot", second * 1000, NOW + second, ClockQuality.GPS),
        "taps": list(taps),
        "edition": 1,
        "trip_id": "t1",
        "service_date": DAY,
        "stop_id": STOPS[stop],
        "stop_index": stop,
        "confidence": 0.99,
        "by": SettledBy.LATER,
    }
    return StopSettled(**{**fields, **more})


def unknown_clock(second: int = 1_000) -> Instant:
    return Instant("boot", second * 1000, NOW + second, ClockQuality.FLOOR)


def ride(office: Office) -> Any:
    """The one ride, by the names of its columns."""
    with office.database.read() as connection:
        return connection.execute(select(tables.rides)).one()


def journey(office: Office) -> tuple[str, str, int]:
    """From where to where the one ride goes, and its fare."""
    row = ride(office)
    return row.board_stop_id, row.alight_stop_id, row.fare


def corrections(connection: Connection) -> list[tuple[Any, ...]]:
    """(bus, boarding, from fare, to fare, why it waits, its states) of every correction, in order."""
    made, states = correction_tables.ride_corrections, correction_tables.correction_states
    found = []
    for row in connection.execute(select(made).order_by(made.c.device, made.c.board_number, made.c.seq)):
        been = select(states.c.state).where(states.c.correction_id == row.id).order_by(states.c.id)
        said = tuple(connection.scalars(been))
        found.append((row.device, row.board_number, row.from_fare, row.to_fare, row.why_waiting, said))
    return found


def waiting(office: Office) -> list[int]:
    """The ids of corrections whose newest state is waiting."""
    made = correction_tables.ride_corrections
    with office.database.read() as connection:
        states = [row[-1][-1] for row in corrections(connection)]
        query = select(made.c.id).order_by(made.c.device, made.c.board_number, made.c.seq)
        ids = list(connection.scalars(query))
    return [each for each, state in zip(ids, states, strict=True) if state == "waiting"]


def history(office: Office) -> list[tuple[Any, ...]]:
    """(from fare, to fare, why it waits, its states) of the one ride's corrections."""
    with office.database.read() as connection:
        return [row[2:] for row in corrections(connection)]


def check_books(connection: Connection) -> None:
    """The ledger holds, and says the same as the rides."""
    assert verify_ledger(connection).problems == []
    rides = connection.execute(select(tables.rides)).all()
    money = balances(connection)
    earned = sum(row.held + row.cash + row.owed - row.refunded for row in rides)
    by_phone = connection.execute(select(phone_rides)).all()
    earned += sum(row.fare or 0 for row in by_phone if row.state not in ("double", "void"))
    assert money.get(("fares-earned", ""), 0) == earned
    assert money.get(("driver-cash", ""), 0) == -sum(row.cash for row in rides)


def yen(sections: int) -> Yen:
    return Yen(SECTION * sections)
