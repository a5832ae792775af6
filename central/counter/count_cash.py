"""Cash counted (締め, shime): a till at the end of its day, and the bag that a driver hands in.

A count is final. A second one of the same corrects it: what it finds takes the place of what the first has found, by
entries of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from central.counter.answer_once import answer_once
from central.counter.open_till import cash_in_till, ready_till
from central.counter.refusals import NotDone, Refused
from central.counter.rows import Count
from central.counter.store import (
    add_count,
    cash_at_the_door,
    counts_of_bag,
    counts_of_till,
    find_count,
    last_till_day,
)
from central.database.transaction import Connection
from central.devices.register_device import DeviceKind
from central.devices.store import find_device
from central.ledger.post_orders import post
from rules.cash import CashCount
from rules.ledger.counter import bag_order, difference_order


@dataclass(frozen=True, slots=True)
class TillCount:
    """A till has been counted. `corrects` is the number of the first count of the same day, None for the first."""

    command: str
    till: str
    staff: str
    pieces: CashCount
    corrects: int | None = None


@dataclass(frozen=True, slots=True)
class BagCount:
    """A driver's bag has been counted into a till: that of `bus` for the service day `day`, YYYY-MM-DD."""

    command: str
    till: str
    bus: str
    day: str
    staff: str
    pieces: CashCount
    corrects: int | None = None


def count_till(connection: Connection, wanted: TillCount, now: int) -> Count | Refused:
    """The count, its difference posted; it ends the till's day."""
    answer = answer_once(
        connection, wanted.command, wanted, lambda: _count_till(connection, wanted, now), now
    )
    return _made(connection, answer)


def count_bag(connection: Connection, wanted: BagCount, now: int) -> Count | Refused:
    """The count, its cash in the till and its difference posted.

    There should be what the bus's records say so far: for records that come in later the bag is counted anew.
    """
    answer = answer_once(connection, wanted.command, wanted, lambda: _count_bag(connection, wanted, now), now)
    return _made(connection, answer)


def _made(connection: Connection, answer: int | Refused) -> Count | Refused:
    if isinstance(answer, Refused):
        return answer
    count = find_count(connection, answer)
    assert count is not None, "a count that was made is kept"
    return count


def _count_till(connection: Connection, wanted: TillCount, now: int) -> int | Refused:
    if not wanted.staff.strip():
        return Refused(NotDone.NO_STAFF)
    day = last_till_day(connection, wanted.till)
    if day is None:
        return Refused(NotDone.TILL_NOT_OPEN)
    earlier = counts_of_till(connection, day.id)
    refused = _out_of_turn(earlier, wanted.corrects)
    if refused is not None:
        return refused
    known = earlier[-1].difference if earlier else 0
    # The books have what the count before found; this one is held against what moved.
    expected = cash_in_till(connection, day) - known
    difference = wanted.pieces.total - expected
    order = difference_order(f"counter/{wanted.command}", wanted.till, difference - known)
    if order is not None:
        post(connection, order, now)
    row = {"bus": "", "day": day.day, "opening_id": day.id, "expected": expected}
    return _add(connection, wanted, row, now)


def _count_bag(connection: Connection, wanted: BagCount, now: int) -> int | Refused:
    if not wanted.staff.strip():
        return Refused(NotDone.NO_STAFF)
    till = ready_till(connection, wanted.till, now)
    if isinstance(till, Refused):
        return till
    device = find_device(connection, wanted.bus)
    if device is None or device.kind != DeviceKind.BUS:
        return Refused(NotDone.UNKNOWN_BUS)
    earlier = counts_of_bag(connection, wanted.bus, wanted.day)
    refused = _out_of_turn(earlier, wanted.corrects)
    if refused is not None:
        return refused
    counted, known = (earlier[-1].counted, earlier[-1].difference) if earlier else (0, 0)
    expected = cash_at_the_door(connection, wanted.bus, wanted.day)
    cash, difference = wanted.pieces.total - counted, wanted.pieces.total - expected - known
    order = bag_order(f"counter/{wanted.command}", wanted.till, wanted.bus, cash, difference)
    if order is not None:
        post(connection, order, now)
    row = {"bus": wanted.bus, "day": wanted.day, "opening_id": till.id, "expected": expected}
    return _add(connection, wanted, row, now)


def _out_of_turn(earlier: Sequence[Count], corrects: int | None) -> Refused | None:
    """Why this count is neither the first nor a correction of it."""
    first = earlier[0].number if earlier else None
    if corrects == first:
        return None
    if corrects is None:
        return Refused(NotDone.COUNTED_BEFORE, str(first))
    return Refused(NotDone.NOT_THE_FIRST, "-" if first is None else str(first))


def _add(connection: Connection, wanted: TillCount | BagCount, row: dict[str, Any], now: int) -> int:
    more = {
        "command": wanted.command,
        "till": wanted.till,
        "staff": wanted.staff,
        "corrects": wanted.corrects,
    }
    return add_count(connection, wanted.pieces, {**row, **more, "at": now})
