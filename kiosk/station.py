"""What the desk is given: everything of one kiosk that comes from outside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from device.vitals import Vitals, nothing_known
from kiosk.codes import GOOD_HOURS
from kiosk.hours import ALL_DAY, Hours

if TYPE_CHECKING:
    from device.clock import Clock, TimeSource
    from device.identity import Identity
    from device.journal import Journal
    from device.office_lists import OfficeLists
    from device.ports import Link
    from kiosk.ports import MessageKind, Snapshot, Visit


class Sound(Protocol):
    """What people hear."""

    def say(self, kind: MessageKind) -> None:
        """Sound what goes with a message. Returns at once."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What this kiosk is set to. `visits` has one or more; `cards` names the visit for a class of card, else the first.

    A code stands on the screen for `shown_s` seconds and can be brought back for `again_s`; for staff it can as long as
    it is good, `good_hours` from its moment. `codes_an_hour` counts what touches and the button make. `pin` is the hash
    of the staff's.
    """

    visits: tuple[Visit, ...]
    cards: dict[int, int] = field(default_factory=dict)
    hours: Hours = ALL_DAY
    codes_an_hour: int = 120
    shown_s: int = 90
    again_s: int = 900
    good_hours: int = GOOD_HOURS
    pin: str = ""


@dataclass(frozen=True, slots=True)
class Station:
    """One kiosk. `number` is its own in the village `issuer`, `address` where phones find the office.

    `real`, `network_time`, `vitals` and `alive` are as for a bus: seconds no virtual clock bends, Unix seconds while
    the network keeps the clock right, how the machine itself is, and what is called about once a second after the
    journal has answered.
    """

    unit: str
    number: int
    issuer: int
    address: str
    demo: bool
    version: str
    rules: Rules
    identity: Identity
    journal: Journal
    lists: OfficeLists
    clock: Clock
    real: TimeSource
    sound: Sound
    link: Link
    publish: Callable[[Snapshot], None]
    network_time: Callable[[], float | None] = lambda: None
    alive: Callable[[], object] = bool
    vitals: Callable[[float], Vitals] = nothing_known
    has_camera: bool = False
