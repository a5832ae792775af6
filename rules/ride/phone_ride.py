"""A rider's phone has read the bus: which opening of the door that was, and which rides come of it.

Code, clock and position belong to the rider; the bus's own records have the last word on the stop. What a phone says
is a claim, and stays one until those records are here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rules.messages.events import RecordRef
from rules.network.stops import distance_m
from rules.ride.outcomes import Movement

STICKER_S = 5 * 60
"""So far from the phone's moment the door may have opened, where only a sticker (with no opening) was read."""
CODE_S = 30 * 60
"""So far a phone's clock, or its owner in touching, may be from the opening whose code was read."""
APART_M = 300.0
"""Beyond its own accuracy, so far the phone may be from the bus before staff look at it."""
ROUGH_M = 1_000.0
"""A position less accurate than this says nothing."""


class NotTaken(StrEnum):
    """Why a claim makes no ride. The values stand in the database and stay stable."""

    UNREADABLE = "unreadable"
    """Not a claim that a page of ours makes."""
    UNKNOWN_BUS = "unknown-bus"
    BAD_SIGNATURE = "bad-signature"
    """The bus did not make that code."""
    AHEAD = "ahead"
    """The phone's moment has not come yet."""
    TOO_OLD = "too-old"
    """It was kept on the phone for longer than claims are taken."""
    OTHER_CLAIM = "other-claim"
    """The same id came before, with another claim."""
    STOPPED = "stopped"
    """The member's account is stopped: nobody boards on it."""
    TOO_MANY = "too-many"
    """Nobody rides so often in a day."""
    NO_OPENING = "no-opening"
    """All records of the bus are here, and the door did not open then."""
    OTHER_TIME = "other-time"
    """The code is of another time than the phone's touch: a photograph of it, for example."""
    NO_TRIP = "no-trip"
    """The door opened, but the bus was on no trip."""
    PLACE_UNKNOWN = "place-unknown"
    """The bus itself did not know at which stop it stood."""


@dataclass(frozen=True, slots=True)
class Position:
    """What the phone says of where it is: degrees (WGS 84), and how far it may be wrong, in metres."""

    lat: float
    lon: float
    accuracy_m: float


@dataclass(frozen=True, slots=True)
class Claim:
    """A touch on a member's phone at its `moment`, heard at `received` (both Unix seconds).

    `opening` names the bus's record in its code; None where only the sticker was read.
    """

    bus: str
    movement: Movement
    moment: int
    received: int
    opening: RecordRef | None = None
    position: Position | None = None


@dataclass(frozen=True, slots=True)
class Opening:
    """The bus's own record that its door opened, at Unix second `at`.

    `trip_id` is "" on no trip; `stop_index` is the place among the trip's poles, None where the bus did not know it.
    """

    record: RecordRef
    at: int
    edition: int
    trip_id: str
    service_date: str
    stop_index: int | None
    lat: float | None
    lon: float | None


@dataclass(frozen=True, slots=True)
class Placed:
    """It was at this opening, of a trip and at a known stop. `apart_m`: the phone says it was elsewhere, so far off."""

    opening: Opening
    apart_m: int | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """The bus's records of that time are not here yet."""


Verdict = Placed | Waiting | NotTaken


def place_claim(claim: Claim, openings: Sequence[Opening], told: int | None) -> Verdict:
    """Which opening a claim belongs to. `openings` are those known of its bus around it, in any order.

    All records that the bus wrote before Unix second `told` are here; None where nothing says so. What is said once
    stays: with all records here it does not depend on the order in which they came.
    """
    found = _by_code(claim, openings, told) if claim.opening else _by_time(claim, openings, told)
    if not isinstance(found, Opening):
        return found
    if not found.trip_id:
        return NotTaken.NO_TRIP
    return (
        NotTaken.PLACE_UNKNOWN if found.stop_index is None else Placed(found, _apart(claim.position, found))
    )


def _by_code(claim: Claim, openings: Sequence[Opening], told: int | None) -> Opening | Waiting | NotTaken:
    named = next((each for each in openings if each.record == claim.opening), None)
    if named is not None:
        return named if abs(named.at - claim.moment) <= CODE_S else NotTaken.OTHER_TIME
    # The bus had written that record before the phone could read its code, whatever the phone's clock says.
    return NotTaken.NO_OPENING if told is not None and told > claim.received else Waiting()


def _by_time(claim: Claim, openings: Sequence[Opening], told: int | None) -> Opening | Waiting | NotTaken:
    if told is None or told <= claim.moment + STICKER_S:
        return Waiting()
    near = [each for each in openings if abs(each.at - claim.moment) <= STICKER_S]
    if not near:
        return NotTaken.NO_OPENING
    return min(near, key=lambda each: (abs(each.at - claim.moment), *_order(each)))


def _apart(position: Position | None, opening: Opening) -> int | None:
    if position is None or position.accuracy_m > ROUGH_M or opening.lat is None or opening.lon is None:
        return None
    apart = distance_m(position.lat, position.lon, opening.lat, opening.lon)
    return round(apart) if apart > APART_M + position.accuracy_m else None


@dataclass(frozen=True, slots=True)
class PhoneRide:
    """A ride by openings of one trip. Without `alight` it was forgotten."""

    board: Opening
    alight: Opening | None


@dataclass(frozen=True, slots=True)
class Paired:
    """`rides` in order; `unpaired` are alightings that no boarding goes with."""

    rides: tuple[PhoneRide, ...]
    unpaired: tuple[Opening, ...]


def pair_rides(taps: Iterable[tuple[Movement, Opening]]) -> Paired:
    """The rides of one member on one trip of one bus, whatever order the claims came in.

    The first boarding counts, and the first alighting further along the trip. Of both at one opening one was a slip:
    nobody gets off before they are on, nor on again at once. All openings have a `stop_index`.
    """
    rides: list[PhoneRide] = []
    unpaired: list[Opening] = []
    riding: Opening | None = None
    touched: defaultdict[RecordRef, set[Movement]] = defaultdict(set)
    openings: dict[RecordRef, Opening] = {}
    for movement, opening in taps:
        touched[opening.record].add(movement)
        openings[opening.record] = opening
    for opening in sorted(openings.values(), key=_order):
        movements = touched[opening.record]
        if riding is None:
            riding = opening if Movement.BOARD in movements else None
            unpaired += [opening] if Movement.ALIGHT in movements else []
        elif Movement.ALIGHT in movements and _index(opening) > _index(riding):
            rides.append(PhoneRide(riding, opening))
            riding = None
        elif Movement.ALIGHT in movements:
            unpaired.append(opening)
    if riding is not None:
        rides.append(PhoneRide(riding, None))
    return Paired(tuple(rides), tuple(unpaired))


def _order(opening: Opening) -> tuple[int, str, int]:
    return opening.at, opening.record.epoch, opening.record.number


def _index(opening: Opening) -> int:
    if opening.stop_index is None:
        raise ValueError("a ride is made of stops that are known")
    return opening.stop_index
