"""The webhook's part: what the gateway says, once, in the same transaction as what follows from it."""

from __future__ import annotations

import logging
from enum import StrEnum

from central.charging import store
from central.charging.gateway import Gateway, Refused, Unread
from central.charging.list_incident import Unmatched, list_event, list_stray
from central.charging.settle_charge import list_wrong, settle_charge
from central.charging.store import Asked
from central.database.transaction import Connection, Database
from rules.charging.standing import CardEvent

log = logging.getLogger(__name__)


class Taken(StrEnum):
    """What became of an event that the gateway truly sent."""

    FOLLOWED = "followed"
    REPEATED = "repeated"
    """It was taken in before; nothing was done."""
    LISTED = "listed"
    """Kept and put before the office; nothing was posted."""
    NOT_USED = "not-used"


def take_event(
    database: Database, gateway: Gateway, raw_body: bytes, signature: str, now: int
) -> Taken | Unread:
    """Take in what came to the webhook. It is on disk when this returns; an Unread is not the gateway's word at all."""
    event = gateway.read_event(raw_body, signature, now)
    if isinstance(event, CardEvent):
        with database.write() as connection:
            return _take(connection, gateway, event, raw_body, now)
    if event.reason is Unread.NOT_USED:
        return Taken.NOT_USED
    log.warning("webhook: %s, %d bytes", event.reason, len(raw_body))
    with database.write() as connection:
        return _list(connection, event, raw_body, now)


def _list(connection: Connection, refused: Refused, raw_body: bytes, now: int) -> Taken | Unread:
    if not refused.event_id:
        list_stray(connection, refused.reason, raw_body, now)
        return refused.reason
    # Signed by our own secret: sending it again would change nothing.
    list_event(connection, refused.reason, refused.event_id, "", now, raw_body)
    return Taken.LISTED


def _take(
    connection: Connection,
    gateway: Gateway,
    event: CardEvent,
    raw_body: bytes,
    now: int,
) -> Taken:
    if store.has_event(connection, event.id):
        return Taken.REPEATED
    store.add_event(connection, event, gateway.mode, now, raw_body)
    asked = _charge_of(connection, gateway, event)
    if asked is None:
        why = Unmatched.UNKNOWN_CHARGE if event.charge else Unmatched.UNKNOWN_PAYMENT
        list_event(connection, why, event.id, "", now)
        return Taken.LISTED
    charge = asked.charge
    if charge.mode != gateway.mode:
        list_event(connection, Unmatched.OTHER_MODE, event.id, charge.id, now)
        return Taken.LISTED
    settle_charge(connection, charge, event.id, now)
    list_wrong(connection, charge, now)
    return Taken.FOLLOWED


def _charge_of(connection: Connection, gateway: Gateway, event: CardEvent) -> Asked | None:
    if event.charge:
        return store.find_charge(connection, event.charge)
    return store.charge_paid_by(connection, event.payment, gateway.mode)
