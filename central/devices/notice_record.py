"""What the books say that the office should look at: who rode by grace, or by the driver's word, for example."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from central.database.transaction import Connection
from central.devices import store
from rules.messages.events import AnyEvent, HandAlighted, HandBoarded, RecordRef, RideLeftOpen, Tapped


class Noticed(StrEnum):
    """Kinds of it. The values stand in the database and stay stable."""

    GRACED = "graced"
    """猶予 (yūyo): the bus let a pass ride that it could not wholly prove, its clock or its lists being behind."""
    OVERRULED = "overruled"
    """The rules refused somebody, and the driver let them ride."""
    UNSURE_PLACE = "unsure-place"
    """The stop is a guess, and the fare stands under reserve."""
    LEFT_OPEN = "left-open"
    """Nobody saw the rider alight, and the fare is provisional."""
    PHONE_WAITS = "phone-waits"
    """A member's phone has read the bus, and the bus's own records of that time do not come."""
    PHONE_LEFT_OPEN = "phone-left-open"
    """The member read the bus when boarding only, and the fare is provisional."""
    PHONE_DOUBLE = "phone-double"
    """The bus has read the member on that trip, too; the bus's ride is charged, and that by phone is not."""


def noticed_in(event: AnyEvent) -> tuple[Noticed, ...]:
    """What is to be noticed about a record, once for each kind."""
    match event:
        case Tapped() if event.outcome.rides:
            said = {
                Noticed.GRACED: event.graced,
                Noticed.OVERRULED: event.allowed,
                Noticed.UNSURE_PLACE: event.unsure,
            }
        case HandBoarded():
            said = {Noticed.OVERRULED: event.refused is not None, Noticed.UNSURE_PLACE: event.unsure}
        case HandAlighted():
            said = {Noticed.UNSURE_PLACE: event.unsure}
        case RideLeftOpen():
            said = {Noticed.LEFT_OPEN: True}
        case _:
            said = {}
    return tuple(what for what, is_so in said.items() if is_so)


def notice_records(
    connection: Connection, device: str, events: Iterable[tuple[RecordRef, AnyEvent]], now: int
) -> None:
    """Put before the office what these applied records say; what was noticed before stays as it is."""
    rows = [(here, what) for here, event in events for what in noticed_in(event)]
    if rows:
        store.put_noticed(connection, device, rows, now)
