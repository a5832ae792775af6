"""A bus on the line of `tests.ride.builders` whose door opens at every stop, and phones that read it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from central.database.ledger_tables import accounts
from central.database.phone_ride_tables import phone_rides
from central.devices.data_folder import Office
from central.rides.by_phone.settle import settle_waiting
from central.rides.by_phone.take_claim import Taken, take_claim
from rules.messages.events import DoorMoved, Started, TripStarted
from rules.passes import bus_code
from rules.ride.phone_ride import NotTaken
from tests.central.office import NOW, Bus, at, card, send
from tests.ride.builders import DAY, STOPS

EVERY_S = 600
DAYS = 86_400
LATER = NOW + 3 * DAYS


def drive(bus: Bus, stops: int = 5) -> list[int]:
    """The bus runs trip t1; the numbers of the records of its door's openings, by stop."""
    bus.write(TripStarted(at=at(), edition=1, trip_id="t1", service_date=DAY))
    return [open_door(bus, stop) for stop in range(stops)]


def open_door(bus: Bus, stop: int, **more: Any) -> int:
    fields: dict[str, Any] = {
        "trip_id": "t1",
        "stop_id": STOPS[stop],
        "lat": 38.0 + stop * 0.009,
        "lon": 140.0,
    }
    moved = DoorMoved(at=at(stop * EVERY_S), is_open=True, **{**fields, **more})
    return bus.write(moved).number


def quiet_for_days(bus: Bus) -> None:
    """The bus wrote nothing else for two days."""
    bus.write(Started(at=at(2 * DAYS), version="1"))


def tell(office: Office, bus: Bus) -> None:
    """All that the bus has written, and that it wrote nothing else for two days."""
    quiet_for_days(bus)
    send(office.database, bus)


def signed(bus: Bus, number: int) -> str:
    return bus_code.to_text(bus_code.sign(bus.device, bus.epoch, number, 0, bus._key))


def claim(movement: str, stop: int, code: str, name: str = "", **more: Any) -> dict[str, Any]:
    """What the page sends for a touch a minute after the door opened at that stop."""
    moment = NOW + stop * EVERY_S + 60
    return {
        "id": name or f"claim-{movement}-{stop}",
        "code": code,
        "movement": movement,
        "moment": moment,
        **more,
    }


def touch(office: Office, asked: dict[str, Any], member: str = "m", now: int = LATER) -> Taken | NotTaken:
    with office.database.write() as connection:
        return take_claim(connection, member, asked, now)


def settle(office: Office, now: int = LATER) -> int:
    with office.database.write() as connection:
        return settle_waiting(connection, now)


def member_with(office: Office, balance: int, member: str = "m") -> str:
    """Their card's pass id."""
    return card(office, member, balance)


def rides(office: Office) -> list[tuple[str, int, int | None, int | None]]:
    """(state, from, to, fare) of every ride by phone, in order."""
    with office.database.read() as connection:
        rows = connection.execute(select(phone_rides).order_by(phone_rides.c.member, phone_rides.c.place))
        return [(row.state, row.board_index, row.alight_index, row.fare) for row in rows]


def left(office: Office, member: str = "m") -> int:
    """What the member has in all, less what they owe."""
    with office.database.read() as connection:
        rows = connection.execute(select(accounts).where(accounts.c.owner == member))
        return sum(row.balance for row in rows)
