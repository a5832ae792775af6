"""Reading a rule: what the office had set for a day."""

from __future__ import annotations

from datetime import date

from central.database.transaction import Connection
from central.office_rules import store
from central.office_rules.definitions import BY_NAME


def rule_in_force(connection: Connection, name: str, day: date) -> int:
    """The rule's value on a day in Japan, in its unit.

    For a day that has begun it is the same whenever it is asked for: changes begin tomorrow at the earliest, and only
    what has not begun can be withdrawn. Raises LookupError for a name that is not in RULES.
    """
    found = store.value_on(connection, name, day.isoformat())
    return BY_NAME[name].default if found is None else found
