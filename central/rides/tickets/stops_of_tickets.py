"""Tickets name stops as people do; rides name poles."""

from __future__ import annotations

from central.database.transaction import Connection
from central.network.editions.store import find_edition


def stop_names(connection: Connection, edition: int, board: str, alight: str) -> tuple[str, str] | None:
    """How the two stops are called on tickets; None where the office does not know the edition, or them."""
    found = find_edition(connection, edition)
    ends = (found.stops.get(board), found.stops.get(alight)) if found else (None, None)
    return (ends[0].name, ends[1].name) if ends[0] and ends[1] else None
