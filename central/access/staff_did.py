"""An act of whoever of the staff is at this request's page, for the audit log."""

from __future__ import annotations

from collections.abc import Mapping

from central.access.who import staff
from central.audit.write_down import write_down
from central.database.transaction import Connection


def staff_did(
    connection: Connection, what: str, about: str, detail: Mapping[str, str | int], now: int
) -> None:
    """As `write_down`, by the staff of this request; in the transaction of the act."""
    write_down(connection, f"staff:{staff().name}", what, about, detail, now)
