"""What field machines write into their journals: one event, one numbered record.

A field's name and meaning never change once a unit has written it; new fields get a default.
Money is whole yen, coordinates are degrees (WGS 84), passes are named by their id in hex.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from rules.instant import Instant
from rules.messages.bounds import Whole, WholeYen
from rules.money import Yen
from rules.passes.rider_pass import PassKind, RiderClass
from rules.ride.outcomes import Movement, Outcome


class RecordRef(msgspec.Struct, frozen=True):
    """Names a record of the same device for ever."""

    epoch: str
    number: Whole


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="event"):
    """What every record carries: when, by this machine's own clocks."""

    at: Instant


class Started(Event, frozen=True, kw_only=True, tag="started"):
    """The machine's program is ready."""

    version: str


class ClockSet(Event, frozen=True, kw_only=True, tag="clock-set"):
    """GPS or the network gave the time: an anchor from which the times around it can be computed."""

    source: str
    wall: Whole
    error_ms: Whole


class TripStarted(Event, frozen=True, kw_only=True, tag="trip-started"):
    """The driver took up a trip. `service_date` is its service day, YYYY-MM-DD."""

    edition: Whole
    trip_id: str
    service_date: str


class TripEnded(Event, frozen=True, kw_only=True, tag="trip-ended"):
    """The trip is over; rides still open were closed just before, as `RideLeftOpen`."""

    edition: Whole
    trip_id: str
    service_date: str


class DoorMoved(Event, frozen=True, kw_only=True, tag="door-moved"):
    """The door opened or closed; where, if the receiver knew."""

    is_open: bool
    trip_id: str
    stop_id: str
    lat: float | None
    lon: float | None


class Tapped(Event, frozen=True, kw_only=True, tag="tapped"):
    """A code was shown and answered. For a refusal, `movement` says so and the money fields are zero.

    `fare` is what the whole party owes for the ride, `held` the part taken from the pass's hold and `cash` the rest,
    paid to the driver; all three stand on the alighting record only. `board` names the boarding record it completes.
    `code` is a short hash of what was shown, so that two records of one code can be told without keeping the code.
    `product` is what the pass rides by, numbered by the edition; 0 pays per ride.
    `unsure`: the stop is the best guess, and the fare stands under reserve; `asked`: the driver was asked for it.
    `allowed`: the rules refused the code, and the driver let it pass.
    """

    outcome: Outcome
    movement: Movement
    edition: Whole
    trip_id: str
    service_date: str
    route_id: str
    stop_id: str
    stop_index: Whole
    confidence: float
    place_reason: str
    code: str
    pass_id: str = ""
    pass_kind: PassKind | None = None
    rider_class: RiderClass = RiderClass.ADULT
    adults: Whole = 0
    children: Whole = 0
    moment: Whole = 0
    counter: Whole = 0
    graced: bool = False
    board: RecordRef | None = None
    board_stop_id: str = ""
    fare: WholeYen = Yen(0)
    held: WholeYen = Yen(0)
    cash: WholeYen = Yen(0)
    product: Whole = 0
    unsure: bool = False
    asked: bool = False
    allowed: bool = False


class Means(StrEnum):
    """How somebody rides whom the driver records by hand. The values stand in journals and stay stable."""

    CASH = "cash"
    """現金 (genkin), with or without a paper 整理券 (seiriken)."""
    COUPON = "coupon"
    """回数券 (kaisūken): a ticket of a book, worth the fare."""
    COMMUTER = "commuter"
    """A commuter pass on paper, 定期券 (teikiken): nothing is due."""
    PASS = "pass"
    """A ゆけむりPass that the bus could not read or refused; the driver let its holder ride."""


class HandBoarded(Event, frozen=True, kw_only=True, tag="hand-boarded"):
    """The driver recorded by hand (手扱い, teatsukai) that people of one class boarded.

    `camera`: codes could be read then. `refused` is the refusal that the driver overruled, if it was one.
    """

    means: Means
    rider_class: RiderClass
    people: Whole
    edition: Whole
    trip_id: str
    service_date: str
    route_id: str
    stop_id: str
    stop_index: Whole
    confidence: float
    place_reason: str
    camera: bool
    unsure: bool = False
    refused: RecordRef | None = None


class HandAlighted(Event, frozen=True, kw_only=True, tag="hand-alighted"):
    """The driver recorded by hand that people of one class alighted.

    `board` is the record of their boarding, None where the driver named the stop alone. `fare` is what the table says
    for all of them, None where it has none; it is due of CASH and COUPON, for PASS it is what nobody paid. `cash` is
    what the driver took. `forgotten`: nobody recorded it, the trip ended; then nothing is due.
    """

    means: Means
    rider_class: RiderClass
    people: Whole
    edition: Whole
    trip_id: str
    service_date: str
    route_id: str
    board: RecordRef | None
    board_stop_id: str
    board_index: Whole
    stop_id: str
    stop_index: Whole
    confidence: float
    place_reason: str
    camera: bool
    fare: WholeYen | None = None
    cash: WholeYen = Yen(0)
    unsure: bool = False
    forgotten: bool = False


