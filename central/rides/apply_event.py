"""From records to rides and money: a boarding opens a ride, an alighting completes it and posts its fare."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum

from central.database.transaction import Connection
from central.devices.list_incident import Incident, What, list_incident
from central.devices.notice_record import notice_records
from central.ledger.post_orders import Refused, post_all
from central.passes.store import holders_of
from central.passes.tell_holds import Counted, tell_holds
from central.rides.by_hand.take_by_hand import ByHand, WrongByHand
from central.rides.corrections.by_staff.code_ride import keep_words
from central.rides.corrections.settle_ride import settle_known, settle_stop
from central.rides.corrections.store import first_names
from central.rides.double_use import settle_uses
from central.rides.forgotten.store import PROVISIONAL, pending_of
from central.rides.forgotten.take_back import take_back_charge
from central.rides.store import (
    Ride,
    RideEnd,
    Use,
    add_uses,
    begin_rides,
    code_of,
    end_rides,
    find_rides,
    leave_rides,
    set_boarding,
    uses_of,
)
from central.rides.tickets.charged import alighted_command, ride_command
from central.rides.tickets.rides_by_code import ridden_alone
from central.rides.tickets.settle_tickets import settle_tickets, settle_tickets_of
from central.rides.tickets.store import TripUse, add_use
from central.tickets.store import pass_holds, who_has_return_tickets
from rules.ledger.accounts import AccountRef, member_account, suspense_account
from rules.ledger.order import Order
from rules.ledger.rides import PassHold, forgotten_ride_order, ride_order
from rules.ledger.ticket_rides import trip_ride_order
from rules.messages.events import (
    AnyEvent,
    HandAlighted,
    HandBoarded,
    HandUndone,
    RecordRef,
    RideLeftOpen,
    StopSettled,
    Tapped,
)
from rules.money import NOTHING
from rules.ride.fare import MAX_FARE
from rules.ride.outcomes import Movement

_PASS_ID = re.compile(r"[0-9a-f]{16}")


class NotApplied(StrEnum):
    """Why a record could not become a ride, in the office's words. The record is kept all the same."""

    NO_BOARDING = "乗車の記録がありません / there is no boarding under that number"
    RIDE_ENDED = "この乗車は終わっています / that ride has ended already"
    OTHER_PASS = "乗車したときと別のパスです / another pass than the one that boarded"
    NO_PASS = "パスが書かれていません / it names no pass"
    NO_BOARD_REF = "どの乗車か書かれていません / it names no boarding"
    WRONG_MONEY = "運賃の内訳が合いません / the parts of the fare do not add up"
    OTHER_TRIP = "別の便の乗車です / that ride is on another trip"
    POSTED_OTHERWISE = "別の内容で記帳ずみです / its money was posted before, differently"


class NotTogether(Exception):
    """What one of these records becomes hangs on what becomes of another: they have to be applied one by one."""


