"""What the office sets before it charges: who issues the currency, and whom to ask."""

from __future__ import annotations

from collections.abc import Mapping

from central.counter.refusals import NotDone, Refused
from central.counter.rows import CounterSettings
from central.counter.store import add_settings, find_settings
from central.database.transaction import Connection
from central.ledger.store import is_open
from central.members.store import Standing, put_standing, standing_of
from rules.ledger.accounts import member_account


def change_settings(
    connection: Connection, staff: str, changes: Mapping[str, str], now: int
) -> CounterSettings | Refused:
    """Set what `changes` names of `issuer` and `contact`, keep the other."""
    if not staff.strip():
        return Refused(NotDone.NO_STAFF)
    before = find_settings(connection) or CounterSettings(0, "", "")
    issuer = changes.get("issuer", before.issuer).strip()
    contact = changes.get("contact", before.contact).strip()
    if not issuer or not contact:
        return Refused(NotDone.NO_ISSUER)
    add_settings(connection, issuer, contact, staff, now)
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
