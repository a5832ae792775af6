"""What staff say of corrections: apply, dismiss, think again; and cash that was given back."""

from __future__ import annotations

from enum import StrEnum

from central.database.transaction import Connection
from central.ledger.post_orders import post
from central.passes.store import holders_of
from central.programmes.keep_programmes import good_until
from central.rides.corrections import store
from central.rides.corrections.rows import State
from central.rides.corrections.settle_ride import BY_STAFF, carry_out, judge, settle_ride
from rules.ledger.programmes import KURAPO_PAID
from rules.ledger.rides import cash_back_order
from rules.money import Yen


class NotDecided(StrEnum):
    """Why a word of staff changes nothing."""

    GONE = "その訂正はありません / there is no such correction"
    CHANGED = "先にほかの操作がありました。いまの内容を確かめてください / it has changed meanwhile: look at it again"
    NO_FARE = "この区間の運賃が決まっていません / these stops have no fare"
    SAME = "この乗車はもうその区間です / the ride is between these stops already"
    NO_MEMBER = "このパスの持ち主が登録されていません / nobody is registered for this pass"


class How(StrEnum):
    """How cash comes back. The values stand in the database and stay stable."""

    ACCOUNT = "account"
    CASH = "cash"


def apply_correction(connection: Connection, correction_id: int, now: int) -> NotDecided | None:
    """Put a waiting correction in force; why not, if it cannot be."""
    found = store.find_correction(connection, correction_id)
    if found is None:
        return NotDecided.GONE
    correction, ride = found
    if correction.state is not State.WAITING:
        return NotDecided.CHANGED
    due, _ = judge(connection, ride, correction.stops, soon=True)
    if due is None:
        return NotDecided.NO_FARE
    if due.total != correction.fare_to:
        return NotDecided.CHANGED
    carry_out(connection, ride, correction.seq, correction.stops, due, now)
    store.put_state(connection, correction_id, State.APPLIED, BY_STAFF, now)
    settle_ride(connection, ride.device, ride.board, now)
    return None


def dismiss_correction(connection: Connection, correction_id: int, now: int) -> NotDecided | None:
    """Leave the ride as it is; why not, if it cannot be."""
    return _turn(connection, correction_id, State.WAITING, State.DISMISSED, now)


def reopen_correction(connection: Connection, correction_id: int, now: int) -> NotDecided | None:
    """Let a dismissed correction wait again, unless something newer was said of its ride."""
    return _turn(connection, correction_id, State.DISMISSED, State.WAITING, now)


def refund_ride(
    connection: Connection, ride_id: int, amount: int, before: int, how: How, now: int
) -> NotDecided | None:
    """Cash paid too much at the door is given back: `amount` is all that is due, after `before` given back already."""
    ride = store.ride_with_id(connection, ride_id)
    if ride is None:
        return NotDecided.GONE
    if amount <= 0 or (ride.charge.refund_due, ride.refunded) != (amount, before):
        return NotDecided.CHANGED
    member = ""
    if how is How.ACCOUNT:
        holder = holders_of(connection, {ride.pass_id}).get(ride.pass_id)
        if holder is None:
            return NotDecided.NO_MEMBER
        member = holder.member
    number = store.add_refund(connection, ride, amount, how, now)
    expires = good_until(connection, KURAPO_PAID, now)
    post(connection, cash_back_order(f"refund/{ride.name}/{number}", member, Yen(amount), expires), now)
    return None


def _turn(
    connection: Connection, correction_id: int, was: State, becomes: State, now: int
) -> NotDecided | None:
    found = store.find_correction(connection, correction_id)
    if found is None:
        return NotDecided.GONE
    correction, ride = found
    last = store.last_correction(connection, ride)
    if correction.state is not was or last is None or last.id != correction_id:
        return NotDecided.CHANGED
    store.put_state(connection, correction_id, becomes, BY_STAFF, now)
    return None