def apply_events(
    connection: Connection,
    device: str,
    events: Sequence[tuple[RecordRef, AnyEvent]],
    now: int,
    *,
    without_boarding: bool = False,
    charge_left: bool = False,
) -> list[NotApplied | WrongByHand | None]:
    """Do what these records of `device` say, in order; for each why not, if it cannot be.

    Most records only need to be kept. However many they are, it takes a few statements: what they need is read at
    once, and what becomes of them written at once. Raises NotTogether, never for a single record; some of them may be
    applied by then, as after any other exception.

    `without_boarding`: the boarding that an end names is lost, and the end alone makes the ride. It has happened.
    `charge_left`: all buses have told the day, so that a forgotten ride is charged; before, it is only noted.
    """
    (here, event), *others = events
    if any(isinstance(each, StopSettled) for _, each in events):
        if others or not isinstance(event, StopSettled):
            raise NotTogether
        return [None if settle_stop(connection, device, here, event, now) else NotApplied.OTHER_TRIP]
    village = _Village(connection, device, events, without_boarding=without_boarding, charge_left=charge_left)
    with_tickets = who_has_return_tickets(connection, village.members, now) if village.members else ()
    if (village.uses or with_tickets) and len(events) > 1:
        raise NotTogether
    said: list[NotApplied | WrongByHand | None] = [village.apply(here, event) for here, event in events]
    if with_tickets:
        village.pay_by_ticket(connection, events, now)
    for pass_id in village.strangers:
        list_incident(connection, Incident(device, What.UNKNOWN_PASS, pass_id), now)
    for board in village.charged_before:
        take_back_charge(connection, device, board, now)
    answers = post_all(connection, [order for _, order in village.orders], now)
    for (about, _), answer in zip(village.orders, answers, strict=True):
        if isinstance(answer, Refused):
            if len(events) > 1:
                raise NotTogether
            village.ended.pop(about, None)
            village.counted.pop(about, None)
            village.by_ticket.pop(about, None)
            village.by_hand.forget(about)
            said = [NotApplied.POSTED_OTHERWISE]
    _write(connection, device, village, now)
    pending = pending_of(connection, set(village.counted.values()))
    tell_holds(connection, _counted(connection, device, village.counted), pending, now)
    settle_known(connection, device, village.taps(), now)
    keep_words(connection, device, village.ended, now)
    for pass_id in village.charged_before.values():
        settle_tickets_of(connection, pass_id, now)
    applied = (each for each, why_not in zip(events, said, strict=True) if why_not is None)
    notice_records(connection, device, applied, now)
    return said


def _write(connection: Connection, device: str, village: _Village, now: int) -> None:
    """What was noted, to the database."""
    if village.begun:
        begin_rides(connection, device, village.begun)
    if village.shown:
        add_uses(connection, device, village.shown)
    if village.ended:
        end_rides(connection, device, village.ended)
    if village.left:
        leave_rides(connection, device, village.left)
    for board, use in village.by_ticket.items():
        add_use(connection, (device, board.epoch, board.number), use, now)
    village.by_hand.write()
    for board, tap in village.boarded_before.items():
        set_boarding(connection, device, board, tap)
    for board, event in village.lost.items():
        detail = f"{board.epoch}/{board.number}: {event.pass_id}"
        list_incident(connection, Incident(device, What.BOARDING_LOST, detail), now)
    for here, tap in village.shown.items():
        uses = village.uses.get(code_of(tap), [])
        if uses:
            settle_uses(connection, code_of(tap), [*uses, Use(device, here.epoch, here.number)], now)


def _counted(connection: Connection, device: str, series: dict[RecordRef, str]) -> list[Counted]:
    """Rides in the books, by their boarding here, as the bus that took something for them knows them."""
    names = first_names(connection, device, series) if series else {}
    return [Counted(device, names.get(board, board), those) for board, those in series.items()]