class HandUndone(Event, frozen=True, kw_only=True, tag="hand-undone"):
    """The driver took back what they had recorded by hand: these records count no more."""

    records: list[RecordRef]


class SettledBy(StrEnum):
    """Who knows better where the bus stood. The values stand in journals and stay stable."""

    LATER = "later"
    """What the sensors said afterwards."""
    DRIVER = "driver"


class StopSettled(Event, frozen=True, kw_only=True, tag="stop-settled"):
    """The taps named, all of one opening of the door on this trip, were at `stop_id`, whatever they say themselves.

    Their records stay as they are; of several such words about a tap the last one counts. `confidence` is 0 to 1.
    """

    taps: list[RecordRef]
    edition: Whole
    trip_id: str
    service_date: str
    stop_id: str
    stop_index: Whole
    confidence: float
    by: SettledBy


class RideLeftOpen(Event, frozen=True, kw_only=True, tag="ride-left-open"):
    """Somebody forgot to alight: the ride is closed as provisional, to `stop_id`, the last stop of its trip.

    `fare` = `held` (from the pass's hold) + `owed` (what it did not cover; nobody paid it in cash).
    `product` is as in `Tapped`.
    """

    board: RecordRef
    pass_id: str
    pass_kind: PassKind
    rider_class: RiderClass
    adults: Whole
    children: Whole
    edition: Whole
    trip_id: str
    service_date: str
    route_id: str
    board_stop_id: str
    stop_id: str
    stop_index: Whole
    fare: WholeYen
    held: WholeYen
    owed: WholeYen
    product: Whole = 0


class Replaced(StrEnum):
    """Why a machine began a new journal while it had one. The values stand in journals and stay stable."""

    DAMAGED = "damaged"
    """The file was not what had been written."""
    DISAGREED = "disagreed"
    """Central holds something else under its numbers: an old card image was put back, or a copy runs elsewhere."""
    TOO_OLD = "too-old"
    """Central fell back to before the oldest record that is still kept: it was restored from an old backup."""


class JournalReplaced(Event, frozen=True, kw_only=True, tag="journal-replaced"):
    """The first record of a journal that follows on another of the same machine, whose epoch was `epoch`.

    What central may lack of that one comes next, as `Salvaged`. `missing` are the numbers that could not be read any
    more, from and to, of those between what central had acknowledged and `last_number`, the highest that was found.
    """

    epoch: str
    why: Replaced
    detail: str
    last_number: Whole
    missing: list[tuple[Whole, Whole]]


class Salvaged(Event, frozen=True, kw_only=True, tag="salvaged"):
    """A record of an earlier journal of this machine, exactly as it stood there. Hashes are in hex.

    Central knows it by (`epoch`, `number`, `hash`), so one that it holds already is not taken in again.
    """

    epoch: str
    number: Whole
    previous: str
    hash: str
    body: msgspec.Raw


class OfferedBy(StrEnum):
    """Who had a kiosk make a code. The values stand in journals and stay stable."""

    TOUCH = "touch"
    """A touch on the screen."""
    BUTTON = "button"
    """The button on the bath's counter."""
    STAFF = "staff"
    """Staff, with their PIN: outside opening hours, or beyond an hour's limit, too."""


class PointsOffered(Event, frozen=True, kw_only=True, tag="points-offered"):
    """A kiosk made a code for points, `number` by its own count; it is shown only once this is written.

    `moment` is what the code says, Unix seconds, by the clock of `at`. `points` are for each of `count` people.
    """

    number: Whole
    moment: Whole
    visit: Whole
    count: Whole
    points: Whole
    by: OfferedBy


class PointsUndone(Event, frozen=True, kw_only=True, tag="points-undone"):
    """A kiosk's code is taken back, named by its number and moment: nobody gets points for it any more.

    `staff`: with their PIN. What was claimed before this arrived is a case for the office.
    """

    number: Whole
    moment: Whole
    staff: bool


class CardPoints(Event, frozen=True, kw_only=True, tag="card-points"):
    """A guest's card, whose key the kiosk knows, was held before it: its member is to have the points.

    `number` and `moment` are as in `PointsOffered`, counted together with the codes. Whose card it is, and whether it
    may have them, central knows.
    """

    number: Whole
    moment: Whole
    visit: Whole
    points: Whole
    pass_id: str


AnyEvent = (
    Started
    | ClockSet
    | TripStarted
    | TripEnded
    | DoorMoved
    | Tapped
    | HandBoarded
    | HandAlighted
    | HandUndone
    | StopSettled
    | RideLeftOpen
    | PointsOffered
    | PointsUndone
    | CardPoints
    | JournalReplaced
    | Salvaged
)
