"""The one switch that turns charging by card off. What is paid already is credited all the same."""

from __future__ import annotations

from central.charging import store
from central.charging.store import Switch
from central.database.transaction import Connection

MAX_WORDS = 200


def is_on(connection: Connection) -> bool:
    """Whether charges by card are taken."""
    switch = store.find_switch(connection)
    return switch is None or switch.is_on


def turn(connection: Connection, switch: Switch) -> None:
    """Turn it. Raises ValueError without a reason or a name: somebody will ask why, and whom."""
    for words in (switch.reason, switch.said_by):
        if not 0 < len(words.strip()) <= MAX_WORDS:
            raise ValueError(f"a reason and a name have from 1 to {MAX_WORDS} characters")
    store.add_switch(connection, switch)
