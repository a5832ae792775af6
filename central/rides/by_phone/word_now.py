"""The word that a bus shows now, for whoever has read only its sticker: the same as on the driver's screen."""

from __future__ import annotations

from central.database.transaction import Connection
from central.devices.store import heard_at
from central.devices.watermark.store import last_health
from rules.messages.codec import Malformed, decode
from rules.messages.link import Health

SAID_WITHIN_S = 60
"""A bus that is connected says how it is every ten seconds; a word that is older may be that of another door."""


def word_now(connection: Connection, bus: str, now: int) -> str:
    """As the bus has last told, at Unix second `now`; "" where it shows none, or is not heard."""
    at, body = heard_at(connection, bus), last_health(connection, bus)
    if at is None or body is None or not 0 <= now - at <= SAID_WITHIN_S:
        return ""
    try:
        said = decode(body, Health)
    except Malformed:
        return ""
    return said.word if said.online else ""
