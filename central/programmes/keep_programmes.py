"""Programmes as the office keeps them: added, changed from a day on, closed, and what may be given away."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from typing import Any

from central.database.transaction import Connection
from central.japan import day_of
from central.ledger.post_orders import Refused, post
from central.programmes import store
from central.programmes.in_force import Kept, kept_on, must_agree
from central.programmes.programme_text import ProgrammeWrong, programme_fields, write_programme
from rules.ledger.expiry import Expiry, NoExpiry, expires_at
from rules.ledger.points import budget_order, less_budget_order
from rules.ledger.programmes import BUILT_IN, NotProlonged, Programme

FURTHEST = timedelta(days=731)
"""Further ahead is a slip of the pen."""
MAX_WHY = 200
_NEWEST = sys.maxsize


class Why(StrEnum):
    """Why the office's wish about a programme is not met."""

    THERE_ALREADY = "there-already"
    """A programme of that id is there."""
    UNKNOWN = "unknown-programme"
    """No programme has that id, and no change that number."""
    CLOSED = "closed"
    """The programme is closed."""
    OVER_BUDGET = "over-budget"
    """More would be approved than the programme's budget."""
    OTHER_APPROVAL = "other-approval"
    """Another amount or programme was approved under that reference."""
    GIVEN_ALREADY = "given-already"
    """More would be taken from the budget than is left in it."""
    NOT_AHEAD = "not-ahead"
    """A change begins tomorrow at the earliest: by today's terms points are given already."""
    TOO_FAR = "too-far"
    """More than two years ahead."""
    NO_WHY = "no-why"
    """Without a reason, or with a longer one than is kept."""
    SAME = "same"
    """On that day it would be so anyhow."""
    CONTRADICTS = "contradicts"
    """With what is planned for other days it could on some day not be."""
    PROLONGED = "prolonged"
    """It is exempt because it is short, and on some day it would become longer."""
    BEGUN = "begun"
    """It holds already, or has: another change can follow it."""
    WITHDRAWN = "withdrawn"
    """It is taken back already."""


@dataclass(frozen=True, slots=True)
class ProgrammeWanted:
    """From `from_day` on these `fields` are to be others, as `programme_fields` says them; all else stays."""

    programme: str
    fields: Mapping[str, Any]
    from_day: date
    said_by: str
    why: str


@dataclass(frozen=True, slots=True)
class Difference:
    """What a change would do on its first day; `until` is, by field, the day on which a later change says another."""

    before: Programme
    after: Programme
    from_day: date
    until: Mapping[str, date]


def programmes(connection: Connection, day: date) -> dict[str, Kept]:
    """All by id as they are on a day in Japan, those built in first."""
    changes = store.changes(connection)
    found = {name: kept_on(name, changes, day) for name in (*BUILT_IN, *(each.programme for each in changes))}
    return {name: kept for name, kept in found.items() if kept is not None}


def find_programme(connection: Connection, programme: str, day: date) -> Kept | None:
    """One as it is on a day in Japan; None where there is none.

    For a day that has begun its terms are the same whenever they are asked for: changes begin tomorrow at the earliest.
    """
    return kept_on(programme, store.changes(connection, programme), day)


def good_until(connection: Connection, programme: str, now: int) -> int | None:
    """The first Unix second at which what is had by this programme from `now` on is not good any more; None for never.

    Raises LookupError for a programme that there is not.
    """
    kept = find_programme(connection, programme, day_of(now))
    if kept is None:
        raise LookupError(programme)
    return expires_at(kept.programme.expiry, now)


def expiry_by_day(connection: Connection) -> Callable[[str, date], Expiry]:
    """By programme and day in Japan, how long what is given then is good: without end for a programme there is not."""
    changes = store.changes(connection)

    @cache
    def rule(programme: str, day: date) -> Expiry:
        kept = kept_on(programme, changes, day)
        return NoExpiry() if kept is None else kept.programme.expiry

    return rule


def add_programme(
    connection: Connection, programme: Programme, said_by: str, now: int, why: str = ""
) -> Why | None:
    """Add a new one, from today; it gives from its `starts` on."""
    if find_programme(connection, programme.id, day_of(now)) is not None:
        return Why.THERE_ALREADY
    _keep(connection, programme, "added", (said_by, why), now)
    return None


