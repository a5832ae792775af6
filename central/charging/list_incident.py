"""What came from the gateway, or in its name, and was not followed: kept, and put before the office."""

from __future__ import annotations

import hashlib
from enum import StrEnum

from central.charging import store
from central.charging.gateway import Unread
from central.database.transaction import Connection
from rules.charging.standing import Wrong

MAX_STRAYS = 200
"""Of what nobody has signed, so many are kept, or strangers could fill the disk. Beyond that the log has the rest."""


class Unmatched(StrEnum):
    """Why an event of the gateway's own is followed by nothing. The values stand in the database and stay stable."""

    UNKNOWN_CHARGE = "unknown-charge"
    """It names a charge that nobody asked for here."""
    UNKNOWN_PAYMENT = "unknown-payment"
    """It names a payment of which nothing is known yet. It is followed once its charge is paid."""
    OTHER_MODE = "other-mode"
    """It is about a charge of practice where real money moves, or the reverse."""


Why = Unread | Unmatched | Wrong
_STRAYS = (Unread.BAD_SIGNATURE, Unread.OLD)


def list_stray(connection: Connection, why: Unread, body: bytes, now: int) -> None:
    """Put a body before the office that is not an event. The same again is counted."""
    name = hashlib.sha256(body).hexdigest()
    if store.count_incident(connection, why, name, now):
        return
    if why not in _STRAYS or store.count_incidents(connection, _STRAYS) < MAX_STRAYS:
        store.add_incident(connection, why, name, "", now, body)


def list_event(
    connection: Connection, why: Why, event_id: str, charge_id: str, now: int, body: bytes = b""
) -> None:
    """Put an event before the office; `body` unless the event itself is kept. The same again is counted."""
    if not store.count_incident(connection, why, event_id, now):
        store.add_incident(connection, why, event_id, charge_id, now, body)
