"""How a tap is decided offline: board, alight, or refuse by name.

The order of the checks is part of the rule: code, kind, issuer's signature, period, denied or allowed, phone's
signature, freshness, replay, open ride, party and hold, fare. Time and memory are handed in; nothing is kept here.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, replace

from rules.instant import Instant, seconds_between
from rules.money import NOTHING, Yen
from rules.network.edition import Edition
from rules.network.fares import FareProblem
from rules.network.stops import distance_m
from rules.passes.key_set import KeySet
from rules.passes.rider_pass import (
    PassBody,
    PassFlag,
    PassKind,
    ReadPass,
    RiderClass,
    ShowClock,
    Showing,
    Unread,
    office_signed,
    phone_signed,
)
from rules.passes.seal import Use
from rules.ride.fare import own_fare, party_fare
from rules.ride.locate import Place
from rules.ride.outcomes import Movement, Outcome

FRESH_PAST_S = 60
FRESH_FUTURE_S = 30
UNANCHORED_S = 300
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
class OpenRide:
    """Somebody is on the bus. `epoch` and `number` name the boarding record.

    `hold` is what the pass reserves, `group` whether it may pay for others too; `lat`, `lon` say where they boarded, None without a fix.
    """

    epoch: str
    number: int
    edition: int
    trip_id: str
    service_date: str
    stop_id: str
    stop_index: int
    pass_kind: PassKind
    rider_class: RiderClass
    group: bool
    hold: Yen
    adults: int
    children: int
    at: Instant
    lat: float | None
    lon: float | None


@dataclass(frozen=True, slots=True)
class Alighted:
    """Where and when a pass last alighted."""

    trip_id: str
    service_date: str
    stop_index: int
    at: Instant


@dataclass(frozen=True, slots=True)
class PassMemory:
    """What this bus remembers of one pass, at least 48 h, apart from the records it sends.

    `moment` and `counter` are of the last accepted code; `spent` is what this bus has taken from the hold, and for a
    card what it has taken on service day `day`, in `rides` rides.
    """

    moment: int = 0
    counter: int = 0
    answered_at: Instant | None = None
    open_ride: OpenRide | None = None
    alighted: Alighted | None = None
    spent: Yen = NOTHING
    day: str = ""
    rides: int = 0


@dataclass(frozen=True, slots=True)
class Door:
    """The bus at the moment of the tap: its trip, and where it believes to be. `trip_id` "" means no trip."""

    edition: Edition
    trip_id: str
    service_date: str
    place: Place
    lat: float | None
    lon: float | None


@dataclass(frozen=True, slots=True)
class OfficeWord:
    """What central has told the bus. `read_until` is the wall time up to which its lists are known to be complete."""

    issuer: int
    keys: KeySet
    allowed_cards: Container[str]
    denied: Container[str]
    read_until: int


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
    read: ReadPass | Unread, at: Instant, door: Door, office: OfficeWord, memory: PassMemory
) -> Decision:
    """The answer to one shown code. `memory` is that of its pass (`PassMemory()` for a new or unread one)."""
    if isinstance(read, Unread):
        return Refused(UNREAD[read])
    if memory.answered_at is not None and _within(memory.answered_at, at, DEBOUNCE_S):
        return StillShown()
    admitted = _admit(read, at, office, memory)
    if isinstance(admitted, Outcome):
        return Refused(admitted)
    if not door.trip_id:
        return Refused(Outcome.NO_TRIP)
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
    adult = edition.fares.adult(pattern.route_id, ride.stop_id, pattern.stop_ids[last])
    fare, covered = (NOTHING, NOTHING) if isinstance(adult, FareProblem) else _due(adult, ride)
    held = Yen(min(covered, _left(ride.hold, memory)))
    closed = LeftOpen(ride, pattern.route_id, pattern.stop_ids[last], last, fare, held, Yen(fare - held))
    return closed, replace(memory, open_ride=None, spent=Yen(memory.spent + held))


def _admit(read: ReadPass, at: Instant, office: OfficeWord, memory: PassMemory) -> Outcome | bool:
    """Whether the pass may ride at all: the outcome that refuses it, or whether it is let in by grace."""
    body = read.body
    if body.issuer != office.issuer:
        return Outcome.OTHER_NETWORK
    key = office.keys.find(Use.PASS, body.kid, at.wall if at.wall_known else None)
    if key is None:
        return Outcome.UNKNOWN_KEY
    if not office_signed(read, key.public):
        return Outcome.BAD_SIGNATURE
    # Without the time, `wall` is the clock's floor: what ended before it has certainly ended.
    if body.valid_until <= at.wall:
        return Outcome.EXPIRED
    if at.wall_known and at.wall < body.valid_from:
        return Outcome.NOT_YET_VALID
    if body.pass_id.hex() in office.denied:
        return Outcome.DENIED
    if read.showing is None:
        return _admit_card(body, office)
    if not phone_signed(read):
        return Outcome.BAD_SIGNATURE
    return _fresh(read.showing, at, memory)


def _admit_card(body: PassBody, office: OfficeWord) -> Outcome | bool:
    if body.pass_id.hex() in office.allowed_cards:
        return False
    # Someone given a card at ten must be able to ride at twenty past, on a bus that has not heard of it yet.
    return True if body.valid_from >= office.read_until else Outcome.CARD_NOT_LISTED


def _fresh(showing: Showing, at: Instant, memory: PassMemory) -> Outcome | bool:
    newer = (showing.moment, showing.counter) > (memory.moment, memory.counter)
    if not at.wall_known:
        return True if newer else Outcome.REPLAYED
    age = at.wall - showing.moment
    on_time = -FRESH_FUTURE_S <= age <= FRESH_PAST_S
    unsure = showing.clock_quality is not ShowClock.ANCHORED and abs(age) <= UNANCHORED_S
    if not on_time and not unsure:
        return Outcome.STALE_CODE
    return not on_time if newer else Outcome.REPLAYED


def _ride(read: ReadPass, at: Instant, door: Door, memory: PassMemory, *, graced: bool) -> Accepted | Refused:
    left_open = None
    ride = memory.open_ride
    if ride is not None and (ride.trip_id, ride.service_date) != (door.trip_id, door.service_date):
        left_open, memory = leave_open(memory, door.edition)
        ride = None
    if door.place.stop_index is None:
        return Refused(Outcome.POSITION_UNKNOWN)
    if ride is None:
        return _board(read, at, door, memory, door.place.stop_index, left_open, graced=graced)
    return _alight(read, at, door, memory, ride, door.place.stop_index, graced=graced)


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
        and (last.trip_id, last.service_date, last.stop_index) == (door.trip_id, door.service_date, stop_index)
        and _within(last.at, at, ALIGHT_AGAIN_S)
    ):
        return Refused(Outcome.ALREADY_ALIGHTED)
    body, showing = read.body, read.showing
    stop_ids = door.edition.pattern_of(door.trip_id).stop_ids
    if stop_index == len(stop_ids) - 1:
        return Refused(Outcome.NO_TRIP)
    if body.product:
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
    )
    return Accepted(
        outcome=_green(body.rider_class, adults + children, cash=NOTHING, graced=graced),
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
    pattern = door.edition.pattern_of(door.trip_id)
    adult = door.edition.fares.adult(pattern.route_id, ride.stop_id, pattern.stop_ids[stop_index])
    if isinstance(adult, FareProblem):
        return Refused(Outcome.FARE_UNKNOWN)
    fare, covered = _due(adult, ride)
    held = Yen(min(covered, _left(ride.hold, memory)))
    cash = Yen(fare - held)
    after = replace(
        memory,
        open_ride=None,
        alighted=Alighted(door.trip_id, door.service_date, stop_index, at),
        spent=Yen(memory.spent + held),
    )
    return Accepted(
        outcome=_green(ride.rider_class, ride.adults + ride.children, cash=cash, graced=graced),
        movement=Movement.ALIGHT,
        memory=_answered(after, read.showing, at),
        graced=graced,
        adults=ride.adults,
        children=ride.children,
        ended=ride,
        fare=fare,
        held=held,
        cash=cash,
    )


def _due(adult: Yen, ride: OpenRide) -> tuple[Yen, Yen]:
    """The fare of everybody on the code, and how much of it the hold may cover.

    A pass without the group flag pays for its holder alone; the others pay in cash.
    """
    fare = party_fare(adult, ride.rider_class, ride.adults, ride.children)
    return fare, fare if ride.group else own_fare(adult, ride.rider_class)


def _left(hold: Yen, memory: PassMemory) -> int:
    return max(0, hold - memory.spent)


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


def _green(rider_class: RiderClass, party: int, *, cash: Yen, graced: bool) -> Outcome:
    """The one green answer, the one the driver must act on first."""
    if cash:
        return Outcome.SHORT
    if graced:
        return Outcome.GRACED
    return Outcome.OK if rider_class is RiderClass.ADULT and not party else Outcome.OK_OTHER


def _answered(memory: PassMemory, showing: Showing | None, at: Instant) -> PassMemory:
    if showing is None:
        return replace(memory, answered_at=at)
    return replace(memory, moment=showing.moment, counter=showing.counter, answered_at=at)


def _within(earlier: Instant, later: Instant, seconds: float) -> bool:
    passed = seconds_between(earlier, later)
    return passed is not None and 0 <= passed < seconds
