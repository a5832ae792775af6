"""A rider's phone has read the bus: which opening of the door that was, and which rides come of it.

Code, clock and position belong to the rider; the bus's own records have the last word on the stop. What a phone says
is a claim, and stays one until those records are here.
"""

from __future__ import annotations

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
    NO_OPENING = "no-opening"
    """All records of the bus are here, and the door did not open then."""
    OTHER_TIME = "other-time"
    """The code is of another time than the phone's touch: a photograph of it, for example."""
    NO_TRIP = "no-trip"
    """The door opened, but the bus was on no trip."""
    PLACE_UNKNOWN = "place-unknown"
    """The bus itself did not know at which stop it stood."""


WORDS: dict[NotTaken, tuple[str, str]] = {
    NotTaken.UNREADABLE: (
        "読み取れませんでした。もう一度コードを読んでください。",
        "That could not be read. Please scan the code again.",
    ),
    NotTaken.UNKNOWN_BUS: (
        "この村のバスのコードではありません。",
        "That is no code of a bus of this village.",
    ),
    NotTaken.BAD_SIGNATURE: (
        "バスが出したコードではありません。バスの画面のコードを読んでください。",
        "The bus did not make that code. Scan the one on the bus's display.",
    ),
    NotTaken.AHEAD: (
        "携帯の時計が進んでいます。時計を自動に合わせてください。",
        "This phone's clock is ahead. Set it to automatic time.",
    ),
    NotTaken.TOO_OLD: (
        "日がたちすぎています。役場の窓口へ来てください。",
        "That is too long ago. Please come to the office.",
    ),
    NotTaken.OTHER_CLAIM: (
        "もう一度コードを読んで、押してください。",
        "Please scan the code and touch again.",
    ),
    NotTaken.NO_OPENING: (
        "そのときバスのドアは開いていません。整理券で払ってください。",
        "The bus's door did not open then. Pay by the paper ticket.",
    ),
    NotTaken.OTHER_TIME: (
        "コードが古くなっています。いまのコードを読んでください。",
        "That code is of another time. Scan the one shown now.",
    ),
    NotTaken.NO_TRIP: (
        "バスは運行していませんでした。整理券で払ってください。",
        "The bus was on no trip. Pay by the paper ticket.",
    ),
    NotTaken.PLACE_UNKNOWN: (
        "停留所が分かりません。整理券で払い、役場へ伝えてください。",
        "The stop is not known. Pay by the paper ticket and tell the office.",
    ),
}
"""What the rider is told, in Japanese and English."""


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

    The first boarding counts, and the first alighting further along the trip. All openings have a `stop_index`.
    """
    rides: list[PhoneRide] = []
    unpaired: list[Opening] = []
    riding: Opening | None = None
    distinct = {(movement, opening.record): opening for movement, opening in taps}
    # Whoever touched both at one opening has got off before getting on.
    for (movement, _), opening in sorted(
        distinct.items(), key=lambda each: (*_order(each[1]), each[0][0] is Movement.BOARD)
    ):
        if movement is Movement.BOARD:
            riding = riding or opening
        elif riding is not None and _index(opening) > _index(riding):
            rides.append(PhoneRide(riding, opening))
            riding = None
        else:
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
