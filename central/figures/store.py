"""What figures read of rides that have ended, and the published tables that are kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import (
    Boolean,
    String,
    and_,
    case,
    cast,
    delete,
    exists,
    false,
    func,
    insert,
    literal,
    or_,
    select,
)

from central.database.correction_tables import ride_corrections
from central.database.figure_tables import kept_figures
from central.database.hand_tables import hand_rides
from central.database.phone_ride_tables import phone_claims, phone_rides
from central.database.set_right_tables import set_right, set_right_states
from central.database.tables import passes, rides
from central.database.transaction import Connection
from central.rides.corrections.by_staff.rows import Facts, Of, Stands
from central.rides.corrections.rows import Cause, State
from central.rides.corrections.store import state_of


class Journey(NamedTuple):
    """A ride that has ended.

    `who` is the member or else the pass, "" by the driver's hand; the rest of the people are `with_them`, whom nobody
    knows. `seen` is whether both ends were read or pressed when they happened.
    """

    who: str
    with_them: int
    seen: bool
    day: str
    device: str
    edition: int
    trip_id: str
    start: str
    end: str

    @property
    def riders(self) -> int:
        """How many rode."""
        return self.with_them + (self.who != "")


def journeys(connection: Connection, first: str, last: str) -> list[Journey]:
    """Every ride of the service days from `first` to `last` whose end is known, each once.

    One that staff have made void was not ridden, or by somebody else: it is none.
    """
    found = [*_by_code(connection, first, last), *_by_hand(connection, first, last)]
    return [*found, *_by_phone(connection, first, last)]


def _by_code(connection: Connection, first: str, last: str) -> Iterator[Journey]:
    guessed = exists().where(
        ride_corrections.c.device == rides.c.device,
        ride_corrections.c.epoch == rides.c.epoch,
        ride_corrections.c.board_number == rides.c.board_number,
        # Staff may have set right the fare alone, which says nothing of the ends.
        or_(
            ride_corrections.c.cause == Cause.INFERRED,
            and_(
                ride_corrections.c.cause == Cause.STAFF,
                or_(
                    ride_corrections.c.from_board != ride_corrections.c.to_board,
                    ride_corrections.c.from_alight != ride_corrections.c.to_alight,
                ),
            ),
        ),
        state_of() == State.APPLIED,
    )
    seen = and_(
        rides.c.state == "complete",
        ~rides.c.board_unsure,
        ~rides.c.alight_unsure,
        # Few rides were ever corrected: the others are not looked up.
        case((rides.c.corrected > 0, ~guessed), else_=literal(True, Boolean)),
    )
    query = (
        select(
            rides.c.id,
            func.coalesce(passes.c.member, rides.c.pass_id),
            rides.c.adults + rides.c.children,
            seen,
            rides.c.service_date,
            rides.c.device,
            rides.c.edition,
            rides.c.trip_id,
            rides.c.board_stop_id,
            rides.c.alight_stop_id,
        )
        .select_from(rides.outerjoin(passes, passes.c.pass_id == rides.c.pass_id))
        .where(
            rides.c.service_date.between(first, last),
            rides.c.state != "open",
            rides.c.double_of == "",
            rides.c.alight_stop_id.is_not(None),
        )
    )
    void = void_rides(connection, Of.CODE, rides, first, last)
    yield from (Journey(*row) for ride, *row in connection.execute(query) if ride not in void)


def _by_hand(connection: Connection, first: str, last: str) -> Iterator[Journey]:
    begun = hand_rides.alias("begun")
    query = (
        select(
            literal("", String),
            hand_rides.c.people,
            and_(
                hand_rides.c.state == "complete",
                ~hand_rides.c.unsure,
                ~func.coalesce(begun.c.unsure, false()),
            ),
            hand_rides.c.service_date,
            hand_rides.c.device,
            hand_rides.c.edition,
            hand_rides.c.trip_id,
            hand_rides.c.board_stop_id,
            hand_rides.c.alight_stop_id,
        )
        .select_from(
            hand_rides.outerjoin(
                begun,
                and_(
                    begun.c.device == hand_rides.c.device,
                    begun.c.epoch == hand_rides.c.board_epoch,
                    begun.c.number == hand_rides.c.board_number,
                ),
            )
        )
        .where(
            hand_rides.c.service_date.between(first, last),
            hand_rides.c.state != "open",
            ~hand_rides.c.undone,
            hand_rides.c.alight_stop_id.is_not(None),
        )
    )
    yield from (Journey(*row) for row in connection.execute(query))


def _by_phone(connection: Connection, first: str, last: str) -> Iterator[Journey]:
    asked = literal("staff/phone/", String) + cast(phone_rides.c.id, String)
    by_staff = exists().where(
        phone_claims.c.member == phone_rides.c.member,
        phone_claims.c.command > asked + "/",
        phone_claims.c.command < asked + "0",
    )
    query = select(
        phone_rides.c.id,
        phone_rides.c.member,
        literal(0),
        and_(phone_rides.c.state == "complete", ~by_staff),
        phone_rides.c.service_date,
        phone_rides.c.device,
        phone_rides.c.edition,
        phone_rides.c.trip_id,
        phone_rides.c.board_stop_id,
        phone_rides.c.alight_stop_id,
    ).where(
        phone_rides.c.service_date.between(first, last),
        phone_rides.c.state.in_(("complete", "provisional")),
        phone_rides.c.alight_stop_id.is_not(None),
    )
    void = void_rides(connection, Of.PHONE, phone_rides, first, last)
    yield from (Journey(*row) for ride, *row in connection.execute(query) if ride not in void)


def void_rides(connection: Connection, of: Of, those: Any, first: str, last: str) -> frozenset[int]:
    """The rides of those days, by code or by phone, that did not happen by staff's last word that holds."""
    holds = exists().where(
        set_right_states.c.set_right_id == set_right.c.id, set_right_states.c.state == Stands.APPLIED
    )
    query = (
        select(those.c.id, set_right.c.facts_to)
        .join_from(those, set_right, and_(set_right.c.of == of.value, set_right.c.ride == those.c.id))
        # A trip's rides by phone may move to other rows; the boarding stays.
        .where(set_right.c.board == those.c.epoch + "/" + cast(those.c.board_number, String))
        .where(those.c.service_date.between(first, last), holds)
        .order_by(set_right.c.id)
    )
    # The newest of each ride stays.
    words = {int(ride): str(facts) for ride, facts in connection.execute(query)}
    return frozenset(ride for ride, facts in words.items() if msgspec.json.decode(facts, type=Facts).void)


def find_kept(connection: Connection, figure: str, month: str, made_from: str) -> bytes | None:
    """The table that was made from the very same; None where another or none was."""
    kept = kept_figures.c
    query = select(kept.body).where(kept.figure == figure, kept.month == month, kept.made_from == made_from)
    return connection.scalar(query)


def keep(connection: Connection, figure: str, month: str, made_from: str, body: bytes, now: int) -> None:
    """In place of what was kept of that month."""
    kept = kept_figures.c
    connection.execute(delete(kept_figures).where(kept.figure == figure, kept.month == month))
    connection.execute(
        insert(kept_figures).values(figure=figure, month=month, made_from=made_from, body=body, made_at=now)
    )
