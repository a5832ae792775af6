"""Programmes as the office keeps them: added, changed, closed, and what may be given away."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from central.database.transaction import Connection
from central.ledger.post_orders import Refused, post
from central.programmes import store
from central.programmes.programme_text import read_programme, write_programme
from rules.ledger.expiry import expires_at
from rules.ledger.points import budget_order
from rules.ledger.programmes import BUILT_IN, Programme, changed


class Why(StrEnum):
    """Why the office's wish about a programme is not met."""

    THERE_ALREADY = "there-already"
    """A programme of that id is there."""
    UNKNOWN = "unknown-programme"
    """No programme has that id."""
    CLOSED = "closed"
    """The programme is closed."""
    OVER_BUDGET = "over-budget"
    """More would be approved than the programme's budget."""
    OTHER_APPROVAL = "other-approval"
    """Another amount or programme was approved under that reference."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A programme as it stands."""

    programme: Programme
    closed: bool = False


def programmes(connection: Connection) -> dict[str, Kept]:
    """All by id, those built in first."""
    found = {name: Kept(each) for name, each in BUILT_IN.items()}
    for change in store.changes(connection):
        found[change.programme] = Kept(read_programme(change.content), change.what == "closed")
    return found


def find_programme(connection: Connection, programme: str) -> Kept | None:
    """One as it stands; None where there is none."""
    changes = store.changes(connection, programme)
    if not changes:
        built_in = BUILT_IN.get(programme)
        return None if built_in is None else Kept(built_in)
    return Kept(read_programme(changes[-1].content), changes[-1].what == "closed")


def good_until(connection: Connection, programme: str, now: int) -> int | None:
    """The first Unix second at which what is had by this programme from `now` on is not good any more; None for never.

    Raises LookupError for a programme that there is not.
    """
    kept = find_programme(connection, programme)
    if kept is None:
        raise LookupError(programme)
    return expires_at(kept.programme.expiry, now)


def add_programme(
    connection: Connection, programme: Programme, said_by: str, now: int, why: str = ""
) -> Why | None:
    """Add a new one."""
    if find_programme(connection, programme.id) is not None:
        return Why.THERE_ALREADY
    _keep(connection, programme, "added", (said_by, why), now)
    return None


def change_programme(
    connection: Connection, programme: Programme, said_by: str, now: int, why: str = ""
) -> Why | None:
    """Say anew what one is. Raises what `changed` raises where the rules forbid it."""
    kept = find_programme(connection, programme.id)
    if kept is None:
        return Why.UNKNOWN
    if kept.closed:
        return Why.CLOSED
    _keep(connection, changed(kept.programme, programme), "changed", (said_by, why), now)
    return None


def close_programme(
    connection: Connection, programme: str, said_by: str, now: int, why: str = ""
) -> Why | None:
    """Nothing is given any more; what was given stays good until it expires."""
    kept = find_programme(connection, programme)
    if kept is None:
        return Why.UNKNOWN
    if kept.closed:
        return Why.CLOSED
    _keep(connection, kept.programme, "closed", (said_by, why), now)
    return None


def approve_budget(
    connection: Connection, programme: str, amount: int, reference: str, said_by: str, now: int
) -> Why | None:
    """So much more may be given away; the same reference again changes nothing. Raises ValueError below 1."""
    before = store.approval(connection, reference)
    if before is not None:
        return None if before == (programme, amount) else Why.OTHER_APPROVAL
    kept = find_programme(connection, programme)
    if kept is None:
        return Why.UNKNOWN
    if kept.closed:
        return Why.CLOSED
    _, so_far = store.approved(connection, programme)
    limit = kept.programme.budget
    if limit is not None and so_far + amount > limit:
        return Why.OVER_BUDGET
    answer = post(connection, budget_order(f"budget/{reference}", kept.programme, amount), now)
    assert not isinstance(answer, Refused), "the issuer has no floor"
    store.add_approval(connection, programme, reference, amount, said_by, now)
    return None


def _keep(connection: Connection, programme: Programme, what: str, who: tuple[str, str], now: int) -> None:
    said_by, why = who
    change = store.Change(programme.id, what, write_programme(programme), said_by, now, why)
    store.add_change(connection, change)
