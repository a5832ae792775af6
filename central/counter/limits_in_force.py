"""How much may be charged in cash at the counter, as the office has set it for a day."""

from __future__ import annotations

from datetime import date

from central.counter.refusals import Refused
from central.database.transaction import Connection
from central.office_rules.in_force import InForce, rule_with_its_day
from rules.ledger.charge_limits import ChargeLimits, OverLimit
from rules.money import Yen

_NAMES = {
    OverLimit.LEAST: "counter.least_yen",
    OverLimit.MOST: "counter.most_yen",
    OverLimit.PER_DAY: "counter.per_day_yen",
    OverLimit.BALANCE: "counter.balance_yen",
}


def charge_limits(connection: Connection, day: date) -> ChargeLimits:
    """Those of a day in Japan: that on which somebody charges."""
    return _limits(_found(connection, day))


def refused_by_limits(
    connection: Connection, day: date, amount: int, charged: int, has: int
) -> Refused | None:
    """Why `amount` yen cannot be charged on a day, by which limit and since when; None where they can.

    `charged` were charged on the same day before, `has` is what the member has, both in yen.
    """
    found = _found(connection, day)
    broken = _limits(found).broken_by(amount, charged, has)
    if broken is None:
        return None
    since = found[broken.which].since
    return Refused(broken.which, f"{broken.room:,}", broken.limit, "" if since is None else since.isoformat())


def _found(connection: Connection, day: date) -> dict[OverLimit, InForce]:
    return {which: rule_with_its_day(connection, name, day) for which, name in _NAMES.items()}


def _limits(found: dict[OverLimit, InForce]) -> ChargeLimits:
    return ChargeLimits(
        least=Yen(found[OverLimit.LEAST].value),
        most=Yen(found[OverLimit.MOST].value),
        per_day=Yen(found[OverLimit.PER_DAY].value),
        balance=Yen(found[OverLimit.BALANCE].value),
    )
