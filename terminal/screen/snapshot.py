"""What the loop publishes for the driver's page: one immutable value, replaced whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from device.reader.messages import Hint
from rules.messages.events import Means
from rules.ride.outcomes import Movement, Outcome


@dataclass(frozen=True, slots=True)
class LastAnswer:
    """The last rider. `number` rises with every answer, so that a page can tell two equal ones apart.

    `product` is what their pass rides by, 0 to pay per ride.
    """

    number: int
    outcome: Outcome
    movement: Movement
    stop_name: str
    fare: int
    cash: int
    party: int
    rider_class: str
    seconds_ago: float
    product: int = 0
    photo: bool = False
    """Their card bears a photograph to be looked at."""


@dataclass(frozen=True, slots=True)
class TripChoice:
    """A trip the driver can take up today. `departure` is HH:MM."""

    trip_id: str
    service_date: str
    departure: str
    headsign: str
    first_stop: str
    last_stop: str


class PlaceState(StrEnum):
    """How the place stands: seen, worked out with no fresh fix, off the trip's line, or driving against it."""

    SEEN = "seen"
    ESTIMATED = "estimated"
    OFF_LINE = "off-line"
    WRONG_WAY = "wrong-way"


@dataclass(frozen=True, slots=True)
class StopQuestion:
    """At which stop did the door open? `stops` are two or three indexes of `Snapshot.stop_names`, as they are driven.

    `opening` numbers the door opening that is asked about.
    """

    opening: int
    stops: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class HandGroup:
    """People on board by the driver's hand (手扱い, teatsukai) who boarded at one stop, alike in class and means.

    `fare` is what one of them owes if they alight now, in yen; None where the table has no fare.
    """

    board_index: int
    rider_class: str
    means: Means
    people: int
    fare: int | None


@dataclass(frozen=True, slots=True)
class FaresFrom:
    """What a ride from a stop to this one costs: yen by class, None where the table has no fare."""

    board_index: int
    fares: tuple[tuple[str, int | None], ...]


@dataclass(frozen=True, slots=True)
class HandDone:
    """What was recorded by hand last. `board_index` is where these people boarded, `cash` what was to be taken.

    `fare_unknown`: they alighted where the table has no fare from there.
    """

    movement: Movement
    means: Means
    rider_class: str
    people: int
    board_index: int
    cash: int
    fare_unknown: bool = False


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All the page shows. Texts about faults are sentences for the driver; "" means all is well."""

    demo: bool = False
    unit: str = ""
    notice: str = ""
    trip_headsign: str = ""
    trip_departure: str = ""
    stop_names: tuple[str, ...] = ()
    at_index: int | None = None
    progress: float = 0.0
    place_reason: str = ""
    place_state: PlaceState = PlaceState.SEEN
    door_open: bool = False
    last: LastAnswer | None = None
    on_board: int = 0
    boarded_today: int = 0
    queue: int = 0
    link_up: bool = False
    link_problem: str = ""
    gps_problem: str = ""
    gps_note: str = ""
    camera_problem: str = ""
    camera_note: str = ""
    """Codes are read, but the lens should be wiped."""
    hint: Hint | None = None
    """A code is held up and cannot be read; what would help."""
    clock: str = ""
    """HH:MM by the unit's clock in Japan, "--:--" until something has told it the time."""
    fault: str = ""
    ends_with_signal: bool = False
    """The fault goes away by itself where there is a signal; switching off and on does not help."""
    choices: tuple[TripChoice, ...] = field(default=())
    proposed: bool = False
    """The first choice fits time, place and direction so well that one touch should do."""
    question: StopQuestion | None = None
    by_hand: tuple[HandGroup, ...] = ()
    fares_from: tuple[FaresFrom, ...] = ()
    """From every stop before the one that an alighting would be at now, the nearest first."""
    hand_done: HandDone | None = None
    """What the driver recorded last, while it can be taken back."""
    may_overrule: bool = False
    """The last answer was a refusal that the driver may overrule."""
    stop_said: str = ""
    """The stop the driver said or set last, while it can still be taken back; "" when there is nothing to undo."""
    ride_code: str = ""
    """The address of the door's last opening, for phones that read the bus; "" when none is to be shown."""
    ride_word: str = ""
    """The word of that opening, the same on the rider's phone."""
