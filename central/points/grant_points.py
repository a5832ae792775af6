"""Points given: once for each thing that happened, within the programme's budget and caps."""

from __future__ import annotations

from enum import StrEnum

from central.database.transaction import Connection
from central.japan import day_of
from central.ledger.post_orders import Refused, post
from central.ledger.store import is_open
from central.points import store
from central.points.store import Grant
from central.programmes.keep_programmes import find_programme
from central.programmes.store import approved
from rules.ledger.accounts import member_account
from rules.ledger.expiry import expires_at
from rules.ledger.points import grant_order, take_back_order


class NotGiven(StrEnum):
    """Why nothing is given."""

    UNKNOWN_PROGRAMME = "unknown-programme"
    """No programme has that id."""
    NOT_OPEN = "not-open"
    """The programme is closed, has not begun or has ended."""
    UNKNOWN_MEMBER = "unknown-member"
    """Nobody has that wallet."""
    USED = "used"
    """That number of that source was honoured before, for another member, programme or amount."""
    CAP_PER_PERSON = "cap-per-person"
    """The member has had all that one person may get."""
    CAP_PER_DAY = "cap-per-day"
    """The member has had all that one person may get in a day; tomorrow there may be more."""
    OVER_BUDGET = "over-budget"
    """What was approved is given away; another approval may follow."""


def grant_points(
    connection: Connection,
    programme: str,
    member: str,
    amount: int,
    source: str,
    number: str,
    now: int,
    asked_at: int | None = None,
) -> Grant | NotGiven:
    """Give `amount` units for what `source` calls `number`: a kiosk's code, a place on an event's list.

    Each (source, number) is honoured once; asked again for the same, it is the same grant. What was refused is not
    honoured and may be asked again. `asked_at` is when it was earned, if that is before `now`, when it is posted: days,
    caps and expiry go by it. Raises ValueError below 1 unit and for an empty source or number.
    """
    if amount < 1 or not source or not number or "/" in source:
        raise ValueError("a grant has an amount above zero, a source without '/' and a number")
    before = store.find_grant(connection, source, number)
    if before is not None:
        same = (before.programme, before.member, before.amount) == (programme, member, amount)
        return before if same else NotGiven.USED
    earned = now if asked_at is None else min(asked_at, now)
    day = day_of(earned)
    kept = find_programme(connection, programme, day)
    if kept is None:
        return NotGiven.UNKNOWN_PROGRAMME
    if kept.closed or not kept.programme.is_open_on(day):
        return NotGiven.NOT_OPEN
    if not is_open(connection, member_account(member)):
        return NotGiven.UNKNOWN_MEMBER
    in_all, today = store.granted_to(connection, programme, member, day)
    if _above(kept.programme.cap_per_person, in_all + amount):
        return NotGiven.CAP_PER_PERSON
    if _above(kept.programme.cap_per_day, today + amount):
        return NotGiven.CAP_PER_DAY
    # The ledger keeps a refusal for its command: after another approval the same wish is another command.
    approvals, _ = approved(connection, programme)
    command = f"grant/{programme}/{approvals}/{source}/{number}"
    expires = expires_at(kept.programme.expiry, earned)
    answer = post(connection, grant_order(command, kept.programme, member, amount, expires), now)
    if isinstance(answer, Refused):
        return NotGiven.OVER_BUDGET
    grant = Grant(source, number, programme, member, amount, day.isoformat(), command, now)
    store.add_grant(connection, grant)
    return grant


def take_back_points(connection: Connection, source: str, number: str, now: int) -> bool:
    """Whether all that was given for that is back in the budget; not so where some of it is used, or was not given.

    It counts in no cap any more, and its number is still honoured. Done once.
    """
    grant = store.find_grant(connection, source, number)
    kept = find_programme(connection, grant.programme, day_of(now)) if grant else None
    if grant is None or kept is None:
        return False
    command = f"taken back/{grant.command}"
    answer = post(connection, take_back_order(command, kept.programme, grant.command, grant.amount), now)
    if isinstance(answer, Refused):
        return False
    store.add_taken_back(connection, grant, command, now)
    return True


def _above(cap: int | None, amount: int) -> bool:
    return cap is not None and amount > cap
