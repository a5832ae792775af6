"""From records to rides and money: a boarding opens a ride, an alighting completes it and posts its fare."""

from __future__ import annotations

import re
from dataclasses import replace
from enum import StrEnum

from central.database.transaction import Connection
from central.devices.list_incident import Incident, What, list_incident
from central.ledger.post_group import Refused, post_fact
from central.passes.store import holder_of
from central.rides.double_use import note_use
from central.rides.store import Ride, RideEnd, begin_ride, end_ride, find_ride
from rules.ledger.entry import (
    AccountRef,
    EntryGroup,
    forgotten_ride_entries,
    member_account,
    ride_entries,
    suspense_account,
)
from rules.messages.events import AnyEvent, RecordRef, RideLeftOpen, Tapped
from rules.money import NOTHING
from rules.ride.outcomes import Movement

_PASS_ID = re.compile(r"[0-9a-f]{16}")
MAX_FARE = 1_000_000
"""Yen for one ride of one party; more is a broken machine."""


class NotApplied(StrEnum):
    """Why a record could not become a ride, in the office's words. The record is kept all the same."""

    NO_BOARDING = "乗車の記録がありません / there is no boarding under that number"
    RIDE_ENDED = "この乗車は終わっています / that ride has ended already"
    OTHER_PASS = "乗車したときと別のパスです / another pass than the one that boarded"
    NO_PASS = "パスが書かれていません / it names no pass"
    NO_BOARD_REF = "どの乗車か書かれていません / it names no boarding"
    WRONG_MONEY = "運賃の内訳が合いません / the parts of the fare do not add up"
    POSTED_OTHERWISE = "別の内容で記帳ずみです / its money was posted before, differently"


def apply_event(
    connection: Connection, device: str, here: RecordRef, event: AnyEvent, now: int
) -> NotApplied | None:
    """Do what record `here` of `device` says; why not, if it cannot be. Most records only need to be kept."""
    match event:
        case RideLeftOpen():
            return _leave_open(connection, device, here, event, now)
        case Tapped(movement=Movement.BOARD) if event.outcome.rides:
            return _board(connection, device, here, event, now)
        case Tapped(movement=Movement.ALIGHT) if event.outcome.rides:
            return _alight(connection, device, here, event, now)
        case _:
            return None


def _board(connection: Connection, device: str, here: RecordRef, tap: Tapped, now: int) -> NotApplied | None:
    if not _PASS_ID.fullmatch(tap.pass_id) or tap.pass_kind is None:
        return NotApplied.NO_PASS
    begin_ride(connection, device, here, tap)
    note_use(connection, device, here, tap, now)
    return None


def _alight(connection: Connection, device: str, here: RecordRef, tap: Tapped, now: int) -> NotApplied | None:
    if tap.board is None:
        return NotApplied.NO_BOARD_REF
    ride = _open_ride(connection, device, tap.board, tap.pass_id)
    if isinstance(ride, NotApplied):
        return ride
    end = RideEnd("complete", here.number, tap.stop_id, tap.at.wall, tap.fare, tap.held, cash=tap.cash)
    return _finish(connection, device, ride, tap.board, end, now)


def _leave_open(
    connection: Connection, device: str, here: RecordRef, left: RideLeftOpen, now: int
) -> NotApplied | None:
    ride = _open_ride(connection, device, left.board, left.pass_id)
    if isinstance(ride, NotApplied):
        return ride
    end = RideEnd(
        "provisional", here.number, left.stop_id, left.at.wall, left.fare, left.held, owed=left.owed
    )
    return _finish(connection, device, ride, left.board, end, now)


def _open_ride(connection: Connection, device: str, board: RecordRef, pass_id: str) -> Ride | NotApplied:
    ride = find_ride(connection, device, board)
    if ride is None:
        return NotApplied.NO_BOARDING
    if ride.state != "open":
        return NotApplied.RIDE_ENDED
    return ride if ride.pass_id == pass_id else NotApplied.OTHER_PASS


def _finish(
    connection: Connection, device: str, ride: Ride, board: RecordRef, end: RideEnd, now: int
) -> NotApplied | None:
    """The ride's end and its money."""
    if not _adds_up(end):
        return NotApplied.WRONG_MONEY
    if ride.double_of:
        # The code that opened it was charged for another ride; only the driver's cash is real here.
        end = replace(end, fare=end.cash, held=NOTHING, owed=NOTHING)
    group = _entries(_command(device, board), _payer(connection, device, ride.pass_id, now), end)
    if group is not None and isinstance(post_fact(connection, group, now), Refused):
        return NotApplied.POSTED_OTHERWISE
    end_ride(connection, ride, end)
    return None


def _adds_up(end: RideEnd) -> bool:
    parts = (end.held, end.cash, end.owed)
    return min(parts) >= 0 and sum(parts) == end.fare <= MAX_FARE


def _entries(command: str, payer: AccountRef, end: RideEnd) -> EntryGroup | None:
    if end.state == "complete":
        return ride_entries(command, payer, end.held, end.cash)
    return forgotten_ride_entries(command, payer, end.held, end.owed)


def _command(device: str, board: RecordRef) -> str:
    """One ride, one id: whatever arrives, its money posts once."""
    return f"ride/{device}/{board.epoch}/{board.number}"


def _payer(connection: Connection, device: str, pass_id: str, now: int) -> AccountRef:
    holder = holder_of(connection, pass_id)
    if holder is not None:
        return member_account(holder)
    list_incident(connection, Incident(device, What.UNKNOWN_PASS, pass_id), now)
    return suspense_account(pass_id)
