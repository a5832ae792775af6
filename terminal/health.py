"""How the bus is, told to central: what changed at most once a second, all of it every ten."""

from __future__ import annotations

from math import floor
from typing import TYPE_CHECKING

from rules.messages.codec import Malformed, decode_event, encode
from rules.messages.link import Health
from rules.messages.topics import Channel

if TYPE_CHECKING:
    from device.journal import Journal
    from rules.instant import Instant
    from terminal.picture import Faults
    from terminal.ports import Link
    from terminal.trip import CurrentTrip

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


def health_of(
    *,
    at: Instant,
    trip: CurrentTrip,
    door_open: bool,
    faults: Faults,
    journal: Journal,
    edition: int,
    lists_number: int,
    version: str,
) -> Health:
    """The report of this moment. `edition` is the one in force, 0 for none; a trip's own goes before it."""
    fix, underway, running = trip.fix, trip.underway, trip.edition
    place = trip.place(at.mono_ms / 1000)
    stops = running.stops_of(underway.trip_id) if running and underway else ()
    ahead = stops[floor(place.progress) + 1 :]
    return Health(
        online=True,
        at_wall=at.wall,
        clock=at.quality,
        lat=fix.lat if fix else None,
        lon=fix.lon if fix else None,
        speed_mps=fix.speed_mps if fix else None,
        gps=faults.gps,
        camera=faults.camera,
        trip_id=underway.trip_id if underway else "",
        next_stop_id=ahead[0].stop_id if ahead else "",
        progress=round(place.progress, 2),
        door_open=door_open,
        queue=journal.waiting,
        journal_percent=journal.percent,
        oldest_queued_wall=_oldest_waiting(journal),
        edition=running.number if running else edition,
        lists_number=lists_number,
        version=version,
    )


def _oldest_waiting(journal: Journal) -> int:
    """Unix seconds of the oldest record that central does not hold; 0 if it holds all, or the time was unknown then."""
    if not journal.waiting:
        return 0
    (oldest,) = journal.records_after(journal.acknowledged, 1)
    try:
        at = decode_event(oldest.body).at
    except Malformed:
        return 0
    return at.wall if at.wall_known else 0


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
        ]
    )
