"""Rows of the rides that return tickets pay for, and of those that they could pay for."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, func, insert, select, tuple_, update

from central.database.ledger_tables import groups
from central.database.phone_ride_tables import phone_rides
from central.database.tables import passes, rides
from central.database.ticket_tables import ticket_uses
from central.database.transaction import Connection
from central.rides.corrections.rows import BookedRide
from central.rides.corrections.store import RIDE_COLUMNS


@dataclass(frozen=True, slots=True)
class TripUse:
    """Of which sale a ride takes a trip, "" for none; `owed` is what it owes without it. See the table."""

    seq: int
    sale: str
    owed: int


def last_use(connection: Connection, ride: BookedRide) -> TripUse | None:
    """The newest word on the ride, None for one that never had a trip."""
    return uses_of(connection, [ride]).get(ride.name)


def uses_of(connection: Connection, booked: Sequence[BookedRide]) -> dict[str, TripUse]:
    """The newest word on each of the rides that ever had a trip, by the ride's name."""
    of = tuple_(ticket_uses.c.device, ticket_uses.c.epoch, ticket_uses.c.board_number)
    named = [(ride.device, ride.epoch, ride.board_number) for ride in booked]
    rows = connection.execute(select(ticket_uses).where(of.in_(named)).order_by(ticket_uses.c.seq))
    return {
        f"{row.device}/{row.epoch}/{row.board_number}": TripUse(row.seq, row.sale, row.owed) for row in rows
    }


def newest_command(connection: Connection, commands: Collection[str], what: Collection[str]) -> str | None:
    """The one of these commands that was posted last as an event of one of those names; None for none."""
    query = select(groups.c.command).where(groups.c.command.in_(commands), groups.c.what.in_(what))
    return connection.scalar(query.order_by(groups.c.id.desc()).limit(1))


def add_use(connection: Connection, ride: tuple[str, str, int], use: TripUse, now: int) -> None:
    """Another word on the ride: device, epoch and number of its boarding."""
    device, epoch, board_number = ride
    of = {"device": device, "epoch": epoch, "board_number": board_number}
    row = {**of, "seq": use.seq, "sale": use.sale, "owed": use.owed, "at": now}
    connection.execute(insert(ticket_uses).values(**row))


def put_paid(connection: Connection, ride: BookedRide, held: int, owed: int) -> None:
    """What of the ride's fare the pass has paid, or a trip in its place, and what it owes."""
    changed = update(rides).where(rides.c.id == ride.id).values(held=held, owed=owed)
    connection.execute(changed)


def rides_that_fit(
    connection: Connection, member: str, first_day: str, last_day: str, classes: Collection[int]
) -> list[BookedRide]:
    """A member's ended rides of these days that a trip could pay for, wherever they went.

    They went alone, by no commuter pass, and paid the driver nothing.
    """
    alone = (rides.c.product == 0, rides.c.adults == 0, rides.c.children == 0)
    unpaid = (rides.c.fare > 0, rides.c.cash == 0, rides.c.double_of == "")
    query = select(*RIDE_COLUMNS).join_from(rides, passes, rides.c.pass_id == passes.c.pass_id)
    query = query.where(passes.c.member == member, rides.c.service_date.between(first_day, last_day))
    query = query.where(rides.c.state != "open", rides.c.rider_class.in_(classes), *alone, *unpaid)
    return [BookedRide(*row) for row in connection.execute(query.order_by(rides.c.id))]


def trips_used(connection: Connection, sale: str) -> list[str]:
    """The names of the rides that trips of the sale pay for, in the order in which rides take trips."""
    columns = (ticket_uses.c.device, ticket_uses.c.epoch, ticket_uses.c.board_number)
    newest = select(func.max(ticket_uses.c.id)).group_by(*columns)
    on = [rides.c[column.name] == column for column in columns]
    by_code = select(
        rides.c.service_date, rides.c.device, rides.c.alight_epoch, rides.c.alight_number, *columns
    )
    by_code = by_code.join_from(ticket_uses, rides, and_(*on))
    by_code = by_code.where(ticket_uses.c.sale == sale, ticket_uses.c.id.in_(newest))
    phone = phone_rides.c
    number = func.coalesce(phone.alight_number, phone.board_number)
    by_phone = select(phone.service_date, phone.device, phone.epoch, number, phone.id).where(
        phone.sale == sale
    )
    taken = [(row[:4], "/".join(map(str, row[4:]))) for row in connection.execute(by_code)]
    taken += [(row[:4], f"phone/{row.id}") for row in connection.execute(by_phone)]
    return [name for _, name in sorted(taken)]
