"""The money of a ride by phone: what it costs now in place of what it cost before."""

from __future__ import annotations

from central.charging.settle_charge import settle_member
from central.database.transaction import Connection
from central.ledger.post_orders import Refused, entries_posted, post
from central.rides.by_phone import store
from central.rides.by_phone.riding import owed_of
from central.rides.by_phone.store import Known, RideRow, TripKey
from central.tickets.store import pass_holds
from rules.ledger.accounts import member_account
from rules.ledger.charged_anew import with_holds_anew
from rules.ledger.order import Order
from rules.ledger.rides import PassHold, ride_order, taken_back
from rules.ledger.ticket_rides import trip_ride_order
from rules.money import NOTHING, Yen


def charge(connection: Connection, key: TripKey, was: RideRow, known: Known, now: int) -> RideRow:
    """The ride `was` is `known` from now on: what it was charged goes back, and its fare is, or a trip of its sale."""
    if was.known.fare:
        back = taken_back(was.undoing, was.command, entries_posted(connection, [was.command]))
        if back is not None:
            # Else the next charge would take from what the hold was topped up with, and leave what came back.
            back = with_holds_anew(back, key.member, pass_holds(connection, key.member))
        _post(connection, back, now)
        settle_member(connection, key.member, now)
    ride = store.change_ride(connection, was, known)
    _post(connection, _order(connection, key, ride), now)
    store.put_owed(connection, ride, owed_of(entries_posted(connection, [ride.command])))
    return ride


def _order(connection: Connection, key: TripKey, ride: RideRow) -> Order | None:
    holds = pass_holds(connection, key.member)
    if ride.known.sale:
        return trip_ride_order(ride.command, key.member, ride.known.sale, holds)
    hold = PassHold(holds[0].series, holds[0].wanted) if holds else None
    fare = Yen(ride.known.fare or 0)
    return ride_order(ride.command, member_account(key.member), fare, NOTHING, hold)


def _post(connection: Connection, order: Order | None, now: int) -> None:
    if order is None:
        return
    answer = post(connection, order, now)
    if isinstance(answer, Refused):
        # The names of these orders are made here and never used twice, and a ride is owed where nothing is left.
        raise RuntimeError(f"{order.command}: {answer.reason}")  # noqa: TRY004 - no matter of types