class _Village:
    """Passes and rides as far as these events touch them. Nothing is written here, only noted.

    `begun`, `ended` and `left` (forgotten, not charged yet) are rides by their boarding, `orders` the money of those
    ended, with their boarding, and of what the driver recorded `by_hand`, with its record. `counted` are the series of
    holds that those ended took from, `by_ticket` the trips that paid for some. `shown` are boardings by phones' codes,
    `uses` those by the same codes that are in the books. `lost` are rides without their boarding, `boarded_before`
    those whose boarding comes now, `charged_before` (with their pass) those charged without the alighting that comes.
    """

    def __init__(
        self,
        connection: Connection,
        device: str,
        events: Sequence[tuple[RecordRef, AnyEvent]],
        *,
        without_boarding: bool,
        charge_left: bool,
    ) -> None:
        ends = [event for _, event in events if isinstance(event, Tapped | RideLeftOpen) and event.board]
        boardings = {here: event for here, event in events if _is_boarding(event)}
        codes = [tap for tap in boardings.values() if isinstance(tap, Tapped) and tap.moment]
        self._device = device
        self._is_alone = len(events) == 1
        self._without_boarding = without_boarding
        self._charge_left = charge_left
        self._rides = find_rides(connection, device, {*boardings, *(end.board for end in ends if end.board)})
        self._holders = holders_of(connection, {end.pass_id for end in ends})
        self.uses = uses_of(connection, codes) if codes else {}
        if len({code_of(tap) for tap in codes}) < len(codes):
            raise NotTogether
        self.strangers: list[str] = []
        self.shown: dict[RecordRef, Tapped] = {}
        self.lost: dict[RecordRef, Tapped | RideLeftOpen] = {}
        self.boarded_before: dict[RecordRef, Tapped] = {}
        self.charged_before: dict[RecordRef, str] = {}
        self.begun: dict[RecordRef, Tapped | RideLeftOpen] = {}
        self.ended: dict[RecordRef, RideEnd] = {}
        self.left: dict[RecordRef, RideEnd] = {}
        self.counted: dict[RecordRef, str] = {}
        self.by_ticket: dict[RecordRef, TripUse] = {}
        self.members = {holder.member for holder in self._holders.values()}
        self.by_hand = ByHand(connection, device, events)
        self.orders = self.by_hand.orders

    def apply(self, here: RecordRef, event: AnyEvent) -> NotApplied | WrongByHand | None:
        """Note what the record says; why not, if it cannot be."""
        match event:
            case RideLeftOpen():
                return self._leave_open(here, event)
            case Tapped() if _is_boarding(event):
                return self._board(here, event)
            case Tapped(movement=Movement.ALIGHT) if event.outcome.rides:
                return self._alight(here, event)
            case HandBoarded() | HandAlighted():
                return self.by_hand.record(here, event)
            case HandUndone():
                self.by_hand.undo(event)
                return None
            case _:
                return None

    def _board(self, here: RecordRef, tap: Tapped) -> NotApplied | None:
        if not _PASS_ID.fullmatch(tap.pass_id) or tap.pass_kind is None:
            return NotApplied.NO_PASS
        if tap.moment:
            self.shown[here] = tap
        before = self._rides.get(here)
        if before is not None:
            self.boarded_before[here] = tap
            return None if before.pass_id == tap.pass_id else NotApplied.OTHER_PASS
        self.begun[here] = tap
        self._rides[here] = Ride("open", tap.pass_id, board_stop_id=tap.stop_id, board_index=tap.stop_index)
        return None

    def _alight(self, here: RecordRef, tap: Tapped) -> NotApplied | None:
        if tap.board is None:
            return NotApplied.NO_BOARD_REF
        end = RideEnd(
            "complete",
            here,
            tap.board_stop_id,
            tap.stop_id,
            tap.stop_index,
            tap.at.wall,
            tap.fare,
            tap.held,
            cash=tap.cash,
            unsure=tap.unsure,
        )
        return self._end(tap.board, tap, end)

    def _leave_open(self, here: RecordRef, left: RideLeftOpen) -> NotApplied | None:
        end = RideEnd(
            PROVISIONAL,
            here,
            left.board_stop_id,
            left.stop_id,
            left.stop_index,
            left.at.wall,
            left.fare,
            left.held,
            owed=left.owed,
        )
        return self._end(left.board, left, end)

    def _end(self, board: RecordRef, event: Tapped | RideLeftOpen, end: RideEnd) -> NotApplied | None:
        """The ride's end and its money."""
        pass_id = event.pass_id
        ride = self._rides.get(board)
        if ride is None and self._without_boarding:
            if not _PASS_ID.fullmatch(pass_id) or event.pass_kind is None:
                return NotApplied.NO_PASS
            ride = Ride("open", pass_id, board_stop_id=event.board_stop_id)
        wrong = NotApplied.NO_BOARDING if ride is None else _why_not(ride, pass_id, end)
        if ride is None or wrong:
            return wrong
        if board not in self._rides:
            self.begun[board] = self.lost[board] = event
        if isinstance(event, RideLeftOpen) and not self._charge_left:
            return self._note_left(board, ride, end)
        if ride.charged and not self._is_alone:
            raise NotTogether
        held = end.held
        if ride.double_of:
            # The code that opened it was charged for another ride; only the driver's cash is real here.
            end = replace(end, fare=end.cash, held=NOTHING, owed=NOTHING)
        if end.board_stop_id in ("", ride.board_stop_id):
            end = replace(end, board_stop_id=ride.board_stop_id, board_index=ride.board_index)
        payer, hold = self._payer(pass_id)
        order = _order(self._command(board, ride), payer, hold, end)
        if order is not None:
            self.orders.append((board, order))
        if held and hold is not None:
            self.counted[board] = hold.series
        if ride.charged:
            self.charged_before[board] = pass_id
        self.ended[board] = end
        self._rides[board] = Ride(end.state, pass_id)
        return None

    def _command(self, board: RecordRef, ride: Ride | None = None) -> str:
        """One ride, one id: whatever arrives, its money posts once."""
        name = f"{self._device}/{board.epoch}/{board.number}"
        return alighted_command(name) if ride and ride.charged else ride_command(name)

    def _note_left(self, board: RecordRef, ride: Ride, end: RideEnd) -> NotApplied | None:
        if ride.left_number is not None:
            return NotApplied.RIDE_ENDED
        _, hold = self._payer(ride.pass_id)
        if end.held and hold is not None:
            self.counted[board] = hold.series
        self.left[board] = end
        self._rides[board] = replace(ride, left_number=end.here.number)
        return None

    def pay_by_ticket(
        self, connection: Connection, events: Sequence[tuple[RecordRef, AnyEvent]], now: int
    ) -> None:
        """Let a trip of its holder's return ticket pay for the ride that has ended, in place of pass and debt."""
        for _, event in events:
            board = event.board if isinstance(event, Tapped | RideLeftOpen) else None
            end = self.ended.get(board) if board else None
            if board is None or end is None or not isinstance(event, Tapped | RideLeftOpen):
                continue
            if board in self.charged_before:
                continue
            holder = self._holders.get(event.pass_id)
            ridden = ridden_alone(connection, self._device, event, end)
            sale = settle_tickets(connection, holder.member, now, ridden) if holder and ridden else ""
            if holder and sale:
                holds = pass_holds(connection, holder.member)
                order = trip_ride_order(self._command(board), holder.member, sale, holds)
                self.orders[:] = [(board, order)]
                self.by_ticket[board] = TripUse(0, sale, end.owed)
                self.ended[board] = replace(end, held=end.fare, owed=NOTHING)

    def taps(self) -> dict[RecordRef, set[RecordRef]]:
        """The taps of every ride that began or ended, by its boarding."""
        return {
            board: {board, self.ended[board].here} if board in self.ended else {board}
            for board in {**self.begun, **self.ended, **self.boarded_before}
        }

    def _payer(self, pass_id: str) -> tuple[AccountRef, PassHold | None]:
        holder = self._holders.get(pass_id)
        if holder is not None:
            return member_account(holder.member), holder.hold
        self.strangers.append(pass_id)
        return suspense_account(pass_id), None


def _is_boarding(event: AnyEvent) -> bool:
    return isinstance(event, Tapped) and event.movement is Movement.BOARD and event.outcome.rides


def _why_not(ride: Ride, pass_id: str, end: RideEnd) -> NotApplied | None:
    """Why the ride cannot end so. Where nobody saw it end, what somebody has seen still counts."""
    if ride.state != "open" and not (ride.charged and ride.state == PROVISIONAL and end.state == "complete"):
        return NotApplied.RIDE_ENDED
    if ride.pass_id != pass_id:
        return NotApplied.OTHER_PASS
    return None if _adds_up(end) else NotApplied.WRONG_MONEY


def _adds_up(end: RideEnd) -> bool:
    parts = (end.held, end.cash, end.owed)
    return min(parts) >= 0 and sum(parts) == end.fare <= MAX_FARE


def _order(command: str, payer: AccountRef, hold: PassHold | None, end: RideEnd) -> Order | None:
    if end.state == "complete":
        return ride_order(command, payer, end.held, end.cash, hold)
    return forgotten_ride_order(command, payer, end.held, end.owed, hold)
