"""From better knowledge of a stop to the ride: less is given back at once, more waits for staff.

Nothing is rewritten: the ledger gets a group of its own for each correction, and every correction stays.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from central.charging.settle_charge import settle_member
from central.database.transaction import Connection
from central.ledger.post_orders import Refused, post
from central.ledger.store import find_lots
from central.passes.store import holders_of
from central.rides.by_hand.store import find_by_hand, move_by_hand
from central.rides.corrections import store
from central.rides.corrections.rows import (
    BookedRide,
    Cause,
    Correction,
    State,
    Stops,
    Waits,
    Word,
    is_newer,
)
from central.rides.corrections.work_out_fare import work_out_fare
from central.rides.tickets.charged import charged_by, posted_for
from central.rides.tickets.rides_by_code import give_up_trip
from central.rides.tickets.settle_tickets import settle_tickets_of
from central.tickets.store import pass_holds
from rules.ledger.accounts import AccountRef, member_account, owed_account, suspense_account
from rules.ledger.charged_anew import charged_anew_order
from rules.ledger.group import Entry
from rules.ledger.order import Order
from rules.ledger.rides import correction_order, payer_of
from rules.messages.events import RecordRef, StopSettled
from rules.money import Yen
from rules.network.fares import FareProblem
from rules.ride.correction import corrected, double_due, within_the_day
from rules.ride.fare import RideFare

BY_RULE = "rule"
BY_STAFF = "staff"


def settle_stop(connection: Connection, device: str, here: RecordRef, settled: StopSettled, now: int) -> bool:
    """Take record `here`'s word about its taps; False where one of them belongs to a ride on another trip.

    A tap that is not in the books yet finds the word when it comes. What the driver recorded by hand moves at once:
    the cash for it was taken, and no money follows.
    """
    names = store.first_names(connection, device, {here, *settled.taps})
    by_hand = find_by_hand(connection, device, settled.taps)
    said, fits = names.get(here, here), True
    for tap in settled.taps:
        ride = store.read_ride(connection, device, tap) or store.ride_ended_by(connection, device, tap)
        about = ride or by_hand.get(tap)
        if about and (about.trip_id, about.service_date) != (settled.trip_id, settled.service_date):
            fits = False
            continue
        held = store.find_words(connection, device, {tap}).get(tap)
        if held is not None and not is_newer(said, held.said, names.get(tap, tap)):
            continue
        store.put_word(connection, device, tap, said, settled)
        if tap in by_hand:
            move_by_hand(connection, device, tap, settled.stop_id, settled.stop_index)
        if ride:
            settle_ride(connection, device, ride.board, now)
    return fits


def settle_known(
    connection: Connection, device: str, rides: dict[RecordRef, set[RecordRef]], now: int
) -> None:
    """Settle those rides of which something was said before all their records were here: their taps, by boarding."""
    taps = {tap for those in rides.values() for tap in those}
    first = store.first_names(connection, device, taps) if taps else {}
    known = store.find_words(connection, device, {*taps, *first.values()}) if taps else {}
    for board, those in rides.items():
        if any(tap in known or first.get(tap) in known for tap in those):
            settle_ride(connection, device, board, now)


def settle_ride(connection: Connection, device: str, board: RecordRef, now: int) -> None:
    """Bring a ride to what was said of its stops, as far as the rules let it go by itself."""
    ride = store.read_ride(connection, device, board)
    if ride is None:
        return
    words = _words_about(connection, ride)
    if ride.end is None:
        if words.board:
            store.move_boarding(connection, ride, words.board.place)
        return
    in_force = ride.stops
    stops = Stops(
        words.board.place if words.board else in_force.board,
        words.alight.place if words.alight else in_force.alight,
    )
    news = [
        word
        for word, place in ((words.board, in_force.board), (words.alight, in_force.alight))
        if word and not word.place.is_same(place)
    ]
    if not news:
        replace_waiting(store.last_correction(connection, ride), connection, now)
        store.put_settled(connection, ride, board=words.board is not None, alight=words.alight is not None)
        return
    soon = all(is_soon(ride, word.wall) for word in news)
    told = Told(stops, Cause(news[-1].cause), news[-1].said, soon=soon)
    if correct_ride(connection, ride, told, now):
        store.put_settled(connection, ride, board=words.board is not None, alight=words.alight is not None)


@dataclass(frozen=True, slots=True)
class Told:
    """Where a ride went after all, by whose word, and whether that came within the day."""

    stops: Stops
    cause: Cause
    said: RecordRef | None
    soon: bool


def correct_ride(connection: Connection, ride: BookedRide, told: Told, now: int) -> bool:
    """Correct an ended ride; True if it holds at once, False if it waits for staff, or was decided by them before."""
    due, waits = judge(connection, ride, told.stops, soon=told.soon)
    fare = due.total if due else None
    last = store.last_correction(connection, ride)
    if last and is_by_staff(last, ride):
        return False
    if waits and last and is_decided(last, told.stops, fare):
        return False
    replace_waiting(last, connection, now)
    made, seq = store.add_correction(connection, ride, told.stops, fare, told.cause, told.said, waits, now)
    if waits or due is None:
        store.put_state(connection, made, State.WAITING, BY_RULE, now)
        return False
    store.put_state(connection, made, State.APPLIED, BY_RULE, now)
    carry_out(connection, ride, seq, told.stops, due, now)
    return True


def judge(
    connection: Connection, ride: BookedRide, stops: Stops, *, soon: bool
) -> tuple[RideFare | None, Waits]:
    """What the ride is due between `stops`, and why that does not hold by itself. None where there is no fare."""
    due = work_out_fare(connection, ride, stops)
    if due is None:
        return None, Waits.UNKNOWN
    if isinstance(due, FareProblem):
        return None, Waits(due.value)
    if ride.double_of:
        due = double_due(ride.charge, due)
    if due.total > ride.fare:
        return due, Waits.HIGHER
    return due, Waits.NOT if soon else Waits.LATE


def is_decided(last: Correction, stops: Stops, fare: int | None) -> bool:
    """Whether staff have the same correction before them, or have dismissed it."""
    return (
        last.state in (State.WAITING, State.DISMISSED) and last.stops.are_same(stops) and last.fare_to == fare
    )


def is_by_staff(last: Correction, ride: BookedRide) -> bool:
    """Whether the ride goes where somebody of the staff has said: no later guess of a machine is better than its rider.

    An alighting that comes in late takes the ride's place, and the word is about it no more.
    """
    return last.state is State.APPLIED and last.cause == Cause.STAFF and last.stops.are_same(ride.stops)


def carry_out(
    connection: Connection, ride: BookedRide, seq: int, stops: Stops, due: RideFare, now: int
) -> None:
    """Put other stops and their fare in force, and post what changes hands."""
    ride = give_up_trip(connection, ride, now)
    charge = corrected(ride.charge, work_out_fare(connection, ride, ride.stops), due)
    change = (charge.held + charge.owed) - (ride.held + ride.owed)
    posted = posted_for(connection, ride)
    payer = payer_of(posted) or _holder(connection, ride.pass_id)
    order = _order(connection, ride, seq, posted, payer, change, now)
    if order is not None:
        answer = post(connection, order, now)
        if isinstance(answer, Refused):
            # Nothing is asked for that the books, read in this transaction, do not have.
            raise RuntimeError(f"{order.command} was refused: {answer.reason}")
        settle_member(connection, payer.owner, now)
    if change > 0 and payer.kind.has_lots:
        debts = [each for each in posted_for(connection, ride) if each.account == owed_account(payer.owner)]
        owed = -sum(each.amount for each in debts)
        charge = replace(charge, held=Yen(charge.held + charge.owed - owed), owed=Yen(owed))
    store.put_corrected(connection, ride, stops, charge)
    settle_tickets_of(connection, ride.pass_id, now)


def _order(
    connection: Connection,
    ride: BookedRide,
    seq: int,
    posted: Sequence[Entry],
    payer: AccountRef,
    change: int,
    now: int,
) -> Order | None:
    """What a ride moves that costs its payer `change` yen more, or less."""
    command, charged = f"correction/{ride.name}/{seq}", charged_by(connection, ride)
    lots = find_lots(connection, {move.lot for entry in posted for move in entry.lots}) if change > 0 else ()
    # What has expired since pays for its ride and nothing else: given back it would be lost, so the rest is owed.
    if change <= 0 or not payer.kind.has_lots or any(lot.is_expired(now) for lot in lots):
        return correction_order(command, charged, posted, payer, change)
    fare = Yen(ride.held + ride.owed + change)
    return charged_anew_order(
        command, charged, posted, payer.owner, fare, pass_holds(connection, payer.owner)
    )


def is_soon(ride: BookedRide, wall: int | None) -> bool:
    """Whether a word of Unix second `wall` may correct the ride by itself, where its rider gains by it."""
    try:
        return within_the_day(date.fromisoformat(ride.service_date), wall)
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class _Words:
    """What is known beyond a ride's own records."""

    board: Word | None
    alight: Word | None


