"""What the village can lose because buses without a link do not know of one another."""

from __future__ import annotations

from dataclasses import dataclass

from central.database.transaction import Connection
from central.devices.watermark.reach import watermark
from central.passes.store import largest_hold
from rules.money import NOTHING, Yen


@dataclass(frozen=True, slots=True)
class OfflineRisk:
    """`buses` in service, and the `hold` in yen that a pass in force is topped up to at most."""

    buses: int
    hold: Yen

    @property
    def at_most(self) -> Yen:
        """What one hostile pass costs, once: one bus takes what is kept, every other believes it is still there."""
        return Yen(max(0, self.buses - 1) * self.hold) if self.buses else NOTHING


def offline_risk(connection: Connection, now: int) -> OfflineRisk:
    """As it is at Unix second `now`."""
    buses = sum(bus.in_service for bus in watermark(connection, now).buses)
    return OfflineRisk(buses, largest_hold(connection, now))
