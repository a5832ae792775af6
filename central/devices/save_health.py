"""How a machine is now, for the office's page."""

from __future__ import annotations

from central.database.transaction import Connection
from central.devices import store
from rules.messages.codec import decode
from rules.messages.link import Health


def save_health(connection: Connection, device: str, body: bytes, now: int, *, retained: bool) -> None:
    """Keep a `state` as it came. Raises Malformed.

    A retained one was said earlier, so it does not count as heard now: at the moment it names itself, and a
    retained last will, which names none, when the machine was last heard.
    """
    message = decode(body, Health)
    at = now
    if retained and message.online:
        at = max(0, min(now, message.at_wall))
    elif retained:
        at = store.heard_at(connection, device) or 0
    store.put_health(connection, device, at, body)
