"""Telling buses what a pass's hold keeps, once a ride of it is in the books."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from central.database.transaction import Connection
from central.devices.down_log import append_all
from central.ledger.post_orders import holds_open
from central.passes.store import passes_of
from rules.messages.events import RecordRef
from rules.messages.link import HoldFigure
from rules.money import Yen


@dataclass(frozen=True, slots=True)
class Counted:
    """A ride that is in the books now: its boarding record as its own journal names it, and its series of holds."""

    device: str
    board: RecordRef
    series: str


def tell_holds(
    connection: Connection, rides: Collection[Counted], pending: Mapping[str, int], now: int
) -> None:
    """Append to the machines' log what the holds of these rides' passes keep at Unix second `now`.

    Less what is `pending`, by series: yen that a bus has taken for a ride that is not charged yet. Also for a
    ride that took nothing after all: the bus has set it off against what was left, and waits for the word. A
    pass that has ended rides no more, and without an open hold there is nothing that a bus could take.
    """
    series = {ride.series for ride in rides}
    if not series:
        return
    holds, passes = holds_open(connection, series), passes_of(connection, series, now)
    append_all(
        connection,
        [
            HoldFigure(
                pass_id,
                hold.id,
                Yen(max(0, hold.amount - pending.get(ride.series, 0))),
                until,
                ride.device,
                ride.board.epoch,
                ride.board.number,
            )
            for ride in rides
            if (hold := holds.get(ride.series)) is not None
            for pass_id, until in passes.get(ride.series, ())
        ],
    )
