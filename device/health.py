"""How the machine is, told to central: some of it within a second, the place now and then, all of it each minute."""

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
MOVED_S = 40.0
"""Where a bus is and how much waits, while that changes: each second of it on a bus's SIM would be 200 MB a month."""
STILL_S = 60.0
"""Less than after how long the office calls a machine silent (`central.today.device_line`)."""


class HealthReports:
    """Retained at `state`, so that whoever asks central later sees the newest. Times are real monotonic seconds."""

    def __init__(self, link: Link, moved_s: float = MOVED_S) -> None:
        self._link = link
        self._moved_s = moved_s
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
        """Tell it, if anything has changed for so long as that may wait, or the last one is old."""
        self._asked_at = now
        since = now - self._told_at
        if (
            _what_matters(health) != _what_matters(self._told)
            or (since >= self._moved_s and _what_moves(health) != _what_moves(self._told))
            or since >= STILL_S
        ):
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
    """What is told soon once it has changed."""
    return encode(
        [
            health.online,
            health.trip_id,
            health.door_open,
            health.gps,
            health.camera,
            health.word,
            health.page,
            health.undervoltage,
        ]
    )


def _what_moves(health: Health) -> bytes:
    """What is told after a while once it has changed; a standing bus's fix wanders all the time."""
    return encode([health.progress, health.queue])
