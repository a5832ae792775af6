"""What sensors, the driver and the link report to the loop. Facts carry no decisions."""

from __future__ import annotations

from dataclasses import dataclass

from device.facts import FieldFact
from rules.messages.events import Means
from rules.passes.rider_pass import RiderClass
from rules.ride.locate import Fix


@dataclass(frozen=True, slots=True)
class FixSeen:
    """The receiver gave a usable position. `wall` are Unix seconds by GPS, None without a date that can be.

    `is_rolled`: the receiver's count of weeks had begun anew, and `wall` is what it meant.
    """

    fix: Fix
    wall: float | None
    is_rolled: bool = False


@dataclass(frozen=True, slots=True)
class ReceiverState:
    """The GPS receiver came, went, fell silent or became unbelievable. `problem` is "" while its fixes are used.

    `note` is what should be known although they are.
    """

    problem: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class DoorState:
    """The door contact changed."""

    is_open: bool


@dataclass(frozen=True, slots=True)
class WheelsTurned:
    """The speed pulses (車速パルス, shasoku parusu) counted so far, about once a second.

    `metres` driven since some beginning, at `mono` seconds on the machine's monotonic clock.
    """

    mono: float
    metres: float


@dataclass(frozen=True, slots=True)
class Pressed:
    """One of the driver's buttons. It moves the page and is no business of the loop's; `doctor` counts it."""

    key: str


@dataclass(frozen=True, slots=True)
class StopSaid:
    """The driver answered the question about a door opening, by its number: it was at this stop of the trip."""

    opening: int
    stop_index: int


@dataclass(frozen=True, slots=True)
class StopSet:
    """The driver moved the bus to a stop of the trip by hand, unasked."""

    stop_index: int


@dataclass(frozen=True, slots=True)
class StopUndone:
    """The driver takes back the last stop they said or set."""


@dataclass(frozen=True, slots=True)
class HandBoarding:
    """The driver records by hand that people board."""

    means: Means
    rider_class: RiderClass
    people: int


@dataclass(frozen=True, slots=True)
class HandAlighting:
    """The driver records by hand that people alight who boarded at `board_index` of the trip's stops."""

    board_index: int
    means: Means
    rider_class: RiderClass
    people: int


@dataclass(frozen=True, slots=True)
class HandTakenBack:
    """The driver takes back what they recorded by hand last."""


@dataclass(frozen=True, slots=True)
class Overruled:
    """The driver lets somebody ride whose code was refused just now: the `number`th answer of the page."""

    number: int


@dataclass(frozen=True, slots=True)
class TripChosen:
    """The driver touched a trip to start it."""

    trip_id: str
    service_date: str


@dataclass(frozen=True, slots=True)
class TripDone:
    """The driver touched "end of trip"."""


DriverSaid = (
    HandBoarding | HandAlighting | HandTakenBack | StopSaid | StopSet | StopUndone | TripChosen | TripDone
)
"""What the driver says of the trip, its stops, and riders without a code."""

Fact = FieldFact | FixSeen | ReceiverState | DoorState | WheelsTurned | Pressed | Overruled | DriverSaid
