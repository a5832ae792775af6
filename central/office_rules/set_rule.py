"""Setting a rule from a day on, and taking back what has not begun: nothing that a day has seen ever changes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from central.database.transaction import Connection
from central.japan import day_of
from central.office_rules import store
from central.office_rules.definitions import BY_NAME, NOT_ABOVE, Loosens, Rule
from central.office_rules.in_force import rule_in_force
from central.office_rules.store import Change, Withdrawn

FURTHEST = timedelta(days=731)
"""Further ahead is a slip of the pen."""
MAX_WHY = 200


class NotSet(StrEnum):
    """Why the office's wish is not met."""

    UNKNOWN = "unknown-rule"
    """There is no such rule, or no such change of one."""
    OUT_OF_BOUNDS = "out-of-bounds"
    """Below the least or above the greatest value that it may have."""
    NOT_AHEAD = "not-ahead"
    """A change begins tomorrow at the earliest: today has gone by the old rule already."""
    TOO_FAR = "too-far"
    """More than two years ahead."""
    NO_WHY = "no-why"
    """Without a reason, or with a longer one than is kept."""
    SAME = "same"
    """On that day it would be that anyhow."""
    CONTRADICTS = "contradicts"
    """On some day to come a lower bound would be above its upper one."""
    BEGUN = "begun"
    """It holds already, or has: another change can follow it."""
    WITHDRAWN = "withdrawn"
    """It is taken back already."""


@dataclass(frozen=True, slots=True)
class RuleWanted:
    """A rule is to be `value` from `from_day` on, says `said_by`, because of `why`."""

    name: str
    value: int
    from_day: date
    said_by: str
    why: str


@dataclass(frozen=True, slots=True)
class Difference:
    """What a change would do: from `from_day` to before `until` (None: for good) `value` instead of `before`."""

    rule: Rule
    before: int
    value: int
    from_day: date
    until: date | None

    @property
    def loosens(self) -> bool:
        """Whether it lets more happen than before, and has to be confirmed."""
        match self.rule.loosens:
            case Loosens.MORE:
                return self.value > self.before
            case Loosens.LESS:
                return self.value < self.before
            case Loosens.NEITHER:
                return False


def look_ahead(connection: Connection, wanted: RuleWanted, now: int) -> Difference | NotSet:
    """What `set_rule` would do, or why it would not."""
    rule = BY_NAME.get(wanted.name)
    if rule is None:
        return NotSet.UNKNOWN
    if not rule.bounds.least <= wanted.value <= rule.bounds.most:
        return NotSet.OUT_OF_BOUNDS
    today = day_of(now)
    if wanted.from_day <= today:
        return NotSet.NOT_AHEAD
    if wanted.from_day > today + FURTHEST:
        return NotSet.TOO_FAR
    if not 0 < len(wanted.why.strip()) <= MAX_WHY:
        return NotSet.NO_WHY
    before = rule_in_force(connection, wanted.name, wanted.from_day)
    if before == wanted.value:
        return NotSet.SAME
    if not _agree([*store.changes(connection), _as_change(wanted, now)], today):
        return NotSet.CONTRADICTS
    later = [day for day in _days(store.changes(connection, wanted.name)) if day > wanted.from_day]
    return Difference(rule, before, wanted.value, wanted.from_day, min(later, default=None))


def set_rule(connection: Connection, wanted: RuleWanted, now: int) -> Change | NotSet:
    """Let a rule be another one from a day on."""
    found = look_ahead(connection, wanted, now)
    if isinstance(found, NotSet):
        return found
    change = _as_change(wanted, now)
    return replace(change, id=store.add_change(connection, change))


def withdraw_rule(
    connection: Connection, change_id: int, said_by: str, why: str, now: int
) -> Change | NotSet:
    """Take back a change whose day has not come."""
    everything = store.changes(connection)
    change = next((each for each in everything if each.id == change_id), None)
    if change is None:
        return NotSet.UNKNOWN
    if change.withdrawn is not None:
        return NotSet.WITHDRAWN
    if change.from_day <= day_of(now).isoformat():
        return NotSet.BEGUN
    if not 0 < len(why.strip()) <= MAX_WHY:
        return NotSet.NO_WHY
    if not _agree([each for each in everything if each.id != change_id], day_of(now)):
        return NotSet.CONTRADICTS
    withdrawn = Withdrawn(now, said_by, why.strip())
    store.add_withdrawn(connection, change_id, withdrawn)
    return replace(change, withdrawn=withdrawn)


def value_among(changes: list[Change], name: str, day: date) -> int:
    """The rule's value on a day by these changes, in the order in which they were made."""
    counting = [
        each
        for each in changes
        if each.name == name and each.withdrawn is None and each.from_day <= day.isoformat()
    ]
    # Of equal days the newest comes last, and `max` takes the first of equals.
    last = max(reversed(counting), key=lambda each: each.from_day, default=None)
    return BY_NAME[name].default if last is None else last.value


def _agree(changes: list[Change], today: date) -> bool:
    days = [day for day in _days(changes) if day > today]
    return all(
        value_among(changes, low, day) <= value_among(changes, high, day)
        for low, high in NOT_ABOVE
        for day in days
    )


def _days(changes: list[Change]) -> set[date]:
    return {date.fromisoformat(each.from_day) for each in changes if each.withdrawn is None}


def _as_change(wanted: RuleWanted, now: int) -> Change:
    day, why = wanted.from_day.isoformat(), wanted.why.strip()
    return Change(wanted.name, wanted.value, day, now, wanted.said_by, why)
