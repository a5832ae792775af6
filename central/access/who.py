"""Who is asking: what the guard has found out, for any `pages.py`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from flask import g


class Role(StrEnum):
    """What somebody of the staff may do. The values stand in the database and stay stable."""

    CLERK = "clerk"
    """窓口: registers members, hands out cards, explains and corrects rides."""
    CASHIER = "cashier"
    """出納: takes cash, and does what a clerk does."""
    APPROVER = "approver"
    """決裁: decides what others have asked for, and reads the audit log."""
    ADMINISTRATOR = "administrator"
    """管理: timetable, fares, staff."""
    READER = "reader"
    """閲覧: sees everything at the office and changes nothing."""


@dataclass(frozen=True, slots=True)
class Staff:
    """Somebody at the office, by the name they sign in with."""

    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A member on a browser. `session` names the row of the session; it is not the cookie."""

    member: str
    session: str


def staff() -> Staff:
    """Who of the staff asks. The guard has refused everybody else on routes of staff; raises LookupError elsewhere."""
    found: Staff | None = g.get("staff")
    if found is None:
        raise LookupError("no staff here: the route's row in central/access/routes.py lets others in")
    return found


def member() -> SignedIn:
    """Which member asks. The guard has refused everybody else on routes of members; raises LookupError elsewhere."""
    found: SignedIn | None = g.get("member")
    if found is None:
        raise LookupError("no member here: the route's row in central/access/routes.py lets others in")
    return found
