"""What a bench's office set before the bench began, as no page and no command lets it: rules begin tomorrow there."""

from __future__ import annotations

from collections.abc import Mapping

from central.database.transaction import Connection
from central.japan import FIRST_DAY
from central.office_rules.definitions import BY_NAME
from central.office_rules.store import Change, add_change


def said_before(connection: Connection, values: Mapping[str, int]) -> None:
    """Let these rules, by name, have held since the first day there is."""
    for name, value in values.items():
        assert name in BY_NAME, name
        add_change(connection, Change(name, value, FIRST_DAY.isoformat(), 0, "bench", "for the bench"))


SPENT_AT_ONCE = {"charging.first_hours": 0}
"""What is charged by card can be spent at once: nobody waits a day on a bench."""
