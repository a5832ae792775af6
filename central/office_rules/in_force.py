"""Reading a rule: what the office had set for a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from central.database.transaction import Connection
from central.office_rules import store
from central.office_rules.definitions import BY_NAME


@dataclass(frozen=True, slots=True)
class InForce:
    """A rule's value on a day, in its unit; `since` is the day from which it holds, None for as delivered."""

    value: int
    since: date | None


def rule_in_force(connection: Connection, name: str, day: date) -> int:
    """The rule's value on a day in Japan, in its unit.

    For a day that has begun it is the same whenever it is asked for: changes begin tomorrow at the earliest, and only
    what has not begun can be withdrawn. Raises LookupError for a name that is not in RULES.
    """
    return rule_with_its_day(connection, name, day).value


def rule_with_its_day(connection: Connection, name: str, day: date) -> InForce:
    """As `rule_in_force`, for whoever has to say from when it holds. Raises LookupError as that does."""
    found = store.counting_on(connection, name, day.isoformat())
    if found is None:
        return InForce(BY_NAME[name].default, None)
    value, from_day = found
    return InForce(value, date.fromisoformat(from_day))
