"""The expiry run: holds whose time is over, lots whose day has come. Safe to run at any time, twice, and half."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from central.database.transaction import Connection, Database
from central.japan import day_of
from central.ledger.post_orders import Posted, post_all
from central.points import store
from central.points.store import Ending
from central.programmes.keep_programmes import expiry_by_day
from rules.ledger.accounts import AccountRef
from rules.ledger.expiry import MonthsFromUse, good_until
from rules.ledger.order import Order
from rules.ledger.points import expiry_order, hold_expiry_order, renewal_order

AT_ONCE = 200
"""Lots or holds in one transaction: payments wait no longer than that takes."""


@dataclass(frozen=True, slots=True)
class Expired:
    """What a run did: holds resolved, lots expired and their units, lots prolonged by a use."""

    holds: int = 0
    lots: int = 0
    units: int = 0
    renewed: int = 0

    def __add__(self, other: Expired) -> Expired:
        return Expired(
            self.holds + other.holds,
            self.lots + other.lots,
            self.units + other.units,
            self.renewed + other.renewed,
        )


def expire(database: Database, now: int, at_once: int = AT_ONCE) -> Expired:
    """Do all that is due at Unix second `now`, batch by batch; each batch is whole or not at all."""
    done = Expired()
    while _is_due(database, now):
        with database.write() as connection:
            step = expire_batch(connection, now, at_once)
        if step == Expired():
            break
        done += step
    return done


def expire_batch(connection: Connection, now: int, at_once: int) -> Expired:
    """The first that are due: holds before lots, since what they kept may have expired meanwhile."""
    holds = store.ending_holds(connection, now, at_once)
    if holds:
        # By the hold's number, which no other hold ever has.
        post_all(connection, [hold_expiry_order(f"hold-expiry/{hold.id}", hold) for hold in holds], now)
        return Expired(holds=len(holds))
    orders: list[Order] = []
    units = renewed = 0
    for ending, until in real_ends(connection, store.ending_lots(connection, now, free=True, limit=at_once)):
        # A lot may come back to life by a refund and expire again: its last move tells the two apart.
        number = f"{ending.lot.id}/{ending.last_move}"
        if until > now:
            orders.append(renewal_order(f"renewal/{number}", ending.lot, until))
            renewed += 1
        else:
            orders.append(expiry_order(f"expiry/{number}", ending.lot))
            units += ending.lot.free
    for order, answer in zip(orders, post_all(connection, orders, now), strict=True):
        assert isinstance(answer, Posted), f"{order.command} was due and got {answer}"
    return Expired(lots=len(orders) - renewed, units=units, renewed=renewed)


def real_ends(connection: Connection, ending: Sequence[Ending]) -> list[tuple[Ending, int]]:
    """Each with the Unix second at which it really expires, uses since counted where its programme's rule does.

    That rule is the one of the day on which the lot was issued: what was given keeps its expiry.
    """
    rule_of = expiry_by_day(connection)
    rules = {each.lot.id: rule_of(each.lot.programme, day_of(each.lot.issued_at)) for each in ending}
    by_use = [each.lot for each in ending if isinstance(rules[each.lot.id], MonthsFromUse)]
    used: dict[AccountRef, list[int]] = {}
    if by_use:
        members = {lot.account.owner for lot in by_use}
        used = store.uses(connection, members, min(lot.issued_at for lot in by_use))
    found = []
    for each in ending:
        lot = each.lot
        until = good_until(rules[lot.id], lot, used.get(lot.account, ()))
        assert until is not None
        found.append((each, until))
    return found


def _is_due(database: Database, now: int) -> bool:
    with database.read() as connection:
        return bool(
            store.ending_holds(connection, now, 1) or store.ending_lots(connection, now, free=True, limit=1)
        )