def _words_about(connection: Connection, ride: BookedRide) -> _Words:
    """The last words about the ride's taps that its own end did not know yet."""
    end = ride.end
    taps = {ride.board} if end is None else {ride.board, end}
    first = store.first_names(connection, ride.device, taps)
    words = {
        tap: word
        for tap, word in last_words(connection, ride.device, taps, first).items()
        if (word.trip_id, word.service_date) == (ride.trip_id, ride.service_date)
    }
    board = words.get(ride.board)
    if end is None:
        return _Words(board, None)
    if board and not is_newer(board.said, first.get(end, end), first.get(ride.board, ride.board)):
        board = None
    return _Words(board, words.get(end) if ride.state == "complete" else None)


def last_words(
    connection: Connection, device: str, taps: Collection[RecordRef], first: Mapping[RecordRef, RecordRef]
) -> dict[RecordRef, Word]:
    """The last word about each of the taps that there is one about, `first` their names in their own journals."""
    apart = store.with_namesake(connection, device, first)
    found = store.find_words(connection, device, {*taps, *first.values()})
    last: dict[RecordRef, Word] = {}
    for tap in taps:
        own = first.get(tap, tap)
        names = (tap,) if tap in apart else dict.fromkeys((own, tap))
        words = [found[name] for name in names if name in found]
        if len(words) > 1 and is_newer(words[0].said, words[1].said, own):
            words = words[:1]
        if words:
            last[tap] = words[-1]
    return last


def replace_waiting(last: Correction | None, connection: Connection, now: int) -> None:
    """Something newer was said before anybody had decided."""
    if last and last.state is State.WAITING:
        store.put_state(connection, last.id, State.REPLACED, BY_RULE, now)


def _holder(connection: Connection, pass_id: str) -> AccountRef:
    holder = holders_of(connection, {pass_id}).get(pass_id)
    return member_account(holder.member) if holder is not None else suspense_account(pass_id)
