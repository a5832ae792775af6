"""How the machine is, told to central: what changed at most once a second, all of it every ten."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rules.messages.codec import Malformed, decode_event, encode
from rules.messages.link import Health
from rules.messages.topics import Channel

if TYPE_CHECKING:
    from device.journal import Journal
    from device.ports import Link
    from device.vitals import Vitals

CHANGED_S = 1.0
STILL_S = 10.0


class HealthReports:
    """Retained at `state`, so that whoever asks central later sees the newest. Times are real monotonic seconds."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._told = Health(online=False)
        self._told_at = 0.0
        self._asked_at = 0.0

    def connected(self) -> None:
        """A new connection: the broker may have said meanwhile that we are away, so all is told again at once."""
        self._told, self._told_at, self._asked_at = Health(online=False), 0.0, 0.0

    def is_due(self, now: float) -> bool:
        """Whether `tell` has a report to look at."""
        return now - self._asked_at >= CHANGED_S

    def tell(self, health: Health, now: float) -> None:
        """Tell it, if anything has changed or the last one is old."""
        self._asked_at = now
        if _what_matters(health) != _what_matters(self._told) or now - self._told_at >= STILL_S:
            self._told, self._told_at = health, now
            self._link.publish(Channel.STATE, encode(health), retain=True)


def oldest_waiting(journal: Journal) -> int:
    """Unix seconds of the oldest record that central does not hold; 0 if it holds all, or the time was unknown then."""
    if not journal.waiting:
        return 0
    (oldest,) = journal.records_after(journal.acknowledged, 1)
    try:
        at = decode_event(oldest.body).at
    except Malformed:
        return 0
    return at.wall if at.wall_known else 0


def with_vitals(health: Health, vitals: Vitals) -> Health:
    """The same, with how the machine itself is."""
    return msgspec.structs.replace(
        health,
        temperature_c=vitals.temperature_c,
        undervoltage=vitals.undervoltage,
        disk_free_mb=vitals.disk_free_mb,
        certificate_until=vitals.certificate_until,
        system=vitals.system,
    )


def _what_matters(health: Health) -> bytes:
    """What is told soon once it has changed; a standing bus's fix wanders all the time."""
    return encode(
        [
            health.online,
            health.trip_id,
            health.progress,
            health.door_open,
            health.queue,
            health.gps,
            health.camera,
            health.word,
            health.page,
            health.undervoltage,
        ]
    )
