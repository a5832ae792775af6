"""How a tap is decided offline: board, alight, or refuse by name.

The order of the checks is part of the rule: code, kind, issuer's signature, period, denied or allowed, phone's
signature, freshness, replay, open ride, party and hold, fare. Time and memory are handed in; nothing is kept here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from rules.instant import Instant, seconds_between
from rules.money import NOTHING, Yen
from rules.network.edition import Edition
from rules.network.fares import FareProblem
from rules.network.stops import distance_m
from rules.passes.rider_pass import PassFlag, PassKind, ReadPass, RiderClass, Showing, Unread
from rules.ride.admission import OfficeWord, admit
from rules.ride.fare import RideFare, ride_fare
from rules.ride.locate import Place
from rules.ride.memory import Alighted, OpenRide, PassMemory, left_of_hold, taken
from rules.ride.outcomes import Movement, Outcome

DEBOUNCE_S = 8.0
ALIGHT_AGAIN_S = 120.0
MOVED_S = 60.0
MOVED_M = 150.0
CARD_RIDES_A_DAY = 4

UNREAD = {
    Unread.NOT_A_PASS: Outcome.NOT_A_PASS,
    Unread.UNREADABLE: Outcome.UNREADABLE,
    Unread.SHORT_FORM: Outcome.LONG_CODE_WANTED,
}


@dataclass(frozen=True, slots=True)
class Door:
    """The bus at the moment of the tap: its trip, and at which stop a boarding and an alighting are now.

    The two differ where the door is not open: a boarding belongs to the opening before, an alighting to the next.
    `trip_id` "" means no trip.
    """

    edition: Edition
    trip_id: str
    service_date: str
    boarding: Place
    alighting: Place
    lat: float | None
    lon: float | None


@dataclass(frozen=True, slots=True)
class LeftOpen:
    """A ride nobody ended: provisional, to the last stop of its trip. What the hold did not cover is owed."""

    ride: OpenRide
    route_id: str
    stop_id: str
    stop_index: int
    fare: Yen
    held: Yen
    owed: Yen


@dataclass(frozen=True, slots=True)
class Accepted:
    """They ride. `memory` is what the bus remembers from now on; a boarding's `open_ride` in it still lacks its number.

    Money stands on alightings only: `fare` = `held` (from the pass's hold) + `cash` (paid to the driver).
    `left_open` is an earlier ride to close first; `ended` is the ride that this alighting completes.
    """

    outcome: Outcome
    movement: Movement
    memory: PassMemory
    graced: bool
    adults: int
    children: int
    ended: OpenRide | None = None
    left_open: LeftOpen | None = None
    fare: Yen = NOTHING
    held: Yen = NOTHING
    cash: Yen = NOTHING


@dataclass(frozen=True, slots=True)
class Refused:
    """They do not; `outcome` says why."""

    outcome: Outcome


class StillShown:
    """The code just answered is still in view: nothing is said and nothing recorded."""


Decision = Accepted | Refused | StillShown


def decide_tap(
    read: ReadPass | Unread,
    at: Instant,
    door: Door,
    office: OfficeWord,
    memory: PassMemory,
    *,
    allowed: bool = False,
) -> Decision:
    """The answer to one shown code. `memory` is that of its pass (`PassMemory()` for a new or unread one).

    `allowed`: the driver overrules what a person can answer for. Who has just alighted boards again, and who is on
    board alights by an old code: without it the ride would be charged to its trip's end. It opens no ride by one.
    """
    if isinstance(read, Unread):
        return Refused(UNREAD[read])
    if not allowed and memory.answered_at is not None and _within(memory.answered_at, at, DEBOUNCE_S):
        return StillShown()
    ride = memory.open_ride
    on_board = ride is not None and (ride.trip_id, ride.service_date) == (door.trip_id, door.service_date)
    admitted = admit(read, at, office, memory, aged=allowed and on_board)
    if isinstance(admitted, Outcome):
        return Refused(admitted)
    if not door.trip_id:
        return Refused(Outcome.NO_TRIP)
    if allowed:
        memory = replace(memory, alighted=None)
    return _ride(read, at, door, memory, graced=admitted)


def leave_open(memory: PassMemory, edition: Edition) -> tuple[LeftOpen, PassMemory]:
    """Close the open ride of `memory` as provisional, to the last stop of its trip (forgotten alighting).

    A pair without a fare costs nothing: nothing is invented, and staff see it. Raises ValueError without an open
    ride, KeyError where `edition` does not have its trip.
    """
    ride = memory.open_ride
    if ride is None:
        message = "no open ride"
        raise ValueError(message)
    pattern = edition.pattern_of(ride.trip_id)
    last = len(pattern.stop_ids) - 1
    found = ride_fare(ride, last, edition)
    fare = RideFare(NOTHING, NOTHING) if isinstance(found, FareProblem) else found
    held = _held(fare, ride, memory)
    owed = Yen(fare.total - held)
    closed = LeftOpen(ride, pattern.route_id, pattern.stop_ids[last], last, fare.total, held, owed)
    return closed, replace(taken(memory, ride, held), open_ride=None)


def _ride(read: ReadPass, at: Instant, door: Door, memory: PassMemory, *, graced: bool) -> Accepted | Refused:
    left_open = None
    ride = memory.open_ride
    if ride is not None and (ride.trip_id, ride.service_date) != (door.trip_id, door.service_date):
        left_open, memory = leave_open(memory, door.edition)
        ride = None
    stop_index = (door.boarding if ride is None else door.alighting).stop_index
    if stop_index is None:
        return Refused(Outcome.POSITION_UNKNOWN)
    if ride is None:
        return _board(read, at, door, memory, stop_index, left_open, graced=graced)
    return _alight(read, at, door, memory, ride, stop_index, graced=graced)


def _board(
    read: ReadPass,
    at: Instant,
    door: Door,
    memory: PassMemory,
    stop_index: int,
    left_open: LeftOpen | None,
    *,
    graced: bool,
) -> Accepted | Refused:
    last = memory.alighted
    if (
        last is not None
        and (last.trip_id, last.service_date, last.stop_index)
        == (door.trip_id, door.service_date, stop_index)
        and not _is_over(last.at, at, ALIGHT_AGAIN_S)
    ):
        return Refused(Outcome.ALREADY_ALIGHTED)
    body, showing = read.body, read.showing
    stop_ids = door.edition.pattern_of(door.trip_id).stop_ids
    if stop_index == len(stop_ids) - 1:
        return Refused(Outcome.NO_TRIP)
    day = date.fromisoformat(door.service_date)
    if body.product and door.edition.tariff.product_on(body.product, day) is None:
        return Refused(Outcome.FARE_UNKNOWN)
    if body.kind is PassKind.CARD:
        memory = _card_day(memory, door.service_date)
        if memory.rides >= CARD_RIDES_A_DAY:
            return Refused(Outcome.CARD_LIMIT)
        memory = replace(memory, rides=memory.rides + 1)
    adults, children = (showing.adults, showing.children) if showing else (0, 0)
    ride = OpenRide(
        epoch="",
        number=0,
        edition=door.edition.number,
        trip_id=door.trip_id,
        service_date=door.service_date,
        stop_id=stop_ids[stop_index],
        stop_index=stop_index,
        pass_kind=body.kind,
        rider_class=body.rider_class,
        group=PassFlag.GROUP in body.flags,
        hold=body.hold,
        adults=adults,
        children=children,
        at=at,
        lat=door.lat,
        lon=door.lon,
        product=body.product,
    )
    return Accepted(
        outcome=green_answer(body.rider_class, adults + children, cash=NOTHING, graced=graced),
        movement=Movement.BOARD,
        memory=_answered(replace(memory, open_ride=ride), showing, at),
        graced=graced,
        adults=adults,
        children=children,
        left_open=left_open,
    )


def _alight(
    read: ReadPass,
    at: Instant,
    door: Door,
    memory: PassMemory,
    ride: OpenRide,
    stop_index: int,
    *,
    graced: bool,
) -> Accepted | Refused:
    if stop_index == ride.stop_index and not _has_moved(ride, at, door):
        return Refused(Outcome.ALREADY_BOARDED)
    fare = ride_fare(ride, stop_index, door.edition)
    if isinstance(fare, FareProblem):
        return Refused(Outcome.FARE_UNKNOWN)
    held = _held(fare, ride, memory)
    cash = Yen(fare.total - held)
    after = replace(
        taken(memory, ride, held),
        open_ride=None,
        alighted=Alighted(door.trip_id, door.service_date, stop_index, at),
    )
    return Accepted(
        outcome=green_answer(ride.rider_class, ride.adults + ride.children, cash=cash, graced=graced),
        movement=Movement.ALIGHT,
        memory=_answered(after, read.showing, at),
        graced=graced,
        adults=ride.adults,
        children=ride.children,
        ended=ride,
        fare=fare.total,
        held=held,
        cash=cash,
    )


def _held(fare: RideFare, ride: OpenRide, memory: PassMemory) -> Yen:
    """How much of a fare the hold covers.

    A pass without the group flag pays for its holder alone; the others pay in cash.
    """
    return Yen(min(fare.total if ride.group else fare.own, left_of_hold(memory, ride)))


def _card_day(memory: PassMemory, service_date: str) -> PassMemory:
    """A card's hold and its number of rides are for one service day."""
    return memory if memory.day == service_date else replace(memory, day=service_date, rides=0, spent=NOTHING)


def _has_moved(ride: OpenRide, at: Instant, door: Door) -> bool:
    seconds = seconds_between(ride.at, at)
    if seconds is None or seconds < MOVED_S:
        return False
    if ride.lat is None or ride.lon is None or door.lat is None or door.lon is None:
        return False
    return distance_m(ride.lat, ride.lon, door.lat, door.lon) >= MOVED_M


def green_answer(rider_class: RiderClass, party: int, *, cash: Yen, graced: bool) -> Outcome:
    """The one green answer, the one the driver must act on first."""
    if cash:
        return Outcome.SHORT
    if graced:
        return Outcome.GRACED
    return Outcome.OK if rider_class is RiderClass.ADULT and not party else Outcome.OK_OTHER


def _answered(memory: PassMemory, showing: Showing | None, at: Instant) -> PassMemory:
    if showing is None:
        return replace(memory, answered_at=at)
    # The driver may have let pass a showing that is older than the last one.
    moment, counter = max((memory.moment, memory.counter), (showing.moment, showing.counter))
    return replace(memory, moment=moment, counter=counter, answered_at=at)


def _is_over(earlier: Instant, later: Instant, seconds: float) -> bool:
    """Whether so much time has passed for certain. After a power cut it is not known until the receiver gives it."""
    passed = seconds_between(earlier, later)
    return passed is not None and passed >= seconds


def _within(earlier: Instant, later: Instant, seconds: float) -> bool:
    passed = seconds_between(earlier, later)
    return passed is not None and 0 <= passed < seconds