def look_at_change(connection: Connection, wanted: ProgrammeWanted, now: int) -> Difference | Why:
    """What `change_programme` would do, or why it would not."""
    changes = store.changes(connection, wanted.programme)
    kept = kept_on(wanted.programme, changes, wanted.from_day)
    today = day_of(now)
    if kept is None:
        return Why.UNKNOWN
    if kept.closed:
        return Why.CLOSED
    if wanted.from_day <= today:
        return Why.NOT_AHEAD
    if wanted.from_day > today + FURTHEST:
        return Why.TOO_FAR
    if not 0 < len(wanted.why.strip()) <= MAX_WHY:
        return Why.NO_WHY
    fields = _others(kept.programme, wanted.fields)
    if not fields:
        return Why.SAME
    every = [*changes, _as_change(wanted, fields, now)]
    if (refused := _contradiction(wanted.programme, every)) is not None:
        return refused
    after = kept_on(wanted.programme, every, wanted.from_day)
    assert after is not None
    later = [
        each
        for each in changes
        if each.what == "changed" and each.withdrawn is None and each.from_day > wanted.from_day.isoformat()
    ]
    until = {
        name: min(date.fromisoformat(each.from_day) for each in later if name in json.loads(each.content))
        for name in fields
        if any(name in json.loads(each.content) for each in later)
    }
    return Difference(kept.programme, after.programme, wanted.from_day, until)


def change_programme(connection: Connection, wanted: ProgrammeWanted, now: int) -> Difference | Why:
    """Say anew what one is from a day on. What was given keeps its expiry."""
    found = look_at_change(connection, wanted, now)
    if isinstance(found, Difference):
        store.add_change(connection, _as_change(wanted, _others(found.before, wanted.fields), now))
    return found


def withdraw_change(connection: Connection, change_id: int, said_by: str, why: str, now: int) -> Why | None:
    """Take back a change whose day has not come."""
    programme = store.programme_of(connection, change_id)
    if programme is None:
        return Why.UNKNOWN
    changes = store.changes(connection, programme)
    change = next(each for each in changes if each.id == change_id)
    if change.withdrawn is not None:
        return Why.WITHDRAWN
    if change.what != "changed" or change.from_day <= day_of(now).isoformat():
        return Why.BEGUN
    if not 0 < len(why.strip()) <= MAX_WHY:
        return Why.NO_WHY
    refused = _contradiction(programme, [each for each in changes if each.id != change_id])
    if refused is None:
        store.add_withdrawn(connection, change_id, store.Withdrawn(now, said_by, why.strip()))
    return refused


def close_programme(
    connection: Connection, programme: str, said_by: str, now: int, why: str = ""
) -> Why | None:
    """Nothing is given any more; what was given stays good until it expires."""
    kept = find_programme(connection, programme, day_of(now))
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
    kept = find_programme(connection, programme, day_of(now))
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


def lower_budget(
    connection: Connection, programme: str, amount: int, reference: str, said_by: str, now: int
) -> Why | None:
    """So much less may be given away, out of what is left; a closed programme's too. Raises ValueError below 1.

    The same reference again changes nothing.
    """
    before = store.approval(connection, reference)
    if before is not None:
        return None if before == (programme, -amount) else Why.OTHER_APPROVAL
    kept = find_programme(connection, programme, day_of(now))
    if kept is None:
        return Why.UNKNOWN
    order = less_budget_order(f"less budget/{reference}/{now}", kept.programme, amount)
    if isinstance(post(connection, order, now), Refused):
        return Why.GIVEN_ALREADY
    store.add_approval(connection, programme, reference, -amount, said_by, now)
    return None


def _others(before: Programme, fields: Mapping[str, Any]) -> dict[str, Any]:
    old = programme_fields(before)
    return {name: value for name, value in fields.items() if old[name] != value}


def _contradiction(programme: str, changes: list[store.Change]) -> Why | None:
    try:
        must_agree(programme, changes)
    except NotProlonged:
        return Why.PROLONGED
    except (ProgrammeWrong, ValueError):
        return Why.CONTRADICTS
    return None


def _as_change(wanted: ProgrammeWanted, fields: Mapping[str, Any], now: int) -> store.Change:
    content = json.dumps(fields, ensure_ascii=False)
    day, why = wanted.from_day.isoformat(), wanted.why.strip()
    # Before it is kept it has no number; it comes after all others of its day, as it will.
    return store.Change(wanted.programme, "changed", content, wanted.said_by, now, why, day, _NEWEST)


def _keep(connection: Connection, programme: Programme, what: str, who: tuple[str, str], now: int) -> None:
    said_by, why = who
    day = day_of(now).isoformat()
    change = store.Change(programme.id, what, write_programme(programme), said_by, now, why, day)
    store.add_change(connection, change)
