"""The ledger follows how a charge stands: posted, frozen, thawed, taken back."""

from __future__ import annotations

from central.charging import store
from central.charging.list_incident import Unmatched, list_event
from central.charging.rules_in_force import charging_rules
from central.charging.store import Stood
from central.database.transaction import Connection
from central.japan import day_of
from central.ledger import store as ledger
from central.ledger.post_orders import Posted, entries_posted, post
from central.programmes.keep_programmes import good_until
from rules.charging.follow import Charge, Position, follow
from rules.charging.limits import held_until
from rules.charging.standing import standing, wrong
from rules.ledger.accounts import AccountKind
from rules.ledger.order import Order, Step
from rules.ledger.programmes import KURAPO_PAID
from rules.money import NOTHING, Yen

CAME_BACK = "came-back"
"""The cause where a shop or a bus gave back what a charge had paid for."""


def settle_charge(connection: Connection, charge: Charge, cause: str, now: int) -> None:
    """Work out how the charge stands and let the ledger follow. Where it does already, nothing changes."""
    first = store.first_paid_at(connection, charge.member)
    first = now if first is None else first
    # The rules of that day, which never change: what waits already waits as long as it was told to.
    _settle(connection, charge, held_until(charging_rules(connection, day_of(first)), first), cause, now)


def settle_member(connection: Connection, member: str, now: int) -> None:
    """After anything gave value back to a member: what came back into a disputed charge's lot cannot be spent.

    To be called in the transaction of whatever gave it back. Without such a charge it is one look into the database.
    """
    for charge in store.to_watch(connection, member):
        first = ledger.open_holds(connection, [charge.first_hold]).get(charge.first_hold)
        _settle(connection, charge, (first and first.until) or now, CAME_BACK, now)


def list_wrong(connection: Connection, charge: Charge, now: int) -> None:
    """Put those of the charge's events before the office that are not followed, take off those that are now."""
    events = store.events_of(connection, charge)
    store.settle_incidents(connection, Unmatched.UNKNOWN_PAYMENT, [event.id for event in events], now)
    listed = {(each.what, each.name) for each in store.incidents_of(connection, charge.id, len(events) + 1)}
    for event in events:
        why = wrong(event, charge.amount, events)
        if why is not None and (why, event.id) not in listed:
            list_event(connection, why, event.id, charge.id, now)


def _settle(connection: Connection, charge: Charge, until: int, cause: str, now: int) -> None:
    last = store.states_of(connection, charge.id)[-1]
    refund = store.find_refund(connection, charge.id)
    given_back = NOTHING if refund is None else refund.amount
    stands = standing(charge.amount, store.events_of(connection, charge), given_back)
    expires = good_until(connection, KURAPO_PAID, now)
    steps = follow(charge, stands, _position(connection, charge, last), until, now, expires)
    if not steps and stands.state is last.state:
        return
    owed = Yen(last.owed + _post(connection, charge, steps, last, now)) if steps else last.owed
    store.add_state(
        connection,
        charge.id,
        Stood(last.seq + 1, stands.state, stands.paid, stands.taken, owed, cause, now),
    )


def _position(connection: Connection, charge: Charge, last: Stood) -> Position:
    numbers = {lot for _, lot in ledger.lots_made(connection, [charge.command])}
    lots = ledger.find_lots(connection, numbers)
    own = {charge.dispute_hold, charge.first_hold}
    holds = ledger.open_holds(connection, own | store.series_keeping(connection, numbers))
    return Position(
        charged=last.paid,
        taken=last.taken,
        owed=last.owed,
        left=sum(lot.left for lot in lots),
        free=sum(lot.free for lot in lots),
        frozen=charge.dispute_hold in holds,
        waiting=charge.first_hold in holds,
        others=tuple(hold for series, hold in holds.items() if series not in own),
    )


def _post(connection: Connection, charge: Charge, steps: tuple[Step, ...], last: Stood, now: int) -> int:
    """Post the steps; by how much what the member owes for this charge has grown."""
    command = charge.command if not last.paid else f"{charge.command}/{last.seq + 1}"
    answer = post(connection, Order(command, "card charge", steps), now)
    # Nothing is asked for that the books, read in this transaction, do not have.
    assert isinstance(answer, Posted), (command, answer)
    entries = entries_posted(connection, [command])
    return -sum(entry.amount for entry in entries if entry.account.kind is AccountKind.OWED)
