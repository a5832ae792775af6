"""What the loop is given: everything of one bus that comes from outside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from device.health import MOVED_S
from device.vitals import Vitals, nothing_known

if TYPE_CHECKING:
    from device.clock import Clock, TimeSource
    from device.identity import Identity
    from device.journal import Journal
    from device.office_lists import OfficeLists
    from device.ports import Link
    from terminal.ports import Signals
    from terminal.screen.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Bus:
    """One bus. `real` are seconds no virtual clock bends, for sockets and for people.

    `network_time` gives Unix seconds while the network keeps the machine's clock right, else None.
    `ride_address` is where riders' phones find the village, as in `https://village.example`; "" shows them no code.
    `vitals` says how the machine itself is, at real monotonic seconds.
    `position_s` is how often the office is told where the bus is, while that changes.
    `alive` is called about once a second, after the journal has answered: who hears nothing takes the bus for hung.
    """

    unit: str
    demo: bool
    issuer: int
    version: str
    identity: Identity
    journal: Journal
    lists: OfficeLists
    clock: Clock
    real: TimeSource
    signals: Signals
    link: Link
    publish: Callable[[Snapshot], None]
    network_time: Callable[[], float | None] = lambda: None
    ride_address: str = ""
    alive: Callable[[], object] = bool
    position_s: float = MOVED_S
    vitals: Callable[[float], Vitals] = nothing_known
