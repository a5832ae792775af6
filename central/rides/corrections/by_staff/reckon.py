"""What a correction by staff comes to, tried out before anything is posted; and putting it in force."""

from __future__ import annotations

from dataclasses import replace

from central.database.transaction import Connection, attempt
from central.ledger.post_orders import entries_posted
from central.ledger.store import find_lots, last_numbers
from central.rides.corrections import store as corrections
from central.rides.corrections.by_staff import store
from central.rides.corrections.by_staff.rows import Facts, LotBack, Moved, Preview, Stands
from central.rides.corrections.rows import BookedRide, Cause, State, Waits
from central.rides.corrections.settle_ride import BY_STAFF, carry_out, replace_waiting
from central.rides.corrections.work_out_fare import work_out_fare
from rules.ledger.group import Entry
from rules.messages.events import RecordRef
from rules.money import NOTHING, Yen
from rules.network.fares import FareProblem
from rules.ride.correction import double_due
from rules.ride.fare import RideFare


class _TriedOut(Exception):
    def __init__(self, preview: Preview) -> None:
        self.preview = preview


def in_force(connection: Connection, ride: BookedRide) -> Facts:
    """What the ride is charged by now."""
    said = [each.facts_to for each in store.of_ride(connection, ride.id) if each.state is Stands.APPLIED]
    facts = Facts(ride.stops, ride.rider_class, ride.adults, ride.children)
    return replace(facts, fare=said[-1].fare, void=said[-1].void) if said else facts


def due_by(connection: Connection, ride: BookedRide, facts: Facts) -> RideFare | None:
    """What the ride costs by these facts; None where the table has no fare for them."""
    if facts.void:
        return RideFare(NOTHING, NOTHING)
    if facts.fare is not None:
        return RideFare(Yen(facts.fare), NOTHING)
    who = replace(ride, rider_class=facts.rider_class, adults=facts.adults, children=facts.children)
    due = work_out_fare(connection, who, facts.stops)
    if due is None or isinstance(due, FareProblem):
        return None
    return double_due(ride.charge, due) if ride.double_of else due


def reckon(connection: Connection, ride: BookedRide, facts: Facts, now: int) -> Preview | None:
    """What would move if these facts held: all of it is done and undone. None where they have no fare.

    It needs a transaction that may write, and leaves everything as it was.
    """
    due = due_by(connection, ride, facts)
    if ride.end is None or due is None:
        return None
    try:
        with attempt(connection):
            group = last_numbers(connection).group
            put_in_force(connection, ride, facts, due, now)
            after = corrections.ride_with_id(connection, ride.id)
            assert after is not None, "it is the same ride"
            entries = entries_posted(connection, store.commands_since(connection, group))
            cash = after.charge.refund_due - ride.charge.refund_due
            raise _TriedOut(Preview(facts, ride.fare, after.fare, _moved(connection, entries), cash))
    except _TriedOut as tried:
        return tried.preview


def put_in_force(connection: Connection, ride: BookedRide, facts: Facts, due: RideFare, now: int) -> int:
    """Charge the ride by these facts; the number of the correction.

    Less goes back to what has paid, more is owed. A later word of the bus changes nothing any more.
    """
    replace_waiting(corrections.last_correction(connection, ride), connection, now)
    made, seq = corrections.add_correction(
        connection, ride, facts.stops, due.total, Cause.STAFF, None, Waits.NOT, now
    )
    corrections.put_state(connection, made, State.APPLIED, BY_STAFF, now)
    # Before the money moves: trips of return tickets are for a class.
    store.put_party(connection, ride, facts)
    carry_out(connection, ride, seq, facts.stops, due, now)
    corrections.put_settled(connection, ride, board=True, alight=True)
    return seq


def keep_word(connection: Connection, device: str, board: RecordRef, now: int) -> None:
    """A ride's alighting came late and charged it as the bus knew it: what staff said of its riders and fare holds.

    Where they had said it went is another matter: now somebody has seen that.
    """
    ride = corrections.read_ride(connection, device, board)
    if ride is None or not any(each.state is Stands.APPLIED for each in store.of_ride(connection, ride.id)):
        return
    facts = in_force(connection, ride)
    due = due_by(connection, ride, facts)
    if due is not None and due.total != ride.fare:
        put_in_force(connection, ride, facts, due, now)


def _moved(connection: Connection, entries: list[Entry]) -> tuple[Moved, ...]:
    """By account what has come to it, in an order of its own; accounts that end as they were are left out."""
    lots = {
        lot.id: lot for lot in find_lots(connection, {move.lot for each in entries for move in each.lots})
    }
    sums: dict[tuple[str, str, str], int] = {}
    by_lot: dict[tuple[str, str, str], dict[tuple[str, int | None], int]] = {}
    for entry in entries:
        account = (entry.account.kind.value, str(entry.account.unit), entry.account.owner)
        sums[account] = sums.get(account, 0) + entry.amount
        parts = by_lot.setdefault(account, {})
        for move in entry.lots:
            lot = (lots[move.lot].origin.value, lots[move.lot].expires_at)
            parts[lot] = parts.get(lot, 0) + move.amount
    return tuple(
        Moved(
            *account,
            amount,
            tuple(
                LotBack(*lot, part)
                for lot, part in sorted(
                    by_lot[account].items(), key=lambda each: (each[0][1] or 0, each[0][0])
                )
                if part
            ),
        )
        for account, amount in sorted(sums.items())
        if amount
    )
