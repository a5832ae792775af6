"""Times that a machine did not know when it wrote: computed once something has told it the time.

A record says when it was by the machine's own seconds since power-on, which always run; its wall time is only as good
as what the machine knew. The first anchor of a power-on dates everything written before it. The records stay as they
were sent: what is settled is the time under which the office finds and shows them, and that of their rides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from central.database.transaction import Connection
from central.inbox.store import bodies_backwards, set_walls
from central.kiosks.store import date_code
from central.rides.by_hand.store import set_wall
from central.rides.store import set_boarded, set_ended
from rules.messages.codec import Malformed, decode_event
from rules.messages.events import (
    AnyEvent,
    ClockSet,
    HandAlighted,
    HandBoarded,
    PointsOffered,
    RecordRef,
    RideLeftOpen,
    Tapped,
)

MAX_WALL = 2**32
AT_ONCE = 256

Numbered = tuple[int, AnyEvent | None]
"""A record's number, and what it says if it can be read."""


def settle_times(connection: Connection, device: str, epoch: str, taken: Sequence[Numbered]) -> None:
    """Date what was written before each anchor among the records just taken in, which follow on one another."""
    for place, (_, event) in enumerate(taken):
        if isinstance(event, ClockSet):
            before = chain(reversed(taken[:place]), _earlier(connection, device, epoch, taken[0][0]))
            dated = list(_dated(event, before))
            set_walls(connection, device, epoch, {number: wall for number, _, wall in dated})
            for number, undated, wall in dated:
                _date_ride(connection, device, RecordRef(epoch, number), undated, wall)


def _dated(anchor: ClockSet, before: Iterable[Numbered]) -> Iterator[tuple[int, AnyEvent, int]]:
    """What is dated: number, event and Unix second, back to where the machine last knew the time."""
    for number, event in before:
        if event is None:
            # Not ours, and it says nothing of when it was; what lies before it may still be of this power-on.
            continue
        if event.at.boot != anchor.at.boot or event.at.wall_known:
            return
        wall = anchor.wall - (anchor.at.mono_ms - event.at.mono_ms) // 1000
        if 0 <= wall <= MAX_WALL:
            yield number, event, wall


def _date_ride(connection: Connection, device: str, here: RecordRef, event: AnyEvent, wall: int) -> None:
    if isinstance(event, HandBoarded | HandAlighted):
        set_wall(connection, device, here, wall)
    if isinstance(event, PointsOffered):
        date_code(connection, device, here, wall)
    if not isinstance(event, Tapped | RideLeftOpen):
        return
    if event.board is None:
        set_boarded(connection, device, here, wall)
    else:
        set_ended(connection, device, event.board, here.number, wall)


def _earlier(connection: Connection, device: str, epoch: str, number: int) -> Iterator[Numbered]:
    """The records before `number`, backwards."""
    while number > 1:
        # Numbers have no gap, so there are as many as asked for.
        first = max(1, number - AT_ONCE)
        for found, body in bodies_backwards(connection, device, epoch, first, number - 1):
            try:
                yield found, decode_event(body)
            except Malformed:
                yield found, None
        number = first
