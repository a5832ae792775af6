"""How the bus is, for central."""

from __future__ import annotations

from math import floor
from typing import TYPE_CHECKING

from device.health import oldest_waiting
from rules.messages.link import Health

if TYPE_CHECKING:
    from device.journal import Journal
    from rules.instant import Instant
    from terminal.picture import Faults
    from terminal.trip import CurrentTrip

DEGREES, SPEED = 5, 1
"""Decimal places that travel: a metre, and a tenth of a metre a second."""


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
        lat=round(fix.lat, DEGREES) if fix else None,
        lon=round(fix.lon, DEGREES) if fix else None,
        speed_mps=round(fix.speed_mps, SPEED) if fix and fix.speed_mps is not None else None,
        gps=faults.gps,
        camera=faults.camera,
        trip_id=underway.trip_id if underway else "",
        next_stop_id=ahead[0].stop_id if ahead else "",
        progress=round(place.progress, 2),
        door_open=door_open,
        queue=journal.waiting,
        journal_percent=journal.percent,
        oldest_queued_wall=oldest_waiting(journal),
        edition=running.number if running else edition,
        lists_number=lists_number,
        version=version,
    )
