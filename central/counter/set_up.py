"""What the office sets before it charges: who issues the currency, and the limits."""

from __future__ import annotations

from dataclasses import replace

from central.counter.refusals import NotDone, Refused
from central.counter.rows import CounterSettings
from central.counter.store import add_settings, find_settings
from central.database.transaction import Connection
from central.ledger.store import is_open
from central.members.store import Standing, put_standing, standing_of
from rules.ledger.accounts import member_account
from rules.ledger.charge_limits import ChargeLimits
from rules.money import Yen


def change_settings(
    connection: Connection, staff: str, changes: dict[str, str | int], now: int
) -> CounterSettings | Refused:
    """Set what `changes` names (`issuer`, `contact`, and the fields of ChargeLimits), keep all else.

    Raises ValueError for limits that contradict one another.
    """
    if not staff.strip():
        return Refused(NotDone.NO_STAFF)
    before = find_settings(connection) or CounterSettings(0, "", "", ChargeLimits())
    issuer = str(changes.get("issuer", before.issuer)).strip()
    contact = str(changes.get("contact", before.contact)).strip()
    limits = replace(
        before.limits,
        **{name: Yen(value) for name, value in changes.items() if isinstance(value, int)},
    )
    if not issuer or not contact:
        return Refused(NotDone.NO_ISSUER)
    add_settings(connection, issuer, contact, limits, staff, now)
    after = find_settings(connection)
    assert after is not None, "what was set is kept"
    return after


def block_member(
    connection: Connection, member: str, why: str, staff: str, now: int, *, blocked: bool
) -> Refused | None:
    """Let nothing be paid from the account any more, or let it again. What has been closed stays so."""
    if not staff.strip():
        return Refused(NotDone.NO_STAFF)
    if not is_open(connection, member_account(member)):
        return Refused(NotDone.UNKNOWN_MEMBER)
    standing = standing_of(connection, member)
    if standing is Standing.CLOSED:
        return Refused(NotDone.MEMBER_CLOSED)
    wanted = Standing.BLOCKED if blocked else Standing.GOOD
    if standing is not wanted:
        put_standing(connection, member, wanted, why, staff, now)
    return None
